// One request to a model: a slot of its lane, the stream shown as it comes, and again after a wait where that may help.

import type { AgentId, TurnId } from "../domain/ids.ts";
import type { TranscriptItem } from "../domain/item.ts";
import type { Profile } from "../domain/profile.ts";
import type { FactBody } from "../domain/protocol.ts";
import type { ModelEvent, OutputSchema, ToolSpec } from "../domain/stream.ts";
import type { AgentRuntime } from "./agent-runtime.ts";
import { attemptsFor, retryDelayMs } from "./backoff.ts";
import type { LaneName, Lanes } from "./lanes.ts";
import type { Ports } from "./ports.ts";
import type { Screen } from "./screen-use.ts";
import { untilAborted } from "./until-aborted.ts";

/** How a request ended, after all that could be tried again was. */
export type Asked = Extract<ModelEvent, { type: "done" | "failed" }>;

export const interrupted = {
  type: "failed",
  failure: { kind: "interrupted", message: "interrupted", isRetryable: false },
} as const satisfies Asked;

export interface AskingContext {
  readonly ports: Ports;
  readonly lanes: Lanes;
  readonly laneOf: (profile: Profile) => LaneName;
  readonly isOffline: () => boolean;
  readonly emit: (body: FactBody) => number;
  readonly onStream: () => void;
  readonly system: string;
  readonly runtime: AgentRuntime;
  readonly turn: TurnId;
  readonly profile: Profile;
  readonly signal: AbortSignal;
  /** Tells the user that it is tried again. */
  readonly note: (text: string) => void;
  readonly outputSchema?: OutputSchema;
  /** What was sent and what came, where the agent is verbose. */
  readonly trace: (text: string) => void;
}

/** What the model may use. */
interface Offered {
  readonly tools: readonly ToolSpec[];
  readonly screen: Screen;
}

export class Asking {
  readonly #context: AskingContext;
  /** Something of the present reply came. */
  #hasBegun = false;

  constructor(context: AskingContext) {
    this.#context = context;
  }

  /** Never rejects. The slot is held for the stream alone. With `what` that is shown in place of the reply. */
  async ask(items: readonly TranscriptItem[], offer: Offered, what: string | null): Promise<Asked> {
    const { lanes, laneOf, ports, emit, runtime, turn, profile, signal, note } = this.#context;
    const agent: AgentId = runtime.id;
    const lane = laneOf(profile);
    for (let attempt = 1; ; attempt++) {
      const ended = await lanes.run(lane, agent, signal, () => {
        emit({ type: "turn.started", agent, turn });
        this.#hasBegun = false;
        return this.#stream(items, offer, what);
      });
      if (ended === null) return interrupted;
      if (ended.type === "done") return ended;
      const attemptsMax = attemptsFor(ended.failure, this.#hasBegun, profile.retries);
      const delayMs = signal.aborted ? null : retryDelayMs(ended.failure, attempt + 1, attemptsMax, ports.random);
      if (delayMs === null) return ended;
      this.clear();
      const retryAt = ports.clock.now() + delayMs;
      if (ended.failure.kind === "rate" || ended.failure.kind === "overloaded") lanes.rest(lane.key, retryAt);
      note(`${ended.failure.message}; trying again in ${Math.ceil(delayMs / 1000)} s (${attempt + 1} of ${attemptsMax})`);
      await ports.clock.sleep(delayMs, signal);
      if (signal.aborted) return interrupted;
    }
  }

  /** Nothing streams any more. */
  clear(): void {
    const { runtime, onStream } = this.#context;
    if (runtime.stream.turn === null) return;
    runtime.stream = { turn: null, parts: [] };
    onStream();
  }

  async #stream(items: readonly TranscriptItem[], offer: Offered, what: string | null): Promise<Asked> {
    const { ports, system, isOffline, runtime, profile, signal, trace, outputSchema } = this.#context;
    const isCut = isOffline() || runtime.isOffline || profile.isOffline;
    const request = {
      profile,
      session: runtime.session,
      instructions: system,
      items,
      tools: offer.tools,
      ...(offer.screen.type === "ready" ? { screen: offer.screen.shown } : {}),
      isOffline: isCut,
      ...(runtime.isVerbose ? { onTrace: trace } : {}),
      // A summary is no answer.
      ...(outputSchema === undefined || what !== null ? {} : { outputSchema }),
    };
    if (what !== null) this.#show({ type: "call", index: 0, name: "compact", delta: what });
    for await (const event of untilAborted(ports.models.stream(request, signal), signal)) {
      if (event.type === "done" || event.type === "failed") return event;
      this.#hasBegun = true;
      if (what === null) this.#show(event);
    }
    if (signal.aborted) return interrupted;
    return { type: "failed", failure: { kind: "protocol", message: "the stream ended without saying so", isRetryable: true } };
  }

  #show(event: ModelEvent): void {
    if (event.type !== "text" && event.type !== "thought" && event.type !== "call") return;
    const { runtime, turn, onStream } = this.#context;
    const { stream } = runtime;
    stream.turn = turn;
    const last = stream.parts.at(-1);
    const isSame = last !== undefined && last.kind === event.type && (event.type !== "call" || last.name === event.name);
    if (isSame) last.text += event.delta;
    else stream.parts.push({ kind: event.type, text: event.delta, ...(event.type === "call" ? { name: event.name } : {}) });
    onStream();
  }
}
