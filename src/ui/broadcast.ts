// One message to several agents: who gets it, what sending it would cost each, and, if wanted, their panes side by side.

import type { AgentId, PaneId } from "../domain/ids.ts";
import { findKey } from "../domain/key-text.ts";
import { leaves } from "../domain/layout.ts";
import type { AnswerValue } from "../domain/protocol.ts";
import type { Agent } from "../domain/workspace.ts";
import { remember } from "./agent-actions.ts";
import { cleanLine } from "./clean.ts";
import { clearComposer, composerImages, composerText, emptyComposer, insertText, setText } from "./composer.ts";
import type { Effect } from "./effects.ts";
import { formatCount, formatMoney, formatTokens } from "./format.ts";
import type { Line, Span } from "./frame-types.ts";
import { keyHint } from "./key-hint.ts";
import { command, purposeOf, query } from "./purpose.ts";
import { statusSpan } from "./status-mark.ts";
import { role } from "./theme.ts";
import { spread } from "./title-line.ts";
import {
  activeTab,
  closeOverlay,
  composerOf,
  focusedAgent,
  listedAgents,
  type Overlay,
  openOverlay,
  setAlert,
  topOverlay,
  type Ui,
} from "./view.ts";
import { cutToWidth } from "./width.ts";
import { cutLine, lineWidth } from "./wrap.ts";

export type BroadcastOverlay = Extract<Overlay, { type: "broadcast" }>;

/** Of one agent's next request with the message in it, without the answer. */
export type Estimate = Pick<Extract<AnswerValue, { type: "tokens" }>, "contextTokens" | "promptTokens" | "costMicros">;

/** With a text that text, else what stands in the focused agent's message. */
export function openBroadcast(ui: Ui, argument?: string): Effect[] {
  const all = listedAgents(ui);
  if (all.length < 2) {
    setAlert(ui, `there is no other agent; ${keyHint(ui, "agent.splitRight")} starts one`);
    return [];
  }
  const from = focusedAgent(ui);
  const given = argument?.trim() ?? "";
  const draft = from === undefined ? undefined : composerOf(ui, from.id);
  if (draft !== undefined && composerImages(draft).length > 0) {
    setAlert(ui, "a message with images goes to one agent; take them out first");
    return [];
  }
  const composer = emptyComposer();
  insertText(composer, given === "" && draft !== undefined ? composerText(draft) : given);
  const here = agentsOfTab(ui);
  // Where there is one alone in the tab, the others are meant.
  const chosen = new Set(here.length > 1 ? here : all.map(({ id }) => id));
  openOverlay(ui, {
    type: "broadcast",
    composer,
    chosen,
    selected: 0,
    problem: null,
    estimates: new Map(),
    askedText: null,
    open: 0,
    draftOf: from?.id ?? null,
  });
  return wantEstimates(ui);
}

function agentsOfTab(ui: Ui): AgentId[] {
  const tab = activeTab(ui);
  const all = tab === undefined ? [] : leaves(tab.root);
  return all.flatMap(({ content }) => (content.type === "agent" ? [content.agent] : []));
}

/** One round of questions at a time: the next one, with what was typed meanwhile, follows the last answer. */
export function wantEstimates(ui: Ui): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "broadcast" || overlay.open > 0) return [];
  const text = composerText(overlay.composer);
  if (text === overlay.askedText) return [];
  overlay.askedText = text;
  const all = listedAgents(ui);
  overlay.open = all.length;
  return all.map(({ id }) => query({ type: "tokens", agent: id, prompt: text }, purposeOf("estimate", id)));
}

export function takeEstimate(ui: Ui, agent: AgentId, estimate: Estimate): Effect[] {
  noteEstimate(ui, agent, estimate);
  return wantEstimates(ui);
}

/** What was typed since is asked about with the next key. */
export function estimateRefused(ui: Ui, agent: AgentId): void {
  noteEstimate(ui, agent, null);
}

function noteEstimate(ui: Ui, agent: AgentId, estimate: Estimate | null): void {
  const overlay = ui.view.overlays.find((each) => each.type === "broadcast");
  if (overlay?.type !== "broadcast") return;
  overlay.open = Math.max(0, overlay.open - 1);
  overlay.estimates.set(agent, estimate);
}

export function moveBroadcast(ui: Ui, by: 1 | -1): Effect[] {
  const overlay = topOverlay(ui);
  const count = listedAgents(ui).length;
  if (overlay?.type === "broadcast" && count > 0) overlay.selected = (overlay.selected + by + count) % count;
  return [];
}

/** In or out; then the next one, so that several are a run of the same key. */
export function toggleChosen(ui: Ui): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "broadcast") return [];
  const agent = listedAgents(ui)[overlay.selected];
  if (agent === undefined) return [];
  if (!overlay.chosen.delete(agent.id)) overlay.chosen.add(agent.id);
  overlay.problem = null;
  return moveBroadcast(ui, 1);
}

/** All in; where all are in, all out. */
export function toggleAllChosen(ui: Ui): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "broadcast") return [];
  const all = listedAgents(ui);
  const isWhole = all.every(({ id }) => overlay.chosen.has(id));
  overlay.chosen.clear();
  if (!isWhole) for (const { id } of all) overlay.chosen.add(id);
  overlay.problem = null;
  return [];
}

export function sendBroadcast(ui: Ui, { isGathered }: { readonly isGathered: boolean }): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "broadcast") return [];
  const text = composerText(overlay.composer);
  const to = listedAgents(ui).filter(({ id }) => overlay.chosen.has(id));
  overlay.problem = problemOf(ui, text, to);
  if (overlay.problem !== null) return [];
  const draft = overlay.draftOf === null ? undefined : composerOf(ui, overlay.draftOf);
  closeOverlay(ui);
  if (draft !== undefined) clearComposer(draft);
  remember(ui, text);
  const sent = to.map(({ id }) => command({ type: "prompt.send", agent: id, text }, purposeOf("say", id)));
  const elsewhere = to.filter(({ id }) => !agentsOfTab(ui).includes(id));
  const rest = isGathered || elsewhere.length === 0 ? "" : `, ${elsewhere.length} of them in another tab`;
  setAlert(ui, `sent to ${formatCount(to.length, "agent")}${rest}`);
  return isGathered ? [...sent, ...gather(ui, elsewhere)] : sent;
}

function problemOf(ui: Ui, text: string, to: readonly Agent[]): string | null {
  if (text.trim() === "") return "type the message first";
  if (to.length === 0) return `nobody is chosen; ${keyHint(ui, "broadcast.toggle")} puts the marked one in`;
  if (/^\s*[/!%]/u.test(text)) return "commands go to one agent; close this and type it there";
  if (findKey(text) !== null) return `there is an API key in it; take it out, ${keyHint(ui, "key.open")} keeps it safely`;
  return null;
}

/** Their panes come into this tab, which is tiled then. */
function gather(ui: Ui, agents: readonly Agent[]): Effect[] {
  const tab = activeTab(ui);
  const target = tab === undefined ? undefined : leaves(tab.root)[0]?.pane;
  if (tab === undefined || target === undefined) return [];
  const status = purposeOf("status");
  const moves = agents.flatMap(({ id }) => {
    const pane = paneOf(ui, id);
    return pane === null ? [] : [command({ type: "pane.move", pane, place: { type: "beside", pane: target, direction: "row" } }, status)];
  });
  return [
    ...(tab.zoomed === null ? [] : [command({ type: "pane.zoom", pane: tab.zoomed }, status)]),
    ...moves,
    command({ type: "tab.tile", tab: tab.id }, status),
  ];
}

function paneOf(ui: Ui, agent: AgentId): PaneId | null {
  const all = (ui.workspace?.tabs ?? []).flatMap((tab) => leaves(tab.root));
  return all.find(({ content }) => content.type === "agent" && content.agent === agent)?.pane ?? null;
}

/** Closing it gives the text back to the message that it came from. */
export function keepDraft(ui: Ui, overlay: BroadcastOverlay): void {
  if (overlay.draftOf === null || ui.workspace?.agents.every(({ id }) => id !== overlay.draftOf) === true) return;
  setText(composerOf(ui, overlay.draftOf), composerText(overlay.composer));
}

// Drawing -------------------------------------------------------------------------------------------------------------

export function broadcastLines(ui: Ui, overlay: BroadcastOverlay, width: number, rows: number): Line[] {
  const all = listedAgents(ui);
  const top = Math.max(0, overlay.selected - rows + 1);
  return all.slice(top, top + rows).map((agent, index) => agentLine(ui, overlay, agent, width, top + index === overlay.selected));
}

function agentLine(ui: Ui, overlay: BroadcastOverlay, agent: Agent, width: number, isSelected: boolean): Line {
  const { theme } = ui;
  const isIn = overlay.chosen.has(agent.id);
  const base = isSelected ? role(theme, "selection") : role(theme, isIn ? "text" : "dim");
  const dim = isSelected ? base : role(theme, "dim");
  const estimate = overlay.estimates.get(agent.id);
  const isStale = overlay.askedText !== composerText(overlay.composer) || overlay.open > 0;
  const words = estimate === undefined ? (overlay.open > 0 ? "…" : "") : estimate === null ? "not known" : estimateWords(estimate, width);
  const cost: Span = { text: ` ${words}`, style: isStale || !isIn ? dim : base };
  const mark = isIn ? (ui.isAscii ? "[x] " : "☑ ") : ui.isAscii ? "[ ] " : "☐ ";
  const status = statusSpan(ui, agent.status);
  const who: Span[] = [
    { text: mark, style: base },
    { text: status.text, style: isSelected ? base : status.style },
    { text: ` ${agent.number} ${cleanLine(agent.title)}`, style: base },
    { text: `  ${cleanLine(agent.profile.id)} · ${cleanLine(agent.profile.modelName)}`, style: dim },
  ];
  return spread(cutLine(who, Math.max(0, width - lineWidth([cost]) - 1)), [cost], width, base);
}

/** Narrower than this the name needs the room. */
const TOKENS_COLS = 34;

function estimateWords({ contextTokens, promptTokens, costMicros }: Estimate, width: number): string {
  if (width < TOKENS_COLS) return costMicros === null ? "?" : formatMoney(costMicros, true);
  const tokens = `~${formatTokens(contextTokens + promptTokens)}`;
  return `${tokens}  ${costMicros === null ? "price unknown" : formatMoney(costMicros, true)}`;
}

/** What all of it would cost: what has no price is named, what is not told yet is left out. */
export function broadcastSum(ui: Ui, overlay: BroadcastOverlay, width: number): Line {
  const { theme } = ui;
  const to = listedAgents(ui).filter(({ id }) => overlay.chosen.has(id));
  if (overlay.problem !== null) return [{ text: cutToWidth(overlay.problem, width), style: role(theme, "warn") }];
  const told = to.flatMap(({ id }) => overlay.estimates.get(id) ?? []);
  const priced = told.flatMap(({ costMicros }) => (costMicros === null ? [] : [costMicros]));
  const money = formatMoney(
    priced.reduce((sum, cost) => sum + cost, 0),
    true,
  );
  const unpriced = told.length - priced.length;
  const words = [
    formatCount(to.length, "agent"),
    ...(priced.length === 0 ? [] : [`${money} to send, without the answers`]),
    ...(unpriced === 0 ? [] : [`${unpriced} without a known price`]),
  ];
  return [{ text: cutToWidth(words.join(" · "), width), style: role(theme, "dim") }];
}
