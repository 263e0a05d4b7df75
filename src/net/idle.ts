// Makes any stream of model events keep its contract: bounded silence, no throw, exactly one `done` or `failed`, then nothing.

import type { Failure, ModelEvent } from "../domain/stream.ts";

type Step =
  | { readonly type: "next"; readonly result: IteratorResult<ModelEvent> }
  | { readonly type: "threw"; readonly error: unknown }
  | { readonly type: "idle" };

/**
 * Counts parsed events, not bytes: keep-alive comments would otherwise hide a dead stream for ever. Only the time in which
 * we wait for the source counts. `abort` ends the request; it is called once, also when the reader leaves early.
 */
export async function* withIdleLimit(
  events: AsyncIterable<ModelEvent>,
  idleMs: number,
  abort: () => void,
): AsyncGenerator<ModelEvent, void, void> {
  const iterator = events[Symbol.asyncIterator]();
  let isOver = false;
  try {
    while (true) {
      const step = await nextWithin(iterator, idleMs);
      const last = endOf(step, idleMs);
      if (last !== null) {
        isOver = step.type === "next";
        yield last;
        return;
      }
      if (step.type === "next" && !step.result.done) yield step.result.value;
    }
  } finally {
    if (!isOver) abort();
    // Not awaited: a source that hangs would hold us here for ever.
    iterator.return?.().catch(() => {});
  }
}

/** The terminal event that a step means, if it means one. */
function endOf(step: Step, idleMs: number): ModelEvent | null {
  switch (step.type) {
    case "idle":
      return failed("idle", `the model sent nothing for ${Math.round(idleMs / 100) / 10} s; the request was given up`, true);
    case "threw":
      return isAbort(step.error)
        ? failed("interrupted", "interrupted", false)
        : failed("protocol", "the reply broke off: its stream threw an error, which is a defect of this program", true);
    case "next":
      if (step.result.done) return failed("protocol", "the reply stopped without saying that it was complete", true);
      return step.result.value.type === "done" || step.result.value.type === "failed" ? step.result.value : null;
    default:
      return step satisfies never;
  }
}

function nextWithin(iterator: AsyncIterator<ModelEvent>, idleMs: number): Promise<Step> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ type: "idle" }), idleMs);
    const settle = (step: Step): void => {
      clearTimeout(timer);
      resolve(step);
    };
    iterator.next().then(
      (result) => settle({ type: "next", result }),
      (error: unknown) => settle({ type: "threw", error }),
    );
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function failed(kind: Failure["kind"], message: string, isRetryable: boolean): ModelEvent {
  return { type: "failed", failure: { kind, message, isRetryable } };
}
