// What V8 has compiled of a program is kept and used again, and what is damaged is not.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";

const folder = mkdtempSync(join(tmpdir(), "interpane-program-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const loader = new URL("../../src/load-program.ts", import.meta.url).href;
const program = join(folder, "program.cjs");
const bodies = Array.from(
  { length: 40 },
  (_, at) => `function f${at}(a) { let b = a; for (const c of [1, 2, 3]) b += c * ${at}; return b; }`,
);
writeFileSync(
  program,
  `(function (exports, require, module, moduleUrl) { ${bodies.join("\n")}
  exports.say = () => [${bodies.map((_, at) => `f${at}(1)`).join(", ")}].length + " " + require("node:path").basename(new URL(moduleUrl).pathname); })`,
);

/** Runs the program in a process of its own, and returns the one file that is kept. */
function run(cache: string, digest: string, env: NodeJS.ProcessEnv = {}): string[] {
  const script = `
    import module from "node:module";
    import { loadProgram } from ${JSON.stringify(loader)};
    module.enableCompileCache(${JSON.stringify(cache)});
    console.log(loadProgram(new URL(${JSON.stringify(pathToFileURL(program).href)}), ${JSON.stringify(digest)}).say());`;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], ...env },
  });
  assert.equal(said, "40 program.cjs\n");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".script"))
    .map((name) => join(folder, name));
}

test("a program's compiled code is kept when it ends, and used from then on until it is damaged or another's", () => {
  const cache = join(folder, "cache");
  const [kept = ""] = run(cache, "a".repeat(32));
  const first = statSync(kept);
  assert.equal(first.mode & 0o777, 0o600);
  // V8 takes what fits; what it refuses is written anew.
  run(cache, "a".repeat(32));
  assert.equal(statSync(kept).ino, first.ino);

  const whole = readFileSync(kept);
  for (const damaged of [Buffer.alloc(0), whole.subarray(0, 1000), Buffer.from(whole).fill(0, 512, 1024), Buffer.alloc(whole.length)]) {
    writeFileSync(kept, damaged);
    run(cache, "a".repeat(32));
    assert.notDeepEqual(readFileSync(kept), damaged);
  }
  if (process.getuid?.() === 0) {
    chownSync(kept, 1, 1);
    run(cache, "a".repeat(32));
    assert.equal(statSync(kept).uid, 0, "what is another user's is not run");
  }
  assert.equal(run(cache, "b".repeat(32)).length, 2);
  // What nobody has renewed for months goes when something new is kept.
  utimesSync(kept, 1, 1);
  const left = run(cache, "d".repeat(32));
  assert.deepEqual([left.length, left.includes(kept)], [2, false]);
});

test("nothing is kept where the compile cache is turned off", () => {
  const before = run(join(folder, "off"), "c".repeat(32), { NODE_DISABLE_COMPILE_CACHE: "1" });
  assert.deepEqual(
    before.filter((path) => path.includes("c".repeat(32))),
    [],
  );
});
