// What a user reads over the screen, help, notices, about an agent; and thoughts unfolded in the transcripts.

import type { CommandTable } from "./command-row.ts";
import type { Effect } from "./effects.ts";
import { textLines, textRows } from "./overlay.ts";
import { FRAME_COLS, overlayRect } from "./overlay-frame.ts";
import { openOverlay, setAlert, type TextKind, topOverlay, type Ui } from "./view.ts";

export function openText(ui: Ui, kind: Exclude<TextKind, "usage">): Effect[] {
  if (kind === "notices" && ui.view.notices.length === 0) setAlert(ui, "there are no notices");
  else openOverlay(ui, { type: "text", kind, filter: "", top: 0 });
  return [];
}

export function scrollText(ui: Ui, table: CommandTable, by: number): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "text") return [];
  const rect = overlayRect(ui, overlay);
  const lines = textLines(ui, overlay, table, Math.max(1, rect.width - FRAME_COLS));
  overlay.top = Math.max(0, Math.min(lines.length - textRows(overlay, rect), overlay.top + by));
  return [];
}

/** `/thoughts`; with `true` or `false` it says which. */
export function toggleThoughts(ui: Ui, argument: string | undefined): Effect[] {
  const word = argument?.trim().toLowerCase() ?? "";
  ui.view.isShowingThoughts = word === "" ? !ui.view.isShowingThoughts : word === "true" || word === "on";
  return [];
}
