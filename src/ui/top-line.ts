// The first line: name, folder, tabs, how many need you, what was spent. On a small screen: the panes as tabs.

import type { PaneId, TabId } from "../domain/ids.ts";
import { findAgent } from "../domain/workspace.ts";
import { cleanLine } from "./clean.ts";
import { formatMoney, tildeFolder } from "./format.ts";
import type { Line, Span } from "./frame-types.ts";
import { panesOfTab } from "./geometry.ts";
import type { Target } from "./sidebar.ts";
import { statusSpan } from "./status-mark.ts";
import { tabLabel } from "./tab-label.ts";
import { role } from "./theme.ts";
import { spread } from "./title-line.ts";
import { activeTab, focusedPane, needCount, type Ui } from "./view.ts";
import { cutToWidth, textWidth } from "./width.ts";
import { windowAround } from "./window.ts";
import { cutLine, lineWidth } from "./wrap.ts";

export type TopTarget =
  | { readonly type: "tab"; readonly tab: TabId }
  | { readonly type: "pane"; readonly pane: PaneId }
  | { readonly type: "newTab" };

export interface TopLine {
  readonly line: Line;
  readonly targets: readonly Target<TopTarget>[];
}

/** A folder as the user knows it. */
export function shortFolder(ui: Ui, folder: string): string {
  return cleanLine(tildeFolder(folder, ui.home));
}

/** Of all workspaces since midnight; before the server has said it, what the agents of this one have cost. */
export function spendWords(ui: Ui): string {
  const { spent } = ui.view;
  if (spent !== null) {
    const isOver = ui.now >= spent.until;
    return `${formatMoney(isOver ? 0 : spent.costMicros, spent.isEstimated)} today`;
  }
  const meters = Object.values(ui.workspace?.meters ?? {});
  const isEstimated = meters.some((meter) => meter.isEstimated && (meter.costMicros ?? 0) > 0);
  return formatMoney(
    meters.reduce((sum, meter) => sum + (meter.costMicros ?? 0), 0),
    isEstimated,
  );
}

function needsSpans(ui: Ui): Span[] {
  const count = needCount(ui);
  return count === 0 ? [] : [{ text: ` ${count} ${count === 1 ? "needs" : "need"} you `, style: role(ui.theme, "badge") }];
}

export function topLine(ui: Ui, width: number): TopLine {
  const { theme } = ui;
  const needs = needsSpans(ui);
  const spend: Span[] = [{ text: spendWords(ui), style: role(theme, "dim") }];
  const rightWhole: Span[] = [...needs, ...(needs.length > 0 ? [{ text: "  ", style: {} }] : []), ...spend];
  const name: Span = { text: " interpane", style: role(theme, "text", { bold: true }) };
  const { spans: tabs, targets } = tabSpans(ui, width - lineWidth([name, ...needs]) - 4);
  const folder = shortFolder(ui, ui.workspace?.folder ?? "");
  const folderRoom = Math.max(0, Math.min(40, width - lineWidth([name, ...tabs, ...rightWhole]) - 8));
  const shownFolder: Span = {
    text: folderRoom >= 6 ? `  ${cutToWidth(folder, folderRoom)}` : "",
    style: role(theme, "dim"),
  };
  const before = lineWidth([name, shownFolder]) + 3;
  const left = [name, shownFolder, { text: "   ", style: {} }, ...tabs];
  const right = [rightWhole, needs].find((spans) => lineWidth(left) + lineWidth(spans) + 2 <= width) ?? needs;
  const room = Math.max(0, width - lineWidth(right) - 1);
  return {
    line: spread(cutLine(left, room), right, width, {}),
    targets: targets.map((target) => ({ ...target, x: target.x + before })),
  };
}

/** Cells of `‹12 ` and `›12 `. */
const COUNT_CELLS = 4;

/** As many tabs as there is room for, the active one among them. */
function tabSpans(ui: Ui, room: number): { spans: Span[]; targets: Target<TopTarget>[] } {
  const all = ui.workspace?.tabs ?? [];
  const active = activeTab(ui)?.id;
  const dim = role(ui.theme, "dim");
  const spans: Span[] = [];
  const targets: Target<TopTarget>[] = [];
  let x = 0;
  const push = (text: string, style: Span["style"], value: TopTarget | null) => {
    spans.push({ text, style }, { text: " ", style: {} });
    if (value !== null) targets.push({ x, width: textWidth(text), value });
    x += textWidth(text) + 1;
  };
  const labels = all.map((tab, index) => ` ${tabLabel(ui, tab, index)}`);
  const widths = labels.map((label) => textWidth(label) + 1);
  const at = Math.max(
    0,
    all.findIndex((tab) => tab.id === active),
  );
  // The last two cells open another one.
  const { from, to } = windowAround(widths, at, room - 3, COUNT_CELLS);
  if (from > 0) push(`${ui.isAscii ? "<" : "‹"}${from}`, dim, null);
  all.slice(from, to).forEach((tab, index) => {
    push(labels[from + index] ?? "", tab.id === active ? role(ui.theme, "titleFocused") : dim, { type: "tab", tab: tab.id });
  });
  if (to < all.length) push(`${ui.isAscii ? ">" : "›"}${all.length - to}`, dim, null);
  push(" +", dim, { type: "newTab" });
  return { spans, targets };
}

/** One pane at a time: the panes of the tab, the shown one set off. */
export function paneTabLine(ui: Ui, width: number): TopLine {
  const { theme } = ui;
  const tabs = ui.workspace?.tabs ?? [];
  const at = tabs.findIndex((tab) => tab.id === activeTab(ui)?.id);
  const focused = focusedPane(ui)?.pane;
  const spans: Span[] = tabs.length > 1 ? [{ text: ` ${at + 1}/${tabs.length}`, style: role(theme, "dim") }] : [];
  const targets: Target<TopTarget>[] = [];
  for (const { pane, content } of panesOfTab(ui)) {
    const agent = content.type === "agent" && ui.workspace !== null ? findAgent(ui.workspace, content.agent) : undefined;
    const style = pane === focused ? role(theme, "titleFocused") : role(theme, "dim");
    const mark = agent === undefined ? { text: "$", style } : statusSpan(ui, agent.status);
    const label: Span[] = [
      { text: pane === focused ? "[" : " ", style },
      mark,
      { text: `${agent?.number ?? ""}${pane === focused ? "]" : " "}`, style },
    ];
    targets.push({ x: lineWidth(spans), width: lineWidth(label), value: { type: "pane", pane } });
    spans.push(...label);
  }
  const needs = needsSpans(ui);
  const right = lineWidth(spans) + lineWidth(needs) + 1 <= width ? needs : [];
  return { line: spread(cutLine(spans, width), right, width, {}), targets };
}
