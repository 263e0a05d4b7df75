// Server-sent events, cut at every byte.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readSse, type SseEvent } from "../../src/wire/sse.ts";

async function read(chunks: readonly Uint8Array[]): Promise<SseEvent[]> {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const events: SseEvent[] = [];
  for await (const event of readSse(body, new AbortController().signal)) events.push(event);
  return events;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const stream =
  '\ufeff: hello\r\nevent: a\r\ndata: ünö\r\n\r\ndata:x\ndata:  y\n\n: c\n\nevent: lost\n\nid: 3\nretry: 5\ndata\rdata: [DONE]\r\rdata: {"half":';
const expected = [
  { event: "a", data: "ünö" },
  { event: "", data: "x\n y" },
  { event: "", data: "\n[DONE]" },
  { event: "", data: '{"half":' },
];

test("events are the same wherever the bytes are cut", async () => {
  const bytes = encode(stream);
  assert.deepEqual(await read([bytes]), expected);
  for (let at = 1; at < bytes.length; at++)
    assert.deepEqual(await read([bytes.subarray(0, at), bytes.subarray(at)]), expected, `cut at ${at}`);
  assert.deepEqual(await read([...bytes].map((byte) => Uint8Array.of(byte))), expected);
});

test("an empty body and one of comments hold no event", async () => {
  assert.deepEqual(await read([]), []);
  assert.deepEqual(await read([encode(": a\n\n: b\n\n\n")]), []);
});

test("an error of the body comes through, an abort does not", async () => {
  const broken = new ReadableStream<Uint8Array>({ pull: (c) => c.error(new Error("cut")) });
  await assert.rejects(async () => {
    for await (const _ of readSse(broken, new AbortController().signal));
  }, /cut/);
  const stop = new AbortController();
  const endless = new ReadableStream<Uint8Array>({ start: (c) => c.enqueue(encode("data: 1\n\n")) });
  const seen: string[] = [];
  for await (const event of readSse(endless, stop.signal)) {
    seen.push(event.data);
    stop.abort();
  }
  assert.deepEqual(seen, ["1"]);
});
