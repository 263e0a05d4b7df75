// No form of a secret comes out of a redactor, wherever the stream is cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRedactor, REDACTED } from "../../src/net/redact.ts";

const secret = 'sk-Aä/+"quo\\te\n~&=9f';
const forms = [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString("base64"),
  Buffer.from(secret).toString("base64url"),
  Buffer.from(`user:${secret}`).toString("base64"),
  Buffer.from(`u:${secret}:x`).toString("base64"),
  Buffer.from(`us${secret}`).toString("base64"),
];

test("every form of a secret is replaced in a whole text", () => {
  const { redact } = createRedactor([secret]);
  for (const form of forms) {
    const out = redact(`before ${form} after`);
    assert.ok(out.includes(REDACTED) && out.startsWith("before ") && out.endsWith(" after"), `${form} -> ${out}`);
    assert.ok(!out.includes(form));
  }
  assert.equal(redact("nothing here"), "nothing here");
});

test("a stream gives the same as the whole text, wherever it is cut", () => {
  const redactor = createRedactor([secret, "other-key-123"]);
  const whole = `a ${forms.join(" b ")} other-key-12 other-key-123 sk- s`;
  const expected = redactor.redact(whole);
  for (let size = 1; size < 40; size += 1) {
    const stream = redactor.open();
    let out = "";
    for (let at = 0; at < whole.length; at += size) out += stream.push(whole.slice(at, at + size));
    assert.equal(out + stream.end(), expected, `chunks of ${size}`);
  }
});

test("a secret that begins with another one is not left half open", () => {
  const redactor = createRedactor(["abcdefgh", "abcdefghijkl"]);
  const stream = redactor.open();
  const out = stream.push("xabcdefgh") + stream.push("ijkl y") + stream.end();
  assert.ok(!out.includes("ijkl"), out);
});

test("text that cannot begin a secret is not held back", () => {
  const stream = createRedactor([secret]).open();
  assert.equal(stream.push("hello "), "hello ");
  assert.equal(stream.push("s"), "");
  assert.equal(stream.push("o"), "so");
});

test("empty and very short values redact nothing", () => {
  assert.equal(createRedactor(["", "abc"]).redact("abc abc"), "abc abc");
});
