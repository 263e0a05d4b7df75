// What a user says to an agent: a message as it is typed, its way out and back, its history; and interrupting, and leaving.

import type { AgentId } from "../domain/ids.ts";
import type { ItemImage } from "../domain/image.ts";
import { findKey } from "../domain/key-text.ts";
import { leaves } from "../domain/layout.ts";
import { otherHalf } from "../domain/profile.ts";
import type { Command } from "../domain/protocol.ts";
import type { Agent } from "../domain/workspace.ts";
import { attachFiles, isStillReading } from "./attach.ts";
import {
  browseHistory,
  type Cell,
  type Composer,
  clearComposer,
  composerImages,
  composerText,
  deleteTo,
  insertPaste,
  insertText,
  isEmpty,
  moveRow,
  setCells,
  setMessage,
  setText,
} from "./composer.ts";
import type { Effect } from "./effects.ts";
import { arrangeScreen, composerMarkCols, padCols, partsOf } from "./geometry.ts";
import { imagePathsIn } from "./image-paths.ts";
import { isKeyFor, openKeyEntry } from "./key-entry.ts";
import { keyHint } from "./key-hint.ts";
import { agentCommand, command, purposeOf } from "./purpose.ts";
import { followEnd } from "./scroll.ts";
import { terminalTitle } from "./terminal-title.ts";
import {
  activeTab,
  approvalOf,
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
  if (overlay !== undefined) return "composer" in overlay ? overlay.composer : undefined;
  const agent = focusedAgent(ui);
  const content = focusedPane(ui)?.content;
  const isHidden = content?.type === "agent" && content.face === "terminal";
  return agent === undefined || isHidden || typedTerminal(ui) !== null ? undefined : composerOf(ui, agent.id);
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
  if (text.trim() === "") return submitNothing(ui, agent);
  if (isStillReading(composer)) {
    say(ui, agent.id, "an image is still being read; Enter again in a moment");
    return [];
  }
  // `%%` and `%%shell` are what Open Interpreter's users type for `!`.
  const own = /^\s*(?:!|%%(?!shell\s*$)(?:shell(?=\s))?)\s*([^!\s][\s\S]*)$/u.exec(text)?.[1];
  if (own !== undefined) return guardKey(ui, agent, text) ?? runInShell(ui, own.trimEnd(), text);
  if (/^\s*(?:!|%%(?:shell)?)\s*$/u.test(text)) return runInShell(ui, "");
  const named = /^[/%]([a-z][a-z_-]*)(?:\s+(.*))?$/su.exec(text.trim());
  if (named?.[1] !== undefined && !text.trim().includes("\n")) {
    // Underscores are Open Interpreter's way to write a name.
    const [name, argument] = [named[1].replaceAll("_", "-"), (named[2] ?? "").trim()];
    const cells = [...composer.cells];
    // Before it runs: it may put something into the message.
    clearComposer(composer);
    const effects = runSlash(ui, name, argument);
    if (effects === null) {
      setCells(composer, cells);
      say(ui, agent.id, `there is no command ${text.trim().split(/\s/u)[0] ?? ""}; / lists them`);
    } else if (findKey(text) === null) remember(ui, text);
    return effects ?? [];
  }
  return guardKey(ui, agent, text) ?? sendToTab(ui, agent, composer, text);
}

/** What is queued after an interruption; else nothing, and of a question it is said what answers it. */
function submitNothing(ui: Ui, agent: Agent): Effect[] {
  if (isQueueStanding(agent)) return [agentCommand(agent.id, { type: "prompt.sendQueued", agent: agent.id })];
  if (approvalOf(ui, agent.id) !== undefined) {
    const [yes, no] = ["approval.yes", "approval.no"].map((id) => keyHint(ui, id));
    setAlert(ui, `a question is answered with ${yes} or ${no}, and with the other keys that stand on it`);
  }
  return [];
}

/** In a synchronised tab a message goes to every agent there. */
function sendToTab(ui: Ui, agent: Agent, composer: Composer, text: string): Effect[] {
  const images = composerImages(composer);
  const effects = sendPrompt(ui, agent, composer, text);
  const tab = activeTab(ui);
  if (tab?.isSynced !== true) return effects;
  for (const { content } of leaves(tab.root)) {
    if (content.type !== "agent" || content.agent === agent.id) continue;
    // Not in `sending`: what one of them refuses is said, and the text is in the history.
    effects.push(
      command(
        { type: "prompt.send", agent: content.agent, text, ...(images.length === 0 ? {} : { images }) },
        purposeOf("say", content.agent),
      ),
    );
  }
  return effects;
}

/** Without the model: `typed` is what comes back where it is refused. */
export function runInShell(ui: Ui, code: string, typed = `! ${code}`): Effect[] {
  const agent = focusedAgent(ui);
  if (agent === undefined) return [];
  if (code.trim() === "") {
    say(ui, agent.id, "say which command: /sh COMMAND, or ! COMMAND");
    return [];
  }
  const composer = composerOf(ui, agent.id);
  // By its name the command came without the composer, which a refusal gives the text back to.
  if (composerText(composer) === "") setText(composer, typed);
  return send(ui, agent, composer, typed, { type: "shell.run", agent: agent.id, code });
}

/** A key is never a prompt: alone it is taken as one; inside a text it stops the text. Null where there is none. */
function guardKey(ui: Ui, agent: Agent, text: string): Effect[] | null {
  if (isKeyFor(agent, text)) {
    clearComposer(composerOf(ui, agent.id));
    return openKeyEntry(ui, text.trim());
  }
  if (findKey(text) === null) return null;
  say(ui, agent.id, "not sent: there is an API key in the message; take it out, /key keeps it safely");
  return [];
}

function sendPrompt(ui: Ui, agent: Agent, composer: Composer, text: string, profile?: string): Effect[] {
  const images = composerImages(composer);
  const more = { ...(profile === undefined ? {} : { profile }), ...(images.length === 0 ? {} : { images }) };
  return send(ui, agent, composer, text, { type: "prompt.send", agent: agent.id, text, ...more });
}

function send(ui: Ui, agent: Agent, composer: Composer, text: string, sent: Command): Effect[] {
  const { view } = ui;
  const cells = [...composer.cells];
  remember(ui, text);
  clearComposer(composer);
  view.messages.delete(agent.id);
  const pane = focusedPane(ui);
  if (pane !== undefined) view.scroll.delete(pane.pane);
  view.sendCount += 1;
  const purpose = purposeOf("send", `${agent.id} ${view.sendCount}`);
  view.sending.set(purpose, { agent: agent.id, cells });
  return [command(sent, purpose)];
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
  else {
    const other = otherHalf(agent.profile, ui.view.profiles?.defaultPair ?? ["", ""]);
    if (other !== null) return guardKey(ui, agent, text) ?? sendPrompt(ui, agent, composer, text, other);
    say(ui, agent.id, `profile ${agent.profile.id} has no other half; name one with "pair:" in its file, or set one: /pair FAST SMART`);
  }
  return [];
}

/** An interruption leaves what is queued standing: the user wants to speak first. */
export function isQueueStanding(agent: Agent): boolean {
  return agent.turn === null && agent.queue.length > 0;
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

/** Esc: interrupts; at rest it clears what was said below and goes back to the end. */
export function backOut(ui: Ui): Effect[] {
  const agent = focusedAgent(ui);
  // A message that was sent a moment ago counts: its turn has begun before the interruption arrives.
  const isSending = [...ui.view.sending.values()].some((sent) => sent.agent === agent?.id);
  if (agent !== undefined && (isSending || isWorking(agent))) return interrupt(ui);
  if (agent !== undefined) ui.view.messages.delete(agent.id);
  ui.view.alert = null;
  followEnd(ui, focusedPane(ui)?.pane);
  return [];
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
  const agent = topOverlay(ui) === undefined ? focusedAgent(ui) : undefined;
  // What was said of the message before is not about this one.
  if (agent !== undefined && isEmpty(composer)) ui.view.messages.delete(agent.id);
  insertText(composer, text);
}

/** A paste never sends anything. A key alone, into an empty message, opens the place for keys; paths of images alone become images. */
export function pasteText(ui: Ui, text: string): Effect[] {
  const composer = editedComposer(ui);
  if (composer === undefined) return [];
  ui.view.typedAt = ui.now;
  const agent = topOverlay(ui) === undefined ? focusedAgent(ui) : undefined;
  if (agent !== undefined && isEmpty(composer) && isKeyFor(agent, text)) return openKeyEntry(ui, text.trim());
  const files = agent === undefined ? null : imagePathsIn(text);
  if (agent !== undefined && files !== null) return attachFiles(ui, agent.id, files);
  insertPaste(composer, text);
  return [];
}

// Leaving, $EDITOR, and what comes back --------------------------------------------------------------------------------

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
    const [quits, leaves, interrupts] = ["message.clear", "client.detachEmpty", "agent.interrupt"].map((id) => keyHint(ui, id));
    setAlert(ui, `${quits} again quits · ${leaves} leaves and lets the agents go on · ${interrupts} interrupts`);
    return [];
  }
  ui.view.quitArmedAt = null;
  return askQuit(ui);
}

/** Ctrl+D. */
export function detachWhenEmpty(ui: Ui): Effect[] {
  const composer = editedComposer(ui);
  if (composer === undefined || isEmpty(composer)) return [{ type: "detach" }];
  deleteTo(composer, "right", { isKept: false });
  return [];
}

/** Quits at once where nothing works and no program of the user's runs; else says what would be stopped. */
export function askQuit(ui: Ui): Effect[] {
  const working = listedAgents(ui).filter(isWorking);
  const programs = (ui.workspace?.terminals ?? []).filter(({ agent, exitCode }) => agent === null && exitCode === null);
  if (working.length + programs.length === 0) return [{ type: "quit" }];
  const who = working.length === 1 ? "1 agent is working" : `${working.length} agents are working`;
  const what = programs.length === 1 ? "1 program of yours runs" : `${programs.length} programs of yours run`;
  openOverlay(ui, {
    type: "confirm",
    title: "leave?",
    lines: [
      ...(working.length === 0 ? [] : [who, ...firstOf(working.map((agent) => `${agent.number} ${agent.title} · ${agent.status}`))]),
      ...(programs.length === 0 ? [] : [what, ...firstOf(programs.map((info) => terminalTitle(ui, info)))]),
    ],
    answers: [
      { chord: "d", label: "leave, they go on", effects: [{ type: "detach" }] },
      { chord: "q", label: "stop them and quit", effects: [{ type: "quit" }] },
      { chord: "n", label: "stay", effects: [] },
    ],
  });
  return [];
}

const QUIT_NAMES_MAX = 6;

function firstOf(names: readonly string[]): string[] {
  const more = names.length - QUIT_NAMES_MAX;
  return [...names.slice(0, QUIT_NAMES_MAX), ...(more > 0 ? [`and ${more} more`] : [])].map((name) => `  ${name}`);
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

/** Puts a message that was taken back into the composer; one being typed is not lost. */
export function giveBack(ui: Ui, agent: AgentId, text: string, images: readonly ItemImage[] = []): void {
  const composer = composerOf(ui, agent);
  if (isEmpty(composer)) setMessage(composer, text, images);
  else remember(ui, text);
}

/** As `giveBack`, for one that could not be sent. */
export function giveCellsBack(ui: Ui, agent: AgentId, cells: readonly Cell[]): void {
  const composer = composerOf(ui, agent);
  if (isEmpty(composer)) setCells(composer, cells);
  else remember(ui, cells.map((cell) => cell.text).join(""));
}
