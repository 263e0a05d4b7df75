// One turn of one agent: ask the model, have its calls run (`call-run.ts`), give it the results, until it has nothing more to call.

import type { Action, Question } from "../domain/action.ts";
import { contextOf } from "../domain/context.ts";
import type { ItemId, TurnId } from "../domain/ids.ts";
import type { ItemOf, NewItem, Source, TranscriptItem } from "../domain/item.ts";
import { messageOf } from "../domain/message-of.ts";
import { priceUsage } from "../domain/meter.ts";
import type { Profile } from "../domain/profile.ts";
import type { FactBody, TurnOutcome } from "../domain/protocol.ts";
import type { Failure, ModelOutput, OutputSchema, StopReason, ToolSpec, Usage } from "../domain/stream.ts";
import type { Agent } from "../domain/workspace.ts";
import { harnessOf } from "../harness/table.ts";
import type { AgentRuntime } from "./agent-runtime.ts";
import { type Asked, Asking, interrupted } from "./asking.ts";
import { type CallItem, runCalls } from "./call-run.ts";
import { type Compaction, compact } from "./compaction.ts";
import { contextLimit, countContext, guessTokens } from "./context-size.ts";
import type { LaneName, Lanes } from "./lanes.ts";
import type { DesktopEnv, Ports, Terminal } from "./ports.ts";
import { lookAtScreen, type Screen } from "./screen-use.ts";
import { orWhenAborted } from "./until-aborted.ts";

/** Requests of one turn; a model that still calls tools then is stopped and the user is told. */
const STEPS_MAX = 200;
/** A compaction by itself must gain this share of the context; else every step would ask for another. */
const LEAST_SHARE = 0.2;

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
  /** What the agent's programs are started with. */
  readonly env: () => Readonly<Record<string, string>>;
  readonly desktop: () => DesktopEnv;
  readonly onStream: () => void;
  readonly system: string;
  readonly outputSchema?: OutputSchema;
}

export interface TurnResult {
  readonly outcome: TurnOutcome;
  readonly failure?: Failure;
  /** The model asked the user something. */
  readonly isAsking?: boolean;
}

/** Never throws. The caller emits `turn.queued` before and `turn.ended` after. */
export async function runTurn(
  context: TurnContext,
  runtime: AgentRuntime,
  turn: TurnId,
  profile: Profile,
  signal: AbortSignal,
): Promise<TurnResult> {
  return guarded(new Turn(context, runtime, turn, profile, signal), (step) => step.run());
}

/** As `runTurn`: a turn that does nothing but compact the context, as the user asked. */
export async function runCompaction(
  context: TurnContext,
  runtime: AgentRuntime,
  turn: TurnId,
  profile: Profile,
  signal: AbortSignal,
  hint: string | undefined,
): Promise<TurnResult> {
  return guarded(new Turn(context, runtime, turn, profile, signal), (step) => step.runCompaction(hint));
}

async function guarded(step: Turn, run: (step: Turn) => Promise<TurnResult>): Promise<TurnResult> {
  try {
    return await run(step);
  } catch (error) {
    // A bug of ours ends this turn, not the server.
    const message = `interpane failed inside this turn: ${messageOf(error)}; the other agents go on`;
    return { outcome: "failed", failure: { kind: "protocol", message, isRetryable: false } };
  } finally {
    step.close();
  }
}

class Turn {
  readonly #context: TurnContext;
  readonly #runtime: AgentRuntime;
  readonly #turn: TurnId;
  readonly #profile: Profile;
  readonly #signal: AbortSignal;
  readonly #asking: Asking;
  /** One failure is enough: a compaction by itself is not tried again in this turn. */
  #cannotCompact = false;
  /** Looked at once: what the model is told of it does not change within a turn. */
  #screen: Screen = { type: "unused" };

  constructor(context: TurnContext, runtime: AgentRuntime, turn: TurnId, profile: Profile, signal: AbortSignal) {
    this.#context = context;
    this.#runtime = runtime;
    this.#turn = turn;
    this.#profile = profile;
    this.#signal = signal;
    const note = (text: string): void => this.#note(text, "retried");
    const trace = (text: string): void => this.#note(text, "trace");
    this.#asking = new Asking({ ...context, runtime, turn, profile, signal, note, trace });
  }

  /** Nothing streams any more. */
  close(): void {
    this.#asking.clear();
  }

  async run(): Promise<TurnResult> {
    this.#screen = await this.#look();
    if (this.#screen.type === "missing") return { outcome: "failed", failure: this.#screen.failure };
    for (let step = 0; step < STEPS_MAX; step++) {
      const reply = await this.#reply();
      if (reply.type === "failed") {
        this.#keepPartial();
        return reply.failure.kind === "interrupted" ? { outcome: "interrupted" } : { outcome: "failed", failure: reply.failure };
      }
      this.#asking.clear();
      const calls = this.#keepOutputs(reply.outputs, reply.stop);
      this.#charge(reply.usage);
      this.#measure(reply.usage.input + reply.usage.cacheRead + reply.usage.cacheWrite + reply.usage.output);
      if (reply.stop === "length") this.#note("the reply was cut at the output limit; raise max_tokens in the profile, or ask it to go on");
      if (reply.stop === "refusal") this.#note("the provider's filter ended the reply");
      if (calls.length === 0) return { outcome: "done" };
      await this.#context.synced();
      await runCalls(
        { context: this.#context, runtime: this.#runtime, turn: this.#turn, profile: this.#profile, signal: this.#signal },
        calls,
      );
      if (this.#signal.aborted) return { outcome: "interrupted" };
      const questions = calls.flatMap(({ action }) => (action.type === "ask" ? action.questions : []));
      if (questions.length > 0) {
        // Said as the model's own words, so that whoever reads along, a script included, reads the question.
        this.#add({ type: "text", text: questionsText(questions), source: sourceOf(this.#profile) });
        return { outcome: "done", isAsking: true };
      }
    }
    return {
      outcome: "failed",
      failure: { kind: "budget", message: `stopped after ${STEPS_MAX} requests in one turn; send a message to go on`, isRetryable: false },
    };
  }

  async runCompaction(hint: string | undefined): Promise<TurnResult> {
    this.#screen = await this.#look();
    const compaction = await this.#compact(hint === undefined ? {} : { hint });
    if (compaction.type === "compacted") return { outcome: "done" };
    if (compaction.type === "nothing") return { outcome: "failed", failure: nothingToCompact };
    if (compaction.failure.kind === "interrupted") return { outcome: "interrupted" };
    return { outcome: "failed", failure: { ...compaction.failure, message: notCompacted(compaction.failure) } };
  }

  // Asking ------------------------------------------------------------------------------------------------------------

  /** The next reply; the context is compacted before it where it comes near the limit, and once where the provider says it is too long. */
  async #reply(): Promise<Asked> {
    const limit = contextLimit(this.#profile);
    const tokens = limit === null || this.#cannotCompact ? 0 : await this.#contextTokens(limit);
    if (limit !== null && tokens > limit) {
      const compaction = await this.#compact({ tokens, leastShare: LEAST_SHARE });
      if (compaction.type === "failed") {
        if (compaction.failure.kind === "interrupted") return interrupted;
        this.#cannotCompact = true;
        this.#note(notCompacted(compaction.failure));
      }
    }
    const reply = await this.#ask();
    if (reply.type === "done" || reply.failure.kind !== "context" || this.#cannotCompact) return reply;
    const compaction = await this.#compact({});
    if (compaction.type === "compacted") return this.#ask();
    if (compaction.type === "nothing") return reply;
    if (compaction.failure.kind === "interrupted") return interrupted;
    this.#note(notCompacted(compaction.failure));
    return reply;
  }

  #look(): Promise<Screen> {
    return lookAtScreen(this.#profile, this.#context.desktop(), this.#context.ports.computer);
  }

  #tools(): ToolSpec[] {
    return harnessOf(this.#profile.harness).tools({ tools: this.#profile.tools });
  }

  async #ask(): Promise<Asked> {
    return this.#request(await this.#shown(), null);
  }

  /** Nothing is asked that the budget does not cover. */
  async #request(items: readonly TranscriptItem[], what: string | null): Promise<Asked> {
    const overspent = this.#overspent();
    return overspent === null
      ? this.#asking.ask(items, { tools: this.#tools(), screen: this.#screen }, what)
      : { type: "failed", failure: overspent };
  }

  // The context -------------------------------------------------------------------------------------------------------

  /** As much of the path as makes the context. */
  #path(): Promise<TranscriptItem[]> {
    return this.#runtime.items.context(this.#context.agent()?.head ?? null);
  }

  async #shown(): Promise<TranscriptItem[]> {
    return contextOf(await this.#path());
  }

  /** What stands before the items in every request. */
  #overhead(): string {
    return this.#context.system + JSON.stringify(this.#tools());
  }

  async #contextTokens(limit: number | null): Promise<number> {
    const path = await this.#path();
    const { measured } = this.#runtime;
    const { model, wire } = this.#profile;
    const size = { path, context: contextOf(path), measured, model, wire, overhead: this.#overhead() };
    return orWhenAborted(countContext(size, limit, this.#context.ports.tokens), this.#signal, 0);
  }

  #measure(tokens: number): void {
    const head = this.#context.agent()?.head ?? null;
    this.#runtime.measured = head === null ? null : { head, tokens, model: this.#profile.model };
  }

  /** Adds a summary to the path, or leaves everything as it was. */
  async #compact(how: { tokens?: number; leastShare?: number; hint?: string }): Promise<Compaction> {
    const { newId, clock } = this.#context.ports;
    const compaction = await compact({
      context: await this.#shown(),
      tokens: how.tokens ?? (await this.#contextTokens(contextLimit(this.#profile))),
      overheadTokens: guessTokens(this.#overhead()),
      profile: this.#profile,
      leastShare: how.leastShare ?? 0,
      source: sourceOf(this.#profile),
      toItem: (item) => ({ ...item, id: newId<ItemId>("i"), parent: null, at: clock.now(), turn: this.#turn }),
      ask: (items, what) => this.#request(items, what),
      charge: (usage, contextTokens) => this.#charge(usage, contextTokens),
      ...(how.hint === undefined ? {} : { hint: how.hint }),
    });
    this.#asking.clear();
    if (compaction.type !== "compacted" || this.#signal.aborted) return this.#signal.aborted ? interrupted : compaction;
    this.#add(compaction.summary);
    this.#measure(compaction.tokensAfter);
    return compaction;
  }

  // Keeping -----------------------------------------------------------------------------------------------------------

  /** What calls mean in a reply that was cut is not known, even where they look whole: they are kept, and not run. */
  #keepOutputs(outputs: readonly ModelOutput[], stop: StopReason): CallItem[] {
    const isCut = stop === "length" || stop === "refusal";
    const source = sourceOf(this.#profile);
    const harness = harnessOf(this.#profile.harness);
    const calls: CallItem[] = [];
    for (const output of outputs) {
      const seal = output.seal === undefined ? {} : { seal: output.seal };
      if (output.type === "call") {
        const action: Action = isCut
          ? { type: "other", name: output.name, problem: CUT_CALL }
          : harness.parse(output.name, output.arguments);
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
    this.#asking.clear();
    if (text.trim() !== "") this.#add({ type: "text", text, source: sourceOf(this.#profile), isPartial: true });
  }

  /** `contextTokens`: for a request that was not the conversation itself. */
  #charge(usage: Usage, contextTokens?: number): void {
    const { ports, emit, folder } = this.#context;
    const { price, contextWindow, provider, model } = this.#profile;
    const costMicros = price === null ? null : priceUsage(usage, price);
    const charge = { usage, costMicros, contextWindow, provider, model, ...(contextTokens === undefined ? {} : { contextTokens }) };
    const request = ports.newId("req");
    emit({ type: "usage.charged", agent: this.#runtime.id, request, charge });
    const { id: agent, session } = this.#runtime;
    ports.ledger.add({ request, at: ports.clock.now(), folder, agent, session, profile: this.#profile.id, charge });
  }

  #overspent(): Failure | null {
    const limit = this.#profile.maxBudgetMicros;
    const spent = this.#context.spentMicros();
    if (limit === null || spent < limit) return null;
    const message = `the budget of profile "${this.#profile.id}" is used up: $${(spent / 1e6).toFixed(2)} of $${(limit / 1e6).toFixed(2)}; raise max_budget, or use another profile`;
    return { kind: "budget", message, isRetryable: false };
  }

  // Items -------------------------------------------------------------------------------------------------------------

  #note(text: string, kind: ItemOf<"notice">["kind"] = "info"): void {
    this.#add({ type: "notice", kind, text });
  }

  #add(body: NewItem): ItemId {
    return this.#context.addItem(body, this.#turn);
  }
}

const nothingToCompact: Failure = {
  kind: "request",
  message: "nothing to compact: there is no message before the newest that a summary could stand for",
  isRetryable: false,
};

function notCompacted(failure: Failure): string {
  return `not compacted, the conversation is as it was: ${failure.message}`;
}

/** Markdown; options are numbered, for a short answer. */
function questionsText(questions: readonly Question[]): string {
  return questions
    .map(({ text, options, isMany }) => {
      const list = options.map(({ label, detail }, n) => `${n + 1}. ${label}${detail === undefined ? "" : `: ${detail}`}`);
      return [`**${text.trim()}**${isMany ? " (more than one may be chosen)" : ""}`, ...(list.length === 0 ? [] : [list.join("\n")])].join(
        "\n\n",
      );
    })
    .join("\n\n");
}

const CUT_CALL =
  "the reply was cut before this call was known to be complete (nothing was run); send the call again, in smaller pieces where it is long";
export function sourceOf(profile: Profile): Source {
  const { provider, origin, credential, wire, model, harness } = profile;
  return { provider, origin, credential, wire, model, harness };
}
