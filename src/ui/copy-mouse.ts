// The mouse over what a pane shows: to a program that asked for it, else it selects, and the wheel looks back.

import type { TerminalId } from "../domain/ids.ts";
import type { Rect } from "../domain/layout.ts";
import { leftOf } from "./copy-draw.ts";
import { copySelection, leaveCopy, openCopy, scrollRows } from "./copy-mode.ts";
import { copyIn, keepInside, textOf, viewportOf } from "./copy-state.ts";
import { characterAt, type Position } from "./copy-text.ts";
import type { CopyMode, Drag } from "./copy-types.ts";
import type { Effect } from "./effects.ts";
import { arrangeScreen, isIn, type PaneParts, partsOf } from "./geometry.ts";
import type { InputEvent } from "./key-types.ts";
import { command, purposeOf } from "./purpose.ts";
import type { Ui } from "./view.ts";

type MouseEvent = Extract<InputEvent, { type: "mouse" }>;

/** Two presses within this time on one cell are a double click. */
const CLICK_MS = 400;
/** So long a selection made with the mouse is still shown when it has been copied. */
const FADE_MS = 1_000;
/** Held beyond the edge, the window moves a row in this time. */
const EDGE_MS = 50;

export function partAt(parts: PaneParts, x: number, y: number): "grid" | "body" | null {
  if (isIn(parts.approval, x, y)) return null;
  return isIn(parts.grid?.rect, x, y) ? "grid" : isIn(parts.body, x, y) ? "body" : null;
}

/** The terminal whose program is to have the mouse here: it asked, nobody overrides with Shift, and it is not being read. */
export function grabbingTerminal(ui: Ui, parts: PaneParts, event: MouseEvent): TerminalId | null {
  const terminal = parts.grid?.terminal ?? null;
  if (terminal === null || event.hasShift || partAt(parts, event.x, event.y) !== "grid") return null;
  if (copyIn(ui, parts.pane)?.source.type === "terminal") return null;
  return (ui.screens.get(terminal)?.mouse ?? "none") === "none" ? null : terminal;
}

/** To the program, in its own cells; what lies beyond its edge counts as the edge. */
export function passMouse(ui: Ui, terminal: TerminalId, event: MouseEvent): Effect[] {
  const parts = arrangeScreen(ui).panes.find(({ grid }) => grid?.terminal === terminal);
  const rect = parts?.grid?.rect;
  const grid = ui.grids.get(terminal);
  if (rect === undefined || grid === undefined) return [];
  const top = Math.max(0, Math.min(grid.rows - rect.height, grid.cursor.y - rect.height + 1));
  const left = Math.max(0, Math.min(grid.cols - rect.width, grid.cursor.x - rect.width + 1));
  const within = (value: number, size: number) => Math.max(0, Math.min(size - 1, value));
  const { type: _, ...rest } = event;
  const x = within(event.x - rect.x + left, grid.cols);
  const y = within(event.y - rect.y + top, grid.rows);
  return [command({ type: "terminal.mouse", terminal, ...rest, x, y }, purposeOf("status"))];
}

// Selecting ---------------------------------------------------------------------------------------------------------------

/** A press over text: a second one on the cell selects the word, a third the line; Alt makes a block. */
export function pressText(ui: Ui, parts: PaneParts, part: "grid" | "body", event: MouseEvent): void {
  const wasFocused = parts.isFocused;
  const { x, y } = event;
  const before = ui.view.clicks;
  const isAgain = before !== null && before.x === x && before.y === y && ui.now - before.at <= CLICK_MS;
  const count = isAgain ? (before.count % 3) + 1 : 1;
  ui.view.clicks = { x, y, at: ui.now, count };
  let mode = copyIn(ui, parts.pane);
  const isSame = mode !== undefined && (mode.source.type === "terminal") === (part === "grid");
  // What the last click selected is over with the next, unless they belong together.
  if (mode !== undefined && mode.fadesAt !== null && !(isSame && count > 1)) {
    leaveCopy(ui, mode);
    mode = undefined;
  }
  const wasOpen = mode !== undefined && mode.fadesAt === null;
  const unit = event.hasAlt ? "block" : count === 2 ? "word" : count === 3 ? "line" : "cell";
  const row = y - rectOf(parts, part).y + topOf(ui, parts, part);
  ui.view.textDrag = { pane: parts.pane, part, x, y, row, unit, wasOpen, wasFocused, isMoved: false, at: { x, y }, edgeAt: null };
  if (wasOpen && isSame && mode !== undefined) {
    mode.selection = null;
    mode.cursor = placeIn(ui, mode, x, y);
    mode.column = mode.cursor.x;
  }
  if (count > 1) dragTo(ui, ui.view.textDrag, x, y);
}

function rectOf(parts: PaneParts, part: "grid" | "body"): Rect {
  return (part === "grid" ? parts.grid?.rect : parts.body) ?? parts.rect;
}

/** Number of the row that is shown first. */
function topOf(ui: Ui, parts: PaneParts, part: "grid" | "body"): number {
  const mode = copyIn(ui, parts.pane);
  if (mode !== undefined && (mode.source.type === "terminal") === (part === "grid")) return mode.top;
  if (part === "body") return Number.NaN;
  const terminal = parts.grid?.terminal ?? null;
  const grid = terminal === null ? undefined : ui.grids.get(terminal);
  const screen = terminal === null ? undefined : ui.screens.get(terminal);
  if (grid === undefined) return Number.NaN;
  return (
    (screen?.base ?? 0) + Math.max(0, Math.min(grid.rows - rectOf(parts, part).height, grid.cursor.y - rectOf(parts, part).height + 1))
  );
}

/** The character at a cell of the screen. */
function placeIn(ui: Ui, mode: CopyMode, x: number, y: number): Position {
  const rect = viewportOf(ui, mode);
  if (rect === null) return mode.cursor;
  const text = textOf(mode.source);
  const row = Math.max(text.first, Math.min(text.end - 1, mode.top + Math.max(0, Math.min(rect.height - 1, y - rect.y))));
  const column = Math.max(0, Math.min(rect.width - 1, x - rect.x)) + leftOf(mode, rect);
  const found = text.row(row);
  return { x: found === null ? column : characterAt(found, column), y: row };
}

/** With the button down. False: no button was pressed over text. */
export function dragText(ui: Ui, event: MouseEvent): boolean {
  const drag = ui.view.textDrag;
  if (drag === null) return false;
  drag.at = { x: event.x, y: event.y };
  if (!drag.isMoved && event.x === drag.x && event.y === drag.y) return true;
  dragTo(ui, drag, event.x, event.y);
  return true;
}

function dragTo(ui: Ui, drag: Drag, x: number, y: number): void {
  const mode = drag.isMoved ? copyIn(ui, drag.pane) : openCopy(ui, drag.pane, drag.part);
  if (mode === undefined || mode === null) return;
  if (!drag.isMoved) {
    drag.isMoved = true;
    mode.fadesAt = null;
    const anchor = placeIn(ui, mode, drag.x, drag.y);
    // The program may have printed since the press: what was pressed on counts.
    const row = Number.isNaN(drag.row) ? anchor.y : drag.row;
    mode.selection = { anchor: { x: anchor.x, y: row }, unit: drag.unit };
  }
  moveTo(ui, mode, drag, x, y);
}

function moveTo(ui: Ui, mode: CopyMode, drag: Drag, x: number, y: number): void {
  const rect = viewportOf(ui, mode);
  if (rect === null) return;
  const beyond = y < rect.y ? -1 : y >= rect.y + rect.height ? 1 : 0;
  if (beyond === 0) drag.edgeAt = null;
  else drag.edgeAt ??= ui.now - EDGE_MS;
  const at = placeIn(ui, mode, x, y);
  mode.cursor = at;
  mode.column = at.x;
}

/** The window moves while the mouse is held beyond an edge. Null: it is not; else when the next step is due. */
function stepEdge(ui: Ui): void {
  const drag = ui.view.textDrag;
  const mode = drag === null ? undefined : copyIn(ui, drag.pane);
  if (drag === null || drag.edgeAt === null || mode === undefined) return;
  const rect = viewportOf(ui, mode);
  if (rect === null) return;
  const steps = Math.min(20, Math.floor((ui.now - drag.edgeAt) / EDGE_MS));
  if (steps < 1) return;
  drag.edgeAt += steps * EDGE_MS;
  // Further out is faster.
  const distance = drag.at.y < rect.y ? drag.at.y - rect.y : drag.at.y - (rect.y + rect.height - 1);
  const text = textOf(mode.source);
  const by = steps * Math.sign(distance) * Math.min(5, Math.max(1, Math.abs(distance)));
  mode.top = Math.max(text.first, Math.min(Math.max(text.first, text.end - rect.height), mode.top + by));
  mode.cursor = placeIn(ui, mode, drag.at.x, drag.at.y);
  keepInside(ui, mode);
}

/** The button is up: what was selected is copied. Null: it was a click and no more. */
export function releaseText(ui: Ui): Effect[] | null {
  const drag = ui.view.textDrag;
  ui.view.textDrag = null;
  const mode = drag === null ? undefined : copyIn(ui, drag.pane);
  if (drag === null || !drag.isMoved) return null;
  if (mode === undefined || mode.selection === null) return [];
  const effects = copySelection(ui, mode, "stay");
  // Begun by the mouse, it is over with it; the selection stays in sight for a moment.
  if (!drag.wasOpen) mode.fadesAt = ui.now + FADE_MS;
  return effects;
}

/** A full-screen program keeps no lines above its screen: the wheel is for it, as arrow keys where it did not ask for the mouse. */
export function wheelledTerminal(ui: Ui, parts: PaneParts, event: MouseEvent): TerminalId | null {
  const terminal = parts.grid?.terminal ?? null;
  const isRead = copyIn(ui, parts.pane)?.source.type === "terminal";
  if (terminal === null || event.hasShift || isRead || partAt(parts, event.x, event.y) !== "grid") return null;
  return ui.screens.get(terminal)?.isAlternate === true ? terminal : null;
}

export function wheelText(ui: Ui, parts: PaneParts, part: "grid" | "body", by: number): Effect[] | null {
  const mode = copyIn(ui, parts.pane);
  if (mode !== undefined && (mode.source.type === "terminal") === (part === "grid")) {
    if (mode.fadesAt !== null) {
      mode.fadesAt = null;
      mode.selection = null;
      mode.isByWheel = true;
    }
    return scrollRows(ui, mode, by);
  }
  if (part === "body") return null;
  if (by > 0) return [];
  const opened = openCopy(ui, parts.pane, "grid");
  if (opened === null) return [];
  opened.isByWheel = true;
  return scrollRows(ui, opened, by);
}

// Time --------------------------------------------------------------------------------------------------------------------

/** What time alone changes: selections that fade, windows that move. */
export function tickCopies(ui: Ui): void {
  for (const mode of [...ui.view.copies.values()]) {
    if (mode.fadesAt === null || ui.now < mode.fadesAt || mode.isCopying !== null) continue;
    leaveCopy(ui, mode);
  }
  stepEdge(ui);
}

/** Milliseconds until time changes something here. */
export function copyWaits(ui: Ui): number[] {
  const waits = [...ui.view.copies.values()].flatMap((mode) => (mode.fadesAt === null ? [] : [Math.max(1, mode.fadesAt - ui.now)]));
  const drag = ui.view.textDrag;
  if (drag !== null && drag.edgeAt !== null && partsOf(arrangeScreen(ui), drag.pane) !== undefined)
    waits.push(Math.max(1, drag.edgeAt + EDGE_MS - ui.now));
  return waits;
}
