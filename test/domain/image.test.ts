// What an image is known by: its bytes, never its name.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beginsAsImage,
  describeImage,
  IMAGE_BYTES_MAX,
  imageFacts,
  imageProblem,
  imageTokens,
  itemImageSchema,
} from "../../src/domain/image.ts";
import { itemSchema } from "../../src/domain/item.ts";
import { gif, jpeg, png, webp } from "../support/images.ts";

test("kind and size come from the bytes of each format, past a camera's preview too", () => {
  assert.deepEqual(imageFacts(png(640, 480)), { mime: "image/png", width: 640, height: 480 });
  assert.deepEqual(imageFacts(gif(320, 200)), { mime: "image/gif", width: 320, height: 200 });
  assert.deepEqual(imageFacts(jpeg(4032, 3024)), { mime: "image/jpeg", width: 4032, height: 3024 });
  for (const form of ["VP8 ", "VP8L", "VP8X"] as const)
    assert.deepEqual(imageFacts(webp(form, 1200, 630)), { mime: "image/webp", width: 1200, height: 630 }, form);
});

test("what is cut short, empty or something else is no image, and nothing throws", () => {
  for (const whole of [png(9, 9), gif(9, 9), jpeg(9, 9, 400), webp("VP8X", 9, 9)]) {
    assert.ok(beginsAsImage(whole));
    for (let end = 0; end < whole.length; end += 1) {
      const facts = imageFacts(whole.subarray(0, end));
      assert.ok(facts === null || (facts.width === 9 && facts.height === 9), `${end} bytes`);
    }
  }
  const text = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>");
  assert.equal(imageFacts(text), null);
  assert.ok(!beginsAsImage(text));
  assert.equal(imageFacts(png(0, 5)), null);
  assert.equal(imageFacts(Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 0, 0xff, 0xe1, 0, 0, 0xff, 0xe1, 0, 0])), null);
});

test("what no API takes is refused in a sentence with what it is and what may be", () => {
  assert.match(imageProblem("a.png", 10, null) ?? "", /^a\.png is no PNG, JPEG, GIF or WebP image/);
  assert.match(imageProblem("a.png", IMAGE_BYTES_MAX + 1, imageFacts(png(9, 9))) ?? "", /has 3\.75 MB.*at most 3\.75 MB|has 3\.75/);
  assert.match(imageProblem("a.png", 6_500_000, imageFacts(png(9, 9))) ?? "", /a\.png has 6\.2 MB; an image may have at most 3\.75 MB/);
  assert.match(imageProblem("a.png", 10, imageFacts(png(8001, 9))) ?? "", /8001×9 pixels; a side may have at most 8000/);
  assert.equal(imageProblem("a.png", IMAGE_BYTES_MAX, imageFacts(png(8000, 8000))), null);
});

test("tokens follow the formula of the wire: the examples of both makers", () => {
  // OpenAI's: 1024×1024 costs 765, 2048×4096 costs 1105.
  assert.equal(imageTokens({ width: 1024, height: 1024 }, "chat"), 765);
  assert.equal(imageTokens({ width: 2048, height: 4096 }, "responses"), 1105);
  assert.equal(imageTokens({ width: 100, height: 100 }, "chat"), 255);
  // Anthropic's: ⌈width / 28⌉ × ⌈height / 28⌉, and larger ones are made smaller first.
  assert.equal(imageTokens({ width: 280, height: 281 }, "messages"), 110);
  assert.equal(imageTokens({ width: 6000, height: 4000 }, "messages"), 1_600);
  assert.equal(imageTokens({}, "messages"), 1_500);
});

test("an item holds the name of an image; an older one, with its bytes in it, is still read", () => {
  const kept = {
    mime: "image/png",
    digest: "a".repeat(64),
    bytes: 12_595,
    width: 640,
    height: 480,
    name: "a.png",
    path: "/x/a.png",
  } as const;
  assert.equal(describeImage(kept), "a.png, PNG 640×480, 12.3 KB");
  assert.equal(describeImage(kept, "path"), "/x/a.png, PNG 640×480, 12.3 KB");
  const old = { mime: "image/png", base64: "AAAA", name: "old.png" };
  assert.equal(describeImage(itemImageSchema.parse(old), "path"), "old.png, image/png");
  const item = { type: "user", id: "i-1", parent: null, at: 1, turn: null, text: "look", images: [kept, old] };
  assert.deepEqual(itemSchema.parse(item), item);
  assert.ok(!itemImageSchema.safeParse({ ...kept, digest: "../../vault" }).success);
});
