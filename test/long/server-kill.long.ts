// kill -9 of the server at any moment while agents stream and run commands: nothing that it told anybody is lost, nothing runs twice.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Caller, createCaller } from "../../src/client/caller.ts";
import { connectToServer } from "../../src/client/connect.ts";
import type { AgentId } from "../../src/domain/ids.ts";
import type { Fact } from "../../src/domain/protocol.ts";
import type { Workspace } from "../../src/domain/workspace.ts";
import { resolveHome } from "../../src/link/home.ts";
import { chanceOf } from "../support/chance.ts";
import { mainFile, makeHome, type TestHome } from "../support/home.ts";
import { rounds, seed } from "../support/long.ts";
import { untilEnded } from "../support/process-end.ts";

const AGENTS = 8;
/** Reading everything that was ever kept takes longer with every round. */
const COMPARE_EVERY = 20;
const RESET_EVERY = 25;
/** From the prompts to the kill: before the first word, amid a stream, amid a command, after the end. */
const LIFE_MS_MAX = 3_500;
/** Half of the servers die while they start turns, before a shell is up. */
const SHORT_LIFE_MS_MAX = 600;

interface Client {
  readonly pid: number;
  readonly caller: Caller;
  readonly workspace: Workspace;
  /** What the server has said happened. */
  readonly facts: Fact[];
}

async function attach(home: TestHome): Promise<Client> {
  const connected = await connectToServer({
    home: resolveHome(home.env),
    folder: home.folder,
    env: home.env,
    helloEnv: home.env,
    role: "screen",
    program: { command: process.execPath, args: [mainFile, "__server"] },
  });
  assert.ok(connected.ok, connected.ok ? "" : connected.message);
  const { connection } = connected;
  const facts: Fact[] = [];
  const first = Promise.withResolvers<Workspace>();
  const caller = createCaller(connection, (message) => {
    if (message.type === "snapshot") first.resolve(message.workspace);
    if (message.type !== "fact") return;
    facts.push(message.fact);
    if (message.fact.type !== "approval.asked") return;
    // Leave to run code ends with the server that was given it.
    const { id, digest } = message.fact.approval;
    void caller.command({ type: "approval.answer", approval: id, answer: "yes", digest });
  });
  void caller.closed.then((reason) => first.reject(new Error(`the server closed the connection before a snapshot: ${reason}`)));
  return { pid: connection.pid, caller, workspace: await first.promise, facts };
}

async function spawnAgents(client: Client): Promise<AgentId[]> {
  const agents: AgentId[] = [];
  for (let number = 1; number <= AGENTS; number += 1) {
    const reply = await client.caller.command({ type: "agent.spawn", place: { type: "nowhere" }, profile: "demo", autoRun: true });
    assert.ok(reply.ok && reply.agent !== undefined, JSON.stringify(reply));
    agents.push(reply.agent);
  }
  return agents;
}

const keyOf = (fact: Fact): string => `${fact.seq} ${fact.type} ${"item" in fact && typeof fact.item === "object" ? fact.item.id : ""}`;

function linesOf(home: TestHome): string[] {
  try {
    return readFileSync(join(home.folder, "runs.txt"), "utf8").trimEnd().split("\n");
  } catch {
    return [];
  }
}

test("a server that is killed at any moment loses nothing it has told, and runs nothing twice", async (t: TestContext) => {
  const chance = chanceOf(seed);
  const home = makeHome();
  t.after(home.close);
  const told = new Map<string, Fact>();
  /** Prompts that the server said it has taken. */
  const taken: string[] = [];
  let agents: AgentId[] = [];
  let prompts = 0;
  const count = rounds({ short: 6, long: 1_000 });
  for (let round = 1; round <= count; round += 1) {
    const where = `SEED=${seed} round ${round}`;
    const client = await attach(home);
    if (round === 1) agents = await spawnAgents(client);
    assert.deepEqual(
      client.workspace.agents.filter(({ turn }) => turn !== null),
      [],
      `${where}: a turn survived its server`,
    );

    // A conversation that only grows would soon be compacting itself whenever it is killed, and run nothing more.
    if (round % RESET_EVERY === 0) await Promise.all(agents.map((agent) => client.caller.command({ type: "session.reset", agent })));
    const answers = agents.map(async (agent) => {
      prompts += 1;
      const text =
        chance.below(3) === 0
          ? `tell me a long story ${20 + prompts}`
          : `run: echo ${prompts} >> runs.txt; sleep 0.${chance.below(4)}; echo ran ${prompts}`;
      const reply = await client.caller.command({ type: "prompt.send", agent, text });
      if (reply.ok) taken.push(text);
    });
    await sleep(chance.below(chance.below(2) === 0 ? SHORT_LIFE_MS_MAX : LIFE_MS_MAX));
    process.kill(client.pid, "SIGKILL");
    assert.ok(await untilEnded(client.pid, 5000), `${where}: the server did not die`);
    await client.caller.closed;
    await Promise.all(answers);
    for (const fact of client.facts) told.set(keyOf(fact), fact);
    if (round % COMPARE_EVERY !== 0 && round < count) continue;

    const kept = await home.facts();
    const keys = new Set(kept.map(keyOf));
    const missing = [...told.keys()].filter((key) => !keys.has(key));
    assert.deepEqual(missing, [], `${where}: facts that were told are gone`);
    const texts = new Set(
      kept.flatMap((fact) =>
        fact.type === "item.added" && fact.item.type === "user"
          ? [fact.item.text]
          : fact.type === "prompt.queued"
            ? [fact.prompt.text]
            : [],
      ),
    );
    assert.deepEqual(
      taken.filter((text) => !texts.has(text)),
      [],
      `${where}: prompts that were taken are gone`,
    );
  }

  const last = await attach(home);
  const lines = linesOf(home);
  assert.equal(new Set(lines).size, lines.length, `SEED=${seed}: a command ran twice: ${lines.join(" ")}`);
  const facts = await home.facts();
  const started = facts.filter((fact) => fact.type === "tool.started").length;
  assert.ok(lines.length <= started, `SEED=${seed}: ${lines.length} commands ran, ${started} were on record before`);
  const finished = facts.filter((fact) => fact.type === "tool.ended" && fact.outcome === "ok").length;
  assert.ok(finished <= lines.length, `SEED=${seed}: ${finished} commands are on record as done, ${lines.length} ran`);
  assert.ok(
    started > 0 && facts.some((fact) => fact.type === "turn.ended" && fact.outcome === "crashed"),
    "nothing was hit; this proved nothing",
  );
  assert.ok(lines.length >= count / 4, `only ${lines.length} commands ran in ${count} rounds: this proved little`);
  t.diagnostic(
    `${count} kills, ${told.size} facts told and ${taken.length} prompts taken: none lost; ${lines.length} commands, none twice`,
  );
  // And it still works.
  const [agent] = agents;
  assert.ok(agent !== undefined && (await last.caller.command({ type: "prompt.send", agent, text: "list the files" })).ok);
  last.caller.close();
});
