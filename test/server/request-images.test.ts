// From a message with an image to the bytes on each wire, and what a model without eyes is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bindsThinking } from "../../src/domain/claude-version.ts";
import type { ItemId, SessionId } from "../../src/domain/ids.ts";
import { type ItemImage, isKept, type KeptImage } from "../../src/domain/image.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import { withImageBytes } from "../../src/server/request-images.ts";
import { replay } from "../../src/wire/replay.ts";
import { fakeImages } from "../support/fake-ports.ts";
import { png } from "../support/images.ts";

const session = "s-1" as SessionId;

async function ground(count: number, byteCount = 40) {
  const images = fakeImages();
  const kept: KeptImage[] = [];
  for (let n = 0; n < count; n += 1) {
    const taken = await images.keep(session, png(9, 9, byteCount - 33), `/x/${n}.png`);
    assert.ok(taken.ok);
    kept.push(taken.image);
  }
  return { images, kept };
}

function user(n: number, images: ItemImage[]): TranscriptItem {
  return { type: "user", id: `i-${n}` as ItemId, parent: null, at: n, turn: null, text: `message ${n}`, images };
}

const imagesOf = (items: readonly TranscriptItem[]): ItemImage[] =>
  items.flatMap((item) => (item.type === "user" ? (item.images ?? []) : []));

const target = {
  provider: "p",
  origin: "https://p.example",
  credential: "none",
  wire: "chat",
  model: "m",
  harness: "native",
} as const;
const told = (items: readonly TranscriptItem[], takesImages: boolean) =>
  replay(items, { ...target, takesImages }, () => ({ name: "", arguments: "" }));

test("bytes are brought along for a model that takes images, and not even read for one that does not", async () => {
  const { images, kept } = await ground(1);
  const items = [user(1, kept)];
  const [seen] = imagesOf(await withImageBytes(items, { session, takesImages: true, images }));
  assert.ok(seen !== undefined && !isKept(seen));
  assert.deepEqual(Buffer.from(seen.base64, "base64"), png(9, 9, 7));
  assert.equal(await withImageBytes(items, { session, takesImages: false, images }), items);
  assert.deepEqual(told(items, false), [
    { type: "user", text: "message 1\n[image left out (this model takes no images): /x/0.png, PNG 1×1, 40 bytes]", images: [] },
  ]);
});

test("one that is gone becomes a line that names it; the conversation goes on", async () => {
  const { images, kept } = await ground(1);
  const other = "s-2" as SessionId;
  const items = await withImageBytes([user(1, kept)], { session: other, takesImages: true, images });
  assert.deepEqual(told(items, true), [
    { type: "user", text: "message 1\n[image left out (it is gone, or there are too many): /x/0.png, PNG 1×1, 40 bytes]", images: [] },
  ]);
});

test("a request holds the newest 20, and no more than 24 MB of them; older ones are named", async () => {
  const many = await ground(23);
  const items = many.kept.map((image, n) => user(n, [image]));
  const sent = await withImageBytes(items, { session, takesImages: true, images: many.images });
  assert.deepEqual(
    imagesOf(sent).map(isKept),
    many.kept.map((_, n) => n < 3),
  );
  assert.deepEqual(
    sent.map((item) => item.id),
    items.map((item) => item.id),
  );
  const large = await ground(8, 3_900_000);
  const cut = await withImageBytes([user(1, large.kept)], { session, takesImages: true, images: large.images });
  assert.equal(imagesOf(cut).filter((image) => !isKept(image)).length, 4);
});

function shot(n: number, image: ItemImage): TranscriptItem {
  return {
    type: "result",
    id: `i-${n}` as ItemId,
    parent: null,
    at: n,
    turn: null,
    callId: `c-${n}`,
    outcome: "ok",
    text: "",
    images: [image],
  };
}

function thought(n: number): TranscriptItem {
  return { type: "thought", id: `t-${n}` as ItemId, parent: null, at: n, turn: null, text: "hm", source: target, seal: "sealed" };
}

test("old screenshots are left out ten at a time, so that what a provider has cached stays a prefix", async () => {
  const { images, kept } = await ground(41);
  const leftOut = async (count: number): Promise<number> => {
    const items = await withImageBytes(
      kept.slice(0, count).map((image, n) => shot(n, image)),
      { session, takesImages: true, images },
    );
    const flags = items.map((item) => item.type === "result" && item.images?.some(isKept) === true);
    assert.deepEqual(
      flags,
      flags.toSorted((a, b) => Number(b) - Number(a)),
      "the oldest",
    );
    return flags.filter((isLeftOut) => isLeftOut).length;
  };
  assert.deepEqual(await Promise.all([20, 21, 25, 30, 31, 41].map(leftOut)), [0, 10, 10, 10, 20, 30]);
});

test("for a model that binds its reasoning to what stood before, none goes along once an image is left out", async () => {
  const { images, kept } = await ground(21);
  const path = (count: number) => kept.slice(0, count).flatMap((image, n) => [thought(n), shot(n, image)]);
  const seals = async (count: number, bindsThinking: boolean): Promise<number> => {
    const items = await withImageBytes(path(count), { session, takesImages: true, images, bindsThinking });
    return items.filter((item) => item.type === "thought" && item.seal !== undefined).length;
  };
  assert.deepEqual(await Promise.all([seals(20, true), seals(21, true), seals(21, false)]), [20, 0, 21]);
  const bound = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-1", "claude-mythos-5-2"];
  const free = ["claude-opus-5", "claude-sonnet-5", "claude-opus-4-8", "claude-fable-5", "claude-opus-4-20250514", "gpt-5.5"];
  assert.deepEqual([...bound, ...free].filter(bindsThinking), bound);
});
