// Streams that go silent, over every wire and a real socket: they end at the idle limit, not a second before and not a second after,
// whatever keeps the connection alive. The clock is the test's own.

import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { mock, test } from "node:test";
import { bearerAuth } from "../../src/catalog/auth.ts";
import type { SessionId } from "../../src/domain/ids.ts";
import { itemSchema } from "../../src/domain/item.ts";
import type { ModelEvent } from "../../src/domain/stream.ts";
import { systemClock } from "../../src/host/clock.ts";
import { parseConfig } from "../../src/host/config.ts";
import { createDoor, type Door } from "../../src/net/door.ts";
import { createModels } from "../../src/server/models.ts";
import { fakeImages } from "../support/fake-ports.ts";
import { framesOf } from "../support/model-frames.ts";
import { profileWith } from "../support/profile.ts";
import { wireNames } from "../wire/ask.ts";

const LIMIT_MS = 7000;

interface Silence {
  readonly name: string;
  /** Frames of a good reply that come first. */
  readonly frames: number;
  /** Then once, and from then on over and over: bytes that are no event. */
  readonly once: string;
  readonly again: string;
}
const silences: readonly Silence[] = [
  { name: "that stalls after its first words", frames: 4, once: "", again: "" },
  { name: "that stalls in the middle of an event", frames: 4, once: 'data: {"type":"half', again: "" },
  { name: "of comments alone", frames: 0, once: ": hello\n\n", again: ": keep-alive\n\n" },
  { name: "of comments after its first words", frames: 4, once: "", again: ":\n\n" },
  { name: "whose one line never ends", frames: 0, once: "data: ", again: "x" },
  { name: "of empty lines and fields that say nothing", frames: 3, once: "", again: "id: 1\nretry: 5\n\n" },
];

/** Hands on each body and counts its bytes. */
function countingDoor(door: Door): { door: Door; bytes(): number } {
  let bytes = 0;
  const fetchFor: Door["fetchFor"] = (passage) => async (input, init) => {
    const response = await door.fetchFor(passage)(input, init);
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body?.pipeThrough(counter) ?? null, response);
  };
  return { door: { ...door, fetchFor }, bytes: () => bytes };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

for (const wire of wireNames) {
  for (const silence of silences) {
    test(`${wire}: a stream ${silence.name} ends at the idle limit`, async () => {
      const { promise: opened, resolve: open } = Promise.withResolvers<http.ServerResponse>();
      const { promise: closed, resolve: close } = Promise.withResolvers<void>();
      const server = http.createServer((request, response) => {
        request.resume();
        response.on("close", close);
        response.writeHead(200, { "content-type": "text/event-stream" });
        const good = [...framesOf(wire, { steps: [{ type: "text", text: "one two three four five" }] }, "m")].slice(0, silence.frames);
        response.write(good.map((frame) => (frame.type === "frame" ? frame.text : "")).join("") + silence.once);
        response.flushHeaders();
        open(response);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const toml = `[model_providers.mine]\nbase_url = "${origin}/v1"\nstream_idle_timeout_ms = ${LIMIT_MS}\n`;
      const config = () => parseConfig(toml, "/nowhere/config.toml");
      const counting = countingDoor(createDoor());
      const models = createModels({
        images: fakeImages(),
        door: counting.door,
        clock: systemClock,
        config,
        secrets: {
          env: () => ({}),
          commandEnv: () => ({}),
          vault: { isLocked: false, has: () => false, open: async () => ({ ok: false, problem: "none" }) },
          config,
          signedIn: { accessToken: () => Promise.resolve({ ok: false, problem: "nobody" }) },
          nowMs: Date.now,
        },
      });
      const profile = profileWith({ provider: "mine", wire, baseUrl: `${origin}/v1`, origin, auth: bearerAuth, tools: [], isLocal: true });
      const items = [itemSchema.parse({ id: "i", parent: null, at: 0, turn: null, type: "user", text: "hi" })];
      const request = { profile, session: "s" as SessionId, instructions: "x", items, tools: [], isOffline: false };
      mock.timers.enable({ apis: ["setTimeout"] });
      try {
        const events: ModelEvent[] = [];
        const read = (async () => {
          for await (const event of models.stream(request, new AbortController().signal)) events.push(event);
        })();
        const response = await opened;
        // One event for each frame: from the last one on the limit runs.
        while (counting.bytes() < silence.once.length || events.length < silence.frames) await turn();
        const shown = events.length;
        assert.equal(shown, silence.frames);
        for (let step = 0; step < 6; step++) {
          const had = counting.bytes();
          response.write(silence.again);
          while (counting.bytes() < had + silence.again.length) await turn();
          mock.timers.tick((LIMIT_MS - 1000) / 6);
          for (let n = 0; n < 5; n++) await turn();
        }
        assert.deepEqual(events.slice(shown), [], "a second before the limit it still waits");
        mock.timers.tick(2000);
        await read;
        const end = events.at(-1);
        assert.ok(end?.type === "failed" && end.failure.kind === "idle" && end.failure.isRetryable);
        assert.match(end.failure.message, /sent nothing for 7 s/);
        // The connection is given up too.
        await closed;
      } finally {
        mock.timers.reset();
        counting.door.close();
        server.closeAllConnections();
        server.close();
      }
    });
  }
}
