// Keeps what one client shows in step with the server: facts into the workspace, pulses into streams, rows into grids.

import { apply } from "../domain/apply.ts";
import { emptyGrid } from "../domain/cells.ts";
import type { TerminalId } from "../domain/ids.ts";
import type { ServerMessage } from "../domain/protocol.ts";
import { applyRows, decodeRows } from "../domain/rows.ts";
import type { Effect } from "../ui/effects.ts";
import { onFact, onPulse, onSnapshot, type Ui } from "../ui/ui.ts";

export type Change = "state" | "stream" | "none";

type News = Extract<ServerMessage, { type: "snapshot" | "fact" | "pulse" }>;

export interface Mirrored {
  readonly change: Change;
  readonly effects: readonly Effect[];
}

const unchanged: Mirrored = { change: "none", effects: [] };

export function mirrorNews(ui: Ui, news: News): Mirrored {
  switch (news.type) {
    case "snapshot":
      // Rows are sent anew, whole.
      ui.grids.clear();
      ui.screens.clear();
      return { change: "state", effects: onSnapshot(ui, news.workspace, news.notices, news.sidebar, news.looksAt) };
    case "fact": {
      const { workspace } = ui;
      // Without a snapshot there is nothing to apply it to; one that the snapshot holds is not applied again.
      if (workspace === null || news.fact.seq <= workspace.seq) return unchanged;
      const touched = apply(workspace, news.fact);
      return { change: "state", effects: onFact(ui, news.fact, touched) };
    }
    case "pulse":
      return { change: news.pulse.type === "stream" ? "stream" : "state", effects: onPulse(ui, news.pulse) };
    default:
      return news satisfies never;
  }
}

export type MirroredRows =
  | { readonly ok: true }
  /** A difference from what this client does not have: the terminal's rows must be sent whole. */
  | { readonly ok: false; readonly terminal: TerminalId | null; readonly problem: string };

export function mirrorRows(ui: Ui, bytes: Uint8Array): MirroredRows {
  const update = decodeRows(bytes);
  if (!update.ok) return { ok: false, terminal: null, problem: update.problem };
  const known = ui.workspace?.terminals.find(({ id }) => id === update.terminal);
  // Closed meanwhile.
  if (known === undefined) return { ok: true };
  let grid = ui.grids.get(known.id);
  if (grid === undefined) {
    if (!update.isFull) return { ok: false, terminal: known.id, problem: "rows that change what was never sent" };
    grid = emptyGrid(update.cols, update.rows);
    ui.grids.set(known.id, grid);
  }
  if (applyRows(grid, update)) {
    ui.screens.set(known.id, { ...update.screen, isAlternate: update.isAlternate });
    return { ok: true };
  }
  ui.grids.delete(known.id);
  ui.screens.delete(known.id);
  return { ok: false, terminal: known.id, problem: "rows that change a terminal of another size" };
}
