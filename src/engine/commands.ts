// What each command does: check, say the fact, answer with its number or with a reason.

import { contextOf } from "../domain/context.ts";
import { sessionIdSchema, type TurnId } from "../domain/ids.ts";
import { namesModel, type Profile, type ProfileSettings } from "../domain/profile.ts";
import type { Command } from "../domain/protocol.ts";
import { ruleText } from "../domain/rule.ts";
import { type Approval, findAgent } from "../domain/workspace.ts";
import { type CommandResult, done, gaveBack, refuse } from "./command-result.ts";
import { canCompact } from "./compaction.ts";
import { loadConversation, saveConversation } from "./conversation-files.ts";
import { attachImage, bringImages, imagesProblem } from "./image-commands.ts";
import { inputTargets, runPaneCommand } from "./pane-commands.ts";
import { openPlainTerminal, programOf, respawnTerminal } from "./plain-terminals.ts";
import { lookAtScreen } from "./screen-use.ts";
import { copySession, deleteSession, forkSession, resetSession, rewindSession, undoMessage } from "./session-commands.ts";
import type { ClientId, WorkspaceEngine } from "./workspace-engine.ts";

type Of<T extends Command["type"]> = Extract<Command, { type: T }>;

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
      return withAgent(engine, command.agent, () =>
        done(engine.emit({ type: "agent.titled", agent: command.agent, title: command.title })),
      );
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
      for (const terminal of inputTargets(engine, command.terminal)) engine.terminal(terminal)?.write(command.data, command.chord);
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
function pasteInto(engine: WorkspaceEngine, { terminal, text, isFirst, isLast, isSeen }: Of<"terminal.paste">): CommandResult {
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

function withAgent(
  engine: WorkspaceEngine,
  id: Of<"agent.close">["agent"],
  run: () => CommandResult | Promise<CommandResult>,
): CommandResult | Promise<CommandResult> {
  return findAgent(engine.workspace, id) === undefined ? refuse("that agent is closed") : run();
}

// Agents --------------------------------------------------------------------------------------------------------------

async function spawnAgent(engine: WorkspaceEngine, client: ClientId, command: Of<"agent.spawn">): Promise<CommandResult> {
  const { profiles, journals } = engine.options.ports;
  const { settings } = command;
  // A local server is found before its model is asked for by name alone; an address needs no search.
  if (settings?.base_url === undefined && (command.profile === undefined || settings !== undefined)) await profiles.lookAround();
  // Nobody looks at a task's profile before the prompt is sent: it goes to what was set, or nowhere.
  const isByDefault = command.profile === undefined && command.session === undefined && !namesModel(settings);
  const problem = isByDefault && command.isEphemeral === true ? profiles.defaultProblem() : null;
  if (problem !== null) return refuse(problem);
  const resolved = profiles.resolve(
    command.profile ?? (settings === undefined ? profiles.defaultPair()[0] : undefined),
    undefined,
    settings,
  );
  if (!resolved.ok) return refuse(resolved.problem);
  let session: Parameters<typeof engine.spawn>[0]["session"];
  if (command.session !== undefined) {
    const open = new Set<string>(engine.workspace.agents.map((agent) => agent.session));
    const rows = (await journals.list()).filter((row) => row.folder === engine.workspace.folder || row.id === command.session);
    const wanted =
      command.session === "latest" ? rows.find((row) => !open.has(row.id))?.id : sessionIdSchema.safeParse(command.session).data;
    if (wanted === undefined || !rows.some((row) => row.id === wanted)) {
      return refuse(
        command.session === "latest"
          ? "this folder has no session to go on with"
          : `no session ${command.session}; interpane sessions list names them`,
      );
    }
    if (open.has(wanted)) return refuse(`session ${wanted} is open in this workspace already`);
    session = wanted;
  }
  const desktop = engine.options.desktopOf?.(client);
  const screen = await lookAtScreen(resolved.profile, engine.desktopOf(desktop ?? null), engine.options.ports.computer);
  if (screen.type === "missing") return refuse(screen.failure.message);
  const spawned = await engine.spawn({
    profile: resolved.profile,
    isProfileChosen: command.profile !== undefined || namesModel(settings),
    place: command.place,
    isAutoRun: command.autoRun ?? false,
    isOffline: command.isOffline ?? false,
    isVerbose: command.isVerbose ?? false,
    owner: command.isEphemeral === true ? client : null,
    ...(desktop === undefined ? {} : { desktop }),
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    ...(command.title === undefined ? {} : { title: command.title }),
    ...(session === undefined ? {} : { session }),
  });
  return { ...done(engine.workspace.seq, resolved.notice), agent: spawned.agent, ...(spawned.pane === null ? {} : { pane: spawned.pane }) };
}

async function closeAgent(engine: WorkspaceEngine, command: Of<"agent.close">): Promise<CommandResult> {
  if (findAgent(engine.workspace, command.agent) === undefined) return refuse("that agent is closed");
  await engine.closeAgent(command.agent);
  return done(engine.workspace.seq);
}

function useProfile(
  engine: WorkspaceEngine,
  id: Of<"agent.useProfile">["agent"],
  name: string | undefined,
  settings?: ProfileSettings,
): CommandResult {
  const agent = findAgent(engine.workspace, id);
  if (agent === undefined) return refuse("that agent is closed");
  if (name === undefined && settings === undefined) return refuse("say which profile");
  // What is said over the default means that one, not what stands in for it.
  const problem = name === undefined && !namesModel(settings) ? engine.options.ports.profiles.defaultProblem() : null;
  if (problem !== null) return refuse(problem);
  const resolved = engine.options.ports.profiles.resolve(name, agent.profile, settings);
  if (!resolved.ok) return refuse(resolved.problem);
  const { profile } = resolved;
  const runtime = engine.runtime(id);
  if (runtime !== undefined) runtime.isStopgap = false;
  const before = agent.profile;
  engine.emit({ type: "agent.profileUsed", agent: id, profile });
  if (before.id !== profile.id || before.model !== profile.model) {
    const when = agent.turn === null ? "" : "; from the next turn on";
    engine.addItem(
      id,
      {
        type: "notice",
        kind: "profile",
        text: `profile ${before.id} → ${profile.id} · ${profile.providerName} ${profile.modelName}${when}`,
      },
      null,
    );
  }
  return done(engine.workspace.seq, resolved.notice);
}

function setAutoRun(engine: WorkspaceEngine, { agent: id, isAutoRun }: Of<"agent.setAutoRun">): CommandResult {
  const agent = findAgent(engine.workspace, id);
  if (agent === undefined) return refuse("that agent is closed");
  const seq = engine.emit({ type: "agent.autoRunSet", agent: id, isAutoRun });
  return done(seq, isAutoRun ? "code runs without asking from now on; /auto-run false asks again" : "code is asked about from now on");
}

function setVerbose(engine: WorkspaceEngine, { agent, isVerbose }: Of<"agent.setVerbose">): CommandResult {
  const runtime = engine.runtime(agent);
  if (runtime === undefined) return refuse("that agent is closed");
  runtime.isVerbose = isVerbose;
  return done(
    engine.workspace.seq,
    isVerbose ? "requests and responses are shown from the next one on" : "requests are not shown any more",
  );
}

function swapPair(engine: WorkspaceEngine, command: Of<"agent.swapPair">): CommandResult {
  const agent = findAgent(engine.workspace, command.agent);
  if (agent === undefined) return refuse("that agent is closed");
  const other = otherHalf(engine, agent.profile);
  if (other === null)
    return refuse(`profile "${agent.profile.id}" has no pair; put "pair: NAME" into it, or set a default pair: /pair FAST SMART`);
  return useProfile(engine, agent.id, other);
}

/** The pair that the profile names, else the other half of the default pair. */
function otherHalf(engine: WorkspaceEngine, profile: Profile): string | null {
  if (profile.pair !== null) return profile.pair;
  const [fast, smart] = engine.options.ports.profiles.defaultPair();
  if (fast === smart) return null;
  return profile.id === fast ? smart : fast;
}

// Turns ---------------------------------------------------------------------------------------------------------------

function sendPrompt(engine: WorkspaceEngine, command: Of<"prompt.send">): CommandResult {
  const agent = findAgent(engine.workspace, command.agent);
  const runtime = engine.runtime(command.agent);
  if (agent === undefined || runtime === undefined) return refuse("that agent is closed");
  let profile = agent.profile;
  if (command.profile !== undefined) {
    const resolved = engine.options.ports.profiles.resolve(command.profile, agent.profile);
    if (!resolved.ok) return refuse(resolved.problem);
    profile = resolved.profile;
  } else if (runtime.isStopgap) {
    // What was set could not be used, and what stands there instead nobody has chosen.
    const why = engine.options.ports.profiles.defaultProblem();
    if (why !== null) return refuse(`not sent: ${why}; or choose another profile`);
  }
  const { images = [] } = command;
  const problem = imagesProblem(engine, agent, profile, images);
  if (problem !== null) return refuse(problem);
  if (agent.turn === null && agent.queue.length === 0) {
    const { text, outputSchema } = command;
    const seq = engine.startTurn(runtime, { text, profile, images, ...(outputSchema === undefined ? {} : { outputSchema }) });
    return { ...done(seq), ...turnOf(engine, agent.id) };
  }
  if (command.outputSchema !== undefined) return refuse("the agent works: an answer to a schema is asked of one that rests");
  const prompt = {
    id: engine.options.ports.newId<(typeof agent.queue)[number]["id"]>("q"),
    text: command.text,
    ...(images.length === 0 ? {} : { images }),
    ...(command.profile === undefined ? {} : { profile: command.profile }),
  };
  const seq = engine.emit({ type: "prompt.queued", agent: agent.id, prompt });
  // A queue that an interruption left standing moves on with the next message.
  const first = findAgent(engine.workspace, agent.id)?.queue[0];
  if (agent.turn === null && first !== undefined) {
    const started = engine.startQueued(runtime, first);
    if (first.id === prompt.id) return { ...done(started), ...turnOf(engine, agent.id) };
  }
  return { ...done(seq, "queued"), prompt: prompt.id };
}

function turnOf(engine: WorkspaceEngine, id: Of<"prompt.send">["agent"]): { turn?: TurnId } {
  const turn = findAgent(engine.workspace, id)?.turn ?? null;
  return turn === null ? {} : { turn };
}

function runInShell(engine: WorkspaceEngine, command: Of<"shell.run">): CommandResult {
  const agent = findAgent(engine.workspace, command.agent);
  const runtime = engine.runtime(command.agent);
  if (agent === undefined || runtime === undefined) return refuse("that agent is closed");
  if (agent.turn !== null) return refuse("the agent works; interrupt it first (Esc), or type into its terminal");
  return done(engine.startOwnCommand(runtime, command.code));
}

function takeBack(engine: WorkspaceEngine, command: Of<"prompt.takeBack">): CommandResult {
  const newest = findAgent(engine.workspace, command.agent)?.queue.at(-1);
  if (newest === undefined) return refuse("nothing is queued");
  return gaveBack(engine.emit({ type: "prompt.taken", agent: command.agent, prompt: newest.id }), newest);
}

function sendQueued(engine: WorkspaceEngine, command: Of<"prompt.sendQueued">): CommandResult {
  const agent = findAgent(engine.workspace, command.agent);
  const runtime = engine.runtime(command.agent);
  const first = agent?.queue[0];
  if (agent === undefined || runtime === undefined) return refuse("that agent is closed");
  if (first === undefined) return refuse("nothing is queued");
  if (agent.turn !== null) return refuse("the agent works; what is queued follows by itself");
  return { ...done(engine.startQueued(runtime, first)), ...turnOf(engine, agent.id) };
}

function interruptTurn(engine: WorkspaceEngine, command: Of<"turn.interrupt">): CommandResult {
  const runtime = engine.runtime(command.agent);
  if (runtime?.abort == null) return refuse("nothing runs");
  runtime.abort.abort();
  return done(engine.workspace.seq);
}

async function answerApproval(engine: WorkspaceEngine, command: Of<"approval.answer">): Promise<CommandResult> {
  const approval = engine.workspace.approvals.find((open) => open.id === command.approval);
  const resolve = approval === undefined ? undefined : engine.runtime(approval.agent)?.waiting.get(approval.id);
  if (approval === undefined || resolve === undefined) return refuse("that question was answered already");
  if (approval.digest !== command.digest) return refuse("the code is not what was shown; look at it again");
  if (command.code !== undefined && approval.action.type !== "exec") return refuse("only code can be edited");
  let note: string | undefined;
  if (command.keep !== undefined) {
    const kept = await keepRule(engine, command, approval);
    if (!kept.ok) return refuse(kept.problem);
    // Somebody else may have answered while the rule went to the disk.
    if (engine.runtime(approval.agent)?.waiting.get(approval.id) !== resolve)
      return refuse(`that question was answered already; the rule ${kept.rule.id} is kept`);
    note = `kept as rule ${kept.rule.id}: ${ruleText(kept.rule.words, kept.rule.isOpen)}`;
  }
  // The first answer wins, also over one of another client that comes before the turn goes on.
  engine.runtime(approval.agent)?.waiting.delete(approval.id);
  resolve({
    answer: command.answer,
    ...(command.code === undefined ? {} : { code: command.code }),
    ...(command.reason === undefined ? {} : { reason: command.reason }),
  });
  return done(engine.workspace.seq, note);
}

/** What the question showed, never what a client says; only for code that runs as it was shown. */
function keepRule(engine: WorkspaceEngine, { answer, code, keep }: Of<"approval.answer">, { rule, sandbox, noRule }: Approval) {
  if (answer !== "yes" || code !== undefined || keep === undefined)
    return refusedRule("a rule is kept only for code that runs as it was shown");
  if (rule === undefined) return refusedRule(`no rule can be kept for this: ${noRule ?? "it is no plain command"}`);
  if (keep === "open" && !rule.canBeOpen) return refusedRule("that rule would be wider than what was shown");
  return engine.options.ports.rules.keep(rule, keep, sandbox);
}

function refusedRule(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}

async function removeRule(engine: WorkspaceEngine, { rule }: Of<"rule.remove">): Promise<CommandResult> {
  const removed = await engine.options.ports.rules.remove(rule);
  return removed.ok ? done(engine.workspace.seq) : refuse(removed.problem);
}

async function compactSession(engine: WorkspaceEngine, command: Of<"session.compact">): Promise<CommandResult> {
  const runtime = engine.runtime(command.agent);
  const head = findAgent(engine.workspace, command.agent)?.head ?? null;
  const path = (await runtime?.items.context(head)) ?? [];
  // Looked at after the bodies have come from the disk: nothing may come between this and the turn's beginning.
  const agent = findAgent(engine.workspace, command.agent);
  if (agent === undefined || runtime === undefined) return refuse("that agent is closed");
  if (agent.turn !== null) return refuse("the agent works; interrupt it first (Esc)");
  if (!canCompact(contextOf(path))) return refuse("nothing to compact yet: the newest message and its answer always stay");
  return done(engine.startCompaction(runtime, command.hint));
}

// Credentials ---------------------------------------------------------------------------------------------------------

async function addCredential(engine: WorkspaceEngine, command: Of<"credential.add">): Promise<CommandResult> {
  const { credentials } = engine.options.ports;
  const { provider, secret, isUntested = false, id, baseUrl } = command;
  const own = { ...(id === undefined ? {} : { id }), ...(baseUrl === undefined ? {} : { baseUrl }) };
  const added = await credentials.add({ provider, secret, isUntested, isOffline: engine.workspace.isOffline, ...own });
  return added.ok ? done(engine.workspace.seq, added.profile) : refuse(added.reason);
}

async function signIn(engine: WorkspaceEngine, { provider }: Of<"account.signIn">): Promise<CommandResult> {
  const begun = await engine.options.ports.credentials.signIn(provider, engine.workspace.isOffline);
  return begun.ok ? done(engine.workspace.seq, begun.url) : refuse(begun.reason);
}

async function signedIn(engine: WorkspaceEngine, { provider }: Of<"account.signedIn">): Promise<CommandResult> {
  const ended = await engine.options.ports.credentials.signedIn(provider);
  return ended.ok ? done(engine.workspace.seq, ended.origin) : refuse(ended.reason);
}

async function signOut(engine: WorkspaceEngine, { provider }: Of<"account.signOut">): Promise<CommandResult> {
  const wasSignedIn = await engine.options.ports.credentials.signOut(provider, engine.workspace.isOffline);
  return wasSignedIn ? done(engine.workspace.seq) : refuse(`nobody is signed in for "${provider}"`);
}

async function removeCredential(engine: WorkspaceEngine, command: Of<"credential.remove">): Promise<CommandResult> {
  const wasThere = await engine.options.ports.credentials.remove(command.id);
  return wasThere ? done(engine.workspace.seq) : refuse(`the vault has no key "${command.id}"; interpane vault list names them`);
}
