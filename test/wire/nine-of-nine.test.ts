// A transcript made on each wire, handed to every other, must pass the strict checks of the server there; and a fake of nobody here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import { type ItemOf, itemSchema, type Source, type TranscriptItem } from "../../src/domain/item.ts";
import type { HarnessName } from "../../src/domain/profile.ts";
import type { ModelOutput } from "../../src/domain/stream.ts";
import { harnessesFor, harnessOf } from "../../src/harness/table.ts";
import { replay } from "../../src/wire/replay.ts";
import type { ReplayTarget } from "../../src/wire/wire.ts";
import { type ApiName, type Reply, say, startModelServer } from "../support/model-server.ts";
import { ask, finished, requestTo, wireNames, wires } from "./ask.ts";

/** Profiles as unlike as they can be: another wire, another dialect. */
const harnesses: Readonly<Record<ApiName, HarnessName>> = { responses: "native", chat: "kimi-cli", messages: "claude-code" };
const sourceOf = (wire: ApiName): Source => ({
  provider: wire,
  origin: `https://${wire}.test`,
  credential: `env:${wire}`,
  wire,
  model: `model-${wire}`,
  harness: harnesses[wire],
});
const targetOf = (wire: ApiName): ReplayTarget => ({ ...sourceOf(wire), takesImages: wire !== "chat" });

const speak = (target: ReplayTarget) => (call: ItemOf<"call">) =>
  harnessOf(harnesses[target.wire === "demo" ? "chat" : target.wire]).speak(call.action, { name: call.name, arguments: call.arguments });

let count = 0;
const item = (value: object): TranscriptItem => itemSchema.parse({ id: `i${++count}`, parent: null, at: 0, turn: null, ...value });

function toItems(outputs: readonly ModelOutput[], wire: ApiName): TranscriptItem[] {
  const source = sourceOf(wire);
  const harness = harnessOf(harnesses[wire]);
  return outputs.map((output) =>
    item({ ...output, source, ...(output.type === "call" ? { action: harness.parse(output.name, output.arguments) } : {}) }),
  );
}

const png = { mime: "image/png", base64: "iVBORw0KGgo=", name: "shot.png" };

/** Everything that happens in a real session: reasoning, parallel calls, an unreadable call, refusal, interruption, pictures. */
async function makeTranscript(wire: ApiName, target = targetOf(wire), before: readonly TranscriptItem[] = []): Promise<TranscriptItem[]> {
  const harness = harnessOf(harnesses[wire]);
  const exec = harness.speak({ type: "exec", language: "shell", code: "uname -a" });
  const edit = harness.speak({
    type: "edit",
    path: "a.ts",
    edits: [
      { old: "x", new: "y", all: true },
      { old: "p", new: "q", all: false },
    ],
  });
  const replies: Reply[] = [
    {
      steps: [
        { type: "thought", text: "look first", seal: "SEALED" },
        { type: "text", text: "Looking." },
        { type: "call", ...exec, id: "call.1:odd" },
        { type: "call", ...edit, id: "call_2" },
      ],
    },
    { steps: [{ type: "call", name: "no such tool", arguments: "{oops", id: "call_3" }] },
    say("Linux."),
  ];
  await using server = await startModelServer(replies);
  const items: TranscriptItem[] = [...before, item({ type: "user", text: "what OS am I using?", images: [png] })];
  const turn = async (): Promise<ModelOutput[]> => {
    const messages = replay(items, target, speak(target));
    const { outputs } = finished(
      await ask(
        wires[wire],
        requestTo(server.baseUrl, {
          model: target.model,
          messages,
          tools: harness.tools({ tools: ["interpreter", "editor", "search"] }),
          reasoning: "effort",
          effort: "high",
          maxTokens: 30_000,
        }),
      ),
    );
    items.push(...toItems(outputs, wire));
    return [...outputs];
  };
  await turn();
  items.push(item({ type: "user", text: "by the way, be quick" }));
  items.push(
    item({ type: "result", callId: "call.1:odd", outcome: "ok", text: "Linux", images: [png] }),
    item({ type: "result", callId: "call_2", outcome: "refused", text: "refused by the user" }),
  );
  items.push(item({ type: "notice", kind: "info", text: "never sent" }));
  await turn();
  items.push(item({ type: "result", callId: "call_3", outcome: "failed", text: "there is no such tool" }));
  await turn();
  // Interrupted twice: once in a text, once before a call was answered.
  items.push(
    item({ type: "user", text: "and the kernel?" }),
    item({ type: "thought", text: "cut", source: sourceOf(wire), seal: "SEALED" }),
  );
  items.push(item({ type: "user", text: "well?" }), item({ type: "text", text: "It is ", source: sourceOf(wire), isPartial: true }));
  items.push(item({ type: "user", text: "go on" }), ...toItems([{ type: "call", callId: "call_2", ...exec }], wire));
  items.push(item({ type: "user", text: "never mind; thanks" }));
  return items;
}

for (const from of wireNames) {
  for (const to of wireNames) {
    test(`a transcript made over ${from} is taken over ${to}`, async () => {
      const items = await makeTranscript(from);
      const target = targetOf(to);
      await using server = await startModelServer(say("fine"));
      const messages = replay(items, target, speak(target));
      const request = requestTo(server.baseUrl, { model: target.model, messages, reasoning: "effort", effort: "high", maxTokens: 30_000 });
      finished(await ask(wires[to], request));
      const body = JSON.stringify(server.requests[0]?.body);
      // Chat has a seal only where the provider sent reasoning details.
      assert.equal(body.includes("SEALED"), from === to, "seals go to an equal source and no other");
      assert.ok(!body.includes("never sent"));
      assert.ok(body.includes("uname -a") && body.includes("Linux") && body.includes("not run: "));
      const spokenName = harnessOf(harnesses[to]).speak({ type: "exec", language: "shell", code: "ls" }).name;
      assert.ok(body.includes(`"name":"${spokenName}"`), "old calls are spoken in the new dialect");
    });

    test(`a session begun over ${from} goes on over ${to} and back`, async () => {
      const first = await makeTranscript(from);
      const second = await makeTranscript(to, targetOf(to), first);
      const target = targetOf(from);
      await using server = await startModelServer(say("fine"));
      finished(await ask(wires[from], requestTo(server.baseUrl, { model: target.model, messages: replay(second, target, speak(target)) })));
    });
  }
}

for (const { wire, harnessName } of wireNames.flatMap((wire) => harnessesFor(wire).map((harnessName) => ({ wire, harnessName })))) {
  test(`${wire}: a task with a tool call in ${harnessName} against a server that nobody here wrote`, async () => {
    const mock = new LLMock({ port: 0 });
    const harness = harnessOf(harnessName);
    const exec = harness.speak({ type: "exec", language: "shell", code: "uname -s" });
    mock.on({ userMessage: "what OS", hasToolResult: true }, { content: "You are using Linux." });
    mock.on({ userMessage: "what OS" }, { toolCalls: [{ name: exec.name, arguments: exec.arguments }] });
    await mock.start();
    try {
      const source: Source = { provider: "mock", origin: mock.url, credential: "none", wire, model: "gpt-4o", harness: harnessName };
      const target: ReplayTarget = { ...source, takesImages: false };
      const items: TranscriptItem[] = [item({ type: "user", text: "what OS am I using?" })];
      const turn = async () => {
        const messages = replay(items, target, speak(target));
        const end = finished(
          await ask(
            wires[wire],
            requestTo(`${mock.url}/v1`, { model: "gpt-4o", messages, tools: harness.tools({ tools: ["interpreter"] }) }),
          ),
        );
        items.push(
          ...end.outputs.map((o) => item({ ...o, source, ...(o.type === "call" ? { action: harness.parse(o.name, o.arguments) } : {}) })),
        );
        return end;
      };
      const asked = await turn();
      assert.equal(asked.stop, "calls");
      const call = items.at(-1);
      assert.ok(call?.type === "call");
      assert.deepEqual(call.action, { type: "exec", language: "shell", code: "uname -s" });
      items.push(item({ type: "result", callId: call.callId, outcome: "ok", text: "Linux\n" }));
      const answered = await turn();
      assert.equal(answered.stop, "end");
      assert.deepEqual(
        answered.outputs.map((o) => (o.type === "text" ? o.text : o.type)),
        ["You are using Linux."],
      );
    } finally {
      await mock.stop();
    }
  });
}
