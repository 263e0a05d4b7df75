// The lines of an agent's pane: its transcript with the reply that streams, and what waits to be sent.

import type { PaneId } from "../domain/ids.ts";
import type { TranscriptItem } from "../domain/item.ts";
import type { Agent } from "../domain/workspace.ts";
import { cleanLine } from "./clean.ts";
import { emptyStateLines } from "./empty-state.ts";
import type { Line } from "./frame-types.ts";
import { role } from "./theme.ts";
import { createTranscriptCache, layoutTranscript, type TranscriptCache, type TranscriptLayout } from "./transcript.ts";
import { pathItems, type Ui } from "./view.ts";
import { cutToWidth, textWidth } from "./width.ts";
import { wrapSpans } from "./wrap.ts";

function cacheOf(ui: Ui, pane: PaneId): TranscriptCache {
  let cache = ui.view.caches.get(pane);
  if (cache === undefined) {
    cache = createTranscriptCache();
    ui.view.caches.set(pane, cache);
  }
  return cache;
}

/** The newest call without a result, while the agent runs something. */
function runningCall(agent: Agent, items: readonly TranscriptItem[]): { callId: string; startedAt: number } | null {
  if (agent.status !== "running" && agent.status !== "stopping") return null;
  const ended = new Set<string>();
  for (const item of items) if (item.type === "result") ended.add(item.callId);
  const call = items.find((item) => item.type === "call" && item.turn === agent.turn && !ended.has(item.callId));
  return call?.type === "call" ? { callId: call.callId, startedAt: agent.since } : null;
}

export interface PaneLines extends TranscriptLayout {
  /** Nothing was said yet: what is shown is read from its start. */
  readonly isEmptyState: boolean;
}

/** `height`: how many of them can be seen at once. */
export function transcriptLines(ui: Ui, agent: Agent, pane: PaneId, width: number, height: number): PaneLines {
  const items = pathItems(ui, agent);
  const live = ui.streams.get(agent.id) ?? [];
  const layout = layoutTranscript({
    items,
    live,
    running: runningCall(agent, items),
    now: ui.now,
    unfolded: ui.view.unfolded,
    showThoughts: ui.view.isShowingThoughts,
    width,
    theme: ui.theme,
    isAscii: ui.isAscii,
    cache: cacheOf(ui, pane),
  });
  const tail = [...queuedLines(ui, agent, width), ...messageLines(ui, agent, width)];
  if (items.length === 0 && live.length === 0 && agent.queue.length === 0) {
    return { lines: [...tail, ...emptyStateLines(ui, agent, width, height - tail.length)], anchors: [], isEmptyState: true };
  }
  return {
    lines: tail.length === 0 ? layout.lines : [...layout.lines, ...tail],
    anchors: layout.anchors,
    isEmptyState: false,
  };
}

/** Columns that the line over the composer needs for what else it says. */
const STATE_COLS = 24;

/** A message fits into the line over the composer, or is said whole at the end of the transcript. */
export function isShortMessage(message: string, width: number): boolean {
  return textWidth(message) + STATE_COLS <= width;
}

function messageLines(ui: Ui, agent: Agent, width: number): Line[] {
  const message = cleanLine(ui.view.messages.get(agent.id) ?? "");
  if (message === "" || isShortMessage(message, width)) return [];
  const mark = { text: ui.isAscii ? "- " : "· ", style: role(ui.theme, "dim") };
  return [
    [],
    ...wrapSpans([{ text: message, style: role(ui.theme, "notice") }], width, {
      first: [mark],
      rest: [{ text: "  ", style: {} }],
    }),
  ];
}

/** Messages that wait for the turn to end, the next one first. */
function queuedLines(ui: Ui, agent: Agent, width: number): Line[] {
  if (agent.queue.length === 0) return [];
  const dim = role(ui.theme, "dim");
  const lines = agent.queue.map((prompt): Line => {
    const to = prompt.profile === undefined ? "" : ` to ${cleanLine(prompt.profile)}`;
    return [{ text: cutToWidth(`${ui.isAscii ? "+" : "⋯"} queued${to}: ${cleanLine(prompt.text)}`, width), style: dim }];
  });
  return [[], ...lines];
}
