// Flags for one run: what the model's server is sent, and what is kept.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { makeHome } from "../support/home.ts";
import { say, startModelServer } from "../support/model-server.ts";

const body = (value: unknown) => z.record(z.string(), z.unknown()).parse(value);

test("an address and a key for one run reach the server, and the key stays nowhere; --save-profile puts it into the vault", async (context) => {
  const replies = [say("first"), say('{"n": "x"}'), say('{"n": 1}'), say("saved"), say('{"n": "x"}')];
  await using server = await startModelServer(replies);
  const home = makeHome();
  context.after(() => home.close());
  home.write("schema.json", '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}');
  const key = "sk-given-for-one-run";
  const own = ["--api_base", server.baseUrl, "--model", "mine", "--api_key", key, "--wire-api", "chat"];

  const first = await home.run(["exec", ...own, "--temperature", "0.5", "--tools", "search", "--verbose", "hi"]);
  assert.deepEqual([first.code, first.out], [0, "first\n"], first.err);
  const [request] = server.requests;
  assert.deepEqual([request?.api, request?.headers.authorization, body(request?.body)["temperature"]], ["chat", `Bearer ${key}`, 0.5]);
  const tools = z.array(z.object({ function: z.object({ name: z.string() }) })).parse(body(request?.body)["tools"]);
  assert.ok(tools.length > 0 && tools.every((tool) => !/exec|write|edit/.test(tool.function.name)), JSON.stringify(tools));
  assert.match(first.err, /→ POST [^\n]*\/chat\/completions\n[\s\S]*← 200 after/);
  assert.ok(!first.err.includes(key), first.err);
  for (const [file, bytes] of home.files()) assert.ok(!bytes.includes(key), file);

  const fitted = await home.ask(["exec", ...own, "--output-schema", join(home.root, "schema.json"), "count"]);
  assert.deepEqual([fitted.code, fitted.out], [0, '{"n": 1}\n'], fitted.err);
  assert.match(fitted.err, /does not fit .*n: .*asking once more/);
  assert.equal(
    z.object({ json_schema: z.object({ strict: z.boolean() }) }).parse(body(server.requests[1]?.body)["response_format"]).json_schema
      .strict,
    true,
  );

  const saved = await home.ask(["exec", ...own, "--save-profile", "kept.json", "--max_tokens", "77"]);
  assert.equal(saved.code, 0, saved.err);
  const file = join(home.root, "profiles/kept.yaml");
  assert.ok(existsSync(file) && !readFileSync(file, "utf8").includes(key), saved.err);
  const again = await home.ask(["exec", "-p", "kept.json", "hi"]);
  assert.deepEqual([again.code, again.out], [0, "saved\n"], again.err);
  const last = server.requests.at(-1);
  assert.deepEqual([last?.headers.authorization, body(last?.body)["max_tokens"]], [`Bearer ${key}`, 77]);
  const twice = await home.ask(["exec", ...own, "--save-profile", "kept"]);
  assert.deepEqual([twice.code, /is there already/.test(twice.err)], [2, true], twice.err);

  const never = await home.ask(["exec", "-p", "kept", "--output-schema", join(home.root, "schema.json"), "count"]);
  assert.deepEqual([never.code, never.out], [1, ""], never.err);

  await home.ask(["exec", "--api_base", server.baseUrl, "--model", "mine", "--api_key", key, "hi"]);
  assert.equal(server.requests.at(-1)?.api, "responses", "without --wire-api");
});

test("a key is off the process list before anything else; past --timeout the task has failed", async (context) => {
  let asked = Promise.withResolvers<"asked">();
  await using server = await startModelServer(() => {
    asked.resolve("asked");
    return { steps: [{ type: "text", text: "x" }], fault: { type: "stall" } };
  });
  const home = makeHome();
  context.after(() => home.close());
  const args = ["exec", "--api_base", server.baseUrl, "--model", "mine", "--api_key", "sk-seen-by-nobody", "hi", "--timeout"];
  // Long enough for it to have asked, however slow the machine.
  for (let seconds = 1, last: unknown; last !== "asked"; seconds *= 4) {
    asked = Promise.withResolvers();
    const run = home.start([...args, String(seconds)]);
    last = await Promise.race([asked.promise, run.ended]);
    if (last === "asked") {
      const shown = existsSync("/proc/self/cmdline") ? readFileSync(`/proc/${run.child.pid}/cmdline`, "utf8") : "";
      assert.ok(!shown.includes("sk-seen"), shown);
    }
    const end = await run.ended;
    assert.deepEqual([end.code, end.err.includes(`not done after ${seconds} s`)], [1, true], end.err);
  }
});
