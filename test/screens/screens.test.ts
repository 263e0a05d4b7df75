// Every folder here is a screen: a script of facts and keys, and the frame that must come of it. UPDATE=1 writes the frames anew.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadHighlighter } from "../../src/ui/highlight.ts";
import { loadMarkdown } from "../../src/ui/markdown.ts";
import { runScriptFile } from "../support/screen-harness.ts";

await Promise.all([loadMarkdown(), loadHighlighter()]);

const here = import.meta.dirname;

for (const entry of readdirSync(here, { withFileTypes: true }).filter((each) => each.isDirectory())) {
  test(`screen ${entry.name}`, () => {
    const folder = join(here, entry.name);
    const drawn = runScriptFile(join(folder, "script"));
    const expected = join(folder, "frame.txt");
    if (process.env["UPDATE"] === "1") writeFileSync(expected, drawn);
    assert.ok(existsSync(expected), `there is no ${entry.name}/frame.txt yet; look at this and write it with UPDATE=1:\n${drawn}`);
    assert.equal(drawn, readFileSync(expected, "utf8"));
  });
}
