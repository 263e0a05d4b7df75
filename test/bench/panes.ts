// What terminals cost beside speed: memory of a full scrollback, attaching to many, bytes lost at exit, descriptors inherited.

import type { AgentId, TerminalId } from "../../src/domain/ids.ts";
import { openTeam } from "./agents.ts";
import { type Bench, median } from "./figures.ts";
import { type Ground, type Joined, openGround, program, programProblem, useOnce } from "./ground.ts";
import { noProbe, probe, probePath } from "./probe.ts";
import { pssMb } from "./usage.ts";

const LINES = 10_000;
const MEASURED = 4;
const QUIET_MS = 2_000;
const AGENTS = 9;
const ATTACHES = 5;
const EXITS = 100;
const AT_ONCE = 10;
const EXIT_LINES = 9_999;
const EXIT_LINE_BYTES = 6;
const [COLS, ROWS] = [240, 67];

export const memory: Bench = {
  name: "memory",
  help: `memory of a pane with ${LINES} full lines, ${QUIET_MS / 1000} s after they came`,
  async run() {
    if (probePath() === null) return noProbe;
    const problem = programProblem();
    if (problem !== null) return problem;
    const ground = openGround();
    try {
      await probe({ mode: "first", args: ["agent 1"], argv: [program], env: ground.env, cwd: ground.folder });
      const joined = await ground.connect();
      const fill = async (count: number): Promise<number> => {
        const opened: TerminalId[] = [];
        // 79 characters and the end of the line: a terminal that no client shows has 80 columns.
        const script = `head -c ${79 * (LINES + 100)} /dev/zero | tr '\\0' x | fold -w 79; echo; echo filled; sleep 1000`;
        for (let i = 0; i < count; i += 1) {
          const { terminal } = await joined.command({ type: "terminal.open", place: { type: "tab" }, argv: ["sh", "-c", script] });
          if (terminal !== undefined) opened.push(terminal);
        }
        for (const terminal of opened) await until(async () => (await shownIn(joined, terminal)).includes("filled"));
        await pause(QUIET_MS);
        return pssMb([joined.serverPid]);
      };
      // The first one pays for what all share.
      const before = await fill(1);
      const after = await fill(MEASURED);
      joined.caller.close();
      const value = (after - before) / MEASURED;
      return [
        { name: `memory of a pane with ${LINES} lines of 80 columns`, value, unit: "MB", target: 3, note: "PSS of the server, mean of 4" },
      ];
    } finally {
      ground.close();
    }
  },
};

export const attach: Bench = {
  name: "attach",
  help: `attaching to ${AGENTS} agents with ${LINES} lines in each terminal`,
  async run() {
    if (probePath() === null) return noProbe;
    const problem = programProblem();
    if (problem !== null) return problem;
    const team = await openTeam(openGround(), AGENTS, "demo");
    const { ground } = team;
    try {
      await team.client.close();
      for (const pane of team.panes) await team.joined.command({ type: "pane.face", pane, face: "terminal" });
      const terminals = await terminalsOf(ground, team.agents);
      for (const [at, terminal] of terminals.entries())
        await team.joined.command({ type: "terminal.input", terminal, data: `seq ${LINES}; printf '%s%s\\n' full- ${at}-\r` });
      for (const [at, terminal] of terminals.entries())
        await until(async () => (await shownIn(team.joined, terminal)).includes(`full-${at}-`));
      await useOnce(ground);
      await pause(QUIET_MS);
      const run = { argv: [program], env: ground.env, cwd: ground.folder, cols: COLS, rows: ROWS };
      const times: number[] = [];
      const spent: number[] = [];
      for (let round = 0; round < ATTACHES; round += 1) {
        const [ms = Number.NaN, cpuMs = Number.NaN] = await probe({ mode: "first", args: terminals.map((_, at) => `full-${at}-`), ...run });
        times.push(ms);
        spent.push(cpuMs);
      }
      const note = `${Math.round(median(spent))} ms of it CPU of the client`;
      return [
        { name: `attach to ${AGENTS} agents × ${LINES} lines, to the full screen`, value: median(times), unit: "ms", target: 150, note },
      ];
    } finally {
      await team.close();
    }
  },
};

export const exits: Bench = {
  name: "exits",
  help: `bytes lost in ${EXITS} exits, pty masters that a program inherits`,
  async run() {
    const problem = programProblem();
    if (problem !== null) return problem;
    if (probePath() === null) return noProbe;
    const ground = openGround();
    try {
      await probe({ mode: "first", args: ["agent 1"], argv: [program], env: ground.env, cwd: ground.folder });
      const joined = await ground.connect();
      let lost = 0;
      for (let done = 0; done < EXITS; done += AT_ONCE) {
        const opened = await Promise.all(
          Array.from({ length: AT_ONCE }, () =>
            joined.command({ type: "terminal.open", place: { type: "tab" }, argv: ["seq", "-w", String(EXIT_LINES)] }),
          ),
        );
        for (const { terminal, pane } of opened) {
          if (terminal === undefined || pane === undefined) throw new Error("a terminal was opened without a pane");
          lost += await lostIn(joined, terminal);
          await joined.command({ type: "pane.close", pane });
        }
      }
      const inherited = await inheritedBy(joined);
      joined.caller.close();
      return [
        {
          name: `bytes lost at the end of ${EXITS} programs`,
          value: lost,
          unit: "bytes",
          target: 0,
          note: `of ${EXIT_LINES * EXIT_LINE_BYTES} each`,
        },
        { name: "pty masters that a program inherits beside ten terminals", value: inherited, unit: "", target: 0 },
      ];
    } finally {
      ground.close();
    }
  },
};

/** Bytes of the program's lines that never came; waits until they stand still. */
async function lostIn(joined: Joined, terminal: TerminalId): Promise<number> {
  const last = String(EXIT_LINES);
  let lines: string[] = [];
  for (let tries = 0; tries < 60 && !lines.includes(last); tries += 1) {
    if (tries > 0) await pause(50);
    lines = (await shownIn(joined, terminal, EXIT_LINES)).split("\n").filter((line) => /^\d+$/.test(line));
  }
  return (EXIT_LINES - lines.length) * EXIT_LINE_BYTES;
}

async function inheritedBy(joined: Joined): Promise<number> {
  for (let i = 0; i < AT_ONCE; i += 1) await joined.command({ type: "terminal.open", place: { type: "tab" }, argv: ["sleep", "1000"] });
  const script = "echo found $(ls -l /proc/$$/fd | grep -c ptmx).; sleep 1000";
  const { terminal } = await joined.command({ type: "terminal.open", place: { type: "tab" }, argv: ["sh", "-c", script] });
  if (terminal === undefined) throw new Error("no terminal was opened");
  let found: string | undefined;
  await until(async () => {
    found = /found (\d+)\./.exec(await shownIn(joined, terminal))?.[1];
    return found !== undefined;
  });
  return Number(found);
}

async function terminalsOf(ground: Ground, agents: readonly AgentId[]): Promise<TerminalId[]> {
  const found: TerminalId[] = [];
  const joined = await ground.connect((message) => {
    if (message.type !== "snapshot") return;
    for (const agent of agents) found.push(...message.workspace.terminals.filter((row) => row.agent === agent).map((row) => row.id));
  });
  await until(async () => found.length >= agents.length);
  joined.caller.close();
  return found;
}

async function shownIn(joined: Joined, terminal: TerminalId, lines = 5): Promise<string> {
  const answer = await joined.caller.query<"terminal.text">({ type: "terminal.text", terminal, lines });
  return answer.ok ? answer.value.text : "";
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await isTrue()) return;
    await pause(50);
  }
  throw new Error("waited for half a minute in vain");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
