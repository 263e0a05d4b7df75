// The rows of the palette, and what completes a half-typed `/` or `%` name: both come from the command table.

import { type RunSlash, submit } from "./agent-actions.ts";
import { type CommandRow, type CommandTable, canRun } from "./command-row.ts";
import { composerText, setText } from "./composer.ts";
import type { Effect } from "./effects.ts";
import { fuzzyMatch } from "./fuzzy.ts";
import { showKey } from "./keys.ts";
import type { ListRow } from "./list-row.ts";
import { composerOf, focusedAgent, topOverlay, typedTerminal, type Ui } from "./view.ts";
import { padToWidth } from "./width.ts";

const TITLE_COLS = 30;

/** A row's keys as they are in force. */
export function keysOf(ui: Ui, row: CommandRow): string {
  return (ui.bindings.keysOf.get(row.id) ?? row.keys).map((key) => showKey(key, ui.prefix)).join("  ");
}

export function paletteRows(ui: Ui, table: CommandTable): ListRow[] {
  return table
    .filter((row) => row.isKeyOnly !== true && canRun(ui, row))
    .map((row) => ({
      id: row.id,
      search: `${row.title} ${row.slash ?? ""} ${row.id}`,
      text: `${row.title.length > TITLE_COLS ? row.title : padToWidth(row.title, TITLE_COLS)} ${row.slash === undefined ? "" : `/${row.slash}`}`,
      right: keysOf(ui, row),
      note: row.help,
      isMarked: false,
      isDisabled: false,
    }));
}

export interface Completion {
  /** `/` or `%`, as it was typed. */
  readonly sign: string;
  readonly rows: readonly CommandRow[];
  readonly selected: number;
}

/** The commands whose names fit what is being typed, or null where no name is being typed. */
export function completionOf(ui: Ui, table: CommandTable): Completion | null {
  const agent = topOverlay(ui) === undefined && typedTerminal(ui) === null ? focusedAgent(ui) : undefined;
  if (agent === undefined) return null;
  const composer = composerOf(ui, agent.id);
  if (composer.isCompletionClosed || composer.cells.length > 32) return null;
  const typed = /^([/%])([a-z_-]*)$/u.exec(composerText(composer));
  if (typed === null) return null;
  const named = table.filter((row) => row.slash !== undefined && canRun(ui, row));
  const matches = fuzzyMatch(
    (typed[2] ?? "").replaceAll("_", "-"),
    named.map((row) => [row.slash ?? "", ...(row.aliases ?? [])].join(" ")),
  );
  const rows = matches.flatMap(({ index }) => named[index] ?? []);
  if (rows.length === 0) return null;
  return { sign: typed[1] ?? "/", rows, selected: Math.min(composer.completion, rows.length - 1) };
}

export function moveCompletion(ui: Ui, table: CommandTable, by: number): void {
  const agent = focusedAgent(ui);
  const completion = completionOf(ui, table);
  if (agent === undefined || completion === null) return;
  const count = completion.rows.length;
  composerOf(ui, agent.id).completion = (completion.selected + by + count) % count;
}

export function closeCompletion(ui: Ui): void {
  const agent = focusedAgent(ui);
  if (agent !== undefined) composerOf(ui, agent.id).isCompletionClosed = true;
}

/** Writes the chosen name out; a space follows, so that an argument can. */
export function completeName(ui: Ui, table: CommandTable): void {
  const agent = focusedAgent(ui);
  const completion = completionOf(ui, table);
  const row = completion?.rows[completion.selected];
  if (agent !== undefined && completion !== null && row?.slash !== undefined) {
    setText(composerOf(ui, agent.id), `${completion.sign}${row.slash} `);
  }
}

/** Enter while a name is being typed: runs the one that begins so; one that only resembles it is written out, not run. */
export function acceptCompletion(ui: Ui, table: CommandTable, runSlash: RunSlash): Effect[] {
  const agent = focusedAgent(ui);
  const completion = completionOf(ui, table);
  const row = completion?.rows[completion.selected];
  if (agent === undefined || completion === null || row === undefined) return [];
  const composer = composerOf(ui, agent.id);
  const typed = composer.cells
    .slice(1)
    .map((cell) => cell.text)
    .join("");
  const name = typed.replaceAll("_", "-");
  const isMeant = typed !== "" && [row.slash, ...(row.aliases ?? [])].some((each) => each?.startsWith(name));
  completeName(ui, table);
  return isMeant || composer.completion > 0 ? submit(ui, runSlash) : [];
}
