// Where everything stands on the screen: which parts there are at this size, and the rectangles of each pane's parts.

import type { AgentId, PaneId, TerminalId } from "../domain/ids.ts";
import {
  type Arrangement,
  arrange,
  type Divider,
  findLeaf,
  fits,
  type LayoutNode,
  leaves,
  type PaneContent,
  type Rect,
} from "../domain/layout.ts";
import { findAgent } from "../domain/workspace.ts";
import { approvalBoxRows } from "./approval-box.ts";
import { isEmpty, layoutComposer } from "./composer.ts";
import { activeTab, approvalOf, composerOf, findTerminal, focusedPane, type Ui } from "./view.ts";

/** `sentence`: too small for anything else. `single`: one pane at a time. `narrow`: the sidebar is one line. */
export type ScreenShape = "sentence" | "single" | "narrow" | "wide";

const LEAST_COLS = 20;
const LEAST_ROWS = 5;
const NARROW_COLS = 60;
const WIDE_COLS = 100;
/** Under so many rows the narrow screen gives its agents' line to the panes. */
const SIDELINE_ROWS = 10;

function screenShape(cols: number, rows: number): ScreenShape {
  if (cols < LEAST_COLS || rows < LEAST_ROWS) return "sentence";
  if (cols < NARROW_COLS) return "single";
  return cols < WIDE_COLS ? "narrow" : "wide";
}

export interface PaneParts {
  readonly pane: PaneId;
  readonly content: PaneContent;
  readonly rect: Rect;
  readonly isFocused: boolean;
  readonly title: Rect;
  /** The transcript. */
  readonly body: Rect | null;
  /** The line between transcript and terminal, where there are both. */
  readonly seam: Rect | null;
  readonly grid: { readonly rect: Rect; readonly terminal: TerminalId | null } | null;
  /** What goes on, in one line. */
  readonly state: Rect | null;
  readonly composer: Rect | null;
  /** The box of an open question; it takes the lower rows of the body, or covers the terminal. */
  readonly approval: Rect | null;
}

export interface Geometry {
  readonly shape: ScreenShape;
  readonly top: Rect;
  readonly sidebar: Rect | null;
  readonly sideline: Rect | null;
  readonly area: Rect;
  readonly panes: readonly PaneParts[];
  readonly dividers: readonly Divider[];
  readonly arrangement: Arrangement;
  /** The tab's panes do not fit this screen: the focused one is shown alone, and this says so. */
  readonly isCrowded: boolean;
  readonly status: Rect;
}

/** A pane this wide keeps one free column at each edge. */
const PADDED_COLS = 36;

export function padCols(width: number): number {
  return width >= PADDED_COLS ? 1 : 0;
}

/** The mark before the message, with the pane's free column. */
export function composerMarkCols(width: number): number {
  return 2 + padCols(width);
}

/** The panes keep the larger half, whatever was asked for. */
export function sidebarWidth(cols: number, asked: number | null): number {
  return asked === null ? (cols >= 180 ? 30 : cols >= 120 ? 24 : 22) : Math.min(asked, Math.floor(cols / 2) - 1);
}

/** Everything but panes; `area` is what they share. */
function chrome({ cols, rows, view }: Ui): Omit<Geometry, "panes" | "dividers" | "arrangement" | "isCrowded"> {
  const shape = screenShape(cols, rows);
  const status: Rect = { x: 0, y: Math.max(0, rows - 1), width: cols, height: 1 };
  const top: Rect = { x: 0, y: 0, width: cols, height: 1 };
  const middle = { x: 0, y: 1, width: cols, height: Math.max(0, rows - 2) };
  if (shape === "wide" && view.sidebar.isHidden) return { shape, top, status, sidebar: null, sideline: null, area: middle };
  if (shape === "wide") {
    const width = sidebarWidth(cols, view.sidebar.cols);
    return {
      shape,
      top,
      status,
      sideline: null,
      sidebar: { ...middle, width },
      area: { ...middle, x: width + 1, width: cols - width - 1 },
    };
  }
  if (shape === "narrow" && rows >= SIDELINE_ROWS) {
    return {
      shape,
      top,
      status,
      sidebar: null,
      sideline: { ...middle, height: 1 },
      area: { ...middle, y: 2, height: rows - 3 },
    };
  }
  return { shape, top, status, sidebar: null, sideline: null, area: middle };
}

/** The part of the tree that is shown: the zoomed pane, on a single-pane screen the focused one, else all. */
function shownRoot(ui: Ui, root: LayoutNode, shape: ScreenShape, zoomed: PaneId | null): LayoutNode {
  const only = zoomed ?? (shape === "single" ? (focusedPane(ui)?.pane ?? null) : null);
  return (only === null ? undefined : findLeaf(root, only)) ?? root;
}

export function arrangeScreen(ui: Ui): Geometry {
  const parts = chrome(ui);
  const tab = activeTab(ui);
  if (parts.shape === "sentence" || tab === undefined) {
    return { ...parts, panes: [], dividers: [], arrangement: { panes: [], dividers: [] }, isCrowded: false };
  }
  const focused = focusedPane(ui)?.pane;
  const whole = arrange(shownRoot(ui, tab.root, parts.shape, tab.zoomed), parts.area);
  const alone = whole.panes.length > 1 && !fits(whole) && focused !== undefined ? findLeaf(tab.root, focused) : undefined;
  const arrangement = alone === undefined ? whole : arrange(alone, parts.area);
  const panes = arrangement.panes
    .filter(({ rect }) => rect.width > 0 && rect.height > 0)
    .map(({ pane, content, rect }) => withApproval(ui, paneParts(ui, pane, content, rect, pane === focused)));
  return { ...parts, panes, dividers: arrangement.dividers, arrangement, isCrowded: alone !== undefined };
}

function row(rect: Rect, y: number, height: number): Rect {
  return { x: rect.x, y, width: rect.width, height };
}

/** `row` without the free columns. */
function inner(rect: Rect, y: number, height: number): Rect {
  const pad = padCols(rect.width);
  return { x: rect.x + pad, y, width: rect.width - 2 * pad, height };
}

function paneParts(ui: Ui, pane: PaneId, content: PaneContent, rect: Rect, isFocused: boolean): PaneParts {
  const title = row(rect, rect.y, 1);
  const none = {
    pane,
    content,
    rect,
    isFocused,
    title,
    body: null,
    seam: null,
    grid: null,
    state: null,
    composer: null,
    approval: null,
  };
  let left = rect.height - 1;
  const from = rect.y + 1;
  if (left <= 0) return none;
  if (content.type === "terminal") return { ...none, grid: { rect: row(rect, from, left), terminal: content.terminal } };
  const agent = ui.workspace === null ? undefined : findAgent(ui.workspace, content.agent);
  if (agent === undefined) return { ...none, body: inner(rect, from, left) };
  if (content.face === "terminal") return { ...none, grid: { rect: row(rect, from, left), terminal: agent.terminal } };

  // What is typed must be seen: in the lowest pane the message takes the one row there is while it has the focus.
  const composerRows = left === 1 ? (isFocused ? 1 : 0) : composerHeight(ui, content.agent, rect, left);
  left -= composerRows;
  const composer = composerRows > 0 ? row(rect, from + left, composerRows) : null;
  const hasState = left >= 2;
  if (hasState) left -= 1;
  const state = hasState ? row(rect, from + left, 1) : null;
  if (content.face === "transcript" || left < 3) {
    return { ...none, body: left > 0 ? inner(rect, from, left) : null, state, composer };
  }
  const gridRows = Math.floor((left - 1) / 2);
  const bodyRows = left - 1 - gridRows;
  return {
    ...none,
    state,
    composer,
    body: inner(rect, from, bodyRows),
    seam: row(rect, from + bodyRows, 1),
    grid: { rect: row(rect, from + bodyRows + 1, gridRows), terminal: agent.terminal },
  };
}

/** A body under so many rows does not share them with a question: its box then covers the terminal too. */
const BODY_LEAST = 6;

function withApproval(ui: Ui, parts: PaneParts): PaneParts {
  const approval = parts.content.type === "agent" ? approvalOf(ui, parts.content.agent) : undefined;
  if (approval === undefined) return parts;
  const from = parts.rect.y + 1;
  const end = parts.state?.y ?? parts.composer?.y ?? parts.rect.y + parts.rect.height;
  const bodyEnd = parts.body === null ? end : parts.body.y + parts.body.height;
  const isInBody = parts.body !== null && parts.body.height >= BODY_LEAST;
  const to = isInBody ? bodyEnd : end;
  const height = Math.min(approvalBoxRows(approval, inner(parts.rect, from, 1).width, ui), to - from);
  if (height <= 0) return parts;
  const box = inner(parts.rect, to - height, height);
  const left = parts.body === null ? 0 : Math.min(parts.body.height, box.y - parts.body.y);
  return { ...parts, approval: box, body: parts.body === null || left <= 0 ? null : { ...parts.body, height: left } };
}

/** One row, growing with the text up to a third of the pane. */
function composerHeight(ui: Ui, agent: AgentId, rect: Rect, left: number): number {
  if (left < 2) return 0;
  const composer = composerOf(ui, agent);
  if (isEmpty(composer)) return 1;
  const { rows } = layoutComposer(composer, rect.width - composerMarkCols(rect.width) - padCols(rect.width));
  return Math.max(1, Math.min(rows.length, Math.floor(rect.height / 3)));
}

export function partsOf(geometry: Geometry, pane: PaneId | undefined): PaneParts | undefined {
  return geometry.panes.find((parts) => parts.pane === pane);
}

/** Terminals on the screen with the cells they have there; one without room is left out. */
export function visibleTerminals(ui: Ui, geometry: Geometry): { terminal: TerminalId; cols: number; rows: number }[] {
  const shown = new Map<TerminalId, { terminal: TerminalId; cols: number; rows: number }>();
  for (const { grid } of geometry.panes) {
    if (grid === null || grid.terminal === null || findTerminal(ui, grid.terminal) === undefined) continue;
    if (grid.rect.width < 1 || grid.rect.height < 1) continue;
    shown.set(grid.terminal, { terminal: grid.terminal, cols: grid.rect.width, rows: grid.rect.height });
  }
  return [...shown.values()];
}

export function visibleAgents(geometry: Geometry): AgentId[] {
  return [...new Set(geometry.panes.flatMap(({ content }) => (content.type === "agent" ? [content.agent] : [])))];
}

/** Which agents the tabs' panes hold, in the order of the tree: what a single-pane screen lists. */
export function panesOfTab(ui: Ui): { pane: PaneId; content: PaneContent }[] {
  const tab = activeTab(ui);
  return tab === undefined ? [] : leaves(tab.root).map(({ pane, content }) => ({ pane, content }));
}

export function isIn(rect: Rect | null | undefined, x: number, y: number): boolean {
  return rect !== null && rect !== undefined && x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
}
