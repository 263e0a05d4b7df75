// The documents: what is generated is fresh, what is linked exists, what the README shows can be typed.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findProvider } from "../../src/catalog/catalog.ts";
import { parseArguments } from "../../src/cli/args.ts";
import { parseConfig } from "../../src/host/config.ts";
import { parseProfile } from "../../src/host/profile-files.ts";
import { commandTable } from "../../src/ui/commands.ts";
import { firstCommands, firstUse, leaving, strokesText } from "../support/first-use-steps.ts";
import { filesBelow, readText, repositoryDir, tableRows } from "../support/repository.ts";

const documents = ["README.md", "CHANGELOG.md", ...filesBelow("docs").filter((path) => path.endsWith(".md"))];

test("documents that are made from the sources are fresh", () => {
  const run = spawnSync(process.execPath, [join(repositoryDir, ".ci/docs.mjs"), "--check"], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
});

test("every link to a file of ours leads to one", () => {
  const broken = documents.flatMap((path) =>
    [...readText(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .filter(([, target = ""]) => !existsSync(join(repositoryDir, dirname(path), target)))
      .map(([, target]) => `${path}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test("every source file that a document names exists", () => {
  const named = documents.flatMap((path) =>
    [...readText(path).matchAll(/`([\w.-]+\/[\w./-]+\.(?:ts|mjs))`/g)].map(([, file = ""]) => `${path}: ${file}`),
  );
  const isThere = (file: string): boolean => ["", "src"].some((dir) => existsSync(join(repositoryDir, dir, file)));
  assert.deepEqual(
    named.filter((line) => !isThere(line.split(": ")[1] ?? "")),
    [],
  );
});

test("every group of files that the architecture names in a large room has files", () => {
  const page = readText("docs/architecture.md");
  const rows = tableRows(page.slice(page.indexOf("### Inside the large rooms")), "Room");
  assert.ok(rows.length > 0);
  for (const [room = "", groups = ""] of rows) {
    const names = filesBelow(`src/${room.replaceAll("`", "")}`);
    for (const [, group = ""] of groups.matchAll(/`([^`]+)`/g)) {
      const fits = new RegExp(`/${group.replaceAll("*", "[\\w-]*")}\\.ts$`);
      assert.ok(
        names.some((name) => fits.test(name)),
        `${room}: ${group}`,
      );
    }
  }
});

test("the first use is that of its steps: what is typed, in their order, each with a screen", () => {
  const page = readText("docs/first-use.md");
  const typed = [...page.matchAll(/^Typed: `(.*)`$/gmu)].map(([, text]) => text);
  assert.deepEqual(
    typed,
    [...firstUse, leaving].map(({ strokes }) => (strokes.length === 0 ? "$ interpane" : strokesText(strokes))),
  );
  assert.deepEqual(
    [...page.matchAll(/^\$ (.*)$/gmu)].map(([, text]) => text),
    firstCommands.map(({ command }) => command),
  );
  assert.ok(blocks("docs/first-use.md", "text").every((screen) => screen.trim().split("\n").length > 1));
});

function blocks(path: string, language: string): string[] {
  return [...readText(path).matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, kind, text = ""]) => (kind === language ? [text] : []));
}

test("every interpane command of the README is one", () => {
  const inBlocks = blocks("README.md", "sh").flatMap((text) => text.split("\n"));
  const inText = [...readText("README.md").matchAll(/`(interpane [^`]+)`/g)].map(([, text = ""]) => text);
  const lines = [...inBlocks, ...inText].flatMap((line) => /(?:^|\| )interpane (.+)/.exec(line.replace(/ +#.*$/, ""))?.[1] ?? []);
  assert.ok(lines.length >= 6);
  for (const line of lines) {
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
    const parsed = parseArguments(words);
    assert.ok(parsed.ok, `interpane ${line}: ${parsed.ok ? "" : parsed.message}`);
  }
});

test("every key of the README's table is a key of the command table", () => {
  const keys = new Set(commandTable.flatMap((row) => row.keys));
  const shown = [...readText("README.md").matchAll(/`C-b ([^`]+)`/g)].map(([, key = ""]) => key).filter((key) => key !== "arrows");
  assert.ok(shown.length >= 6);
  assert.deepEqual(
    shown.filter((key) => !keys.has(`prefix ${key}`)),
    [],
  );
});

test("every profile and config.toml that a document shows is right", () => {
  for (const path of documents) {
    for (const text of blocks(path, "yaml")) {
      const parsed = parseProfile(text, path);
      assert.ok(parsed.ok, parsed.ok ? "" : parsed.problems.join("\n"));
      assert.ok(findProvider(parsed.file.provider) !== undefined, `${path}: ${parsed.file.provider}`);
    }
    for (const text of blocks(path, "toml")) assert.deepEqual(parseConfig(text, path).problems, []);
  }
});
