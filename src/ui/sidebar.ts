// Who is there at a glance: every agent with its status and profile, who needs an answer, how busy the lanes are.

import type { AgentId } from "../domain/ids.ts";
import { type Agent, findAgent } from "../domain/workspace.ts";
import { approvalTitle } from "./approval-box.ts";
import { BELL_MARK, hasRung } from "./bells.ts";
import { cleanLine } from "./clean.ts";
import { formatMoney } from "./format.ts";
import type { Line, Span } from "./frame-types.ts";
import { keyHint } from "./key-hint.ts";
import { queueWords, statusSpan, statusWords } from "./status-mark.ts";
import { role } from "./theme.ts";
import { askingAgents, focusedAgent, listedAgents, type Ui } from "./view.ts";
import { cutToWidth, padToWidth, textWidth } from "./width.ts";
import { windowAround } from "./window.ts";
import { lineWidth } from "./wrap.ts";

export interface SidebarLine {
  readonly line: Line;
  /** The agent that a click on the line means. */
  readonly agent: AgentId | null;
}

const PROFILE_COLS = 9;

function heading(ui: Ui, text: string): SidebarLine {
  return { line: [{ text: ` ${text}`, style: role(ui.theme, "dim", { bold: true }) }], agent: null };
}

const blank: SidebarLine = { line: [], agent: null };

/** Two rows an agent where there is room for all of them, else one. */
export function sidebarLines(ui: Ui, width: number, height: number): SidebarLine[] {
  const agents = listedAgents(ui);
  const needs = needsLines(ui, width);
  const lanes = laneLines(ui, width);
  const others = (needs.length > 0 ? needs.length + 2 : 0) + (lanes.length > 0 ? lanes.length + 2 : 0);
  const hasWords = agents.length * 2 + 1 + others <= height;
  const perAgent = hasWords ? 2 : 1;
  const room = Math.max(1, Math.floor((height - 1 - Math.min(others, Math.floor(height / 2))) / perAgent));
  const at = Math.max(
    0,
    agents.findIndex(({ id }) => id === focusedAgent(ui)?.id),
  );
  const rows = agents.map(() => 1);
  const { from, to } = windowAround(rows, at, room, 1);
  const more = (count: number): SidebarLine[] =>
    count === 0 ? [] : [{ line: [{ text: `   ${ui.isAscii ? "..." : "…"} ${count} more`, style: role(ui.theme, "dim") }], agent: null }];
  const lines: SidebarLine[] = [heading(ui, "AGENTS"), ...more(from)];
  for (const agent of agents.slice(from, to)) lines.push(...agentLines(ui, agent, width, hasWords));
  lines.push(...more(agents.length - to));
  if (needs.length > 0) lines.push(blank, heading(ui, "NEEDS YOU"), ...needs);
  if (lanes.length > 0) lines.push(blank, heading(ui, "LANES"), ...lanes);
  return lines.slice(0, height);
}

/** A bell in its shell, before its status. */
function bellSpan(ui: Ui, agent: Agent): Span {
  return hasRung(ui, agent.terminal) ? { text: BELL_MARK, style: role(ui.theme, "accent") } : { text: " ", style: {} };
}

function agentLines(ui: Ui, agent: Agent, width: number, hasWords: boolean): SidebarLine[] {
  const isFocused = focusedAgent(ui)?.id === agent.id;
  const style = role(ui.theme, isFocused ? "titleFocused" : "text");
  const profile = cutToWidth(cleanLine(agent.profile.id), PROFILE_COLS);
  const room = Math.max(0, width - 3 - textWidth(profile) - 2);
  const name = padToWidth(`${agent.number} ${cleanLine(agent.title)}`, room);
  const first: Line = [
    bellSpan(ui, agent),
    statusSpan(ui, agent.status),
    { text: ` ${name} `, style },
    { text: profile, style: role(ui.theme, "dim") },
  ];
  if (!hasWords) return [{ line: first, agent: agent.id }];
  const words = agent.status === "queued" ? queueWords(ui, agent) : statusWords(ui, agent);
  const meter = ui.workspace?.meters[agent.id];
  const cost =
    meter === undefined || meter.requests === 0 || meter.costMicros === null ? "" : formatMoney(meter.costMicros, meter.isEstimated);
  const text = `     ${words}`;
  const gap = width - textWidth(text) - textWidth(cost) - 1;
  const wordStyle = role(ui.theme, agent.status === "waiting" ? "warn" : "dim");
  const second: Line =
    cost !== "" && gap >= 1
      ? [
          { text, style: wordStyle },
          { text: `${" ".repeat(gap)}${cost}`, style: role(ui.theme, "dim") },
        ]
      : [{ text: cutToWidth(text, width - 1), style: wordStyle }];
  return [
    { line: first, agent: agent.id },
    { line: second, agent: agent.id },
  ];
}

function needsLines(ui: Ui, width: number): SidebarLine[] {
  const { workspace } = ui;
  if (workspace === null) return [];
  const line = (agent: AgentId, what: string): SidebarLine => {
    const text = cutToWidth(` ${findAgent(workspace, agent)?.number ?? "?"} ${what}`, width - 3);
    return { line: [{ text: " ", style: {} }, statusSpan(ui, "waiting"), { text, style: role(ui.theme, "text") }], agent };
  };
  const vault: SidebarLine = {
    line: [
      { text: " ", style: {} },
      statusSpan(ui, "waiting"),
      { text: cutToWidth(` ${keyHint(ui, "vault.unlock")} the vault`, width - 3), style: role(ui.theme, "text") },
    ],
    agent: null,
  };
  return [
    ...workspace.approvals.map((approval) => line(approval.agent, cleanLine(approvalTitle(approval)))),
    ...askingAgents(ui).map((agent) => line(agent.id, "asks you")),
    ...(ui.view.isUnlockWanted ? [vault] : []),
  ];
}

/** `anthropic   1/4`, with who waits and how long a lane rests. */
function laneLines(ui: Ui, width: number): SidebarLine[] {
  return ui.view.lanes.map((lane) => {
    const restMs = lane.pausedUntil === null ? 0 : lane.pausedUntil - ui.now;
    const rest = restMs > 0 ? ` ${Math.ceil(restMs / 1000)} s` : "";
    const busy = `${lane.active}/${lane.limit}${lane.waiting > 0 ? ` +${lane.waiting}` : ""}${rest}`;
    const room = Math.max(0, width - textWidth(busy) - 3);
    return {
      line: [
        { text: ` ${padToWidth(cleanLine(lane.id), room)} `, style: role(ui.theme, "text") },
        { text: busy, style: role(ui.theme, "dim") },
      ],
      agent: null,
    };
  });
}

export interface Target<T> {
  readonly x: number;
  readonly width: number;
  readonly value: T;
}

/** The sidebar of a narrow screen: the agents in one line; who does not fit is counted. */
export function sideline(ui: Ui, width: number): { line: Line; targets: Target<AgentId>[] } {
  const focused = focusedAgent(ui)?.id;
  const agents = listedAgents(ui);
  const line: Span[] = [];
  const targets: Target<AgentId>[] = [];
  const dim = role(ui.theme, "dim");
  const labels = agents.map(
    (agent): Line => [
      bellSpan(ui, agent),
      statusSpan(ui, agent.status),
      {
        text: ` ${agent.number} ${cutToWidth(cleanLine(agent.title), 16)}`,
        style: role(ui.theme, agent.id === focused ? "titleFocused" : "text"),
      },
      { text: ` ${cutToWidth(cleanLine(agent.profile.id), PROFILE_COLS)} `, style: dim },
    ],
  );
  const at = Math.max(
    0,
    agents.findIndex(({ id }) => id === focused),
  );
  const { from, to } = windowAround(labels.map(lineWidth), at, width, 4);
  if (from > 0) line.push({ text: ` ${ui.isAscii ? "<" : "‹"}${from}`, style: dim });
  for (const [index, agent] of agents.slice(from, to).entries()) {
    const label = labels[from + index] ?? [];
    targets.push({ x: lineWidth(line), width: lineWidth(label), value: agent.id });
    line.push(...label);
  }
  if (to < agents.length) line.push({ text: ` +${agents.length - to}`, style: dim });
  return { line, targets };
}
