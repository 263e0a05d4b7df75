// The whole screen as boxes: pure, from the view alone. What did not change keeps its place, so that little has to be written.

import type { Divider, Rect } from "../domain/layout.ts";
import type { CommandTable } from "./command-row.ts";
import { settleCopies } from "./copy-mode.ts";
import type { Box, Frame, FrameCursor, Line, Span, Style } from "./frame-types.ts";
import { arrangeScreen, type Geometry, type PaneParts, partsOf } from "./geometry.ts";
import { keyHint } from "./key-hint.ts";
import { numberBoxes } from "./numbers.ts";
import { drawCompletion, drawOverlay } from "./overlay.ts";
import { drawGrid, drawPane, gridId, LAYER, linesBox } from "./pane.ts";
import { sidebarLines, sideline } from "./sidebar.ts";
import { statusLine } from "./status-line.ts";
import { role } from "./theme.ts";
import { paneTabLine, shortFolder, topLine } from "./top-line.ts";
import { focusedPane, needCount, type Ui } from "./view.ts";
import { cutToWidth } from "./width.ts";
import { wrapText } from "./wrap.ts";

/** The frame that was drawn last, and which of its boxes are grids of terminals. */
export interface LastFrame {
  readonly frame: Frame;
  readonly grids: readonly { readonly parts: PaneParts; readonly at: number; readonly isTyped: boolean }[];
}

/** `isRowsOnly`: nothing but the rows of terminals differs from the last frame, so that all else is taken from it. */
export function drawFrame(ui: Ui, table: CommandTable, isRowsOnly: boolean): Frame {
  const next = isRowsOnly && ui.view.lastFrame !== null ? withNewRows(ui, ui.view.lastFrame) : null;
  return next ?? drawAll(ui, table);
}

/** Null where what is around a terminal may depend on its rows too. */
function withNewRows(ui: Ui, { frame, grids }: LastFrame): Frame | null {
  if (ui.view.copies.size > 0) return null;
  const boxes = [...frame.boxes];
  let { cursor } = frame;
  for (const { parts, at, isTyped } of grids) {
    const drawn = drawGrid(ui, parts, { isTyped });
    const [box] = drawn.boxes;
    if (box?.content.type !== "cells" || boxes[at]?.content.type !== "cells") return null;
    boxes[at] = box;
    if (isTyped) cursor = drawn.cursor;
  }
  return { ...frame, boxes, cursor };
}

function drawAll(ui: Ui, table: CommandTable): Frame {
  ui.view.lastFrame = null;
  const { cols, rows } = ui;
  settleCopies(ui);
  const geometry = arrangeScreen(ui);
  const title = windowTitle(ui);
  if (geometry.shape === "sentence")
    return { cols, rows, boxes: ui.isAscii ? sentence(ui).map(inAscii) : sentence(ui), cursor: null, title };
  const boxes: Box[] = chromeBoxes(ui, geometry);
  let cursor: FrameCursor | null = null;
  const typed = new Set<PaneParts>();
  for (const parts of geometry.panes) {
    const drawn = drawPane(ui, parts);
    boxes.push(...drawn.boxes);
    if (parts.isFocused) cursor = drawn.cursor;
    if (drawn.isTyped === true && ui.view.overlays.length === 0) typed.add(parts);
  }
  boxes.push(...numberBoxes(ui, geometry, LAYER.numbers));
  const composer = partsOf(geometry, focusedPane(ui)?.pane)?.composer;
  if (composer !== null && composer !== undefined) boxes.push(...drawCompletion(ui, composer, table).boxes);
  ui.view.overlays.forEach((overlay, at) => {
    const drawn = drawOverlay(ui, overlay, at, table);
    boxes.push(...drawn.boxes);
    cursor = drawn.cursor;
  });
  const shown = boxes.filter((box) => box.rect.width > 0 && box.rect.height > 0);
  const frame = { cols, rows, boxes: ui.isAscii ? shown.map(inAscii) : shown, cursor, title };
  const grids = geometry.panes.flatMap((parts) => {
    const at = shown.findIndex(({ id }) => id === gridId(parts.pane));
    return at < 0 ? [] : [{ parts, at, isTyped: typed.has(parts) }];
  });
  ui.view.lastFrame = { frame, grids };
  return frame;
}

// The signs of our own words; a transcript draws its own, and what people and models wrote stays as it is.
const asciiSigns: Readonly<Record<string, string>> = {
  "·": "-",
  "…": "~",
  "•": "*",
  "›": ">",
  "↑": "^",
  "↓": "v",
  "×": "x",
  "⋯": "+",
  "●": "*",
  "◆": "!",
};

function inAscii(box: Box): Box {
  if (box.content.type !== "lines" || /:(?:body|composer)$/u.test(box.id)) return box;
  const lines = box.content.lines.map((line) =>
    line.map((span) => ({ ...span, text: span.text.replace(/[·…•›↑↓×⋯●◆]/gu, (sign) => asciiSigns[sign] ?? sign) })),
  );
  return { ...box, content: { type: "lines", lines } };
}

function windowTitle(ui: Ui): string {
  if (ui.workspace === null) return "interpane";
  const needs = needCount(ui);
  return `interpane · ${shortFolder(ui, ui.workspace.folder)}${needs > 0 ? ` · ${needs} ${needs === 1 ? "needs" : "need"} you` : ""}`;
}

function sentence(ui: Ui): Box[] {
  const { cols, rows } = ui;
  if (cols < 1 || rows < 1) return [];
  const needs = needCount(ui);
  const text = `interpane needs 20×5 cells, this is ${cols}×${rows}${needs > 0 ? `; ${needs} need you` : ""}`;
  const lines = wrapText(text, cols, role(ui.theme, "text")).slice(0, rows);
  return [linesBox("sentence", { x: 0, y: 0, width: cols, height: rows }, LAYER.ground, role(ui.theme, "base"), lines)];
}

function chromeBoxes(ui: Ui, geometry: Geometry): Box[] {
  const { top, sidebar, sideline: side, status, area, shape } = geometry;
  const base = role(ui.theme, "base");
  const surface = role(ui.theme, "surface");
  const first = shape === "single" ? paneTabLine(ui, top.width) : topLine(ui, top.width);
  const boxes: Box[] = [linesBox("top", top, LAYER.ground, surface, [first.line])];
  if (sidebar !== null) {
    const lines = sidebarLines(ui, sidebar.width, sidebar.height).map(({ line }) => line);
    boxes.push(linesBox("sidebar", sidebar, LAYER.ground, base, lines));
    const edge: Rect = { x: sidebar.x + sidebar.width, y: sidebar.y, width: 1, height: sidebar.height };
    const bar: Line = [{ text: ui.isAscii ? "|" : "│", style: role(ui.theme, "border") }];
    boxes.push(
      linesBox(
        "sidebar:edge",
        edge,
        LAYER.ground,
        base,
        Array.from({ length: edge.height }, () => bar),
      ),
    );
  }
  if (side !== null) boxes.push(linesBox("sideline", side, LAYER.ground, base, [sideline(ui, side.width).line]));
  boxes.push(linesBox("area", area, LAYER.ground, base, areaLines(ui, geometry)));
  boxes.push(linesBox("status", status, LAYER.ground, surface, [statusLine(ui, status.width)]));
  return boxes;
}

// What joins at a cell of the lines between panes: up 1, down 2, left 4, right 8.
const joints = " │││─┘┐┤─└┌├─┴┬┼";
const asciiJoints = " |||-+++-+++-+++";

/** The lines between the panes, joined where they meet; beside the focused pane in the accent. */
function areaLines(ui: Ui, geometry: Geometry): readonly Line[] {
  const { area, dividers, panes } = geometry;
  if (ui.workspace !== null && panes.length === 0) return emptyArea(ui, area);
  if (ui.workspace === null) return [[], [{ text: cutToWidth("  opening the workspace", area.width), style: role(ui.theme, "dim") }]];
  if (dividers.length === 0) return [];
  const key = JSON.stringify([area, dividers, panes.find((parts) => parts.isFocused)?.rect, ui.theme.name, ui.isAscii]);
  if (ui.view.area?.key !== key) ui.view.area = { key, lines: dividerLines(ui, geometry) };
  return ui.view.area.lines;
}

function dividerLines(ui: Ui, { area, dividers, panes }: Geometry): Line[] {
  const rows = dividerCells(dividers, area);
  const has = (x: number, y: number) => rows[y - area.y]?.has(x) === true;
  const focused = panes.find((parts) => parts.isFocused)?.rect;
  const isBeside = (x: number, y: number) =>
    focused !== undefined && x >= focused.x - 1 && x <= focused.x + focused.width && y >= focused.y - 1 && y <= focused.y + focused.height;
  const shapes = ui.isAscii ? asciiJoints : joints;
  const plain = role(ui.theme, "border");
  const accent = role(ui.theme, "borderFocused");
  return rows.map((row, index) => {
    const y = area.y + index;
    const spans: Span[] = [];
    const add = (text: string, style: Style): void => {
      const last = spans.at(-1);
      if (last !== undefined && last.style === style) spans[spans.length - 1] = { text: last.text + text, style };
      else if (text !== "") spans.push({ text, style });
    };
    let from = area.x;
    for (const x of [...row].sort((one, other) => one - other)) {
      add(" ".repeat(x - from), plain);
      from = x + 1;
      const bits = (has(x, y - 1) ? 1 : 0) | (has(x, y + 1) ? 2 : 0) | (has(x - 1, y) ? 4 : 0) | (has(x + 1, y) ? 8 : 0);
      const shape = bits === 0 ? (ui.isAscii ? "|" : "│") : (shapes[bits] ?? " ");
      add(shape, bits !== 0 && isBeside(x, y) ? accent : plain);
    }
    add(" ".repeat(area.x + area.width - from), plain);
    return spans;
  });
}

/** By row of the area: the columns of its cells that are lines. */
function dividerCells(dividers: readonly Divider[], area: Rect): Set<number>[] {
  const rows = Array.from({ length: area.height }, () => new Set<number>());
  for (const rect of dividers) {
    for (let y = rect.y; y < Math.min(rect.y + rect.height, area.y + area.height); y += 1) {
      for (let x = rect.x; x < Math.min(rect.x + rect.width, area.x + area.width); x += 1) rows[y - area.y]?.add(x);
    }
  }
  return rows;
}

function emptyArea(ui: Ui, area: Rect): Line[] {
  // A new workspace has its first agent a moment before its first tab.
  if (ui.workspace?.agents.some((agent) => !agent.isEphemeral) === true) return [];
  const none = `no agent here; ${keyHint(ui, "agent.openTab")} starts one, ${keyHint(ui, "help.open")} lists the keys`;
  // The server makes it as soon as a screen has come; on a busy machine that is seen.
  const text = ui.view.isOpening ? "the first agent is being started" : none;
  return [
    [],
    ...wrapText(text, Math.max(1, area.width - 4), role(ui.theme, "dim")).map((line): Line => [{ text: "  ", style: {} }, ...line]),
  ];
}
