// Every way in which the whole program can end in its terminal: the terminal is given back, and agents and server notice nothing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { say } from "../e2e/trip.ts";
import { AROUND, AROUND_JOB, assertRestored, said } from "../support/given-back.ts";
import { mainFile, makeHome, type TestHome } from "../support/home.ts";
import { type Program, startProgram } from "../support/pty-driver.ts";

/** What a bug in the program would do, on a signal: the program is the built one, unchanged. */
const BUGS = {
  throw: 'process.on("SIGUSR2", () => { throw new Error("thrown on purpose"); });',
  reject: 'process.on("SIGUSR2", () => { void Promise.reject(new Error("rejected on purpose")); });',
};

interface End {
  readonly bug?: keyof typeof BUGS;
  readonly signal: NodeJS.Signals;
  readonly says: RegExp;
}

const ENDS: Readonly<Record<string, End>> = {
  "a throw": { bug: "throw", signal: "SIGUSR2", says: /thrown on purpose[\s\S]*status 1/ },
  "a rejection": { bug: "reject", signal: "SIGUSR2", says: /rejected on purpose[\s\S]*status 1/ },
  TERM: { signal: "SIGTERM", says: /status 143/ },
  HUP: { signal: "SIGHUP", says: /status 129/ },
  INT: { signal: "SIGINT", says: /status 130/ },
  QUIT: { signal: "SIGQUIT", says: /status 131/ },
  SEGV: { signal: "SIGSEGV", says: /status 139/ },
  KILL: { signal: "SIGKILL", says: /status 137/ },
};

function open(t: TestContext, around: string, bug: keyof typeof BUGS | undefined): { home: TestHome; program: Program } {
  const home = makeHome();
  const preload = bug === undefined ? {} : { NODE_OPTIONS: `--import=${home.write(`${bug}.mjs`, BUGS[bug])}` };
  const env = { ...home.env, ...preload };
  const program = startProgram({ argv: ["bash", "-c", around, "bash", mainFile], cwd: home.folder, cols: 120, rows: 36, env });
  t.after(async () => {
    await program.close();
    await home.close();
  });
  return { home, program };
}

/** The client: what the shell around it runs. */
function clientOf(program: Program): number {
  const [client] = readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, "utf8").trim().split(" ").map(Number);
  assert.ok(client !== undefined && client > 0);
  return client;
}

/** An agent that streams for a good while. */
async function putToWork(program: Program): Promise<void> {
  await program.waitFor(/scripted model/, 20_000);
  say(program, "tell me a long story 20000");
  await program.waitFor(/● 1 tell me/);
  assert.equal(program.modes().isAlternate, true);
  assert.equal(program.modes().mouse, "drag");
}

async function assertWorksOn(home: TestHome, serverPid: number | null): Promise<void> {
  assert.equal(home.serverPid(), serverPid);
  const { out } = await home.run(["ls", "--json"]);
  const [row] = JSON.parse(out) as { agents: number; working: number; clients: number }[];
  assert.deepEqual({ agents: row?.agents, working: row?.working, clients: row?.clients }, { agents: 1, working: 1, clients: 0 });
}

for (const [name, { bug, signal, says }] of Object.entries(ENDS)) {
  test(`the program's end by ${name}: the terminal is given back, its agent works on`, { timeout: 120_000 }, async (t) => {
    const { home, program } = open(t, AROUND, bug);
    await putToWork(program);
    const serverPid = home.serverPid();
    process.kill(clientOf(program), signal);
    await assertRestored(program);
    assert.match(said(program), says);
    await assertWorksOn(home, serverPid);
  });
}

test("TSTP gives the terminal back, CONT takes it again, and the screen stands as it would have", { timeout: 120_000 }, async (t) => {
  const { home, program } = open(t, AROUND_JOB, undefined);
  await putToWork(program);
  const serverPid = home.serverPid();
  process.kill(clientOf(program), "SIGTSTP");
  await program.waitFor("stopped");
  assert.equal(program.modes().isAlternate, false);
  assert.equal(program.modes().mouse, "none");
  program.type("\n");
  await program.waitFor(/● 1 tell me/);
  assert.equal(program.modes().isAlternate, true);
  program.key("C-b", "d");
  await assertRestored(program);
  await assertWorksOn(home, serverPid);
});
