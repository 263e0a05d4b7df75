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

/** How long the whole help is changes with every command: not what its screen is about. */
function withoutHelpLength(frame: string): string {
  return frame.replace(/( ↑↓ 1-\d+ of )(\d{3,4})(?= )/u, (_, before: string, count: string) => before + "#".repeat(count.length));
}

for (const entry of readdirSync(here, { withFileTypes: true }).filter((each) => each.isDirectory())) {
  test(`screen ${entry.name}`, () => {
    const folder = join(here, entry.name);
    const drawn = withoutHelpLength(runScriptFile(join(folder, "script")));
    const expected = join(folder, "frame.txt");
    if (process.env["UPDATE"] === "1") writeFileSync(expected, drawn);
    assert.ok(existsSync(expected), `there is no ${entry.name}/frame.txt yet; look at this and write it with UPDATE=1:\n${drawn}`);
    assert.equal(drawn, readFileSync(expected, "utf8"));
  });
}
