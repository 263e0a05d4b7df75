// The outer terminal's clipboard: what is written where, and that no more is said than can be known.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CopyOutcome, clipboardSequence, copyWords, hasClipboardAttribute } from "../../src/screen/clipboard.ts";
import { createDecoder } from "../../src/screen/decoder.ts";
import { traitsOf } from "../../src/screen/terminal-traits.ts";

const copy = (text: string, env: Record<string, string>, saysSo = false) => clipboardSequence(text, env, traitsOf(env), saysSo);

test("what is known decides what is said: the terminal's own word, tmux, screen, a terminal that says nothing", () => {
  const base64 = Buffer.from("a\nb").toString("base64");
  const plain = { TERM: "xterm-256color" };
  assert.deepEqual(copy("a\nb", plain), { outcome: "unknown", sequence: `\x1b]52;c;${base64}\x1b\\` });
  assert.equal(copy("a", plain, true).outcome, "takes");
  assert.equal(copy("a", { TERM: "tmux-256color", TMUX: "/tmp/x,1,0" }).outcome, "unknownInTmux");
  assert.equal(copy("a", { TERM: "tmux-256color", TMUX: "/tmp/x,1,0" }, true).outcome, "takes");
  assert.deepEqual(copy("a", { TERM: "linux" }), { outcome: "cannot", sequence: "" });
  assert.deepEqual(copy("a", { TERM: "dumb" }, true), { outcome: "cannot", sequence: "" });
  assert.deepEqual(copy("x".repeat(800_000), plain, true), { outcome: "tooLong", sequence: "" });
});

test("through screen the sequence goes in pieces that it passes on, which together are the sequence", () => {
  const text = "0123456789".repeat(200);
  const { outcome, sequence } = copy(text, { TERM: "screen-256color", STY: "1.pts" }, true);
  assert.equal(outcome, "unknownInScreen");
  const pieces = sequence.split("\x1bP").slice(1);
  assert.ok(pieces.length > 3 && pieces.every((piece) => piece.endsWith("\x1b\\") && piece.length < 600));
  assert.equal(pieces.map((piece) => piece.slice(0, -2)).join(""), `\x1b]52;c;${Buffer.from(text).toString("base64")}\x07`);
});

test("nothing says that it arrived, for nothing can know it", () => {
  const outcomes: CopyOutcome[] = ["takes", "unknown", "unknownInTmux", "unknownInScreen", "tooLong", "cannot"];
  const said = outcomes.map((outcome) => copyWords("3 lines", outcome, "C-b ]"));
  for (const words of said) {
    assert.match(words, /^copied 3 lines · clipboard: (sent|no,)/u);
    assert.match(words, /C-b \] pastes$/u);
    assert.doesNotMatch(words, /to the clipboard$|done|in the clipboard/u);
  }
  assert.equal(new Set(said).size, outcomes.length);
});

test("the terminal's attributes are read from its reply, which is never typed, however it is split", () => {
  assert.equal(hasClipboardAttribute("?62;22;52"), true);
  assert.equal(hasClipboardAttribute("?52;1"), false, "the first is its level");
  assert.equal(hasClipboardAttribute("?62;520"), false);
  const reply = Buffer.from("\x1b[?61;4;52cx");
  for (let cut = 1; cut < reply.length; cut++) {
    const events: string[] = [];
    const attributes: string[] = [];
    const decoder = createDecoder(
      (event) => events.push(event.type === "key" ? event.chord : event.type),
      (given) => attributes.push(given),
    );
    decoder.push(reply.subarray(0, cut));
    decoder.push(reply.subarray(cut));
    assert.deepEqual([events, attributes], [["x"], ["?61;4;52"]]);
  }
});

test("a paste of eight megabytes arrives whole and once however it is split; one without an end is given up to typing again", () => {
  const text = "line of text é\n".repeat(560_000);
  const bytes = Buffer.from(`\x1b[200~${text.replaceAll("\n", "\r")}\x1b[201~k`);
  const pasted: string[] = [];
  const keys: string[] = [];
  const decoder = createDecoder((event) => {
    if (event.type === "paste") pasted.push(event.text);
    if (event.type === "key") keys.push(event.chord);
  });
  for (let at = 0; at < bytes.length; at += 4093) decoder.push(bytes.subarray(at, at + 4093));
  assert.equal(pasted.length, 1);
  assert.ok(pasted[0] === text, "something was lost, doubled or changed");
  assert.deepEqual(keys, ["k"]);
  decoder.push(Buffer.from("\x1b[200~lost end"));
  assert.ok(decoder.waitMs > 0);
  decoder.expire();
  decoder.push(Buffer.from("z"));
  assert.deepEqual([pasted.at(-1), keys.at(-1)], ["lost end", "z"]);
});
