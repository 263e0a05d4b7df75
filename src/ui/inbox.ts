// The inbox: every open question of every agent, and the chosen one in full, to be answered there.

import type { Rect } from "../domain/layout.ts";
import { type Approval, findAgent } from "../domain/workspace.ts";
import { approvalBoxLines, approvalBoxRows, approvalContentRows, approvalTitle, approvalTopMax } from "./approval-box.ts";
import { cleanLine } from "./clean.ts";
import type { Effect } from "./effects.ts";
import type { Line, Span } from "./frame-types.ts";
import { FRAME_COLS, FRAME_ROWS, overlayRect } from "./overlay-frame.ts";
import { goToAgent } from "./pane-actions.ts";
import { role } from "./theme.ts";
import { askingAgents, closeOverlay, type Overlay, openOverlay, setAlert, topOverlay, type Ui } from "./view.ts";
import { cutToWidth, padToWidth } from "./width.ts";

type InboxOverlay = Extract<Overlay, { type: "inbox" }>;

/** The usual width of a question in the inbox: an estimate is enough for the height. */
const INBOX_COLS = 50;

export interface InboxGeometry {
  readonly rect: Rect;
  readonly listRows: number;
  readonly boxRows: number;
  /** Lines of the chosen question that are in sight. */
  readonly codeRows: number;
}

export function inboxGeometry(ui: Ui): InboxGeometry {
  const overlay: InboxOverlay = { type: "inbox", selected: null, top: 0 };
  const all = ui.workspace?.approvals ?? [];
  // As high as the longest question needs, so that it does not jump from one to the next.
  const longest = Math.max(0, ...all.map((approval) => approvalBoxRows(approval, INBOX_COLS, ui)));
  const rect = overlayRect(ui, overlay, Math.max(8, all.length + longest + FRAME_ROWS));
  const inner = Math.max(0, rect.height - FRAME_ROWS);
  const count = all.length;
  // On a low screen the list gives way: what is answered must be in sight.
  const listRows = Math.max(0, Math.min(count, Math.max(Math.floor(inner / 3), inner - longest), inner - 4));
  const boxRows = inner - listRows;
  return { rect, listRows, boxRows, codeRows: approvalContentRows(boxRows) };
}

export function openInbox(ui: Ui): Effect[] {
  const first = ui.workspace?.approvals[0];
  const [asking] = askingAgents(ui);
  if (first === undefined && asking !== undefined) return goToAgent(ui, asking.id);
  if (first === undefined) setAlert(ui, "no agent waits for an answer");
  else openOverlay(ui, { type: "inbox", selected: first.id, top: 0 });
  return [];
}

/** Another question has to be painted here before it may be answered here. */
function select(ui: Ui, overlay: InboxOverlay, approval: Approval | undefined): void {
  overlay.selected = approval?.id ?? null;
  overlay.top = 0;
  if (approval !== undefined) ui.view.shownAt.delete(approval.id);
}

export function moveInbox(ui: Ui, by: 1 | -1): Effect[] {
  const overlay = topOverlay(ui);
  const all = ui.workspace?.approvals ?? [];
  if (overlay?.type !== "inbox" || all.length < 2) return [];
  const at = all.findIndex((approval) => approval.id === overlay.selected);
  select(ui, overlay, all[(at + by + all.length) % all.length]);
  return [];
}

export function scrollInbox(ui: Ui, by: number | "pageUp" | "pageDown"): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "inbox") return [];
  const approval = ui.workspace?.approvals.find(({ id }) => id === overlay.selected);
  const { rect, boxRows, codeRows } = inboxGeometry(ui);
  const lines = by === "pageUp" ? -codeRows : by === "pageDown" ? codeRows : by;
  const max = approval === undefined ? 0 : approvalTopMax(approval, rect.width - FRAME_COLS, boxRows, ui);
  overlay.top = Math.max(0, Math.min(max, overlay.top + lines));
  return [];
}

/** After questions came or went: keeps the choice where it is, moves on where it has gone, closes when none is left. */
export function settleInbox(ui: Ui): void {
  const all = ui.workspace?.approvals ?? [];
  for (const overlay of ui.view.overlays) {
    if (overlay.type === "inbox" && !all.some(({ id }) => id === overlay.selected)) select(ui, overlay, all[0]);
  }
  if (all.length === 0) ui.view.overlays = ui.view.overlays.filter((overlay) => overlay.type !== "inbox");
}

export function inboxLines(ui: Ui, overlay: InboxOverlay, hint: readonly Span[]): Line[] {
  const { rect, listRows, boxRows } = inboxGeometry(ui);
  const width = Math.max(1, rect.width - FRAME_COLS);
  const all = ui.workspace?.approvals ?? [];
  const at = Math.max(
    0,
    all.findIndex(({ id }) => id === overlay.selected),
  );
  const from = Math.max(0, Math.min(at - listRows + 1, all.length - listRows));
  const list = all.slice(from, from + listRows).map((approval): Line => {
    const agent = ui.workspace === null ? undefined : findAgent(ui.workspace, approval.agent);
    const text = `${ui.isAscii ? "!" : "◆"} ${agent?.number ?? "?"} ${cleanLine(agent?.title ?? "")} · ${cleanLine(approvalTitle(approval))}`;
    const style = approval.id === overlay.selected ? role(ui.theme, "selection") : role(ui.theme, "text");
    return [{ text: padToWidth(cutToWidth(text, width), width), style }];
  });
  const chosen = all[at];
  if (chosen === undefined) return list;
  const box = approvalBoxLines(chosen, {
    width,
    height: boxRows,
    top: overlay.top,
    ui,
    hint,
    tooLow: "make the window larger",
  });
  return [...list, ...box];
}

/** Enter: to the pane of the chosen question. */
export function goToAsker(ui: Ui): Effect[] {
  const overlay = topOverlay(ui);
  const approval = overlay?.type === "inbox" ? ui.workspace?.approvals.find(({ id }) => id === overlay.selected) : undefined;
  closeOverlay(ui);
  return approval === undefined ? [] : goToAgent(ui, approval.agent);
}
