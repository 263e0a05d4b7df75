// The keys that hints name: always those that are in force.

import { showKey } from "./keys.ts";
import type { Ui } from "./view.ts";

/** As hints have room for. */
const short: Readonly<Record<string, string>> = { escape: "Esc", pageup: "pgup", pagedown: "pgdn", up: "↑", down: "↓" };

type Bound = Pick<Ui, "bindings" | "prefix">;

/** The first key of a command, as it is pressed: `C-b z`. A command without a key is named by its `/` name. */
export function keyHint({ bindings, prefix }: Bound, id: string): string {
  const [key] = bindings.keysOf.get(id) ?? [];
  return key === undefined ? (bindings.nameOf.get(id) ?? `(no key: ${id})`) : (short[key] ?? showKey(key, prefix));
}

/** The same without the prefix key, for where that stands before it or was pressed already; null where it has no key behind the prefix. */
export function prefixedKey({ bindings }: Bound, id: string): string | null {
  const key = bindings.keysOf.get(id)?.find((each) => each.startsWith("prefix "));
  return key === undefined ? null : key.slice("prefix ".length);
}
