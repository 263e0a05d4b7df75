// The walls between the rooms: one table (docs/architecture.md), one guard (the linter), and the proof that each wall bites.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readText, repositoryDir, tableRows } from "../support/repository.ts";

/** Room → the rooms and files it may import. */
const allowed = new Map(
  tableRows(readText("docs/architecture.md"), "Room").map(([room = "", , may = ""]) => [
    room.replaceAll("`", ""),
    [...may.matchAll(/`([^`]+)`/g)].map(([, target = ""]) => target),
  ]),
);

test("the table of rooms names every folder under src/, and no other", () => {
  const folders = readdirSync(join(repositoryDir, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual([...allowed.keys()].toSorted(), folders.map((entry) => entry.name).toSorted());
});

test("the linter's walls are the table of rooms", () => {
  const config = JSON.parse(readText("biome.json")) as { overrides: { includes: string[]; linter: { rules: Record<string, never> } }[] };
  const walls = config.overrides.flatMap(({ includes, linter }) => {
    const rule = (linter.rules as { style?: { noRestrictedImports?: { options: { patterns: { group: string[] }[] } } } }).style
      ?.noRestrictedImports;
    return rule === undefined ? [] : [[includes, rule.options.patterns.map((pattern) => pattern.group)]];
  });
  const expected = [...allowed].map(([room, targets]) => [
    [`src/${room}/**`],
    [["../**", ...targets.map((target) => `!../${target}${target.endsWith(".ts") ? "" : "/**"}`)]],
  ]);
  assert.deepEqual(walls, expected);
});

/** Lints a folder of its own, which has our biome.json, and returns the lines that were found fault with, by file. */
function lint(files: Readonly<Record<string, string>>): Record<string, string[]> {
  const dir = mkdtempSync(join(tmpdir(), "interpane-walls-"));
  try {
    cpSync(join(repositoryDir, "biome.json"), join(dir, "biome.json"));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(dir, path, ".."), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    const biome = join(repositoryDir, "node_modules/@biomejs/biome/bin/biome");
    const run = spawnSync(process.execPath, [biome, "lint", "--reporter=json", "--max-diagnostics=none", "."], {
      cwd: dir,
      encoding: "utf8",
    });
    const report = JSON.parse(run.stdout) as { diagnostics: { category: string; location: { path: string; start: { line: number } } }[] };
    const found: Record<string, string[]> = {};
    for (const { category, location } of report.diagnostics) {
      const line = files[location.path]?.split("\n")[location.start.line - 1];
      // Of our configuration it says that its schema does not lie here.
      if (line === undefined) continue;
      found[location.path] = [...(found[location.path] ?? []), `${category}: ${line}`];
    }
    return found;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test("every wall bites: no room gets at what its row of the table does not name, by any kind of import", () => {
  const exact = [...new Set([...allowed.values()].flat().filter((target) => target.endsWith(".ts")))];
  const targets = [...[...allowed.keys()].map((room) => `${room}/something.ts`), ...exact, "main.ts"];
  const kinds = [
    (target: string, at: number) => `export { a as a${at} } from "../${target}";`,
    (target: string, at: number) => `export type { B as B${at} } from "../${target}";`,
    (target: string, at: number) => `export const c${at} = () => import("../${target}");`,
  ];
  const files: Record<string, string> = {};
  const expected: Record<string, string[]> = {};
  for (const [room, may] of allowed) {
    const isForbidden = (target: string) => !may.includes(target) && !may.includes(target.split("/")[0] ?? "");
    kinds.forEach((kind, index) => {
      const path = `src/${room}/probe-${index}.ts`;
      const others = targets.filter((target) => !target.startsWith(`${room}/`));
      files[path] = `export { own } from "./own.ts";\n${others.map(kind).join("\n")}\n`;
      expected[path] = others
        .flatMap((target, at) => (isForbidden(target) ? [`lint/style/noRestrictedImports: ${kind(target, at)}`] : []))
        .toSorted();
    });
  }
  const found = lint(files);
  for (const path of Object.keys(files)) assert.deepEqual(found[path]?.toSorted(), expected[path], path);
});

test("import cycles, clocks in pure rooms, any, ! and default exports do not pass the linter", () => {
  const found = lint({
    "src/host/a.ts": 'import { b } from "./b.ts";\nexport const a = () => b;\n',
    "src/host/b.ts": 'import { a } from "./a.ts";\nexport const b = () => a;\n',
    "src/domain/clock.ts": "export const now = Date.now();\n",
    "src/ui/clock.ts": "export const now = new Date();\n",
    "src/host/clock.ts": "export const now = Date.now();\n",
    "src/host/loose.ts": "export const f = (x: any) => x;\nexport const g = (x?: string) => x!;\nexport default f;\n",
  });
  const rules = Object.fromEntries(Object.entries(found).map(([path, lines]) => [path, lines.map((line) => line.split(":")[0])]));
  assert.deepEqual(rules, {
    "src/host/a.ts": ["lint/suspicious/noImportCycles"],
    "src/host/b.ts": ["lint/suspicious/noImportCycles"],
    "src/domain/clock.ts": ["lint/style/noRestrictedGlobals"],
    "src/ui/clock.ts": ["lint/style/noRestrictedGlobals"],
    "src/host/loose.ts": ["lint/suspicious/noExplicitAny", "lint/style/noNonNullAssertion", "lint/style/noDefaultExport"],
  });
});
