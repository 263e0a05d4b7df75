// A reply that its limit or a filter cut: what it calls may not be what the model meant to call, so none of it runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../../src/engine/commands.ts";
import { callsExec, fakeWorld, says, spawn } from "../support/fake-ports.ts";

for (const stop of ["length", "refusal"] as const) {
  test(`a call in a reply that ended by ${stop} is kept, not run, and the model is told`, async () => {
    const script = callsExec("rm -rf ./build").map((event) => (event.type === "done" ? { ...event, stop } : event));
    const world = fakeWorld({ script: [script, says("again, then")] });
    const engine = await world.engine();
    const agent = await spawn(engine, { autoRun: true });
    await runCommand(engine, 1, { type: "prompt.send", agent, text: "clean up" });
    await world.until((fact) => fact.type === "turn.ended");
    assert.equal(world.execs.length, 0);
    const result = engine.workspace.items[agent]?.find((item) => item.type === "result");
    assert.ok(result?.type === "result" && result.outcome !== "ok");
    assert.match(result.text, /cut before this call was known to be complete \(nothing was run\)/);
  });
}
