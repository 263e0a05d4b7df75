// What a user reads over the screen, help, notices, about an agent; and thoughts unfolded in the transcripts.

import type { CommandTable } from "./command-row.ts";
import type { Effect } from "./effects.ts";
import { textLines } from "./overlay.ts";
import { FRAME_COLS, FRAME_ROWS, overlayRect } from "./overlay-frame.ts";
import { openOverlay, setAlert, topOverlay, type Ui } from "./view.ts";

export function openText(ui: Ui, kind: "help" | "notices" | "info"): Effect[] {
  if (kind === "notices" && ui.view.notices.length === 0) setAlert(ui, "there are no notices");
  else openOverlay(ui, { type: "text", kind, top: 0 });
  return [];
}

export function scrollText(ui: Ui, table: CommandTable, by: number): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "text") return [];
  const rect = overlayRect(ui, overlay);
  const lines = textLines(ui, overlay.kind, table, Math.max(1, rect.width - FRAME_COLS));
  overlay.top = Math.max(0, Math.min(lines.length - (rect.height - FRAME_ROWS), overlay.top + by));
  return [];
}

/** `/thoughts`; with `true` or `false` it says which. */
export function toggleThoughts(ui: Ui, argument: string | undefined): Effect[] {
  const word = argument?.trim().toLowerCase() ?? "";
  ui.view.isShowingThoughts = word === "" ? !ui.view.isShowingThoughts : word === "true" || word === "on";
  return [];
}
