// What each command does: check, say the fact, answer with its number or with a reason.

import { contextOf } from "../domain/context.ts";
import { type PaneId, sessionIdSchema, type TurnId } from "../domain/ids.ts";
import { findLeaf, replaceContent, resizePane, tile } from "../domain/layout.ts";
import type { Profile } from "../domain/profile.ts";
import type { Command } from "../domain/protocol.ts";
import { findAgent } from "../domain/workspace.ts";
import { type CommandResult, done, refuse } from "./command-result.ts";
import { canCompact } from "./compaction.ts";
import { tabOfPane } from "./panes.ts";
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

/** Keys and sizes are not worth a wait for the disk. */
function makesFacts(command: Command): boolean {
  return command.type !== "terminal.input" && command.type !== "client.view";
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
      return useProfile(engine, command.agent, command.profile);
    case "agent.swapPair":
      return swapPair(engine, command);
    case "prompt.send":
      return sendPrompt(engine, command);
    case "prompt.takeBack":
      return takeBack(engine, command);
    case "turn.interrupt":
      return interruptTurn(engine, command);
    case "approval.answer":
      return answerApproval(engine, command);
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
      return closePane(engine, command.pane);
    case "pane.face":
      return setFace(engine, command);
    case "pane.zoom":
      return setTab(engine, command.pane, (tab) => ({ ...tab, zoomed: tab.zoomed === command.pane ? null : command.pane }));
    case "pane.resize":
      return setTab(engine, command.pane, (tab) => ({
        ...tab,
        root: resizePane(tab.root, command.pane, command.direction, command.share),
      }));
    case "tab.tile":
      return changeTab(engine, command.tab, (tab) => ({ ...tab, root: tile(tab.root), zoomed: null }));
    case "tab.rename":
      return changeTab(engine, command.tab, (tab) => ({ ...tab, name: command.name }));
    case "terminal.open": {
      const { terminal, pane } = engine.openPlainTerminal(command.argv, command.cwd ?? engine.workspace.folder, command.place);
      return { ...done(engine.workspace.seq), terminal, ...(pane === null ? {} : { pane }) };
    }
    case "terminal.input":
      engine.terminal(command.terminal)?.write(command.data);
      return done(engine.workspace.seq);
    case "workspace.setOffline":
      return engine.setOffline(command.isOffline).then(() => done(engine.workspace.seq));
    case "credential.add":
      return addCredential(engine, command);
    case "credential.remove":
      return removeCredential(engine, command);
    case "account.signIn":
      return signIn(engine, command);
    case "account.signedIn":
      return signedIn(engine, command);
    case "account.signOut":
      return signOut(engine, command);
    case "model.pull":
      return refuse("a model is fetched by the server, not by a workspace");
    case "client.view":
      // Sizes belong to the client's connection; the server has taken them already.
      return done(engine.workspace.seq);
    default:
      return command satisfies never;
  }
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
  if (command.profile === undefined) await profiles.lookAround();
  const resolved = profiles.resolve(command.profile ?? profiles.defaultPair()[0]);
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
  const spawned = await engine.spawn({
    profile: resolved.profile,
    isProfileChosen: command.profile !== undefined,
    place: command.place,
    isAutoRun: command.autoRun ?? false,
    isOffline: command.isOffline ?? false,
    owner: command.isEphemeral === true ? client : null,
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

function useProfile(engine: WorkspaceEngine, id: Of<"agent.useProfile">["agent"], name: string): CommandResult {
  const agent = findAgent(engine.workspace, id);
  if (agent === undefined) return refuse("that agent is closed");
  const resolved = engine.options.ports.profiles.resolve(name, agent.profile);
  if (!resolved.ok) return refuse(resolved.problem);
  const { profile } = resolved;
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

function swapPair(engine: WorkspaceEngine, command: Of<"agent.swapPair">): CommandResult {
  const agent = findAgent(engine.workspace, command.agent);
  if (agent === undefined) return refuse("that agent is closed");
  const other = otherHalf(engine, agent.profile);
  if (other === null)
    return refuse(`profile "${agent.profile.id}" has no pair; put "pair: NAME" into it, or set default_pair in config.toml`);
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
  }
  if (agent.turn === null && agent.queue.length === 0) {
    const seq = engine.startTurn(runtime, { text: command.text, profile });
    return { ...done(seq), ...turnOf(engine, agent.id) };
  }
  const prompt = {
    id: engine.options.ports.newId<(typeof agent.queue)[number]["id"]>("q"),
    text: command.text,
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

function takeBack(engine: WorkspaceEngine, command: Of<"prompt.takeBack">): CommandResult {
  const newest = findAgent(engine.workspace, command.agent)?.queue.at(-1);
  if (newest === undefined) return refuse("nothing is queued");
  return done(engine.emit({ type: "prompt.taken", agent: command.agent, prompt: newest.id }), newest.text);
}

function interruptTurn(engine: WorkspaceEngine, command: Of<"turn.interrupt">): CommandResult {
  const runtime = engine.runtime(command.agent);
  if (runtime?.abort == null) return refuse("nothing runs");
  runtime.abort.abort();
  return done(engine.workspace.seq);
}

function answerApproval(engine: WorkspaceEngine, command: Of<"approval.answer">): CommandResult {
  const approval = engine.workspace.approvals.find((open) => open.id === command.approval);
  const resolve = approval === undefined ? undefined : engine.runtime(approval.agent)?.waiting.get(approval.id);
  if (approval === undefined || resolve === undefined) return refuse("that question was answered already");
  if (approval.digest !== command.digest) return refuse("the code is not what was shown; look at it again");
  if (command.code !== undefined && approval.action.type !== "exec") return refuse("only code can be edited");
  // The first answer wins, also over one of another client that comes before the turn goes on.
  engine.runtime(approval.agent)?.waiting.delete(approval.id);
  resolve({
    answer: command.answer,
    ...(command.code === undefined ? {} : { code: command.code }),
    ...(command.reason === undefined ? {} : { reason: command.reason }),
  });
  return done(engine.workspace.seq);
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

// Panes ---------------------------------------------------------------------------------------------------------------

type TabChange = (tab: Extract<Parameters<WorkspaceEngine["emit"]>[0], { type: "tab.set" }>["tab"]) => typeof tab;

function setTab(engine: WorkspaceEngine, pane: PaneId, change: TabChange): CommandResult {
  const tab = tabOfPane(engine.workspace, pane);
  return tab === undefined ? refuse("that pane is closed") : changeTab(engine, tab.id, change);
}

function changeTab(engine: WorkspaceEngine, id: Of<"tab.tile">["tab"], change: TabChange): CommandResult {
  const tab = engine.workspace.tabs.find((open) => open.id === id);
  if (tab === undefined) return refuse("that tab is closed");
  const changed = change(tab);
  return done(changed === tab ? engine.workspace.seq : engine.emit({ type: "tab.set", tab: changed }));
}

async function closePane(engine: WorkspaceEngine, pane: PaneId): Promise<CommandResult> {
  const tab = tabOfPane(engine.workspace, pane);
  const leaf = tab === undefined ? undefined : findLeaf(tab.root, pane);
  if (leaf === undefined) return refuse("that pane is closed");
  if (leaf.content.type === "agent") await engine.closeAgent(leaf.content.agent);
  else await engine.closeTerminal(leaf.content.terminal);
  return done(engine.workspace.seq);
}

async function setFace(engine: WorkspaceEngine, command: Of<"pane.face">): Promise<CommandResult> {
  const tab = tabOfPane(engine.workspace, command.pane);
  const leaf = tab === undefined ? undefined : findLeaf(tab.root, command.pane);
  if (leaf === undefined) return refuse("that pane is closed");
  const { content } = leaf;
  if (content.type !== "agent") return refuse("a plain terminal has one face");
  if (command.face !== "transcript") await engine.shellOf(content.agent);
  return setTab(engine, command.pane, (open) => ({
    ...open,
    root: replaceContent(open.root, command.pane, { ...content, face: command.face }),
  }));
}

async function addCredential(engine: WorkspaceEngine, command: Of<"credential.add">): Promise<CommandResult> {
  const { credentials } = engine.options.ports;
  const { provider, secret, isUntested = false } = command;
  const added = await credentials.add({ provider, secret, isUntested, isOffline: engine.workspace.isOffline });
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
