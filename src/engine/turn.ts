// One turn of one agent: ask the model, run what it calls, give it the results, until it has nothing more to call.

import type { Action } from "../domain/action.ts";
import type { ApprovalId, ItemId, TurnId } from "../domain/ids.ts";
import type { ItemOf, NewItem, Source } from "../domain/item.ts";
import { priceUsage } from "../domain/meter.ts";
import type { Profile } from "../domain/profile.ts";
import type { FactBody, TurnOutcome } from "../domain/protocol.ts";
import type { Failure, ModelEvent, ModelOutput, Usage } from "../domain/stream.ts";
import type { Agent } from "../domain/workspace.ts";
import { harnessOf } from "../harness/table.ts";
import type { AgentRuntime, ApprovalReply } from "./agent-runtime.ts";
import { retryDelayMs } from "./backoff.ts";
import type { LaneName, Lanes } from "./lanes.ts";
import { decide, digestOf } from "./policy.ts";
import type { Ports, Terminal } from "./ports.ts";
import { previewAction, runAction, type ToolResult } from "./tool-run.ts";
import { untilAborted } from "./until-aborted.ts";

/** Requests of one turn; a model that still calls tools then is stopped and the user is told. */
const STEPS_MAX = 200;
/** What a turn needs of the engine around it. */
export interface TurnContext {
  readonly ports: Ports;
  readonly lanes: Lanes;
  readonly laneOf: (profile: Profile) => LaneName;
  readonly folder: string;
  readonly isOffline: () => boolean;
  readonly agent: () => Agent | undefined;
  readonly emit: (body: FactBody) => number;
  readonly synced: () => Promise<boolean>;
  /** Puts an item at the head of the agent's path. */
  readonly addItem: (item: NewItem, turn: TurnId) => ItemId;
  readonly spentMicros: () => number;
  readonly shell: () => Promise<Terminal>;
  readonly onStream: () => void;
  readonly system: string;
}

export interface TurnResult {
  readonly outcome: TurnOutcome;
  readonly failure?: Failure;
}

/** Never throws. The caller emits `turn.queued` before and `turn.ended` after. */
export async function runTurn(
  context: TurnContext,
  runtime: AgentRuntime,
  turn: TurnId,
  profile: Profile,
  signal: AbortSignal,
): Promise<TurnResult> {
  const step = new Turn(context, runtime, turn, profile, signal);
  try {
    return await step.run();
  } catch (error) {
    // A bug of ours ends this turn, not the server.
    const message = `interpane failed inside this turn: ${error instanceof Error ? error.message : String(error)}; the other agents go on`;
    return { outcome: "failed", failure: { kind: "protocol", message, isRetryable: false } };
  } finally {
    step.clearStream();
  }
}

class Turn {
  readonly #context: TurnContext;
  readonly #runtime: AgentRuntime;
  readonly #turn: TurnId;
  readonly #profile: Profile;
  readonly #signal: AbortSignal;

  constructor(context: TurnContext, runtime: AgentRuntime, turn: TurnId, profile: Profile, signal: AbortSignal) {
    this.#context = context;
    this.#runtime = runtime;
    this.#turn = turn;
    this.#profile = profile;
    this.#signal = signal;
  }

  async run(): Promise<TurnResult> {
    for (let step = 0; step < STEPS_MAX; step++) {
      const overspent = this.#overspent();
      if (overspent !== null) return { outcome: "failed", failure: overspent };
      const reply = await this.#ask();
      if (reply.type === "failed") {
        this.#keepPartial();
        return reply.failure.kind === "interrupted" ? { outcome: "interrupted" } : { outcome: "failed", failure: reply.failure };
      }
      this.clearStream();
      const calls = this.#keepOutputs(reply.outputs);
      this.#charge(reply.usage);
      if (reply.stop === "length") this.#note("the reply was cut at the output limit; raise max_tokens in the profile, or ask it to go on");
      if (reply.stop === "refusal") this.#note("the provider's filter ended the reply");
      if (calls.length === 0) return { outcome: "done" };
      await this.#context.synced();
      for (const call of calls) await this.#runCall(call);
      if (this.#signal.aborted) return { outcome: "interrupted" };
    }
    return {
      outcome: "failed",
      failure: { kind: "budget", message: `stopped after ${STEPS_MAX} requests in one turn; send a message to go on`, isRetryable: false },
    };
  }

  // Asking ------------------------------------------------------------------------------------------------------------

  /** Sends the request on its lane, again where that may help; the slot is held for the stream alone. */
  async #ask(): Promise<Extract<ModelEvent, { type: "done" | "failed" }>> {
    const { lanes, laneOf, ports, emit } = this.#context;
    const lane = laneOf(this.#profile);
    for (let attempt = 1; ; attempt++) {
      const ended = await lanes.run(lane, this.#runtime.id, this.#signal, () => {
        emit({ type: "turn.started", agent: this.#runtime.id, turn: this.#turn });
        return this.#stream();
      });
      if (ended === null) return interrupted;
      if (ended.type === "done") return ended;
      const delayMs = this.#signal.aborted ? null : retryDelayMs(ended.failure, attempt + 1, ports.random);
      if (delayMs === null) return ended;
      this.clearStream();
      const retryAt = ports.clock.now() + delayMs;
      if (ended.failure.kind === "rate" || ended.failure.kind === "overloaded") lanes.rest(lane.key, retryAt);
      this.#note(`${ended.failure.message}; trying again in ${Math.ceil(delayMs / 1000)} s (${attempt + 1} of 5)`, "retried");
      await ports.clock.sleep(delayMs, this.#signal);
      if (this.#signal.aborted) return interrupted;
    }
  }

  async #stream(): Promise<Extract<ModelEvent, { type: "done" | "failed" }>> {
    const { ports, system, isOffline, agent } = this.#context;
    const harness = harnessOf(this.#profile.harness);
    const events = ports.models.stream(
      {
        profile: this.#profile,
        session: this.#runtime.session,
        instructions: system,
        items: this.#runtime.items.path(agent()?.head ?? null),
        tools: harness.tools({ tools: this.#profile.tools }),
        isOffline: isOffline() || this.#runtime.isOffline || this.#profile.isOffline,
      },
      this.#signal,
    );
    for await (const event of untilAborted(events, this.#signal)) {
      if (event.type === "done" || event.type === "failed") return event;
      this.#show(event);
    }
    if (this.#signal.aborted) return interrupted;
    return { type: "failed", failure: { kind: "protocol", message: "the stream ended without saying so", isRetryable: true } };
  }

  #show(event: ModelEvent): void {
    if (event.type !== "text" && event.type !== "thought" && event.type !== "call") return;
    const { stream } = this.#runtime;
    stream.turn = this.#turn;
    const last = stream.parts.at(-1);
    const isSame = last !== undefined && last.kind === event.type && (event.type !== "call" || last.name === event.name);
    if (isSame) last.text += event.delta;
    else stream.parts.push({ kind: event.type, text: event.delta, ...(event.type === "call" ? { name: event.name } : {}) });
    this.#context.onStream();
  }

  clearStream(): void {
    if (this.#runtime.stream.turn === null) return;
    this.#runtime.stream = { turn: null, parts: [] };
    this.#context.onStream();
  }

  // Keeping -----------------------------------------------------------------------------------------------------------

  #keepOutputs(outputs: readonly ModelOutput[]): CallItem[] {
    const source = sourceOf(this.#profile);
    const harness = harnessOf(this.#profile.harness);
    const calls: CallItem[] = [];
    for (const output of outputs) {
      const seal = output.seal === undefined ? {} : { seal: output.seal };
      if (output.type === "call") {
        const action = harness.parse(output.name, output.arguments);
        const item = this.#add({
          type: "call",
          callId: output.callId,
          name: output.name,
          arguments: output.arguments,
          action,
          source,
          ...seal,
        });
        calls.push({ id: item, callId: output.callId, action });
      } else if (output.text !== "" || output.seal !== undefined) {
        this.#add({ type: output.type, text: output.text, source, ...seal });
      }
    }
    return calls;
  }

  /** What had come of the answer when it broke off stays: the user has read it. */
  #keepPartial(): void {
    const text = this.#runtime.stream.parts
      .filter((part) => part.kind === "text")
      .map((part) => part.text)
      .join("");
    this.clearStream();
    if (text.trim() !== "") this.#add({ type: "text", text, source: sourceOf(this.#profile), isPartial: true });
  }

  #charge(usage: Usage): void {
    const { ports, emit, folder } = this.#context;
    const { price, contextWindow, provider, model } = this.#profile;
    const charge = { usage, costMicros: price === null ? null : priceUsage(usage, price), contextWindow, provider, model };
    const request = ports.newId("req");
    emit({ type: "usage.charged", agent: this.#runtime.id, request, charge });
    ports.ledger.add({ request, at: ports.clock.now(), folder, agent: this.#runtime.id, session: this.#runtime.session, charge });
  }

  #overspent(): Failure | null {
    const limit = this.#profile.maxBudgetMicros;
    const spent = this.#context.spentMicros();
    if (limit === null || spent < limit) return null;
    const message = `the budget of profile "${this.#profile.id}" is used up: $${(spent / 1e6).toFixed(2)} of $${(limit / 1e6).toFixed(2)}; raise max_budget, or use another profile`;
    return { kind: "budget", message, isRetryable: false };
  }

  // Calls -------------------------------------------------------------------------------------------------------------

  async #runCall(call: CallItem): Promise<void> {
    const result: ToolResult & { readonly durationMs?: number } = this.#signal.aborted ? notRun : await this.#decideAndRun(call);
    this.#add({
      type: "result",
      callId: call.callId,
      outcome: result.outcome,
      text: result.text,
      ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
      ...(result.durationMs === undefined ? {} : { durationMs: result.durationMs }),
      ...(result.diff === undefined ? {} : { diff: result.diff }),
    });
  }

  async #decideAndRun(call: CallItem): Promise<ToolResult & { readonly durationMs?: number }> {
    const agent = this.#context.agent();
    if (agent === undefined) return notRun;
    const { action } = call;
    const decision = decide(action, {
      profile: this.#profile,
      sandbox: agent.sandbox,
      isAutoRun: this.#runtime.isAutoRun || this.#profile.autoRun,
      isOffline: this.#context.isOffline() || this.#runtime.isOffline,
    });
    if (decision.type === "deny") return { outcome: "refused", text: `Not run: ${decision.reason}.` };
    if (decision.type === "allow") return this.#perform(call, action, agent, "");
    const reply = await this.#approve(call, agent);
    if (reply.answer === "void") return notRun;
    if (reply.answer === "no") return { outcome: "refused", text: refusalText(reply.reason) };
    if (reply.code === undefined || action.type !== "exec" || reply.code === action.code) return this.#perform(call, action, agent, "");
    const edited: Action = { ...action, code: reply.code };
    return this.#perform(call, edited, agent, `The user changed the code before it ran. This is what ran:\n${reply.code}\n\nIts output:\n`);
  }

  async #approve(call: CallItem, agent: Agent): Promise<ApprovalReply> {
    const { ports, emit, synced } = this.#context;
    const id = ports.newId<ApprovalId>("ask");
    const { cwd, sandbox } = agent;
    const patch = await previewAction(call.action, ports.files, { cwd, sandbox });
    const approval = {
      id,
      agent: agent.id,
      turn: this.#turn,
      item: call.id,
      action: call.action,
      cwd,
      sandbox,
      digest: digestOf(call.action, cwd, sandbox),
      askedAt: ports.clock.now(),
      ...(patch === undefined ? {} : { patch }),
    };
    const answered = new Promise<ApprovalReply>((resolve) => {
      this.#runtime.waiting.set(id, resolve);
      const onAbort = (): void => resolve({ answer: "void" });
      this.#signal.addEventListener("abort", onAbort, { once: true });
      if (this.#signal.aborted) onAbort();
    });
    emit({ type: "approval.asked", agent: agent.id, approval });
    await synced();
    const reply = await answered;
    this.#runtime.waiting.delete(id);
    const by = reply.answer === "void" ? "interrupt" : "user";
    emit({ type: "approval.answered", agent: agent.id, approval: id, answer: reply.answer, by });
    return reply;
  }

  /** `tool.started` is on disk before anything runs. */
  async #perform(call: CallItem, action: Action, agent: Agent, preface: string): Promise<ToolResult & { durationMs: number }> {
    const { ports, emit, synced } = this.#context;
    const { cwd, sandbox } = agent;
    const startedAt = ports.clock.now();
    const ids = { agent: agent.id, turn: this.#turn, item: call.id, callId: call.callId };
    emit({ type: "tool.started", ...ids, digest: digestOf(action, cwd, sandbox), terminal: agent.terminal });
    if (!(await synced())) {
      const text = "Not run: the journal could not be written, so a crash could run it twice. Free some disk space and try again.";
      emit({ type: "tool.ended", ...ids, outcome: "refused", durationMs: 0 });
      return { outcome: "refused", text, durationMs: 0 };
    }
    const result = await runAction(action, { files: ports.files, at: { cwd, sandbox }, shell: this.#context.shell, signal: this.#signal });
    const durationMs = ports.clock.now() - startedAt;
    const exitCode = result.exitCode === undefined ? {} : { exitCode: result.exitCode };
    emit({ type: "tool.ended", ...ids, outcome: result.outcome, durationMs, ...exitCode });
    if (result.cwd !== undefined && result.cwd !== agent.cwd) emit({ type: "agent.moved", agent: agent.id, cwd: result.cwd });
    return { ...result, text: preface + result.text, durationMs };
  }

  // Items -------------------------------------------------------------------------------------------------------------

  #note(text: string, kind: ItemOf<"notice">["kind"] = "info"): void {
    this.#add({ type: "notice", kind, text });
  }

  #add(body: NewItem): ItemId {
    return this.#context.addItem(body, this.#turn);
  }
}

interface CallItem {
  readonly id: ItemId;
  readonly callId: string;
  readonly action: Action;
}

const interrupted = {
  type: "failed",
  failure: { kind: "interrupted", message: "interrupted", isRetryable: false },
} as const satisfies Extract<ModelEvent, { type: "failed" }>;

const notRun: ToolResult = { outcome: "interrupted", text: "Not run: the user interrupted the turn." };

function refusalText(reason: string | undefined): string {
  const said = reason === undefined || reason.trim() === "" ? "" : ` The user said: ${reason.trim()}`;
  return `The user refused to run this.${said} It did not run. Do not try the same again unasked: propose another way, or ask what they want.`;
}

export function sourceOf(profile: Profile): Source {
  const { provider, origin, credential, wire, model, harness } = profile;
  return { provider, origin, credential, wire, model, harness };
}
