// The last line: what the keys do now, or what just happened; at the right how the focused agent may act, and whether it is online.

import { leaves } from "../domain/layout.ts";
import { cleanLine } from "./clean.ts";
import { focusedCopy } from "./copy-state.ts";
import type { CopyMode } from "./copy-types.ts";
import type { Line, Span } from "./frame-types.ts";
import { arrangeScreen } from "./geometry.ts";
import { keyHint, prefixedKey } from "./key-hint.ts";
import { lockWords } from "./lock.ts";
import { hintSpans } from "./overlay-frame.ts";
import { role } from "./theme.ts";
import { spread } from "./title-line.ts";
import { activeTab, focusedAgent, focusedPane, topOverlay, typedTerminal, type Ui } from "./view.ts";
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
  const asks: Span =
    (agent.isAutoRun ?? agent.profile.autoRun) ? { text: "auto", style: role(theme, "warn") } : { text: "ask", style: dim };
  const sandbox: Span = { text: mode, style: mode === "full" ? role(theme, "warn") : dim };
  // No sandbox holds what it does there.
  const screen: Span[] = agent.profile.tools.includes("gui")
    ? [
        { text: "your screen", style: role(theme, "warn") },
        { text: " · ", style: dim },
      ]
    : [];
  return [asks, { text: " · ", style: dim }, ...screen, sandbox, { text: `${network ? "" : " · no network"} · `, style: dim }, net];
}

/** What each key behind the prefix does, where it has one. */
function prefixHints(ui: Ui): [string, string][] {
  const beside = prefixedKey(ui, "agent.splitRight");
  const below = prefixedKey(ui, "agent.splitDown");
  const split = [beside, below].filter((key) => key !== null).join(" ");
  const others = (
    [
      ["agent.openTab", "tab"],
      ["pane.next", "next"],
      ["pane.zoom", "zoom"],
      ["pane.close", "close"],
      ["profile.pick", "profile"],
      ["client.detach", "detach"],
      ["help.open", "all"],
    ] as const
  ).flatMap(([id, words]): [string, string][] => {
    const key = prefixedKey(ui, id);
    return key === null ? [] : [[key, words]];
  });
  return [[ui.prefix, ui.isAscii ? "..." : "…"], ...(split === "" ? [] : [[split, "split"] as [string, string]]), ...others];
}

/** At rest: the first one with its prefix, the others as they follow it. */
function restHints(ui: Ui): [string, string][] {
  const others = (
    [
      ["profile.pick", "profile"],
      ["profile.swap", "fast/smart"],
      ["pane.face", "terminal"],
      ["inbox.open", "approvals"],
    ] as const
  ).flatMap(([id, words]): [string, string][] => {
    const key = prefixedKey(ui, id);
    return key === null ? [] : [[key, words]];
  });
  return [[keyHint(ui, "help.open"), "keys"], ...others];
}

function keyHints(ui: Ui): Span[] {
  const { theme, view } = ui;
  if (view.isLocked) return hintSpans(theme, lockWords(ui)).map((span, at) => (at === 0 ? { ...span, style: role(theme, "warn") } : span));
  if (view.isPrefixPending) return hintSpans(theme, prefixHints(ui));
  const copying = focusedCopy(ui);
  if (copying !== undefined && copying.fadesAt === null) return hintSpans(theme, copyHints(ui, copying));
  // What is open over the pane has the keys.
  if (topOverlay(ui) === undefined && typedTerminal(ui) !== null) {
    const isBoth = focusedPane(ui)?.content.type === "agent";
    return hintSpans(theme, [
      ["keys", "go to the program"],
      [keyHint(ui, isBoth ? "pane.face" : "pane.next"), isBoth ? "face" : "next pane"],
      [keyHint(ui, "help.open"), "keys"],
    ]);
  }
  return hintSpans(theme, restHints(ui));
}

/** Where the tab's panes are too many for this screen. */
function crowdSpans(ui: Ui): Span[] {
  const tab = activeTab(ui);
  if (tab === undefined || !arrangeScreen(ui).isCrowded) return [];
  const all = leaves(tab.root).map((leaf) => leaf.pane);
  const at = all.indexOf(focusedPane(ui)?.pane ?? ("" as never)) + 1;
  return [{ text: `${at} of ${all.length} panes: no room for all`, style: role(ui.theme, "warn") }];
}

/** What the keys do in copy mode as it stands. */
function copyHints(ui: Ui, mode: CopyMode): (readonly [string, string])[] {
  const keys = (...ids: string[]) => ids.map((id) => keyHint(ui, `copy.${id}`)).join(" ");
  if (mode.prompt !== null)
    return [
      ["enter", "searches"],
      ["Esc", "back"],
    ];
  if (mode.finding !== null) return [[mode.finding, "which character"]];
  if (mode.selection !== null)
    return [
      [keys("copy"), "copies"],
      [keys("swap"), "other end"],
      [keys("select.cell", "select.line", "select.block"), "cells, lines, block"],
      [keys("back"), "ends the selection"],
    ];
  return [
    [keys("select.cell"), "selects"],
    [keys("copy"), "copies the line"],
    [keys("search", "searchBack"), "search"],
    ...(mode.search === null ? [] : [[keys("next", "previous"), "next, before"] as const]),
    [keys("start", "end"), "ends"],
    [keys("leave"), "leaves"],
  ];
}

export function statusLine(ui: Ui, width: number): Line {
  const { alert } = ui.view;
  const crowd = crowdSpans(ui);
  const mode = [...crowd, ...(crowd.length > 0 ? [{ text: " · ", style: {} }] : []), ...modeSpans(ui)];
  const left: Span[] =
    alert === null || ui.view.isPrefixPending || ui.view.isLocked
      ? [{ text: " ", style: {} }, ...keyHints(ui)]
      : [{ text: ` ${cleanLine(alert.text)}`, style: role(ui.theme, "text") }];
  const fitsBoth = lineWidth(left) + lineWidth(mode) + 2 <= width;
  // Hints may be dropped for how the agent acts; what just happened may not.
  const hasMode = fitsBoth || (left.length > 1 && width >= 2 * lineWidth(mode));
  const right = hasMode ? mode : crowd.length > 0 ? crowd : mode.slice(-1);
  // The halves stand apart where there is room to spare.
  const room = Math.max(0, width - lineWidth(right) - (width < 40 ? 2 : 4));
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
