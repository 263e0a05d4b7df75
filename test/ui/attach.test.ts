// Images of a message on the screen: dropped, shown as a chip, taken out, sent, given back.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { KeptImage } from "../../src/domain/image.ts";
import { composerImages, composerText } from "../../src/ui/composer.ts";
import type { Effect } from "../../src/ui/effects.ts";
import { imagePathsIn } from "../../src/ui/image-paths.ts";
import { onEdited, onInput, onReply, onTick } from "../../src/ui/ui.ts";
import { composerOf } from "../../src/ui/view.ts";
import { addAgent, commandsOf, openStage, type Stage } from "../support/ui-fixtures.ts";

const imageOf = (name: string, digit = "a"): KeptImage => ({
  mime: "image/png",
  digest: digit.repeat(64),
  bytes: 100,
  width: 8,
  height: 6,
  name,
  path: `/x/${name}`,
});

function drop(stage: Stage, text: string): Effect[] {
  onTick(stage.ui, stage.now);
  return onInput(stage.ui, { type: "paste", text });
}

function keys(stage: Stage, ...chords: string[]): Effect[] {
  onTick(stage.ui, stage.now);
  return chords.flatMap((chord) => onInput(stage.ui, { type: "key", chord, raw: chord }));
}

function answer(stage: Stage, effect: Effect | undefined, image: KeptImage | string): Effect[] {
  assert.ok(effect?.type === "command");
  const reply = { type: "reply", id: 1 } as const;
  if (typeof image === "string") return onReply(stage.ui, effect.purpose, { ...reply, ok: false, reason: image });
  return onReply(stage.ui, effect.purpose, { ...reply, ok: true, seq: 1, images: [image] });
}

const shown = (stage: Stage, agent: Parameters<typeof composerOf>[1]): string =>
  composerOf(stage.ui, agent)
    .cells.map((cell) => cell.show)
    .join("");

test("paths are known in every form that terminals paste on drag and drop; prose and other files are left alone", () => {
  const paths = (text: string): string[] | null => imagePathsIn(text)?.map(({ path }) => path) ?? null;
  assert.deepEqual(paths("/home/ann/shot.png "), ["/home/ann/shot.png"]);
  assert.deepEqual(paths("/home/ann/My\\ Shot\\ \\(1\\).PNG"), ["/home/ann/My Shot (1).PNG"]);
  assert.deepEqual(paths("'/home/ann/My Shot.jpeg' "), ["/home/ann/My Shot.jpeg"]);
  assert.deepEqual(paths("'/home/ann/Ann'\\''s.webp'"), ["/home/ann/Ann's.webp"]);
  assert.deepEqual(paths('"/home/ann/a b.gif"'), ["/home/ann/a b.gif"]);
  assert.deepEqual(paths("file:///home/ann/a%20b%C3%A9.png"), ["/home/ann/a bé.png"]);
  assert.deepEqual(paths("file://host.local/home/a.png\r\nfile:///home/b.png\r\n"), ["/home/a.png", "/home/b.png"]);
  assert.deepEqual(paths("/a/1.png '/a/2 x.png' /a/3\\ y.jpg"), ["/a/1.png", "/a/2 x.png", "/a/3 y.jpg"]);
  assert.deepEqual(paths("~/shot.png ./x.png ../y.png"), ["~/shot.png", "./x.png", "../y.png"]);
  // Raw, with the narrow space that macOS puts before AM and PM.
  assert.deepEqual(paths("/Users/ann/Screenshot 2026-11-20 at 1.23.45\u202fPM.png"), [
    "/Users/ann/Screenshot 2026-11-20 at 1.23.45\u202fPM.png",
  ]);
  for (const other of [
    "look at /home/ann/shot.png",
    "/home/ann/shot.png is wrong",
    "shot.png",
    "/home/ann/notes.txt",
    "/a/1.png /a/2.txt",
    "https://example.org/a.png",
    "file:///a%zz.png",
    "",
    "\n",
  ])
    assert.equal(paths(other), null, other);
  assert.equal(paths(`/a/${"x".repeat(20_000)}.png`), null);
});

test("a dropped image becomes a chip; the message goes with it; its mark says where it belongs", () => {
  const stage = openStage();
  const { id } = addAgent(stage, { title: "one" });
  keys(stage, "w", "h", "y");
  const [attach] = drop(stage, "'/x/My Shot.png' ");
  assert.deepEqual(commandsOf([attach as Effect]), [{ type: "image.attach", agent: id, path: "/x/My Shot.png" }]);
  assert.equal(shown(stage, id), "why [image My Shot.png …]");
  // What is typed meanwhile waits for it, Enter too.
  assert.deepEqual(keys(stage, "?", "enter"), []);
  const sent = answer(stage, attach, imageOf("My Shot.png"));
  assert.deepEqual(commandsOf(sent), [
    { type: "prompt.send", agent: id, text: "why [image My Shot.png]?", images: [imageOf("My Shot.png")] },
  ]);
  assert.equal(shown(stage, id), "");
  // Refused: all of it stands there again, the chip too.
  answer(stage, sent[0], "m takes no images");
  assert.equal(shown(stage, id), "why [image My Shot.png 8×6]?");
  assert.equal(stage.ui.view.messages.get(id), "m takes no images");
  assert.deepEqual(composerImages(composerOf(stage.ui, id)), [imageOf("My Shot.png")]);
});

test("a chip goes with one Backspace, and comes back with Ctrl+Y; two of one file are sent once", () => {
  const stage = openStage();
  const { id } = addAgent(stage, { title: "one" });
  const both = drop(stage, "/x/a.png /x/b.png");
  assert.equal(both.length, 2);
  answer(stage, both[1], imageOf("b.png", "b"));
  answer(stage, both[0], imageOf("a.png"));
  assert.equal(shown(stage, id), "[image a.png 8×6] [image b.png 8×6]");
  keys(stage, "backspace", "backspace");
  assert.equal(shown(stage, id), "[image a.png 8×6]");
  keys(stage, "C-w");
  assert.deepEqual(composerImages(composerOf(stage.ui, id)), []);
  keys(stage, "C-y", "C-y");
  assert.equal(composerImages(composerOf(stage.ui, id)).length, 1);
});

test("what cannot be read becomes its path again, and what was typed for it is not sent without it", () => {
  const stage = openStage();
  const { id } = addAgent(stage, { title: "one" });
  const [attach] = drop(stage, "/x/My\\ Shot.png");
  keys(stage, "o", "k", "enter", "z");
  assert.deepEqual(answer(stage, attach, "/x/My Shot.png could not be read"), []);
  assert.equal(composerText(composerOf(stage.ui, id)), "/x/My\\ Shot.pngok");
  assert.equal(stage.ui.view.messages.get(id), "/x/My Shot.png could not be read");
});

test("Enter while an image is still being read says so once the server is slow, and sends nothing", () => {
  const stage = openStage();
  const { id } = addAgent(stage, { title: "one" });
  drop(stage, "/x/a.png");
  stage.now += 2_000;
  assert.deepEqual(keys(stage, "enter"), []);
  assert.match(stage.ui.view.messages.get(id) ?? "", /still being read/);
});

test("/image PATH attaches; without a path it says how", () => {
  const stage = openStage();
  const { id } = addAgent(stage, { title: "one" });
  const typed = [..."/image my shot.png"].map((char) => (char === " " ? "space" : char));
  const effects = keys(stage, ...typed, "enter");
  assert.deepEqual(commandsOf(effects), [{ type: "image.attach", agent: id, path: "my shot.png" }]);
  answer(stage, effects[0], imageOf("my shot.png"));
  assert.equal(shown(stage, id), "[image my shot.png 8×6]");
  keys(stage, "C-c", ..."/image", "enter");
  keys(stage, "enter");
  assert.match(stage.ui.view.messages.get(id) ?? "", /\/image PATH/);
});

test("a message that was taken back has its images where they stood; one whose mark is gone after $EDITOR is gone too", () => {
  const stage = openStage();
  const { id } = addAgent(stage, { title: "one" });
  const images = [imageOf("a.png"), imageOf("b.png", "b")];
  onReply(stage.ui, `takeBack ${id}`, { type: "reply", id: 1, ok: true, seq: 1, note: "is [image a.png] it?", images });
  assert.equal(shown(stage, id), "is [image a.png 8×6] it? [image b.png 8×6]");
  onEdited(stage.ui, `editComposer ${id}`, "only [image b.png]\n");
  assert.equal(shown(stage, id), "only [image b.png 8×6]");
  assert.deepEqual(composerImages(composerOf(stage.ui, id)), [images[1]]);
});
