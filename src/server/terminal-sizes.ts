// How each terminal is: as large and in the colours as the client shows it that typed last, among those that show it.

import type { TerminalId } from "../domain/ids.ts";
import type { CommandOf } from "../domain/protocol.ts";
import type { ClientSession } from "./client-session.ts";

/** Taking a size costs up to 10 ms a terminal (long lines are wrapped anew): resizes get a fifth of the thread, no more. */
const REST_FACTOR = 4;
const REST_MIN_MS = 16;

export interface TerminalSizes {
  /** A client has typed, or done what only a user does. */
  typed(client: ClientSession): void;
  /** What a client shows has changed, or it has gone. */
  changed(): void;
  close(): void;
}

export interface ShownTerminal {
  readonly terminal: TerminalId;
  readonly cols: number;
  readonly rows: number;
  /** Of its text and ground; left out by old clients. */
  readonly colours?: CommandOf<"client.view">["colours"];
}

/** `clients` is read anew each time. `show` ignores what a terminal is already. */
export function createTerminalSizes(clients: ReadonlySet<ClientSession>, show: (shown: ShownTerminal) => void): TerminalSizes {
  const typedAt = new WeakMap<ClientSession, number>();
  let lastTyped = 0;
  let timer: NodeJS.Timeout | null = null;
  let restUntil = 0;

  const apply = (): void => {
    timer = null;
    const from = performance.now();
    const shown = [...clients].toSorted((a, b) => (typedAt.get(a) ?? 0) - (typedAt.get(b) ?? 0));
    const last = new Map<TerminalId, ShownTerminal>();
    for (const { view } of shown)
      for (const size of view?.terminals ?? [])
        last.set(size.terminal, { ...size, ...(view?.colours === undefined ? {} : { colours: view.colours }) });
    for (const one of last.values()) show(one);
    const now = performance.now();
    restUntil = now + Math.max(REST_MIN_MS, (now - from) * REST_FACTOR);
  };
  const changed = (): void => {
    if (timer !== null) return;
    const waitMs = restUntil - performance.now();
    if (waitMs <= 0) apply();
    else timer = setTimeout(apply, waitMs);
  };

  return {
    changed,
    typed(client) {
      if (typedAt.get(client) === lastTyped) return;
      lastTyped += 1;
      typedAt.set(client, lastTyped);
      // Before the key arrives: what it starts asks for the size at once.
      if (timer !== null) clearTimeout(timer);
      apply();
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
