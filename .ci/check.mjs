// All that is checked without running the program: format, lint and walls, types, generated documents. Ends at the first failure.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tool = (name) => join(root, "node_modules", name);
const steps = [
  ["format, lint, walls", tool("@biomejs/biome/bin/biome"), ["check", "--error-on-warnings", "."]],
  ["types", tool("typescript/bin/tsc"), ["-p", "tsconfig.test.json"]],
  ["types without Node in domain and ui", tool("typescript/bin/tsc"), ["-p", "tsconfig.pure.json"]],
  ["generated documents", join(root, ".ci/docs.mjs"), ["--check"]],
];
for (const [name, script, args] of steps) {
  process.stdout.write(`check: ${name}\n`);
  try {
    execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
  } catch {
    process.stdout.write(`check: ${name} failed\n`);
    process.exit(1);
  }
}
process.stdout.write("check: all well\n");
