// The line over a pane: number, name, status, profile and model, context gauge, cost. What does not fit is dropped in a fixed order.

import type { Meter } from "../domain/meter.ts";
import type { Agent } from "../domain/workspace.ts";
import { cleanLine } from "./clean.ts";
import { formatMoney, formatTokens } from "./format.ts";
import type { Line, Span, Style } from "./frame-types.ts";
import { statusSpan } from "./status-mark.ts";
import { role } from "./theme.ts";
import type { Ui } from "./view.ts";
import { cutToWidth } from "./width.ts";
import { lineWidth } from "./wrap.ts";

const GAUGE_CELLS = 8;

/** Filled cells of the gauge: a context that holds anything shows at least one. */
function gaugeSpans(ui: Ui, share: number): Span[] {
  const [full, empty] = ui.isAscii ? ["#", "."] : ["▓", "░"];
  const filled = share <= 0 ? 0 : Math.max(1, Math.min(GAUGE_CELLS, Math.round(share * GAUGE_CELLS)));
  const level = share >= 0.9 ? role(ui.theme, "danger") : share >= 0.75 ? role(ui.theme, "warn") : role(ui.theme, "gaugeFull");
  return [
    { text: (full ?? "").repeat(filled), style: level },
    { text: (empty ?? "").repeat(GAUGE_CELLS - filled), style: role(ui.theme, "gaugeEmpty") },
  ];
}

interface Segments {
  readonly flow: Span[];
  /** The gauge without its bar. */
  readonly context: Span[];
  readonly gauge: Span[];
  readonly cost: Span[];
}

function meterSegments(ui: Ui, agent: Agent, meter: Meter | undefined): Segments {
  const dim = role(ui.theme, "dim");
  if (meter === undefined || meter.requests === 0) return { flow: [], context: [], gauge: [], cost: [] };
  const mark = meter.isEstimated ? "~" : "";
  const [up, down] = ui.isAscii ? ["in ", "out "] : ["↑", "↓"];
  const window = meter.contextWindow ?? agent.profile.contextWindow;
  const context = `${mark}${formatTokens(meter.contextTokens)}`;
  const words: Span = { text: window === null ? context : `${context}/${formatTokens(window)}`, style: dim };
  const gauge = window === null ? [words] : [{ ...words, text: `${words.text} ` }, ...gaugeSpans(ui, meter.contextTokens / window)];
  const money = meter.costMicros === null ? (agent.profile.isLocal ? "" : "price ?") : formatMoney(meter.costMicros, meter.isEstimated);
  return {
    flow: [
      {
        text: `${up}${mark}${formatTokens(meter.inputTokens)} ${down}${mark}${formatTokens(meter.outputTokens)}`,
        style: dim,
      },
    ],
    context: [words],
    gauge,
    cost: money === "" ? [] : [{ text: money, style: role(ui.theme, "text") }],
  };
}

function joined(parts: readonly (readonly Span[])[]): Span[] {
  return parts.filter((part) => part.length > 0).flatMap((part, index) => (index === 0 ? [...part] : [{ text: "  ", style: {} }, ...part]));
}

/** Exactly `width` cells. Dropped in this order: cost (with tokens in and out), gauge, model, name. */
export function agentTitle(ui: Ui, agent: Agent, options: { width: number; isFocused: boolean; marks: readonly Span[] }): Line {
  const { width } = options;
  const name = options.isFocused ? role(ui.theme, "titleFocused") : role(ui.theme, "title");
  const dim = role(ui.theme, "dim");
  const meter = meterSegments(ui, agent, ui.workspace?.meters[agent.id]);
  const number: Span = { text: ` ${agent.number}`, style: name };
  const title: Span = { text: ` ${cleanLine(agent.title)}`, style: name };
  const status: Span[] = [{ text: " ", style: {} }, statusSpan(ui, agent.status)];
  const profile: Span = { text: ` ${cleanLine(agent.profile.id)}`, style: dim };
  const model: Span = { text: ` ${ui.isAscii ? "-" : "·"} ${cleanLine(agent.profile.modelName)}`, style: dim };
  const left = [number, title, ...status, ...options.marks];
  const choices: { left: Span[]; right: Span[] }[] = [
    { left: [...left, profile, model], right: joined([meter.flow, meter.gauge, meter.cost]) },
    { left: [...left, profile, model], right: joined([meter.gauge, meter.cost]) },
    { left: [...left, profile, model], right: joined([meter.gauge]) },
    { left: [...left, profile, model], right: joined([meter.context]) },
    { left: [...left, profile, model], right: [] },
    { left: [...left, profile], right: [] },
    { left, right: [] },
  ];
  const fitting = choices.find((choice) => lineWidth(choice.left) + (choice.right.length === 0 ? 0 : lineWidth(choice.right) + 3) <= width);
  if (fitting !== undefined) return spread(fitting.left, fitting.right, width, {});
  const room = width - lineWidth([number, ...status]);
  const short: Span[] = room >= 4 ? [number, { ...title, text: cutToWidth(title.text, room) }, ...status] : [number, ...status];
  return spread(short, [], width, {});
}

/** One part at each edge. */
export function spread(left: readonly Span[], right: readonly Span[], width: number, style: Style): Line {
  const gap = Math.max(0, width - lineWidth(left) - lineWidth(right) - (right.length > 0 ? 1 : 0));
  return [...left, { text: " ".repeat(gap), style }, ...right, ...(right.length > 0 ? [{ text: " ", style }] : [])];
}
