// Locked: every key goes to the pane, the prefix key too, until the one key that ends it.

import type { Effect } from "./effects.ts";
import { keyHint } from "./key-hint.ts";
import { setAlert, type Ui } from "./view.ts";

export function lock(ui: Ui): Effect[] {
  if ((ui.bindings.keysOf.get("pane.unlock") ?? []).length === 0) {
    setAlert(ui, "not locked: no key would end it; give pane.unlock one in [keys]");
    return [];
  }
  ui.view.isLocked = true;
  ui.view.alert = null;
  return [];
}

export function unlock(ui: Ui): Effect[] {
  ui.view.isLocked = false;
  return [];
}

/** What the status line says as long as it lasts. */
export function lockWords(ui: Ui): readonly [string, string][] {
  return [
    ["locked", "every key goes to the pane"],
    [keyHint(ui, "pane.unlock"), "unlocks"],
  ];
}
