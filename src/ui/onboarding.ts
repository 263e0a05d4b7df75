// The first screen of someone with no key: what the demo is, what can be used at once, how to add a key.

import type { Offer } from "../domain/protocol.ts";
import type { Agent } from "../domain/workspace.ts";
import { cleanLine } from "./clean.ts";
import { composerText } from "./composer.ts";
import type { Line } from "./frame-types.ts";
import { keyHint } from "./key-hint.ts";
import { isDemo } from "./profile-actions.ts";
import { role } from "./theme.ts";
import { composerOf, focusedAgent, pathItems, topOverlay, typedTerminal, type Ui } from "./view.ts";
import { wrapSpans, wrapText } from "./wrap.ts";

const OFFERS_MAX = 9;

export function shownOffers(ui: Ui): readonly Offer[] {
  return (ui.view.offers ?? []).slice(0, OFFERS_MAX);
}

/** Offers answer to Enter and numbers: in a demo pane that nothing was said in yet, while nothing is typed. */
export function areOffersOpen(ui: Ui): boolean {
  const agent = topOverlay(ui) === undefined && typedTerminal(ui) === null ? focusedAgent(ui) : undefined;
  if (agent === undefined || !isDemo(agent) || shownOffers(ui).length === 0) return false;
  return composerText(composerOf(ui, agent.id)) === "" && pathItems(ui, agent).length === 0;
}

export function demoLines(ui: Ui, agent: Agent, width: number): Line[] {
  const { theme } = ui;
  const text = role(theme, "text");
  const dim = role(theme, "dim");
  const offers = shownOffers(ui);
  const lines: Line[] = [];
  if (offers.length > 0) {
    lines.push(...wrapText("ready to use:", width, dim));
    offers.forEach((offer, index) => {
      lines.push(
        ...wrapSpans(
          [
            { text: `${index + 1}`, style: role(theme, "key") },
            { text: ` use ${cleanLine(offer.label)}`, style: text },
            { text: `  ${cleanLine(offer.reason)}`, style: dim },
          ],
          width,
        ),
      );
    });
    const key = offers.length === 1 ? "enter takes it" : `enter takes the first, 1-${offers.length} another`;
    lines.push(...wrapText(key, width, dim), []);
  }
  lines.push(
    ...wrapSpans(
      [
        { text: "This is the demo: a scripted model, not an AI.", style: role(theme, "text", { bold: true }) },
        { text: " It answers from a script, but its commands really run here, after you allow each.", style: text },
      ],
      width,
    ),
    [],
    ...wrapSpans(
      [
        { text: "for a real model: ", style: dim },
        { text: "paste an API key here", style: text },
        { text: " (it is tested, then kept encrypted), ", style: dim },
        { text: "/key", style: role(theme, "key") },
        { text: " to choose the provider, or start Ollama or LM Studio on this machine", style: dim },
      ],
      width,
    ),
    ...wrapSpans(
      [
        { text: "to try it: ", style: dim },
        { text: "what OS am I using?", style: text },
      ],
      width,
    ),
    ...wrapText(
      `profile ${cleanLine(agent.profile.id)}; ${keyHint(ui, "profile.pick")} changes it, ${keyHint(ui, "help.open")} lists the keys`,
      width,
      dim,
    ),
  );
  return lines;
}
