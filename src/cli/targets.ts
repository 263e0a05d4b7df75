// What a command from outside means: which of the workspaces that run, and which agent in it.

import { sep } from "node:path";
import { type Caller, createCaller } from "../client/caller.ts";
import { apply } from "../domain/apply.ts";
import type { Fact } from "../domain/protocol.ts";
import { type Agent, findAgent, type Workspace } from "../domain/workspace.ts";
import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { askLs } from "./lists.ts";
import { fail, type Problem, problem } from "./problem.ts";
import { reachServer, workspaceFolder } from "./reach-server.ts";

// Workspaces ----------------------------------------------------------------------------------------------------------

export interface WorkspaceWish {
  /** Where there is just one, it may lie elsewhere. */
  readonly takesOnly: boolean;
  /** The named folder may lie in a workspace, as this folder may; else it is its own name. */
  readonly isAbove?: boolean;
  /** How to say which one, where several could be meant. */
  readonly hint?: string;
}

/** A workspace that runs: the one named; else that of this folder, or of the nearest folder above it; else the only one there is. */
export async function findWorkspace(
  io: Io,
  named: string | undefined,
  { takesOnly, isAbove = named === undefined, hint = "" }: WorkspaceWish,
): Promise<{ readonly ok: true; readonly folder: string } | Problem> {
  const here = workspaceFolder(io, named);
  if (!here.ok) return problem(EXIT.usage, here.message);
  const running = await runningFolders(io, here.folder);
  if (!running.ok) return running;
  const { folders } = running;
  const found = isAbove ? nearest(here.folder, folders) : folders.find((folder) => folder === here.folder);
  if (found !== undefined) return { ok: true, folder: found };
  const [only] = folders;
  const none = `no workspace of ${here.folder} is running`;
  if (only === undefined) return problem(EXIT.failed, `${none}; interpane, there, starts one`);
  if (named !== undefined || !takesOnly) return problem(EXIT.failed, `${none}; these are:\n${listed(folders)}`);
  if (folders.length === 1) return { ok: true, folder: only };
  return problem(EXIT.usage, `${none}, and several others are; ${hint}:\n${listed(folders)}`);
}

function nearest(here: string, folders: readonly string[]): string | undefined {
  const around = folders.filter((folder) => folder === here || here.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`));
  return around.toSorted((a, b) => b.length - a.length)[0];
}

function listed(folders: readonly string[]): string {
  return folders.map((folder) => `  ${folder}`).join("\n");
}

async function runningFolders(io: Io, folder: string): Promise<{ readonly ok: true; readonly folders: string[] } | Problem> {
  const connected = await reachServer(io, { folder, role: "query", startsServer: false, takesAnyVersion: true });
  if (!connected.ok) return connected.reason === "none" ? { ok: true, folders: [] } : problem(EXIT.failed, connected.message);
  const rows = await askLs(connected.connection);
  return typeof rows === "string" ? problem(EXIT.failed, rows) : { ok: true, folders: rows.map((row) => row.folder).toSorted() };
}

/** One connection to a workspace that runs, kept in step with it. */
export interface Target {
  readonly folder: string;
  readonly caller: Caller;
  /** As it was when the connection stood; from `listen` on as of the last fact. */
  readonly workspace: Workspace;
  /** Called after each fact since the connection stood. Called once. */
  listen(listener: (fact: Fact) => void): void;
}

/** Looking at a workspace does not change it: of this process's environment nothing goes along but, for what it opens, the user's `own`. */
export async function openTarget(
  io: Io,
  folder: string,
  brings: "own" | "none" = "none",
): Promise<({ readonly ok: true } & Target) | Problem> {
  const connected = await reachServer(io, { folder, role: "task", startsServer: false, brings });
  if (!connected.ok) return problem(EXIT.failed, connected.message);
  const first = Promise.withResolvers<Workspace>();
  let current: Workspace | null = null;
  const held: Fact[] = [];
  let onFact: ((fact: Fact) => void) | null = null;
  const take = (workspace: Workspace, fact: Fact): void => {
    if (onFact === null) held.push(fact);
    else if (fact.seq > workspace.seq) {
      apply(workspace, fact);
      onFact(fact);
    }
  };
  const caller = createCaller(connected.connection, (received) => {
    if (received.type === "snapshot") {
      if (current === null) {
        current = received.workspace;
        first.resolve(current);
      } else Object.assign(current, received.workspace);
    } else if (received.type === "fact" && current !== null) take(current, received.fact);
  });
  const workspace = await Promise.race([first.promise, caller.closed]);
  if (typeof workspace === "string") return problem(EXIT.failed, workspace || "the server ended the connection");
  return {
    ok: true,
    folder,
    caller,
    workspace,
    listen(listener) {
      onFact = listener;
      for (const fact of held.splice(0)) take(workspace, fact);
    },
  };
}

/** Finds the workspace and the agent, runs, and ends the connection. */
export async function withAgent(
  io: Io,
  flags: Flags,
  name: string,
  run: (target: Target, agent: Agent) => Promise<ExitCode>,
): Promise<ExitCode> {
  const found = await findWorkspace(io, flags.workspace, { takesOnly: true, hint: "say which with --workspace FOLDER" });
  if (!found.ok) return fail(io, found);
  const target = await openTarget(io, found.folder);
  if (!target.ok) return fail(io, target);
  try {
    const agent = findAgentNamed(target.workspace, name);
    return agent.ok ? await run(target, agent.agent) : fail(io, agent);
  } finally {
    target.caller.close();
  }
}

// Agents --------------------------------------------------------------------------------------------------------------

/** By number, id, title, or the beginning of a title. Agents of an `exec` belong to that one alone. */
export function findAgentNamed(workspace: Workspace, name: string): { readonly ok: true; readonly agent: Agent } | Problem {
  const agents = workspace.agents.filter((agent) => !agent.isEphemeral).toSorted((a, b) => a.number - b.number);
  const wanted = name.trim().toLowerCase();
  const titled = (fits: (title: string) => boolean): Agent[] => agents.filter((agent) => fits(agent.title.toLowerCase()));
  const steps = [
    () => agents.filter((agent) => String(agent.number) === wanted || agent.id === wanted),
    () => titled((title) => title === wanted),
    () => titled((title) => wanted !== "" && title.startsWith(wanted)),
  ];
  for (const step of steps) {
    const [first, ...others] = step();
    if (first === undefined) continue;
    if (others.length === 0) return { ok: true, agent: first };
    return problem(
      EXIT.usage,
      `"${name}" could be several agents of ${workspace.folder}; take a number:\n${agentLines([first, ...others])}`,
    );
  }
  const rest = agents.length === 0 ? "has no agents" : `has no agent "${name}"; it has:\n${agentLines(agents)}`;
  return problem(EXIT.usage, `the workspace of ${workspace.folder} ${rest}`);
}

function agentLines(agents: readonly Agent[]): string {
  return agents.map((agent) => `  ${agent.number} ${agent.title} (${agent.status})`).join("\n");
}

/** An agent as `--json` shows it: what a script may rely on, and no more. */
export interface AgentView {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly status: Agent["status"];
  readonly profile: string;
  readonly model: string;
  readonly cwd: string;
  readonly session: string;
  readonly turn: string | null;
  readonly queued: number;
  readonly isEphemeral: boolean;
}

export function viewOf(agent: Agent): AgentView {
  const { id, number, title, status, cwd, session, turn, isEphemeral } = agent;
  const { id: profile, model } = agent.profile;
  return { id, number, title, status, profile, model, cwd, session, turn, queued: agent.queue.length, isEphemeral };
}

/** Resolves with what `look` finds, at once or after a fact; with the reason where the connection ends or the agent closes first. */
export function untilFact<T>(
  target: Target,
  agent: Agent,
  look: (now: Agent, fact: Fact | null) => T | null,
): Promise<{ readonly ok: true; readonly value: T } | Problem> {
  return new Promise((resolve) => {
    const step = (fact: Fact | null): void => {
      const now = findAgent(target.workspace, agent.id);
      if (now === undefined) resolve(problem(EXIT.failed, `agent ${agent.number} was closed`));
      else {
        const value = look(now, fact);
        if (value !== null) resolve({ ok: true, value });
      }
    };
    void target.caller.closed.then((reason) => resolve(problem(EXIT.failed, reason || "the server ended the connection")));
    step(null);
    target.listen(step);
  });
}
