// One faulty stream read by a wire, and what it owed checked. Used by the quick check and by the one of thirty thousand streams.

import assert from "node:assert/strict";
import { failureSchema, type ModelEvent, type ModelOutput, usageSchema } from "../../src/domain/stream.ts";
import { harnessOf } from "../../src/harness/table.ts";
import type { Wire, WireRequest } from "../../src/wire/wire.ts";
import { type Chance, chanceOf } from "./chance.ts";
import type { ApiName } from "./model-frames.ts";
import { callsThatRun, type FaultyStream, faultNames, faultyStream, fetchOf, framesIn, randomReply } from "./stream-faults.ts";

type End = Extract<ModelEvent, { type: "done" | "failed" }>;

async function endOf(wire: Wire, request: WireRequest, stream: Pick<FaultyStream, "pieces" | "isBroken">): Promise<End> {
  let end: End | null = null;
  for await (const event of wire(request, fetchOf(stream), new AbortController().signal)) {
    assert.equal(end, null, "something follows the end");
    if (event.type === "done" || event.type === "failed") end = event;
  }
  assert.ok(end !== null, "it has no end");
  return end;
}

function checkEnd(end: End): void {
  if (end.type === "failed") {
    const { message, kind } = failureSchema.parse(end.failure);
    assert.ok(message.length > 20 && message.length < 2000, `a message of ${message.length} characters`);
    assert.doesNotMatch(message, /[\p{Cc}\p{Cf}]/u);
    assert.match(message, /; /, `it says what to do: ${message}`);
    assert.notEqual(kind, "interrupted");
    return;
  }
  usageSchema.parse(end.usage);
  for (const output of end.outputs) {
    if (output.type !== "call") continue;
    for (const name of ["native", "claude-code"] as const) {
      const action = harnessOf(name).parse(output.name, output.arguments);
      if (callsThatRun([output]).length === 0) assert.equal(action.type, "other", `a broken call would run: ${output.arguments}`);
    }
  }
}

const said = (outputs: readonly ModelOutput[]): ModelOutput[] => outputs.filter((output) => output.type !== "thought");
const shown = (outputs: readonly ModelOutput[]): string => JSON.stringify(outputs);

function checkOwed({ owed }: FaultyStream, end: End, good: readonly ModelOutput[]): void {
  if (owed === "any") return;
  if (owed === "failed") assert.equal(end.type, "failed", `it ended in ${end.type === "done" ? shown(end.outputs) : ""}`);
  if (owed === "same") assert.equal(end.type === "done" ? shown(end.outputs) : end.failure.message, shown(good));
  // Reasoning that never ends is forgiven: some servers leave it so, and nothing runs by it.
  if (owed === "whole" && end.type === "done") assert.equal(shown(said(end.outputs)), shown(said(good)));
  if (owed === "calls" && end.type === "done") {
    const left = callsThatRun(good);
    for (const call of callsThatRun(end.outputs)) {
      const at = left.indexOf(call);
      assert.ok(at >= 0, `a call would run that was not made, or not twice: ${call}`);
      left.splice(at, 1);
    }
  }
}

/** Makes the stream number `n` of `seed` and reads it; every failing check names both. */
export async function checkOneStream(api: ApiName, wire: Wire, request: WireRequest, seed: number, n: number): Promise<End["type"]> {
  const chance: Chance = chanceOf(seed * 1_000_003 + n);
  const reply = randomReply(chance);
  const name = faultNames[n % faultNames.length] ?? "nothing";
  const stream = faultyStream(api, name, reply, chance);
  try {
    const pristine = { pieces: [new TextEncoder().encode(framesIn(api, reply).join(""))], isBroken: false };
    const good = await endOf(wire, request, pristine);
    assert.ok(good.type === "done");
    const end = await endOf(wire, request, stream);
    checkEnd(end);
    checkOwed(stream, end, good.outputs);
    return end.type;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${api}, SEED=${seed}, stream ${n}, ${stream.what}: ${why}`, { cause: error });
  }
}
