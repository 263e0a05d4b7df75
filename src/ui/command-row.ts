// One row of the command table: what a user can do, how it is called, which keys mean it.

import type { Effect } from "./effects.ts";
import type { Mode } from "./keys.ts";
import { focusedAgent, focusedPane, type Ui } from "./view.ts";

export type CommandGroup = "agents" | "panes" | "profiles" | "approvals" | "message" | "looking" | "copying" | "lists" | "leaving";

export interface CommandRow {
  readonly id: string;
  readonly group: CommandGroup;
  /** A few words, lower case. */
  readonly title: string;
  /** One sentence for the help. */
  readonly help: string;
  /** A chord in the row's mode, or `prefix m`. */
  readonly keys: readonly string[];
  /** Where its plain keys count; `composer` where left out. */
  readonly mode?: Mode;
  /** Its name after `/` and `%`. */
  readonly slash?: string;
  readonly aliases?: readonly string[];
  /** Left out of palette and completion: it means nothing without its key. */
  readonly isKeyOnly?: boolean;
  /** For half a second after it the same keys work without the prefix. */
  readonly isRepeatable?: boolean;
  readonly when?: (ui: Ui) => boolean;
  readonly run: (ui: Ui, argument?: string) => Effect[];
}

export type CommandTable = readonly CommandRow[];

export function canRun(ui: Ui, row: CommandRow): boolean {
  return row.when === undefined || row.when(ui);
}

// For `when`.

export function hasAgent(ui: Ui): boolean {
  return focusedAgent(ui) !== undefined;
}

export function hasPane(ui: Ui): boolean {
  return focusedPane(ui) !== undefined;
}
