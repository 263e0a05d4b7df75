// `interpane` and `interpane run` inside a pane, and where there is no terminal and nothing runs.

import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runCli } from "../../src/cli/run-cli.ts";
import { createFakeIo } from "./fake-io.ts";

function makeRoot(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "ip-run-")));
}

test("a workspace is not opened in a pane of its own", async (t) => {
  const root = makeRoot();
  t.after(() => rmSync(root, { recursive: true }));
  const io = createFakeIo({ root, answers: [], isTerminal: true, env: { INTERPANE_WORKSPACE: root } });
  // Only the check is looked at: where it fails to refuse, the test's own terminal would be taken.
  const { openScreenHere } = await import("../../src/cli/open-screen.ts");
  const { parseArguments } = await import("../../src/cli/args.ts");
  const parsed = parseArguments([]);
  assert.ok(parsed.ok);
  assert.equal(await openScreenHere(parsed.value.flags, [], io, null), 2);
  assert.match(io.err(), /this is a pane of the workspace of .* already; interpane run -- CMD opens another pane/);
});

test("without a terminal, and with nothing that runs, run says both", async (t) => {
  const root = makeRoot();
  t.after(() => rmSync(root, { recursive: true }));
  // What a pane of a server that is gone left in the environment means nothing.
  const io = createFakeIo({ root, env: { INTERPANE_WORKSPACE: root, INTERPANE_TERMINAL: "x-1" } });
  assert.equal(await runCli(["run", "--", "true"], io), 2);
  assert.match(io.err(), /needs a terminal, .*; no workspace of .* is running/);
});
