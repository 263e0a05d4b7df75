// Copy mode of one pane: how it begins, what it reads, how its place is kept when that is laid anew.

import { CELL_WORDS } from "../domain/cells.ts";
import type { PaneId } from "../domain/ids.ts";
import { findLeaf, type Rect } from "../domain/layout.ts";
import type { Selection } from "./copy-select.ts";
import { type CopyRow, type CopyText, type Position, rowOfLine, rowOfWords } from "./copy-text.ts";
import type { CopyMode, HeldRow, TerminalSource, TranscriptSource } from "./copy-types.ts";
import { arrangeScreen, type PaneParts, partsOf } from "./geometry.ts";
import { transcriptLines } from "./pane-lines.ts";
import { agentOf, focusedPane, type Ui } from "./view.ts";

/** Rows that one question brings. */
export const PAGE_ROWS = 200;

export function copyIn(ui: Ui, pane: PaneId | undefined): CopyMode | undefined {
  return pane === undefined ? undefined : ui.view.copies.get(pane);
}

export function focusedCopy(ui: Ui): CopyMode | undefined {
  return copyIn(ui, focusedPane(ui)?.pane);
}

/** Where the pane shows what the mode reads. */
export function viewportOf(ui: Ui, mode: CopyMode, parts: PaneParts | undefined = partsOf(arrangeScreen(ui), mode.pane)): Rect | null {
  return (mode.source.type === "terminal" ? parts?.grid?.rect : parts?.body) ?? null;
}

export function textOf(source: TerminalSource | TranscriptSource): CopyText {
  const { made } = source;
  const keep = (y: number, make: () => CopyRow): CopyRow => {
    let row = made.get(y);
    if (row === undefined) {
      row = make();
      made.set(y, row);
    }
    return row;
  };
  if (source.type === "transcript") {
    const { lines } = source;
    return {
      first: 0,
      end: lines.length,
      row: (y) => {
        const line = lines[y];
        return line === undefined ? null : keep(y, () => rowOfLine(line));
      },
    };
  }
  const { rows, first, end } = source;
  return {
    first,
    end,
    row: (y) => {
      const held = y < first || y >= end ? undefined : rows.get(y);
      return held === undefined ? null : keep(y, () => rowOfWords(held.words, held.isWrapped));
    },
  };
}

/** A mode at the end of what a pane's terminal or transcript shows now; null where there is nothing to read. */
export function startCopy(ui: Ui, pane: PaneId, wanted: "grid" | "body"): CopyMode | null {
  const parts = partsOf(arrangeScreen(ui), pane);
  const source = wanted === "grid" ? terminalSource(ui, parts) : transcriptSource(ui, parts);
  if (source === null) return null;
  const mode: CopyMode = {
    pane,
    source,
    top: 0,
    cursor: { x: 0, y: 0 },
    column: 0,
    selection: null,
    count: "",
    finding: null,
    found: null,
    prompt: null,
    search: null,
    searching: null,
    isCopying: null,
    isByWheel: false,
    fadesAt: null,
  };
  const height = viewportOf(ui, mode, parts)?.height ?? 1;
  const { first, end } = textOf(source);
  const scrolled = source.type === "transcript" ? ui.view.scroll.get(pane) : undefined;
  mode.top = Math.max(first, Math.min(end - height, scrolled?.top ?? end));
  mode.cursor = startCursor(ui, mode, height);
  mode.column = mode.cursor.x;
  return mode;
}

/** In a terminal where its own cursor stands, in a transcript at its last line. */
function startCursor(ui: Ui, mode: CopyMode, height: number): Position {
  const { source } = mode;
  if (source.type === "transcript") return { x: 0, y: Math.max(0, Math.min(source.lines.length, mode.top + height) - 1) };
  const grid = ui.grids.get(source.terminal);
  const y = source.end - (grid?.rows ?? 1) + (grid?.cursor.y ?? 0);
  return { x: Math.max(0, Math.min(source.cols - 1, grid?.cursor.x ?? 0)), y };
}

function terminalSource(ui: Ui, parts: PaneParts | undefined): TerminalSource | null {
  const terminal = parts?.grid?.terminal ?? null;
  const grid = terminal === null ? undefined : ui.grids.get(terminal);
  const screen = terminal === null ? undefined : ui.screens.get(terminal);
  if (terminal === null || grid === undefined) return null;
  const base = screen?.base ?? 0;
  const rows = new Map<number, HeldRow>();
  const stride = grid.cols * CELL_WORDS;
  for (let y = 0; y < grid.rows; y += 1) rows.set(base + y, { words: grid.words.slice(y * stride, (y + 1) * stride), isWrapped: false });
  return {
    type: "terminal",
    terminal,
    isAlternate: screen?.isAlternate ?? false,
    cols: grid.cols,
    generation: null,
    first: base - (screen?.history ?? 0),
    end: base + grid.rows,
    rows,
    isHeld: false,
    asked: new Set(),
    made: new Map(),
  };
}

function transcriptSource(ui: Ui, parts: PaneParts | undefined): TranscriptSource | null {
  const body = parts?.body ?? null;
  const agent = parts === undefined ? undefined : agentOf(ui, leafOf(ui, parts.pane));
  if (body === null || parts === undefined || agent === undefined) return null;
  const { lines } = transcriptLines(ui, agent, parts.pane, body.width, body.height);
  return { type: "transcript", agent: agent.id, width: body.width, lines: [...lines], made: new Map() };
}

function leafOf(ui: Ui, pane: PaneId) {
  for (const tab of ui.workspace?.tabs ?? []) {
    const leaf = findLeaf(tab.root, pane);
    if (leaf !== undefined) return leaf;
  }
  return undefined;
}

/**
 * Another width has laid the lines anew: they are read again, and the place from their end is kept. `added`: so many lines have come in
 * above, as older items of a transcript do; then all places stay.
 */
export function rereadCopy(ui: Ui, mode: CopyMode, added: number | null): void {
  const parts = partsOf(arrangeScreen(ui), mode.pane);
  const source = mode.source.type === "terminal" ? terminalSource(ui, parts) : transcriptSource(ui, parts);
  if (source === null) return;
  const before = textOf(mode.source).end;
  const by = added ?? textOf(source).end - before;
  mode.source = source;
  const moved = (at: Position): Position => ({ x: at.x, y: at.y + by });
  mode.top += by;
  mode.cursor = moved(mode.cursor);
  mode.selection = added === null || mode.selection === null ? null : { ...mode.selection, anchor: moved(mode.selection.anchor) };
  if (mode.search !== null) mode.search = { ...mode.search, matches: null, goal: null };
  if (mode.prompt !== null) mode.prompt = { ...mode.prompt, from: moved(mode.prompt.from), top: mode.prompt.top + by };
  keepInside(ui, mode);
}

/** Brings the cursor into the text and the window to the cursor. */
export function keepInside(ui: Ui, mode: CopyMode): void {
  const height = viewportOf(ui, mode)?.height ?? 1;
  const text = textOf(mode.source);
  const y = Math.max(text.first, Math.min(text.end - 1, mode.cursor.y));
  mode.cursor = { x: mode.cursor.x, y };
  const lowest = Math.max(text.first, text.end - height);
  mode.top = Math.max(text.first, Math.min(lowest, Math.max(Math.min(mode.top, y), y - height + 1)));
}

export function selectionOf(mode: CopyMode): Selection | null {
  return mode.selection === null ? null : { ...mode.selection, cursor: mode.cursor };
}
