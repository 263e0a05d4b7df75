// What was spent today, by all workspaces: the ledger's sum, kept up to date with each charge.

import type { Pulse } from "../domain/protocol.ts";
import type { Ledger } from "../engine/ports.ts";

export type Spent = Extract<Pulse, { type: "spent" }>;

export interface Spending {
  /** The ledger as the engines are to use it. */
  readonly ledger: Ledger;
  /** Opens the ledger where it is not open yet: not before the first screen stands. */
  spent(): Spent;
  /** `2026-11-20`, as the ledger names days. */
  today(): string;
  /** Midnight before the first of so many days, today the last of them. */
  startOf(days: number): number;
  onSpent(listener: (spent: Spent) => void): void;
}

export function createSpending(ledger: Ledger, now: () => number): Spending {
  let known: Spent | null = null;
  let tell: (spent: Spent) => void = () => {};

  function spent(): Spent {
    const at = now();
    if (known === null || at >= known.until) {
      const midnight = new Date(at).setHours(0, 0, 0, 0);
      known = { type: "spent", ...ledger.spentSince(midnight), until: new Date(at).setHours(24, 0, 0, 0) };
    }
    return known;
  }

  return {
    ledger: {
      ...ledger,
      add(entry) {
        ledger.add(entry);
        const { costMicros, usage } = entry.charge;
        if (known !== null && entry.at < known.until && costMicros !== null)
          known = {
            ...known,
            costMicros: known.costMicros + costMicros,
            isEstimated: known.isEstimated || (usage.isEstimated && costMicros > 0),
          };
        tell(spent());
      },
    },
    spent,
    today() {
      const date = new Date(now());
      const two = (value: number): string => String(value).padStart(2, "0");
      return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    },
    startOf(days) {
      const date = new Date(now());
      date.setHours(0, 0, 0, 0);
      // By the calendar: days are not all as long.
      return date.setDate(date.getDate() - (days - 1));
    },
    onSpent(listener) {
      tell = listener;
    },
  };
}
