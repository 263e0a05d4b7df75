// Where each command is done: it checks, says the fact, and answers with its number or with a reason.

import type { Command, CommandOf } from "../domain/protocol.ts";
import { closeAgent, renameAgent, setAutoRun, setVerbose, spawnAgent, swapPair, useProfile } from "./agent-commands.ts";
import { type CommandResult, done, refuse } from "./command-result.ts";
import { loadConversation, saveConversation } from "./conversation-files.ts";
import { addCredential, removeCredential, signedIn, signIn, signOut } from "./credential-commands.ts";
import { attachImage, bringImages } from "./image-commands.ts";
import { inputTargets, runPaneCommand, typeInto } from "./pane-commands.ts";
import { openPlainTerminal, programOf, respawnTerminal } from "./plain-terminals.ts";
import { copySession, deleteSession, forkSession, resetSession, rewindSession, undoMessage } from "./session-commands.ts";
import { answerApproval, compactSession, interruptTurn, runInShell, sendPrompt, sendQueued, takeBack } from "./turn-commands.ts";
import type { ClientId, WorkspaceEngine } from "./workspace-engine.ts";

/** Answers when the fact is on disk. Never rejects for what a user can do wrong. */
export async function runCommand(engine: WorkspaceEngine, client: ClientId, command: Command): Promise<CommandResult> {
  const spawning = "agent" in command ? engine.spawning(command.agent) : undefined;
  if (spawning !== undefined) await spawning;
  const result = await dispatch(engine, client, command);
  if (result.ok && makesFacts(command)) await engine.synced(result.agent ?? ("agent" in command ? command.agent : undefined));
  return result;
}

const factless: ReadonlySet<Command["type"]> = new Set([
  "terminal.input",
  "terminal.paste",
  "terminal.mouse",
  "terminal.hold",
  "client.view",
  "image.attach",
]);

/** Keys and sizes are not worth a wait for the disk; an image is on it by itself. */
function makesFacts(command: Command): boolean {
  return !factless.has(command.type);
}

function dispatch(engine: WorkspaceEngine, client: ClientId, command: Command): CommandResult | Promise<CommandResult> {
  switch (command.type) {
    case "agent.spawn":
      return spawnAgent(engine, client, command);
    case "agent.close":
      return closeAgent(engine, command);
    case "agent.rename":
      return renameAgent(engine, command);
    case "agent.useProfile":
      return useProfile(engine, command.agent, command.profile, command.settings);
    case "agent.setVerbose":
      return setVerbose(engine, command);
    case "agent.swapPair":
      return swapPair(engine, command);
    case "prompt.send":
      return bringImages(engine, command)?.then(() => sendPrompt(engine, command)) ?? sendPrompt(engine, command);
    case "image.attach":
      return attachImage(engine, command);
    case "shell.run":
      return runInShell(engine, command);
    case "prompt.sendQueued":
      return sendQueued(engine, command);
    case "prompt.takeBack":
      return takeBack(engine, command);
    case "turn.interrupt":
      return interruptTurn(engine, command);
    case "approval.answer":
      return answerApproval(engine, command);
    case "agent.setAutoRun":
      return setAutoRun(engine, command);
    case "session.save":
      return saveConversation(engine, command);
    case "session.load":
      return loadConversation(engine, command);
    case "session.reset":
      return resetSession(engine, command);
    case "session.undo":
      return undoMessage(engine, command);
    case "session.rewind":
      return rewindSession(engine, command);
    case "session.fork":
      return forkSession(engine, command);
    case "session.copy":
      return copySession(engine.options.ports, command, engine.workspace.seq);
    case "session.delete":
      return deleteSession(engine.options.ports, command, engine.workspace.seq);
    case "session.compact":
      return compactSession(engine, command);
    case "pane.close":
    case "pane.face":
    case "pane.zoom":
    case "pane.resize":
    case "pane.moveBorder":
    case "pane.spread":
    case "pane.swap":
    case "pane.move":
    case "tab.tile":
    case "tab.arrange":
    case "tab.rotate":
    case "tab.rename":
    case "tab.move":
    case "tab.close":
    case "tab.sync":
      return runPaneCommand(engine, command);
    case "terminal.open":
      return openPlainTerminal(
        engine,
        client,
        programOf(engine, client, command.argv, command.cwd ?? engine.workspace.folder),
        command.place,
      );
    case "terminal.respawn":
      return respawnTerminal(engine, client, command.terminal);
    case "terminal.rename": {
      const isThere = engine.workspace.terminals.some((terminal) => terminal.id === command.terminal);
      if (!isThere) return refuse("that terminal is closed");
      return done(engine.emit({ type: "terminal.titled", terminal: command.terminal, title: command.title }));
    }
    case "terminal.input":
      typeInto(engine, command.terminal, command.data, command.chord);
      return done(engine.workspace.seq);
    case "terminal.paste":
      return pasteInto(engine, command);
    case "terminal.mouse": {
      const { type: _, terminal, ...event } = command;
      engine.terminal(terminal)?.mouse(event);
      return done(engine.workspace.seq);
    }
    case "terminal.hold":
      engine.terminal(command.terminal)?.hold(client, command.isHeld);
      return done(engine.workspace.seq);
    case "workspace.setOffline":
      return engine.setOffline(command.isOffline).then(() => done(engine.workspace.seq));
    case "credential.add":
      return addCredential(engine, command);
    case "credential.remove":
      return removeCredential(engine, command);
    case "rule.remove":
      return removeRule(engine, command);
    case "account.signIn":
      return signIn(engine, command);
    case "account.signedIn":
      return signedIn(engine, command);
    case "account.signOut":
      return signOut(engine, command);
    case "model.pull":
      return refuse("a model is fetched by the server, not by a workspace");
    case "profiles.setPair":
    case "profiles.setDefault":
    case "client.sidebar":
      return refuse("that is kept by the server, not by a workspace");
    case "vault.unlock":
    case "vault.decline":
    case "vault.lock":
    case "vault.protect":
      return refuse("the vault belongs to the server, not to a workspace");
    case "buffer.add":
    case "buffer.remove":
      return refuse("copied text is kept by the server, not by a workspace");
    case "client.view":
      // Sizes belong to the client's connection; the server has taken them already.
      return done(engine.workspace.seq);
    default:
      return command satisfies never;
  }
}

/** Whoever is refused with this reason may ask the user and send it again, `isSeen`. */
function pasteInto(engine: WorkspaceEngine, { terminal, text, isFirst, isLast, isSeen }: CommandOf<"terminal.paste">): CommandResult {
  const target = engine.terminal(terminal);
  if (target === undefined) return refuse("that terminal is closed");
  const piece = { text, isFirst, isLast, isSeen: isSeen ?? false };
  if (target.paste(piece)) {
    const others = inputTargets(engine, terminal).filter((each) => each !== terminal);
    const left = others.filter((each) => engine.terminal(each)?.paste(piece) === false).length;
    const words = `${left} of the tab's other panes got no paste: their programs did not ask for bracketed paste`;
    return done(engine.workspace.seq, left === 0 ? undefined : words);
  }
  return refuse("the program did not ask for bracketed paste: each line would be typed and entered");
}

async function removeRule(engine: WorkspaceEngine, { rule }: CommandOf<"rule.remove">): Promise<CommandResult> {
  const removed = await engine.options.ports.rules.remove(rule);
  return removed.ok ? done(engine.workspace.seq) : refuse(removed.problem);
}
