// One link: how long a fact takes from the engine to a client's state, and how many go through in a second. Two processes, a journal on disk.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply } from "../../src/domain/apply.ts";
import { agentIdSchema } from "../../src/domain/ids.ts";
import { PROTOCOL_VERSION } from "../../src/domain/protocol.ts";
import type { Workspace } from "../../src/domain/workspace.ts";
import { resolveHome } from "../../src/link/home.ts";
import { type ClientLink, connectLink } from "../../src/link/link.ts";
import { socketPathOf } from "../../src/link/socket-path.ts";
import { makeAgent } from "../client/fake-server.ts";
import { type Bench, type Figure, median, quantile } from "./figures.ts";

const SINGLE_FACTS = 1_500;
const WARM_FACTS = 300;
const BURST_FACTS = 50_000;
/** The aim. */
const WANTED_PER_SECOND = 5_000;

const source = join(import.meta.dirname, "link-source.ts");
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export const link: Bench = { name: "link", help: "a fact from engine to client, and facts a second through one link", run: measureLink };

export async function measureLink(): Promise<Figure[]> {
  const root = mkdtempSync(join(tmpdir(), "ip-link-"));
  const env = { ...process.env, INTERPANE_HOME: root };
  const agent = makeAgent({ id: agentIdSchema.parse("a-bench"), session: "s-bench" as never });
  const child = spawn(process.execPath, [source, JSON.stringify(agent)], { env, stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    return await measure(await connectLink(socketPathOf(resolveHome(env).runDir)));
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
    rmSync(root, { recursive: true, force: true });
  }
}

async function measure(end: ClientLink): Promise<Figure[]> {
  const held: { workspace: Workspace | null } = { workspace: null };
  let onFact: (tookMs: number) => void = () => {};
  const ready = Promise.withResolvers<void>();
  end.onMessage = (message) => {
    if (message.type === "snapshot") {
      held.workspace = message.workspace;
      ready.resolve();
    }
    if (message.type !== "fact" || held.workspace === null) return;
    apply(held.workspace, message.fact);
    onFact(nowMs() - message.fact.at);
  };
  end.send({ type: "hello", version: PROTOCOL_VERSION, folder: "/bench", env: {}, role: "screen" });
  await ready.promise;
  const ask = (title: string): void =>
    end.send({ type: "command", id: 1, command: { type: "agent.rename", agent: agentIdSchema.parse("a-bench"), title } });

  const times: number[] = [];
  for (let at = 0; at < WARM_FACTS + SINGLE_FACTS; at += 1) {
    const took = new Promise<number>((resolve) => {
      onFact = resolve;
    });
    ask("one");
    const tookMs = await took;
    if (at >= WARM_FACTS) times.push(tookMs);
    // As facts come in life: one at a time, into a process that was waiting.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }

  const from = nowMs();
  await new Promise<void>((resolve) => {
    let left = BURST_FACTS;
    onFact = () => {
      left -= 1;
      if (left === 0) resolve();
    };
    ask(`burst ${BURST_FACTS}`);
  });
  const perSecond = (BURST_FACTS / (nowMs() - from)) * 1000;
  end.close();
  return [
    {
      name: "a fact from engine to client",
      value: median(times),
      unit: "ms",
      target: 1,
      note: `99 of 100 within ${quantile(times, 0.99).toFixed(2)} ms`,
    },
    {
      name: `${WANTED_PER_SECOND.toLocaleString("en")} facts through one link`,
      value: (WANTED_PER_SECOND / perSecond) * 1000,
      unit: "ms",
      target: 1000,
      note: `${Math.round(perSecond).toLocaleString("en")} a second, journaled, checked and applied`,
    },
  ];
}
