// The computer tool on the Messages API: what is declared for which model, and calls in both directions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { messages } from "../../src/wire/messages.ts";
import { messagesBody } from "../../src/wire/messages-body.ts";
import type { Message } from "../../src/wire/wire.ts";
import { refuse } from "../support/model-checks.ts";
import { startModelServer } from "../support/model-server.ts";
import { ask, finished, requestTo, shellTool, user } from "./ask.ts";

const computer = { name: "computer", description: "The screen.", parameters: { type: "object" }, builtin: "computer" } as const;
const screen = { width: 1330, height: 864 };
const said: Message[] = [
  user("look"),
  { type: "call", callId: "c1", name: "computer", arguments: '{"action":"left_click","coordinate":[4,5]}' },
  { type: "call", callId: "c2", name: "exec", arguments: '{"language":"shell","code":"ls"}' },
  { type: "call", callId: "c3", name: "computer", arguments: '{"action":"format_disk"}' },
  {
    type: "result",
    callId: "c1",
    text: "OK",
    isError: false,
    images: [{ mime: "image/png", base64: "AAAA" }],
  },
  { type: "result", callId: "c2", text: "a", isError: false, images: [] },
  { type: "result", callId: "c3", text: "no", isError: true, images: [] },
];

function bodyFor(model: string, more: object = {}): { tools: unknown; text: string } {
  const body = messagesBody(requestTo("https://api.example.com", { model, messages: said, tools: [shellTool, computer], screen, ...more }));
  const text = JSON.stringify(body);
  assert.equal(refuse("messages", JSON.parse(text)), null, text);
  return { tools: body.tools?.slice(1), text };
}

test("each model is offered its form of the tool, with the size of the screen where the form has it, and the beta header it wants", async (t) => {
  assert.deepEqual(bodyFor("claude-opus-4-8").tools, [{ type: "computer_toolset_20260801" }]);
  const size = { name: "computer", display_width_px: 1330, display_height_px: 864 };
  assert.deepEqual(bodyFor("claude-opus-4-6").tools, [{ type: "computer_20251124", ...size, enable_zoom: true }]);
  assert.deepEqual(bodyFor("claude-haiku-4-5").tools, [{ type: "computer_20250124", ...size }]);
  // Neither a size to tell nor a tool: it is left out, never offered as something else.
  assert.deepEqual(bodyFor("claude-opus-4-6", { screen: undefined }).tools, []);
  assert.deepEqual(bodyFor("MiniMax-M2").tools, []);

  const server = await startModelServer({ steps: [{ type: "text", text: "hi" }] });
  t.after(server.close);
  for (const model of ["claude-opus-4-8", "claude-opus-4-6", "claude-haiku-4-5"])
    await ask(messages, requestTo(server.baseUrl, { model, tools: [shellTool, computer], screen }));
  await ask(messages, requestTo(server.baseUrl, { model: "claude-opus-4-6" }));
  assert.deepEqual(
    server.requests.map(({ headers }) => headers["anthropic-beta"]),
    [undefined, "computer-use-2025-11-24", "computer-use-2025-01-24", undefined],
  );
});

test("a call is a member of the toolset where that is declared, its result says so too, and a plain call elsewhere", () => {
  const toolset = bodyFor("claude-sonnet-5").text;
  assert.ok(toolset.includes('{"type":"tool_use","id":"c1","toolset_name":"computer","name":"left_click","input":{"coordinate":[4,5]}}'));
  assert.ok(toolset.includes('{"type":"tool_use","id":"c3","name":"computer","input":{"action":"format_disk"}}'));
  const marked = [...toolset.matchAll(/"tool_use_id":"(c\d)"(?:,"toolset_name":"(computer)")?/g)].map(([, id, name]) => [id, name]);
  assert.deepEqual(marked, [
    ["c1", "computer"],
    ["c2", undefined],
    ["c3", undefined],
  ]);
  for (const model of ["claude-opus-4-6", "MiniMax-M2"]) {
    const plain = bodyFor(model).text;
    assert.ok(plain.includes('"name":"computer","input":{"action":"left_click","coordinate":[4,5]}'));
    assert.ok(!plain.includes("toolset_name"));
  }
});

test("members that come in one reply are calls of one tool with their action; a member's own `action` does not win", async (t) => {
  const server = await startModelServer({
    steps: [
      { type: "call", name: "screenshot", arguments: {}, toolset: "computer" },
      { type: "call", name: "type", arguments: { text: "x", action: "key" }, toolset: "computer" },
      { type: "call", name: "screenshot", arguments: {} },
      { type: "call", name: "key", arguments: "", toolset: "computer" },
    ],
  });
  t.after(server.close);
  const heard = finished(await ask(messages, requestTo(server.baseUrl, { model: "claude-opus-5-5", tools: [computer], screen })));
  assert.deepEqual(
    heard.outputs.flatMap((output) => (output.type === "call" ? [[output.name, JSON.parse(output.arguments)]] : [])),
    [
      ["computer", { action: "screenshot" }],
      ["computer", { text: "x", action: "type" }],
      ["screenshot", {}],
      ["computer", { action: "key" }],
    ],
  );
});
