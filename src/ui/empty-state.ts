// What a pane says before anything was said in it: what can be typed, who answers, how to change that.

import type { Agent } from "../domain/workspace.ts";
import { cleanLine } from "./clean.ts";
import type { Line, Span } from "./frame-types.ts";
import { indentLines } from "./item-look.ts";
import { keyHint } from "./key-hint.ts";
import { demoLines, shownOffers } from "./onboarding.ts";
import { hintSpans } from "./overlay-frame.ts";
import { isDemo } from "./profile-actions.ts";
import { role } from "./theme.ts";
import type { Ui } from "./view.ts";
import { cutLine, lineWidth, wrapSpans, wrapText } from "./wrap.ts";

/** The fullest of its forms that fits into `height` whole; none does: the shortest. */
export function emptyStateLines(ui: Ui, agent: Agent, width: number, height: number): Line[] {
  const margin = width >= 24 ? 2 : 0;
  const room = Math.max(1, Math.min(width - margin, 76));
  const forms = isDemo(agent) ? [demoLines, demoInShort] : [agentLines, agentInBrief, agentInShort];
  const made = forms.map((form) => form(ui, agent, room));
  const lines = made.find((each) => each.length < height) ?? made.at(-1) ?? [];
  return [...(lines.length < height ? [[]] : []), ...indentLines(lines, margin)];
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

/** What it is, what to type, and how to go on. */
function demoInShort(ui: Ui, _agent: Agent, width: number): Line[] {
  const { theme } = ui;
  const dim = role(theme, "dim");
  const [offer] = shownOffers(ui);
  return [
    ...wrapSpans([{ text: "the demo: a scripted model, not an AI", style: role(theme, "text", { bold: true }) }], width),
    ...(offer === undefined
      ? []
      : wrapSpans(
          [
            { text: "enter", style: role(theme, "key") },
            { text: ` uses ${cleanLine(offer.label)}`, style: dim },
          ],
          width,
        )),
    ...wrapSpans(
      [
        { text: "try: ", style: dim },
        { text: "what OS am I using?", style: role(theme, "text") },
      ],
      width,
    ),
    ...wrapText("or paste an API key", width, dim),
    ...shortKeys(ui, width),
  ];
}

function shortKeys(ui: Ui, width: number): Line[] {
  return keyLines(
    ui,
    [
      ["profile.pick", "profile"],
      ["help.open", "keys"],
    ],
    width,
  );
}

function agentInShort(ui: Ui, { profile }: Agent, width: number): Line[] {
  const { theme } = ui;
  return [
    ...wrapSpans(
      [
        { text: cleanLine(profile.id), style: role(theme, "text", { bold: true }) },
        { text: ` · ${cleanLine(profile.modelName)}`, style: role(theme, "dim") },
      ],
      width,
    ),
    ...shortKeys(ui, width),
  ];
}

function agentInBrief(ui: Ui, agent: Agent, width: number): Line[] {
  return [...whoAnswers(ui, agent, width), ...whatToType(ui, width), ...shortKeys(ui, width)];
}

function whoAnswers(ui: Ui, { profile }: Agent, width: number): Line[] {
  const { theme } = ui;
  return wrapSpans(
    [
      { text: cleanLine(profile.id), style: role(theme, "text", { bold: true }) },
      {
        text: ` answers: ${cleanLine(profile.modelName)} at ${cleanLine(profile.providerName)}`,
        style: role(theme, "text"),
      },
    ],
    width,
  );
}

function whatToType(ui: Ui, width: number): Line[] {
  const dim = role(ui.theme, "dim");
  return wrapSpans(
    [
      { text: "type what should be done; ", style: dim },
      { text: "/", style: role(ui.theme, "key") },
      { text: " lists the commands", style: dim },
    ],
    width,
  );
}

function agentLines(ui: Ui, agent: Agent, width: number): Line[] {
  return [
    ...whoAnswers(ui, agent, width),
    [],
    ...whatToType(ui, width),
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
      role(ui.theme, "dim"),
    ),
  ];
}
