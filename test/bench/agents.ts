// Agents that stream from a model server on loopback, and a client on a pty that shows nine of them.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AgentId, PaneId, TabId } from "../../src/domain/ids.ts";
import { type Ground, type Joined, openGround, program } from "./ground.ts";
import { type Held, hold, probe } from "./probe.ts";

/** Panes side by side. */
const VISIBLE = 9;

const serverFile = fileURLToPath(new URL("../support/model-server.ts", import.meta.url));

export interface ModelProcess {
  readonly baseUrl: string;
  close(): void;
}

/** In a process of its own: its cost is not ours. */
export async function startModelProcess(tokensPerSecond: number): Promise<ModelProcess> {
  const child: ChildProcess = spawn(process.execPath, [serverFile, "--tokens-per-second", String(tokensPerSecond)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) throw new Error("the model server has no output");
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { baseUrl: line.toString("utf8").trim(), close: () => void child.kill() };
}

export function groundFor(baseUrl: string): Ground {
  return openGround({
    "config.toml": `default_pair = ["bench", "bench"]\n[lanes]\nconcurrency = 32\n[model_providers.bench]\nname = "bench"\nbase_url = "${baseUrl}"\nwire_api = "chat"\n`,
    "profiles/bench.yaml": "provider: bench\nmodel: bench-model\ncredential: none\ntools: []\n",
  });
}

export interface Team {
  readonly ground: Ground;
  readonly joined: Joined;
  /** On its pty, 160×48. */
  readonly client: Held;
  readonly agents: readonly AgentId[];
  readonly panes: readonly PaneId[];
  /** Client, server and whatever they have started. */
  readonly roots: readonly number[];
  close(): Promise<void>;
}

/** `count` agents: the last nine of them side by side in the tab that is shown, the others in tabs of their own. */
export async function openTeam(ground: Ground, count: number, profile: string): Promise<Team> {
  // The first screen of a workspace makes an agent of its own.
  await probe({ mode: "first", args: ["agent 1"], argv: [program], env: ground.env, cwd: ground.folder });
  let tab: TabId | null = null;
  const first: AgentId[] = [];
  const joined = await ground.connect((message) => {
    if (message.type === "snapshot") first.push(...message.workspace.agents.map((agent) => agent.id));
    if (message.type === "fact" && message.fact.type === "tab.set") tab = message.fact.tab.id;
  });
  const agents: AgentId[] = [];
  const panes: PaneId[] = [];
  for (let at = 0; at < count; at += 1) {
    const beside = at > count - VISIBLE ? panes[Math.max(0, count - VISIBLE)] : undefined;
    const made = await joined.command({
      type: "agent.spawn",
      profile,
      place: beside === undefined ? { type: "tab" } : { type: "beside", pane: beside, direction: at % 2 === 0 ? "column" : "row" },
    });
    if (made.agent === undefined || made.pane === undefined) throw new Error("an agent was spawned without a name or a pane");
    agents.push(made.agent);
    panes.push(made.pane);
  }
  if (tab !== null) await joined.command({ type: "tab.tile", tab });
  for (const agent of first) await joined.command({ type: "agent.close", agent });
  const client = await hold({ argv: [program], env: ground.env, cwd: ground.folder });
  return {
    ground,
    joined,
    client,
    agents,
    panes,
    roots: [client.pid, joined.serverPid],
    async close() {
      await client.close();
      joined.caller.close();
      ground.close();
    },
  };
}
