// The last line: what the keys do now, or what just happened; at the right how the focused agent may act, and whether it is online.

import { cleanLine } from "./clean.ts";
import type { Line, Span } from "./frame-types.ts";
import { hintSpans } from "./overlay-frame.ts";
import { role } from "./theme.ts";
import { spread } from "./title-line.ts";
import { focusedAgent, focusedPane, typedTerminal, type Ui } from "./view.ts";
import { cutToWidth } from "./width.ts";
import { lineWidth } from "./wrap.ts";

/** `ask · workspace-write · online`. */
function modeSpans(ui: Ui): Span[] {
  const { theme } = ui;
  const dim = role(theme, "dim");
  const agent = focusedAgent(ui);
  const isOffline = ui.workspace?.isOffline === true || agent?.profile.isOffline === true;
  const net: Span = isOffline ? { text: "OFFLINE", style: role(theme, "warn") } : { text: "online", style: dim };
  if (agent === undefined) return focusedPane(ui)?.content.type === "terminal" ? [{ text: "no sandbox · ", style: dim }, net] : [net];
  const { mode, network } = agent.sandbox;
  const asks: Span = agent.profile.autoRun ? { text: "auto", style: role(theme, "warn") } : { text: "ask", style: dim };
  const sandbox: Span = { text: mode, style: mode === "full" ? role(theme, "warn") : dim };
  return [asks, { text: " · ", style: dim }, sandbox, { text: `${network ? "" : " · no network"} · `, style: dim }, net];
}

function keyHints(ui: Ui): Span[] {
  const { prefix, theme, view } = ui;
  if (view.isPrefixPending) {
    return hintSpans(theme, [
      [prefix, "…"],
      ['% "', "split"],
      ["c", "tab"],
      ["o", "next"],
      ["z", "zoom"],
      ["x", "close"],
      ["m", "profile"],
      ["d", "detach"],
      ["?", "all"],
    ]);
  }
  if (view.scrollMode !== null)
    return hintSpans(theme, [
      ["↑↓ pgup pgdn g G", "scroll"],
      ["Esc", "back"],
    ]);
  if (typedTerminal(ui) !== null) {
    const isBoth = focusedPane(ui)?.content.type === "agent";
    return hintSpans(theme, [
      ["keys", "go to the program"],
      [`${prefix} ${isBoth ? "t" : "o"}`, isBoth ? "face" : "next pane"],
      [`${prefix} ?`, "keys"],
    ]);
  }
  return hintSpans(theme, [
    [`${prefix} ?`, "keys"],
    ["m", "profile"],
    ["f", "fast/smart"],
    ["t", "terminal"],
    ["A", "approvals"],
  ]);
}

export function statusLine(ui: Ui, width: number): Line {
  const { alert } = ui.view;
  const mode = modeSpans(ui);
  const left: Span[] =
    alert === null || ui.view.isPrefixPending
      ? [{ text: " ", style: {} }, ...keyHints(ui)]
      : [{ text: ` ${cleanLine(alert.text)}`, style: role(ui.theme, "text") }];
  const right = width >= 2 * lineWidth(mode) || lineWidth(left) + lineWidth(mode) + 2 <= width ? mode : mode.slice(-1);
  const room = Math.max(0, width - lineWidth(right) - 2);
  return spread(dropWhole(left, room), right, width, {});
}

/** Hints are dropped pair by pair; a sentence is cut. */
function dropWhole(spans: Span[], room: number): Span[] {
  if (lineWidth(spans) <= room) return spans;
  if (spans.length <= 1) return spans.map((span) => ({ ...span, text: cutToWidth(span.text, room) }));
  const kept = [...spans];
  while (kept.length > 1 && lineWidth(kept) > room) kept.splice(-2, 2);
  return lineWidth(kept) > room ? [] : kept;
}
