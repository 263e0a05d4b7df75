// Images through the engine: attached, sent, queued, taken back, rewound, forked, read by a tool, named when code writes them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentId } from "../../src/domain/ids.ts";
import type { KeptImage } from "../../src/domain/image.ts";
import type { ItemOf, TranscriptItem } from "../../src/domain/item.ts";
import type { ModelEvent } from "../../src/domain/stream.ts";
import { findAgent } from "../../src/domain/workspace.ts";
import type { WorkspaceEngine } from "../../src/engine/workspace-engine.ts";
import {
  type Commander,
  callsExec,
  commanderOf,
  type FakeOptions,
  type FakeWorld,
  fakeWorld,
  profileOf,
  says,
  spawn,
  usage,
} from "../support/fake-ports.ts";
import { png } from "../support/images.ts";

const profiles = [
  profileOf("fast", { pair: "smart", takesImages: true, autoRun: true }),
  profileOf("smart", { pair: "fast", autoRun: true, model: "blind-1" }),
];

interface Ground extends Commander {
  readonly world: FakeWorld;
  readonly engine: WorkspaceEngine;
  readonly agent: AgentId;
  attach(path: string, agent?: AgentId): Promise<KeptImage>;
  ended(turn: unknown): Promise<unknown>;
}

async function start(options: FakeOptions = {}): Promise<Ground> {
  const world = fakeWorld({ profiles, ...options });
  const engine = await world.engine();
  const agent = await spawn(engine);
  const commander = commanderOf(engine);
  const { run } = commander;
  return {
    world,
    engine,
    agent,
    ...commander,
    async attach(path, of = agent) {
      const [image] = (await run({ type: "image.attach", agent: of, path })).images ?? [];
      assert.ok(image !== undefined);
      return image;
    },
    ended: (turn) => world.until((fact) => fact.type === "turn.ended" && fact.turn === turn),
  };
}

const calls = (name: string, args: object): ModelEvent[] => [
  { type: "done", outputs: [{ type: "call", callId: "c-1", name, arguments: JSON.stringify(args) }], usage, stop: "calls" },
];

function lastOf<T extends TranscriptItem["type"]>(items: readonly TranscriptItem[], type: T): ItemOf<T> {
  const found = items.findLast((item): item is ItemOf<T> => item.type === type);
  assert.ok(found !== undefined);
  return found;
}

test("an attached image goes with its message, by name: no fact holds its bytes", async () => {
  const { world, agent, run, attach, ended, engine } = await start({ script: [says("a cat")] });
  const image = await attach("/x/cat.png");
  const { turn } = await run({ type: "prompt.send", agent, text: "what is [image cat.png]?", images: [image] });
  await ended(turn);
  const { items } = await engine.items(agent, undefined, 10);
  assert.deepEqual(lastOf(items, "user").images, [image]);
  assert.deepEqual(lastOf(world.requests[0]?.items ?? [], "user").images, [image]);
  assert.ok(!JSON.stringify(world.facts).includes("base64"));
});

test("a model without images refuses before anything is sent, in one sentence; attaching warns of it", async () => {
  const { world, agent, run, refused, attach } = await start();
  const image = await attach("/x/cat.png");
  const sentence = await refused({ type: "prompt.send", agent, text: "look", images: [image], profile: "smart" });
  assert.match(sentence, /^not sent: Test's blind-1 takes no images.*; take the image out, or use another profile$/);
  await run({ type: "agent.useProfile", agent, profile: "smart" });
  const warned = await run({ type: "image.attach", agent, path: "/x/cat.png" });
  assert.match(warned.note ?? "", /blind-1 takes no images.*cannot be sent to it/);
  assert.match(await refused({ type: "prompt.send", agent, text: "look", images: [image] }), /takes no images/);
  assert.equal(world.requests.length, 0);
  assert.ok(!world.facts.some((fact) => fact.type === "item.added" && fact.item.type === "user"));
});

test("an image that is no longer kept, or never was, is refused; so is a file that is none", async () => {
  const { agent, refused, attach } = await start();
  const image = await attach("/x/cat.png");
  const made: KeptImage = { ...image, digest: "f".repeat(64) };
  const text = "look";
  assert.match(
    await refused({ type: "prompt.send", agent, text, images: [made] }),
    /is no longer kept; attach it again from \/x\/cat\.png/,
  );
  assert.match(await refused({ type: "image.attach", agent, path: "/x/cat.txt" }), /no image/);
});

test("one message goes to several agents with its image, which each session then has for itself", async () => {
  const { world, engine, agent, run, attach, ended } = await start({ script: [says("one"), says("two")] });
  const other = await spawn(engine);
  const image = await attach("/x/cat.png");
  for (const to of [agent, other]) await ended((await run({ type: "prompt.send", agent: to, text: "look", images: [image] })).turn);
  for (const request of world.requests) assert.deepEqual(lastOf(request.items, "user").images, [image]);
  const session = findAgent(engine.workspace, other)?.session;
  assert.ok(session !== undefined && world.ports.images.has(session, image));
});

test("a queued message keeps its images; taken back, it gives them back; sent, they are there", async () => {
  const gate = Promise.withResolvers<void>();
  const { world, agent, run, attach, ended } = await start({
    script: [
      async function* () {
        await gate.promise;
        yield* says("first");
      },
      says("second"),
    ],
  });
  const image = await attach("/x/cat.png");
  const first = await run({ type: "prompt.send", agent, text: "go" });
  await run({ type: "prompt.send", agent, text: "with [image cat.png]", images: [image] });
  const back = await run({ type: "prompt.takeBack", agent });
  assert.deepEqual([back.note, back.images], ["with [image cat.png]", [image]]);
  const again = await run({ type: "prompt.send", agent, text: "with it", images: [image] });
  gate.resolve();
  await ended(first.turn);
  const taken = await world.until((fact) => fact.type === "prompt.taken" && fact.prompt === again.prompt && fact.turn !== undefined);
  await ended(taken.type === "prompt.taken" ? taken.turn : null);
  assert.deepEqual(lastOf(world.requests[1]?.items ?? [], "user").images, [image]);
});

test("undo, rewind and fork give a message's images back, and a fork can send them", async () => {
  const { world, engine, agent, run, attach, ended } = await start({ script: [says("one"), says("two"), says("three")] });
  const image = await attach("/x/cat.png");
  const sent = await run({ type: "prompt.send", agent, text: "see", images: [image] });
  await ended(sent.turn);
  const message = lastOf((await engine.items(agent, undefined, 10)).items, "user");
  const forked = await run({ type: "session.fork", agent, item: message.id });
  assert.deepEqual([forked.note, forked.images], ["see", [image]]);
  assert.ok(forked.agent !== undefined);
  const inFork = await run({ type: "prompt.send", agent: forked.agent, text: "see", images: [image] });
  await ended(inFork.turn);
  const session = findAgent(engine.workspace, forked.agent)?.session;
  assert.ok(session !== undefined && world.ports.images.has(session, image));
  assert.deepEqual((await run({ type: "session.undo", agent: forked.agent })).images, [image]);
  const rewound = await run({ type: "session.rewind", agent, item: message.id });
  assert.deepEqual([rewound.note, rewound.images], ["see", [image]]);
  // A copy of the whole path has those of its items.
  const again = await run({ type: "prompt.send", agent, text: "see", images: [image] });
  await ended(again.turn);
  const whole = await run({ type: "session.fork", agent });
  const copy = findAgent(engine.workspace, whole.agent ?? "")?.session;
  assert.ok(copy !== undefined && world.ports.images.has(copy, image));
});

test("a picture that the model reads is shown to it, with its path; a model without images is told what it is", async () => {
  for (const [profile, outcome, text] of [
    ["fast", "ok", /^\[image: plot\.png, PNG 1×1, /],
    ["smart", "failed", /^plot\.png is an image of 30×20 pixels, and this model takes none/],
  ] as const) {
    const { world, engine, agent, run, ended } = await start({ script: [calls("read", { path: "plot.png" }), says("done")] });
    Object.assign(world.ports.files, {
      read: async () => ({ ok: true, text: "", image: { bytes: png(30, 20), path: "/work/plot.png" } }),
    });
    const { turn } = await run({ type: "prompt.send", agent, text: "look", profile });
    await ended(turn);
    const result = lastOf((await engine.items(agent, undefined, 10)).items, "result");
    assert.equal(result.outcome, outcome);
    assert.match(result.text, text);
    assert.deepEqual(
      result.images?.map((image) => "path" in image && image.path),
      profile === "fast" ? ["/work/plot.png"] : undefined,
    );
  }
});

test("images that code wrote are named with their paths, unless its output does", async () => {
  const written = ["a.png", "plots/b.png"];
  const exec = async () => ({ outcome: "ok", exitCode: 0, output: "saved a.png", durationMs: 1 }) as const;
  const { engine, agent, run, ended } = await start({ script: [callsExec("python plot.py"), says("done")], newImages: written, exec });
  const { turn } = await run({ type: "prompt.send", agent, text: "plot it" });
  await ended(turn);
  const result = lastOf((await engine.items(agent, undefined, 10)).items, "result");
  assert.equal(result.text, "saved a.png\n[image written: plots/b.png]");
});
