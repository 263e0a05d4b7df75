// All that is checked without running the program: format, lint and walls, types, what the sources promise, generated documents.
// Every step runs, so that one look shows all that is wrong.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
const tsc = join(root, "node_modules/typescript/bin/tsc");
const steps = [
  ["format, lint, import cycles", [biome, "check", "--error-on-warnings", "."]],
  ["walls between rooms, one home for each library", ["--test", "--test-reporter=dot", "test/walls/*.test.ts"]],
  ["types", [tsc, "--noEmit", "-p", "tsconfig.json"]],
  ["types, with tests", [tsc, "-p", "tsconfig.test.json"]],
  ["types without Node in domain and ui", [tsc, "-p", "tsconfig.pure.json"]],
  ["generated documents", [join(root, ".ci/docs.mjs"), "--check"]],
];
const failed = [];
for (const [name, args] of steps) {
  process.stdout.write(`check: ${name}\n`);
  if (spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status !== 0) failed.push(name);
}
process.stdout.write(
  failed.length === 0 ? "check: all well\n" : `check: ${failed.length} of ${steps.length} failed: ${failed.join("; ")}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
