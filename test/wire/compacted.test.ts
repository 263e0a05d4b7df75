// A compacted conversation, cut at a turn or in the middle of one, must pass the strict checks of every wire, with its seals.

import assert from "node:assert/strict";
import { test } from "node:test";
import { contextOf } from "../../src/domain/context.ts";
import { type ItemOf, itemSchema, type Source, type TranscriptItem } from "../../src/domain/item.ts";
import { native } from "../../src/harness/native.ts";
import { replay } from "../../src/wire/replay.ts";
import type { Message, ReplayTarget } from "../../src/wire/wire.ts";
import { type ApiName, type Reply, say, startModelServer } from "../support/model-server.ts";
import { chain, result, summaryAfter, text, user } from "../support/transcripts.ts";
import { ask, finished, requestTo, wireNames, wires } from "./ask.ts";

const sourceOf = (wire: ApiName): Source => ({
  provider: wire,
  origin: `https://${wire}.test`,
  credential: `env:${wire}`,
  wire,
  model: `model-${wire}`,
  harness: "native",
});
const targetOf = (wire: ApiName): ReplayTarget => ({ ...sourceOf(wire), takesImages: true });
const speak = (call: ItemOf<"call">) => native.speak(call.action, { name: call.name, arguments: call.arguments });
const thinking = { reasoning: "effort", effort: "high", maxTokens: 30_000, model: "claude-sonnet-4-5" } as const;

/** One turn of talk, then one with two steps that are thought about, sealed by the wire itself. */
async function worked(wire: ApiName): Promise<TranscriptItem[]> {
  const steps = (n: number): Reply => ({
    steps: [
      { type: "thought", text: `think ${n}`, seal: `SEAL-${n}` },
      { type: "call", name: "exec", arguments: { language: "shell", code: `step ${n}` }, id: `call_${n}` },
    ],
  });
  await using server = await startModelServer([steps(1), steps(2)]);
  const items = chain([user("an old question"), text("an old answer"), user("do the work")]);
  for (const n of [1, 2]) {
    const messages = replay(items, targetOf(wire), speak);
    const { outputs } = finished(await ask(wires[wire], requestTo(server.baseUrl, { ...thinking, messages })));
    for (const output of outputs) {
      const action = output.type === "call" ? { action: native.parse(output.name, output.arguments) } : {};
      items.push(
        itemSchema.parse({
          id: `w${items.length}`,
          parent: items.at(-1)?.id,
          at: 0,
          turn: null,
          ...output,
          ...action,
          source: sourceOf(wire),
        }),
      );
    }
    items.push(
      itemSchema.parse({ id: `w${items.length}`, parent: items.at(-1)?.id, at: 0, turn: null, ...result(`call_${n}`, `done ${n}`) }),
    );
  }
  return items;
}

const firstOf = (items: readonly TranscriptItem[], fits: (item: TranscriptItem) => boolean): string => items.find(fits)?.id ?? "";

for (const from of wireNames) {
  for (const to of wireNames) {
    test(`a conversation compacted over ${from} goes on over ${to}, cut at a turn and in the middle of one`, async () => {
      const items = await worked(from);
      const target = targetOf(to);
      await using server = await startModelServer(say("fine"));
      const cuts = {
        turn: firstOf(items, (item) => item.type === "user" && item.text === "do the work"),
        step: items[items.findIndex((item) => item.type === "result") + 1]?.id ?? "",
      };
      for (const [where, keptFrom] of Object.entries(cuts)) {
        const context = contextOf([...items, summaryAfter(items, keptFrom, "THE SUMMARY")]);
        const messages = replay(context, target, speak);
        finished(await ask(wires[to], requestTo(server.baseUrl, { ...thinking, messages })));
        const body = JSON.stringify(server.requests.at(-1)?.body);
        assert.ok(body.includes("THE SUMMARY") && body.includes("do the work") && body.includes("step 2") && body.includes("done 2"));
        assert.ok(!body.includes("an old question") && !body.includes("an old answer"));
        assert.equal(body.includes("step 1"), where === "turn");
        if (from !== "chat") assert.equal(body.includes("SEAL-2"), from === to, "seals of what is kept go to an equal source");
        assert.ok(!body.includes("SEAL-1") || where === "turn");
        // Many chat templates refuse two user messages in a row.
        const users = messages.map((message) => message.type === "user");
        assert.ok(!users.some((isUser, index) => isUser && users[index + 1] === true));
      }
    });
  }
}

test("between two compactions the messages only grow", () => {
  const path = chain([user("one"), text("1"), user("two"), text("2")]);
  const summary = summaryAfter(path, "i2");
  const before = replay(contextOf([...path, summary]), targetOf("chat"), speak);
  const later = chain([user("three"), text("3")], "later");
  const after: Message[] = replay(contextOf([...path, summary, ...later]), targetOf("chat"), speak);
  assert.deepEqual(after.slice(0, before.length), before);
  assert.equal(after.length, before.length + 2);
});

test("a summary that no words of the user follow is a message of its own", () => {
  const path = chain([text("1")]);
  const messages = replay([summaryAfter(path, "i0", "S"), ...path], targetOf("chat"), speak);
  assert.deepEqual(
    messages.map((message) => message.type),
    ["user", "text"],
  );
});
