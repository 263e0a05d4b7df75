// What a pane says before anything was said in it: what can be typed, who answers, how to change that.

import type { Agent } from "../domain/workspace.ts";
import { isDemo } from "./agent-actions.ts";
import { cleanLine } from "./clean.ts";
import type { Line, Span } from "./frame-types.ts";
import { indentLines } from "./item-look.ts";
import { keyHint } from "./key-hint.ts";
import { demoLines } from "./onboarding.ts";
import { hintSpans } from "./overlay-frame.ts";
import { role } from "./theme.ts";
import type { Ui } from "./view.ts";
import { cutLine, lineWidth, wrapSpans, wrapText } from "./wrap.ts";

export function emptyStateLines(ui: Ui, agent: Agent, width: number): Line[] {
  const margin = width >= 24 ? 2 : 0;
  const room = Math.max(1, Math.min(width - margin, 76));
  const lines = isDemo(agent) ? demoLines(ui, agent, room) : agentLines(ui, agent, room);
  return [[], ...indentLines(lines, margin)];
}

/** Keys and what they do, as many to a line as fit whole. */
function keyLines(ui: Ui, pairs: readonly (readonly [string, string])[], width: number): Line[] {
  const lines: Span[][] = [[]];
  for (const [id, words] of pairs) {
    const pair = hintSpans(ui.theme, [[keyHint(ui, id), words]]);
    const last = lines.at(-1) ?? [];
    if (last.length === 0) last.push(...pair);
    else if (lineWidth(last) + 2 + lineWidth(pair) <= width) last.push({ text: "  ", style: {} }, ...pair);
    else lines.push([...pair]);
  }
  return lines.map((line) => cutLine(line, width));
}

function agentLines(ui: Ui, agent: Agent, width: number): Line[] {
  const { theme } = ui;
  const dim = role(theme, "dim");
  const key = role(theme, "key");
  const { profile } = agent;
  return [
    ...wrapSpans(
      [
        { text: cleanLine(profile.id), style: role(theme, "text", { bold: true }) },
        {
          text: ` answers: ${cleanLine(profile.modelName)} at ${cleanLine(profile.providerName)}`,
          style: role(theme, "text"),
        },
      ],
      width,
    ),
    [],
    ...wrapSpans(
      [
        { text: "type what should be done; ", style: dim },
        { text: "/", style: key },
        { text: " lists the commands", style: dim },
      ],
      width,
    ),
    ...keyLines(
      ui,
      [
        ["profile.pick", "another profile"],
        ["profile.swap", "fast or smart"],
        ["agent.splitRight", "another agent"],
        ["help.open", "all keys"],
      ],
      width,
    ),
    ...wrapText(
      (agent.isAutoRun ?? agent.profile.autoRun) ? "code runs without asking" : "code runs in its own terminal, after you have seen it",
      width,
      dim,
    ),
  ];
}
