// What a user does with an agent: send, queue, interrupt, swap the profile, add a key.

import type { AgentId } from "../domain/ids.ts";
import type { Offer } from "../domain/protocol.ts";
import type { Agent } from "../domain/workspace.ts";
import {
  browseHistory,
  type Composer,
  clearComposer,
  composerText,
  insertPaste,
  insertText,
  isEmpty,
  moveRow,
  setText,
} from "./composer.ts";
import type { Effect } from "./effects.ts";
import { formatMoney, formatTokens } from "./format.ts";
import { arrangeScreen, composerMarkCols, padCols, partsOf } from "./geometry.ts";
import { agentCommand, command, purposeOf, query } from "./purpose.ts";
import { findKey, isKey, isRandomToken, keyProviders, providerOfKey } from "./secret-text.ts";
import {
  composerOf,
  focusedAgent,
  focusedPane,
  isWorking,
  listedAgents,
  openOverlay,
  pathItems,
  setAlert,
  topOverlay,
  typedTerminal,
  type Ui,
} from "./view.ts";

const HISTORY_MAX = 1_000;

/** Runs a command by the name after `/` or `%`; null where there is none of that name. */
export type RunSlash = (ui: Ui, name: string, argument: string) => Effect[] | null;

/** The text that is being edited: in an editor's overlay, or the focused agent's message. */
export function editedComposer(ui: Ui): Composer | undefined {
  const overlay = topOverlay(ui);
  if (overlay !== undefined) return overlay.type === "editor" ? overlay.composer : undefined;
  const agent = focusedAgent(ui);
  return agent === undefined || typedTerminal(ui) !== null ? undefined : composerOf(ui, agent.id);
}

export function say(ui: Ui, agent: AgentId, text: string): void {
  ui.view.messages.set(agent, text);
}

// Sending -------------------------------------------------------------------------------------------------------------

/** Enter: a command's name runs it, a key goes to the vault's door, all else to the agent. */
export function submit(ui: Ui, runSlash: RunSlash): Effect[] {
  const agent = focusedAgent(ui);
  if (agent === undefined) return [];
  const composer = composerOf(ui, agent.id);
  const text = composerText(composer);
  ui.view.typedAt = ui.now;
  if (text.trim() === "") return [];
  const named = /^[/%]([a-z][a-z-]*)(?:\s+(.*))?$/su.exec(text.trim());
  if (named?.[1] !== undefined && !text.trim().includes("\n")) {
    const effects = runSlash(ui, named[1], named[2] ?? "");
    if (effects === null) say(ui, agent.id, `there is no command ${text.trim().split(/\s/u)[0] ?? ""}; / lists them`);
    else {
      clearComposer(composer);
      if (findKey(text) === null) remember(ui, text);
    }
    return effects ?? [];
  }
  return guardKey(ui, agent, text) ?? sendPrompt(ui, agent, composer, text);
}

/** The scripted model: nobody sends it one long random word, but a first-time user pastes a key here. */
export function isDemo(agent: Agent): boolean {
  return agent.profile.wire === "demo";
}

/** A key is never a prompt: alone it is taken as one; inside a text it stops the text. Null where there is none. */
function guardKey(ui: Ui, agent: Agent, text: string): Effect[] | null {
  if (isKey(text) || (isDemo(agent) && isRandomToken(text))) {
    clearComposer(composerOf(ui, agent.id));
    return openKeyEntry(ui, text.trim());
  }
  if (findKey(text) === null) return null;
  say(ui, agent.id, "not sent: there is an API key in the message; take it out, /key keeps it safely");
  return [];
}

export function sendPrompt(ui: Ui, agent: Agent, composer: Composer, text: string, profile?: string): Effect[] {
  const { view } = ui;
  remember(ui, text);
  clearComposer(composer);
  view.messages.delete(agent.id);
  const pane = focusedPane(ui);
  if (pane !== undefined) view.scroll.delete(pane.pane);
  view.sendCount += 1;
  const purpose = purposeOf("send", `${agent.id} ${view.sendCount}`);
  view.sending.set(purpose, { agent: agent.id, text });
  return [command({ type: "prompt.send", agent: agent.id, text, ...(profile === undefined ? {} : { profile }) }, purpose)];
}

/** Tab: what Enter does, while the agent is busy; it waits in the agent's queue. */
export function queuePrompt(ui: Ui, runSlash: RunSlash): Effect[] {
  const agent = focusedAgent(ui);
  return agent !== undefined && isWorking(agent) ? submit(ui, runSlash) : [];
}

/** This one message goes to the other half of the pair. */
export function sendToOtherHalf(ui: Ui): Effect[] {
  const agent = focusedAgent(ui);
  if (agent === undefined) return [];
  const composer = composerOf(ui, agent.id);
  const text = composerText(composer);
  if (text.trim() === "") say(ui, agent.id, "type the message first; this sends it to the other half of the pair");
  else if (agent.profile.pair === null)
    say(ui, agent.id, `profile ${agent.profile.id} has no other half; name one with "pair:" in its file`);
  else return guardKey(ui, agent, text) ?? sendPrompt(ui, agent, composer, text, agent.profile.pair);
  return [];
}

export function takeBack(ui: Ui): Effect[] {
  const agent = focusedAgent(ui);
  if (agent === undefined || agent.queue.length === 0) return [];
  return [command({ type: "prompt.takeBack", agent: agent.id }, purposeOf("takeBack", agent.id))];
}

export function interrupt(ui: Ui): Effect[] {
  const agent = focusedAgent(ui);
  return agent === undefined ? [] : [agentCommand(agent.id, { type: "turn.interrupt", agent: agent.id })];
}

// History -------------------------------------------------------------------------------------------------------------

export function remember(ui: Ui, text: string): void {
  const { view } = ui;
  if (text.trim() === "" || findKey(text) !== null) return;
  if (view.history.at(-1) !== text) view.history.push(text);
  if (view.history.length > HISTORY_MAX) view.history.splice(0, view.history.length - HISTORY_MAX);
}

/** What was said in this workspace before, oldest first; called with a new snapshot. */
export function historyOf(ui: Ui): string[] {
  const said = listedAgents(ui)
    .flatMap((agent) => pathItems(ui, agent))
    .filter((item) => item.type === "user");
  const texts = said.sort((a, b) => a.at - b.at).map((item) => item.text);
  return texts.filter((text, index) => text !== texts[index + 1] && findKey(text) === null).slice(-HISTORY_MAX);
}

/** A row up or down in the message; past its edge through the history. */
export function composerUpDown(ui: Ui, by: -1 | 1): Effect[] {
  const composer = editedComposer(ui);
  if (composer === undefined) return [];
  if (composer.historyAt === null && moveRow(composer, editorCols(ui), by)) return [];
  if (topOverlay(ui) === undefined) browseHistory(composer, ui.view.history, by);
  return [];
}

function editorCols(ui: Ui): number {
  const rect = partsOf(arrangeScreen(ui), focusedPane(ui)?.pane)?.composer;
  const width = rect?.width ?? ui.cols;
  return Math.max(1, width - composerMarkCols(width) - padCols(width));
}

// Typing --------------------------------------------------------------------------------------------------------------

export function typeText(ui: Ui, text: string): void {
  const composer = editedComposer(ui);
  if (composer === undefined) return;
  ui.view.typedAt = ui.now;
  ui.view.quitArmedAt = null;
  insertText(composer, text);
}

/** A paste never sends anything. A key alone, into an empty message, opens the place for keys. */
export function pasteText(ui: Ui, text: string): Effect[] {
  const composer = editedComposer(ui);
  if (composer === undefined) return [];
  ui.view.typedAt = ui.now;
  const agent = topOverlay(ui) === undefined ? focusedAgent(ui) : undefined;
  const isKeyAlone = isKey(text) || (agent !== undefined && isDemo(agent) && isRandomToken(text));
  if (agent !== undefined && isEmpty(composer) && isKeyAlone) return openKeyEntry(ui, text.trim());
  insertPaste(composer, text);
  return [];
}

// Profiles and keys -----------------------------------------------------------------------------------------------------

export function useProfile(ui: Ui, agent: AgentId, profile: string): Effect[] {
  ui.view.messages.delete(agent);
  return [agentCommand(agent, { type: "agent.useProfile", agent, profile })];
}

export function swapPair(ui: Ui): Effect[] {
  const agent = focusedAgent(ui);
  return agent === undefined ? [] : [agentCommand(agent.id, { type: "agent.swapPair", agent: agent.id })];
}

export function useOffer(ui: Ui, offer: Offer | undefined): Effect[] {
  const agent = focusedAgent(ui);
  return agent === undefined || offer === undefined ? [] : useProfile(ui, agent.id, offer.profile);
}

/** Asks whose key it is; the key's own letters, or a provider's id, choose one beforehand. */
export function openKeyEntry(ui: Ui, secret: string, providerId?: string): Effect[] {
  const provider = providerId ?? providerOfKey(secret)?.id ?? null;
  openOverlay(ui, {
    type: "key",
    secret,
    provider,
    problem: null,
    isTesting: false,
    agent: focusedAgent(ui)?.id ?? null,
  });
  return ui.view.profiles === null ? [query({ type: "profiles" }, purposeOf("profiles"))] : [];
}

export function addKey(ui: Ui, options: { isUntested: boolean }): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "key" || overlay.isTesting) return [];
  const provider = keyProviders(ui.view.profiles?.rows ?? []).find(({ id }) => id === overlay.provider);
  const secret = overlay.secret.trim();
  if (secret === "" || provider === undefined) {
    overlay.problem = secret === "" ? "paste or type the key first" : "choose whose key it is: up and down";
    return [];
  }
  overlay.isTesting = true;
  overlay.problem = null;
  return [
    command(
      { type: "credential.add", provider: provider.id, secret, ...(options.isUntested ? { isUntested: true } : {}) },
      purposeOf("key", overlay.agent ?? ""),
    ),
  ];
}

// Words about an agent ---------------------------------------------------------------------------------------------------

export function sayMeter(ui: Ui): Effect[] {
  const agent = focusedAgent(ui);
  const meter = agent === undefined ? undefined : ui.workspace?.meters[agent.id];
  if (agent === undefined || meter === undefined) return [];
  const window = meter.contextWindow ?? agent.profile.contextWindow;
  const cost = meter.costMicros === null ? "price unknown" : formatMoney(meter.costMicros, meter.isEstimated);
  const share = window === null ? "" : ` of ${formatTokens(window)}`;
  say(
    ui,
    agent.id,
    `${formatTokens(meter.inputTokens)} tokens in, ${formatTokens(meter.outputTokens)} out, context ${formatTokens(meter.contextTokens)}${share}, ${cost}`,
  );
  return [];
}

export function rename(ui: Ui, title: string): Effect[] {
  const agent = focusedAgent(ui);
  if (agent === undefined) return [];
  if (title.trim() === "") {
    say(ui, agent.id, "say the new name: /rename NAME");
    return [];
  }
  return [agentCommand(agent.id, { type: "agent.rename", agent: agent.id, title: title.trim().slice(0, 80) })];
}

/** Two within this time quit. */
const QUIT_MS = 2_000;

/** Ctrl+C: clears what is typed; with nothing to clear, twice leaves. */
export function clearOrQuit(ui: Ui): Effect[] {
  const composer = editedComposer(ui);
  if (composer !== undefined && !isEmpty(composer)) {
    clearComposer(composer);
    return [];
  }
  const { quitArmedAt } = ui.view;
  if (quitArmedAt === null || ui.now - quitArmedAt > QUIT_MS) {
    ui.view.quitArmedAt = ui.now;
    setAlert(ui, "C-c again quits · C-d leaves and lets the agents go on · Esc interrupts");
    return [];
  }
  ui.view.quitArmedAt = null;
  return askQuit(ui);
}

/** Quits at once where nothing works; else says what would be stopped. */
export function askQuit(ui: Ui): Effect[] {
  const working = listedAgents(ui).filter(isWorking);
  if (working.length === 0) return [{ type: "quit" }];
  const who = working.length === 1 ? "1 agent is working" : `${working.length} agents are working`;
  openOverlay(ui, {
    type: "confirm",
    title: "leave?",
    lines: [who, ...working.slice(0, 9).map((agent) => `  ${agent.number} ${agent.title} · ${agent.status}`)],
    answers: [
      { chord: "d", label: "leave, they go on", effects: [{ type: "detach" }] },
      { chord: "q", label: "stop them and quit", effects: [{ type: "quit" }] },
      { chord: "n", label: "stay", effects: [] },
    ],
  });
  return [];
}

export function editInEditor(ui: Ui): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type === "editor") {
    return [
      {
        type: "edit",
        text: composerText(overlay.composer),
        extension: overlay.extension,
        purpose: purposeOf("editApproval", overlay.approval),
      },
    ];
  }
  const agent = focusedAgent(ui);
  if (overlay !== undefined || agent === undefined || typedTerminal(ui) !== null) return [];
  return [
    {
      type: "edit",
      text: composerText(composerOf(ui, agent.id)),
      extension: "md",
      purpose: purposeOf("editComposer", agent.id),
    },
  ];
}

/** Puts a text that could not be sent, or was taken back, into the message; one being typed is not lost. */
export function giveBack(ui: Ui, agent: AgentId, text: string): void {
  const composer = composerOf(ui, agent);
  if (isEmpty(composer)) setText(composer, text);
  else remember(ui, text);
}
