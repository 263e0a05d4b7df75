// How a turn begins and ends around what it does: it is queued, run, ended, and what is queued next follows by itself.

import type { TurnId } from "../domain/ids.ts";
import type { KeptImage } from "../domain/image.ts";
import type { Profile } from "../domain/profile.ts";
import type { OutputSchema } from "../domain/stream.ts";
import { findAgent, type QueuedPrompt } from "../domain/workspace.ts";
import type { AgentRuntime } from "./agent-runtime.ts";
import { runOwnCommand } from "./own-command.ts";
import { systemPrompt } from "./system-prompt.ts";
import { runCompaction, runTurn, type TurnContext, type TurnResult } from "./turn.ts";
import type { WorkspaceEngine } from "./workspace-engine.ts";

/** How long the end of a turn waits for an interrupted command to give the prompt back before it is shown as stopping. */
const SETTLE_MS = 120;
const SETTLE_STEP_MS = 20;
const TITLE_LENGTH = 32;

type RunTurn = (context: TurnContext, signal: AbortSignal) => Promise<TurnResult>;

export interface Prompt {
  readonly text: string;
  readonly profile: Profile;
  readonly images?: readonly KeptImage[] | undefined;
  readonly outputSchema?: OutputSchema;
}

// Each of these starts at once, the caller has seen that no turn runs, and gives the number of its first fact back.

/** A turn that answers a message. */
export function startTurn(engine: WorkspaceEngine, runtime: AgentRuntime, prompt: Prompt, turn = newTurn(engine)): number {
  const agent = engine.agent(runtime.id);
  const { text, profile, outputSchema } = prompt;
  const isFirst = !(engine.workspace.items[agent.id] ?? []).some((item) => item.type === "user");
  if (isFirst && /^agent \d+$/.test(agent.title)) engine.emit({ type: "agent.titled", agent: agent.id, title: titleOf(text) });
  const images = prompt.images === undefined || prompt.images.length === 0 ? {} : { images: [...prompt.images] };
  engine.addItem(runtime.id, { type: "user", text, ...images }, turn);
  return start(engine, runtime, turn, profile, (context, signal) =>
    runTurn(outputSchema === undefined ? context : { ...context, outputSchema }, runtime, turn, profile, signal),
  );
}

/** The turn of a prompt that was queued. */
export function startQueued(engine: WorkspaceEngine, runtime: AgentRuntime, prompt: QueuedPrompt): number {
  const turn = newTurn(engine);
  engine.emit({ type: "prompt.taken", agent: runtime.id, prompt: prompt.id, turn });
  const agent = engine.agent(runtime.id);
  const chosen = prompt.profile === undefined ? undefined : engine.options.ports.profiles.resolve(prompt.profile, agent.profile);
  const profile = chosen?.ok === true ? chosen.profile : agent.profile;
  return startTurn(engine, runtime, { text: prompt.text, profile, images: prompt.images }, turn);
}

/** A turn that only runs a command of the user's own. */
export function startOwnCommand(engine: WorkspaceEngine, runtime: AgentRuntime, code: string): number {
  const turn = newTurn(engine);
  const { profile } = engine.agent(runtime.id);
  return startBeside(engine, runtime, turn, profile, (context, signal) => runOwnCommand(context, turn, code, signal));
}

/** A turn that only compacts the context; the caller has also seen that there is something to compact. */
export function startCompaction(engine: WorkspaceEngine, runtime: AgentRuntime, hint: string | undefined): number {
  const turn = newTurn(engine);
  const { profile } = engine.agent(runtime.id);
  return startBeside(engine, runtime, turn, profile, (context, signal) => runCompaction(context, runtime, turn, profile, signal, hint));
}

/** What is no answer to the model's question leaves it asked. */
function startBeside(engine: WorkspaceEngine, runtime: AgentRuntime, turn: TurnId, profile: Profile, run: RunTurn): number {
  const isAsking = engine.agent(runtime.id).status === "waiting";
  return start(engine, runtime, turn, profile, async (context, signal) => {
    const result = await run(context, signal);
    return isAsking ? { ...result, isAsking } : result;
  });
}

function newTurn(engine: WorkspaceEngine): TurnId {
  return engine.options.ports.newId<TurnId>("t");
}

// Its course ----------------------------------------------------------------------------------------------------------

function start(engine: WorkspaceEngine, runtime: AgentRuntime, turn: TurnId, profile: Profile, run: RunTurn): number {
  const seq = engine.emit({ type: "turn.queued", agent: runtime.id, turn, profile: profile.id });
  runtime.abort = new AbortController();
  runtime.running = drive(engine, runtime, turn, profile, runtime.abort.signal, run);
  return seq;
}

async function drive(
  engine: WorkspaceEngine,
  runtime: AgentRuntime,
  turn: TurnId,
  profile: Profile,
  signal: AbortSignal,
  run: RunTurn,
): Promise<void> {
  const { clock } = engine.options.ports;
  const startedAt = clock.now();
  const { id } = runtime;
  const context = contextFor(engine, runtime, profile);
  await engine.synced(id);
  const result = await run(context, signal);
  if (result.outcome === "interrupted") engine.addItem(id, { type: "notice", kind: "interrupted", text: "interrupted" }, turn);
  if (result.failure !== undefined) engine.addItem(id, { type: "notice", kind: "failed", text: result.failure.message }, turn);
  const isStopping = signal.aborted && !(await settles(engine, runtime));
  runtime.abort = null;
  engine.emit({
    type: "turn.ended",
    agent: id,
    turn,
    outcome: result.outcome,
    durationMs: clock.now() - startedAt,
    ...(result.failure === undefined ? {} : { failure: result.failure }),
    ...(isStopping ? { isStopping } : {}),
    ...(result.isAsking === true ? { isAsking: true } : {}),
  });
  if (isStopping) void awaitSettled(engine, runtime);
  await engine.synced(id);
  takeNext(engine, runtime, result.outcome === "interrupted");
}

function contextFor(engine: WorkspaceEngine, runtime: AgentRuntime, profile: Profile): TurnContext {
  const { ports, lanes, laneOf, folder, onStream, platform, shellEnv } = engine.options;
  const { id, home } = runtime;
  const shell = runtime.shell ?? ports.terminals.shellName(profile.shell, shellEnv());
  return {
    ports,
    lanes,
    laneOf,
    folder,
    isOffline: () => engine.workspace.isOffline,
    agent: () => findAgent(engine.workspace, id),
    emit: (body) => engine.emit(body),
    synced: () => engine.synced(id),
    addItem: (item, of) => engine.addItem(id, item, of),
    spentMicros: () => engine.workspace.meters[id]?.costMicros ?? 0,
    shell: () => engine.shellOf(id),
    env: shellEnv,
    desktop: () => engine.desktopOf(runtime.desktop),
    onStream: () => onStream(id),
    system: systemPrompt(profile, { cwd: home, os: platform.os, shell }),
  };
}

/** Does the interrupted command give its prompt back within the time that a turn's end may take? */
async function settles(engine: WorkspaceEngine, runtime: AgentRuntime): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < SETTLE_MS; waitedMs += SETTLE_STEP_MS) {
    if (runtime.terminal === null || runtime.terminal.isReady()) return true;
    await engine.options.ports.clock.sleep(SETTLE_STEP_MS);
  }
  return runtime.terminal?.isReady() ?? true;
}

async function awaitSettled(engine: WorkspaceEngine, runtime: AgentRuntime): Promise<void> {
  const { id } = runtime;
  while (!engine.isClosing && engine.runtime(id) !== undefined && !(await settles(engine, runtime)));
  if (engine.runtime(id) !== undefined) engine.emit({ type: "agent.settled", agent: id });
}

/** The next queued prompt starts by itself, but not after an interruption: the user wants to speak first. */
function takeNext(engine: WorkspaceEngine, runtime: AgentRuntime, wasInterrupted: boolean): void {
  const next = findAgent(engine.workspace, runtime.id)?.queue[0];
  if (next === undefined || wasInterrupted || engine.isClosing || engine.runtime(runtime.id) === undefined) return;
  startQueued(engine, runtime, next);
}

/** The first words of the first message, cut at a word. */
function titleOf(text: string): string {
  const line = text.trim().split(/\s+/).join(" ");
  if (line.length <= TITLE_LENGTH) return line;
  const cut = line.slice(0, TITLE_LENGTH);
  const space = cut.lastIndexOf(" ");
  return `${space > 12 ? cut.slice(0, space) : cut}…`;
}
