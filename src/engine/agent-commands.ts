// What the commands about an agent itself do: it begins, ends, gets another profile, may run code unasked.

import { type SessionId, sessionIdSchema } from "../domain/ids.ts";
import { namesModel, otherHalf, type ProfileSettings } from "../domain/profile.ts";
import type { CommandOf } from "../domain/protocol.ts";
import { findAgent } from "../domain/workspace.ts";
import { type CommandResult, done, refuse } from "./command-result.ts";
import { lookAtScreen } from "./screen-use.ts";
import type { ClientId, WorkspaceEngine } from "./workspace-engine.ts";

export async function spawnAgent(engine: WorkspaceEngine, client: ClientId, command: CommandOf<"agent.spawn">): Promise<CommandResult> {
  const { profiles } = engine.options.ports;
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
  const kept = command.session === undefined ? null : await findSession(engine, command.session);
  if (kept?.ok === false) return kept;
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
    ...(kept === null ? {} : { session: kept.session }),
  });
  return { ...done(engine.workspace.seq, resolved.notice), agent: spawned.agent, ...(spawned.pane === null ? {} : { pane: spawned.pane }) };
}

/** A kept session that no agent has: by its id, or `latest` for the newest of this folder. */
async function findSession(
  engine: WorkspaceEngine,
  named: string,
): Promise<{ readonly ok: true; readonly session: SessionId } | (CommandResult & { ok: false })> {
  const open = new Set<string>(engine.workspace.agents.map((agent) => agent.session));
  const rows = (await engine.options.ports.journals.list()).filter((row) => row.folder === engine.workspace.folder || row.id === named);
  const isLatest = named === "latest";
  const wanted = isLatest ? rows.find((row) => !open.has(row.id))?.id : sessionIdSchema.safeParse(named).data;
  if (wanted === undefined || !rows.some((row) => row.id === wanted))
    return refuse(isLatest ? "this folder has no session to go on with" : `no session ${named}; interpane sessions list names them`);
  if (open.has(wanted)) return refuse(`session ${wanted} is open in this workspace already`);
  return { ok: true, session: wanted };
}

export function renameAgent(engine: WorkspaceEngine, { agent, title }: CommandOf<"agent.rename">): CommandResult {
  if (findAgent(engine.workspace, agent) === undefined) return refuse("that agent is closed");
  return done(engine.emit({ type: "agent.titled", agent, title }));
}

export async function closeAgent(engine: WorkspaceEngine, command: CommandOf<"agent.close">): Promise<CommandResult> {
  if (findAgent(engine.workspace, command.agent) === undefined) return refuse("that agent is closed");
  await engine.closeAgent(command.agent);
  return done(engine.workspace.seq);
}

export function useProfile(
  engine: WorkspaceEngine,
  id: CommandOf<"agent.useProfile">["agent"],
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

export function setAutoRun(engine: WorkspaceEngine, { agent: id, isAutoRun }: CommandOf<"agent.setAutoRun">): CommandResult {
  const agent = findAgent(engine.workspace, id);
  if (agent === undefined) return refuse("that agent is closed");
  const seq = engine.emit({ type: "agent.autoRunSet", agent: id, isAutoRun });
  return done(seq, isAutoRun ? "code runs without asking from now on; /auto-run false asks again" : "code is asked about from now on");
}

export function setVerbose(engine: WorkspaceEngine, { agent, isVerbose }: CommandOf<"agent.setVerbose">): CommandResult {
  const runtime = engine.runtime(agent);
  if (runtime === undefined) return refuse("that agent is closed");
  runtime.isVerbose = isVerbose;
  return done(
    engine.workspace.seq,
    isVerbose ? "requests and responses are shown from the next one on" : "requests are not shown any more",
  );
}

export function swapPair(engine: WorkspaceEngine, command: CommandOf<"agent.swapPair">): CommandResult {
  const agent = findAgent(engine.workspace, command.agent);
  if (agent === undefined) return refuse("that agent is closed");
  const other = otherHalf(agent.profile, engine.options.ports.profiles.defaultPair());
  if (other === null)
    return refuse(`profile "${agent.profile.id}" has no pair; put "pair: NAME" into it, or set a default pair: /pair FAST SMART`);
  return useProfile(engine, agent.id, other);
}
