// An agent at the screen: asked before each action, halted where one fails, stopped between two, and never without leave.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentId } from "../../src/domain/ids.ts";
import type { ModelEvent } from "../../src/domain/stream.ts";
import { runCommand } from "../../src/engine/commands.ts";
import type { Computer, ComputerContext, ComputerResult } from "../../src/engine/ports.ts";
import { NOT_EXECUTED } from "../../src/engine/screen-use.ts";
import type { WorkspaceEngine } from "../../src/engine/workspace-engine.ts";
import { type FakeWorld, fakeWorld, profileOf, says, spawn, usage } from "../support/fake-ports.ts";
import { png } from "../support/images.ts";

interface Done {
  readonly does: string;
  readonly context: ComputerContext;
}

function screenOf(answer: (does: string, context: ComputerContext) => ComputerResult | Promise<ComputerResult>): {
  computer: Computer;
  done: Done[];
} {
  const done: Done[] = [];
  return {
    done,
    computer: {
      look: async (desktop) =>
        desktop["DISPLAY"] === undefined
          ? { ok: false, problem: "there is no screen here" }
          : { ok: true, shown: { width: 100, height: 50 } },
      run: async (action, context) => {
        done.push({ does: action.type, context });
        return answer(action.type, context);
      },
    },
  };
}

const fine = (): ComputerResult => ({ ok: true, text: "OK" });
const calls = (...all: readonly object[]): ModelEvent[] => [
  {
    type: "done",
    outputs: all.map((args, n) => ({ type: "call", callId: `c${n}`, name: "computer", arguments: JSON.stringify(args) })),
    usage,
    stop: "calls",
  },
];
const seeing = profileOf("fast", { harness: "claude-code", tools: ["interpreter", "gui"], takesImages: true, model: "claude-opus-4-8" });
const CLICK = { action: "left_click", coordinate: [4, 5] };
const TYPE = { action: "type", text: "hello" };

async function start(
  script: readonly ModelEvent[][],
  computer: Computer,
  over: { autoRun?: boolean; profile?: typeof seeing; desktop?: Record<string, string> } = {},
): Promise<{ world: FakeWorld; engine: WorkspaceEngine; agent: AgentId }> {
  const world = fakeWorld({ script: [...script], computer, profiles: [over.profile ?? seeing] });
  const engine = await world.engine({ desktopOf: (client) => over.desktop ?? { DISPLAY: `:${client ?? "newest"}` } });
  return { world, engine, agent: await spawn(engine, { profile: "fast", ...(over.autoRun === true ? { autoRun: true } : {}) }) };
}

async function answerAll(world: FakeWorld, engine: WorkspaceEngine, answers: readonly ("yes" | "no")[]): Promise<void> {
  const seen = new Set<string>();
  for (const answer of answers) {
    const asked = await world.until((fact) => fact.type === "approval.asked" && !seen.has(fact.approval.id));
    assert.ok(asked.type === "approval.asked");
    seen.add(asked.approval.id);
    await runCommand(engine, 1, { type: "approval.answer", approval: asked.approval.id, answer, digest: asked.approval.digest });
  }
}

const results = (engine: WorkspaceEngine, agent: AgentId) =>
  (engine.workspace.items[agent] ?? []).flatMap((item) => (item.type === "result" ? [item] : []));

test("each action is asked about before it is done, on the screen of the client that started the agent", async () => {
  const { computer, done } = screenOf(fine);
  const { world, engine, agent } = await start(
    [calls({ action: "screenshot" }, CLICK, { action: "wait", duration: 0.1 }, TYPE), says("ok")],
    computer,
  );
  await runCommand(engine, 7, { type: "prompt.send", agent, text: "go" });
  await answerAll(world, engine, ["yes", "yes", "yes"]);
  await world.until((fact) => fact.type === "turn.ended");
  assert.deepEqual(
    done.map(({ does, context }) => [does, context.wasAsked, context.isLast, context.desktop["DISPLAY"]]),
    [
      ["screenshot", true, false, ":1"],
      ["click", true, false, ":1"],
      ["wait", false, false, ":1"],
      ["type", true, true, ":1"],
    ],
  );
  assert.deepEqual(world.requests[0]?.screen, { width: 100, height: 50 });
  assert.match(world.requests[0]?.instructions ?? "", /# The screen/);
});

test("what was planned to follow a refused or failed action is not done, in the words that the model knows; other tools still are", async () => {
  const { computer, done } = screenOf((does) => (does === "click" ? { ok: false, problem: "no such place" } : fine()));
  const bash = { type: "call", callId: "b", name: "Bash", arguments: JSON.stringify({ command: "true" }) } as const;
  const [reply] = calls(CLICK, TYPE);
  assert.ok(reply?.type === "done");
  const script: ModelEvent[][] = [[{ ...reply, outputs: [...reply.outputs, bash] }], calls(TYPE, CLICK), says("well")];
  const { world, engine, agent } = await start(script, computer);
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "go" });
  await answerAll(world, engine, ["yes", "yes", "no"]);
  await world.until((fact) => fact.type === "turn.ended");
  assert.deepEqual(
    done.map(({ does }) => does),
    ["click"],
  );
  assert.equal(world.execs.length, 1);
  const texts = results(engine, agent).map(({ outcome, text }) => [outcome, text]);
  assert.deepEqual(texts.slice(0, 2), [
    ["failed", "no such place"],
    ["refused", NOT_EXECUTED],
  ]);
  assert.equal(texts[3]?.[0], "refused");
  assert.deepEqual(texts[4], ["refused", NOT_EXECUTED]);
});

test("an interrupt ends the action and those after it do not begin", async () => {
  const begun = Promise.withResolvers<void>();
  const { computer, done } = screenOf(async (_, { signal }) => {
    begun.resolve();
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    return { ok: false, problem: "interrupted" };
  });
  const { world, engine, agent } = await start([calls(CLICK, TYPE, TYPE)], computer, { autoRun: true });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "go" });
  await begun.promise;
  await runCommand(engine, 1, { type: "turn.interrupt", agent });
  const ended = await world.until((fact) => fact.type === "turn.ended");
  assert.ok(ended.type === "turn.ended" && ended.outcome === "interrupted");
  assert.equal(done.length, 1);
  assert.deepEqual(
    results(engine, agent).map(({ outcome }) => outcome),
    ["interrupted", "interrupted", "interrupted"],
  );
});

test("a screenshot is kept beside the session and named by its result; the journal holds no bytes", async () => {
  const bytes = png(100, 50);
  const { computer } = screenOf(() => ({ ok: true, text: "[screenshot-120000.png]", image: { bytes, path: "screenshot-120000.png" } }));
  const { world, engine, agent } = await start([calls({ action: "screenshot" }), says("seen")], computer, { autoRun: true });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "look" });
  await world.until((fact) => fact.type === "turn.ended");
  const [image] = results(engine, agent)[0]?.images ?? [];
  assert.ok(image !== undefined && "digest" in image);
  assert.deepEqual([image.name, image.path], ["screenshot-120000.png", "screenshot-120000.png"]);
  assert.ok(!JSON.stringify(world.facts).includes(bytes.toString("base64")));
});

test("without leave, offline and where there is no screen nothing is touched", async () => {
  const { computer, done } = screenOf(fine);
  const without = await start([calls(CLICK), says("then not")], computer, {
    autoRun: true,
    profile: { ...seeing, tools: ["interpreter"] },
  });
  await runCommand(without.engine, 1, { type: "prompt.send", agent: without.agent, text: "go" });
  await without.world.until((fact) => fact.type === "turn.ended");
  assert.match(results(without.engine, without.agent)[0]?.text ?? "", /this profile does not offer that tool \(tools: interpreter\)/);
  assert.equal(without.world.requests[0]?.screen, undefined);

  const offline = await start([calls(CLICK), says("then not")], computer, { autoRun: true });
  await runCommand(offline.engine, 1, { type: "workspace.setOffline", isOffline: true });
  await runCommand(offline.engine, 1, { type: "prompt.send", agent: offline.agent, text: "go" });
  await offline.world.until((fact) => fact.type === "turn.ended");
  assert.match(results(offline.engine, offline.agent)[0]?.text ?? "", /offline/);

  const world = fakeWorld({ computer, profiles: [seeing] });
  const engine = await world.engine({ desktopOf: () => ({}) });
  assert.deepEqual(await runCommand(engine, 1, { type: "agent.spawn", place: { type: "tab" }, profile: "fast" }), {
    ok: false,
    reason: "there is no screen here",
  });
  assert.equal(done.length, 0);
});
