// Runs a screen script: facts and keys in, the frame out as text. One step a line; see `steps` for the words.

import { readFileSync } from "node:fs";
import { CELL_WORDS, emptyGrid, glyphOf } from "../../src/domain/cells.ts";

import type { Agent } from "../../src/domain/workspace.ts";
import type { Effect } from "../../src/ui/effects.ts";
import { frame, onAnswer, onPulse, onResize, viewCommand } from "../../src/ui/ui.ts";
import { assertSound, frameRows } from "./frame-text.ts";
import {
  addAgent,
  addItem,
  ask,
  click,
  demoProfile,
  endTurn,
  happen,
  openStage,
  openTerminal,
  paste,
  press,
  queueTurn,
  type Stage,
  send,
  show,
  startTurn,
  stream,
  testProfile,
  testRows,
  testSandbox,
  testSource,
  type as typeText,
  wait,
} from "./ui-fixtures.ts";

type Step = (stage: Stage, words: string[], rest: (from: number) => string) => void;

/** `\n` in a script is a line break, `\e` escape, `\u{…}` any character. */
function spelled(text: string): string {
  return text
    .replace(/\\n/g, "\n")
    .replace(/\\t/g, "\t")
    .replace(/\\e/g, "\u001b")
    .replace(/\\u\{([0-9a-f]+)\}/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}

function agentAt(stage: Stage, number: string | undefined): Agent {
  const agent = stage.workspace.agents.find((each) => each.number === Number(number));
  if (agent === undefined) throw new Error(`the script names agent ${number}, there is none`);
  return agent;
}

const steps: Readonly<Record<string, Step>> = {
  /** agent TITLE PROFILE MODEL [row|column|tab] */
  agent: (stage, [title = "agent", profile = "fast", model = "gpt-5-mini", place = "row"]) => {
    const made = profile === "demo" ? demoProfile : testProfile(profile, model);
    addAgent(stage, { title: title.replaceAll("_", " "), profile: made, place: place as "row" });
  },
  user: (stage, [agent], rest) => {
    addItem(stage, agentAt(stage, agent), { type: "user", text: spelled(rest(1)) });
  },
  text: (stage, [agent], rest) => {
    addItem(stage, agentAt(stage, agent), { type: "text", text: spelled(rest(1)), source: testSource });
  },
  thought: (stage, [agent], rest) => {
    addItem(stage, agentAt(stage, agent), { type: "thought", text: spelled(rest(1)), source: testSource });
  },
  notice: (stage, [agent], rest) => {
    addItem(stage, agentAt(stage, agent), { type: "notice", kind: "info", text: spelled(rest(1)) });
  },
  /** summary AGENT ITEMS TOKENS TEXT: keeps the newest item before it */
  summary: (stage, [agent, replaces, tokens], rest) => {
    const target = agentAt(stage, agent);
    const keptFrom = stage.workspace.items[target.id]?.at(-1)?.id;
    if (keptFrom === undefined) throw new Error("a summary needs an item before it");
    const counts = { replaces: Number(replaces), tokens: Number(tokens), tokensBefore: 80_000 };
    addItem(stage, target, { type: "summary", text: spelled(rest(3)), source: testSource, keptFrom, ...counts });
  },
  /** call AGENT CALLID LANGUAGE CODE */
  call: (stage, [agent, callId = "c1", language = "shell"], rest) => {
    addItem(stage, agentAt(stage, agent), {
      type: "call",
      callId,
      name: "exec",
      arguments: "{}",
      action: { type: "exec", language, code: spelled(rest(3)) },
      source: testSource,
    });
  },
  /** result AGENT CALLID OUTCOME TEXT */
  result: (stage, [agent, callId = "c1", outcome = "ok"], rest) => {
    addItem(stage, agentAt(stage, agent), {
      type: "result",
      callId,
      outcome: outcome as "ok",
      text: spelled(rest(3)),
      exitCode: outcome === "ok" ? 0 : 1,
      durationMs: 120,
    });
  },
  turn: (stage, [agent]) => startTurn(stage, agentAt(stage, agent)),
  queued: (stage, [agent, lane, place, retryMs]) => {
    const target = agentAt(stage, agent);
    queueTurn(stage, target);
    if (lane !== undefined)
      onPulse(stage.ui, {
        type: "queue",
        agent: target.id,
        lane,
        place: Number(place),
        retryAt: retryMs === undefined ? null : stage.now + Number(retryMs),
      });
  },
  stopping: (stage, [agent]) => {
    const target = agentAt(stage, agent);
    if (target.turn === null) return;
    happen(stage, { type: "turn.ended", agent: target.id, turn: target.turn, outcome: "interrupted", durationMs: 1000, isStopping: true });
  },
  end: (stage, [agent, outcome = "done"]) => endTurn(stage, agentAt(stage, agent), outcome as "done"),
  /** running AGENT CALLID */
  running: (stage, [agent, callId = "c1"]) => {
    const target = agentAt(stage, agent);
    if (target.turn === null) startTurn(stage, target);
    happen(stage, {
      type: "tool.started",
      agent: target.id,
      turn: target.turn as NonNullable<Agent["turn"]>,
      item: "item-0" as NonNullable<Agent["head"]>,
      callId,
      digest: "d",
      terminal: null,
    });
  },
  ask: (stage, [agent, language = "shell"], rest) => {
    ask(stage, agentAt(stage, agent), spelled(rest(2)), { language });
  },
  askEdit: (stage, [agent, path = "a.ts"], rest) => {
    ask(stage, agentAt(stage, agent), "", { path, patch: spelled(rest(2)) });
  },
  /** usage AGENT INPUT OUTPUT COSTMICROS|- WINDOW [estimated] */
  usage: (stage, [agent, input = "0", output = "0", cost = "0", window = "200000", estimated]) => {
    happen(stage, {
      type: "usage.charged",
      agent: agentAt(stage, agent).id,
      request: "r",
      charge: {
        usage: {
          input: Number(input),
          cacheRead: 0,
          cacheWrite: 0,
          output: Number(output),
          reasoning: 0,
          isEstimated: estimated !== undefined,
        },
        costMicros: cost === "-" ? null : Number(cost),
        contextWindow: window === "-" ? null : Number(window),
        provider: "openai",
        model: "m",
      },
    });
  },
  stream: (stage, [agent], rest) => stream(stage, agentAt(stage, agent), spelled(rest(1))),
  /** writing AGENT TOOL TEXT: a call as far as it has come, or what takes the place of a reply */
  writing: (stage, [agent, name = "exec"], rest) => {
    const target = agentAt(stage, agent);
    if (target.turn === null) throw new Error("no turn runs");
    onPulse(stage.ui, {
      type: "stream",
      agent: target.id,
      turn: target.turn,
      part: 0,
      kind: "call",
      name,
      offset: 0,
      text: spelled(rest(2)),
    });
  },
  think: (stage, [agent], rest) => stream(stage, agentAt(stage, agent), spelled(rest(1)), "thought"),
  /** lanes ID:ACTIVE/LIMIT+WAITING … */
  lanes: (stage, words) => {
    onPulse(stage.ui, {
      type: "lanes",
      rows: words.map((word) => {
        const [, id = "", active, limit, waiting] = /^(.+):(\d+)\/(\d+)(?:\+(\d+))?$/.exec(word) ?? [];
        return { id, active: Number(active), limit: Number(limit), waiting: Number(waiting ?? 0), pausedUntil: null };
      }),
    });
  },
  /** terminal NUMBER AGENT LINES… with `\n` between them */
  terminal: (stage, [number, agent], rest) => {
    const id = openTerminal(stage, Number(number), agent === "-" ? null : agentAt(stage, agent).id);
    fillGrid(stage, id, spelled(rest(2)));
  },
  offers: (stage) => {
    stage.asked.push(
      ...onAnswer(stage.ui, "offers", {
        type: "offers",
        rows: [
          {
            profile: "ollama/qwen3:4b",
            label: "Ollama qwen3:4b",
            reason: "Ollama answers on 127.0.0.1:11434",
            isLocal: true,
          },
          { profile: "openai", label: "OpenAI gpt-5.5", reason: "OPENAI_API_KEY is set", isLocal: false },
        ],
      }),
    );
  },
  profiles: (stage) => {
    onAnswer(stage.ui, "profiles", { type: "profiles", rows: testRows, problems: [], defaultPair: ["fast", "smart"] });
  },
  offline: (stage) => happen(stage, { type: "workspace.offlineSet", isOffline: true }),
  sandbox: (stage, [agent, mode = "full", network = "network"]) =>
    happen(stage, {
      type: "agent.sandboxSet",
      agent: agentAt(stage, agent).id,
      sandbox: { ...testSandbox, mode: mode as "full", network: network === "network" },
    }),
  alert: (stage, _words, rest) => onPulse(stage.ui, { type: "alert", text: spelled(rest(0)) }),
  refuse: (stage, _words, rest) => {
    stage.refuseNext = rest(0);
  },
  /** Something waits for the vault's passphrase; `no`: no more. */
  locked: (stage, [word]) => {
    stage.asked.push(...onPulse(stage.ui, { type: "unlock", isWanted: word !== "no" }));
  },
  keys: (stage, words) => {
    press(stage, ...words);
  },
  type: (stage, _words, rest) => {
    typeText(stage, rest(0));
  },
  paste: (stage, _words, rest) => {
    paste(stage, spelled(rest(0)));
  },
  pasteLines: (stage, [count]) => {
    paste(stage, Array.from({ length: Number(count) }, (_, at) => `line ${at + 1}`).join("\n"));
  },
  wait: (stage, [ms]) => wait(stage, Number(ms)),
  click: (stage, [x, y]) => {
    click(stage, Number(x), Number(y));
  },
  wheel: (stage, [way, x, y]) => {
    send(stage, {
      type: "mouse",
      action: way === "up" ? "wheelup" : "wheeldown",
      button: "none",
      x: Number(x),
      y: Number(y),
      hasCtrl: false,
      hasShift: false,
      hasAlt: false,
    });
  },
  size: (stage, [cols, rows]) => onResize(stage.ui, Number(cols), Number(rows)),
};

/** Lines at the top left of a terminal's grid, which has the size of its place. */
function fillGrid(stage: Stage, terminal: ReturnType<typeof openTerminal>, text: string): void {
  const place = viewCommand(stage.ui).terminals.find((each) => each.terminal === terminal);
  const grid = emptyGrid(place?.cols ?? 40, place?.rows ?? 10);
  const lines = text.split("\n");
  for (const [y, line] of lines.entries()) {
    for (const [x, character] of [...line].entries()) {
      if (x < grid.cols && y < grid.rows) grid.words[(y * grid.cols + x) * CELL_WORDS] = glyphOf(character);
    }
  }
  grid.cursor = { x: lines.at(-1)?.length ?? 0, y: lines.length - 1, shape: "block", isVisible: true };
  stage.ui.grids.set(terminal, grid);
}

function words(effect: Effect): string {
  switch (effect.type) {
    case "command": {
      const { type, ...more } = effect.command;
      const said = Object.entries(more).map(([key, value]) => `${key}=${key === "secret" ? "(secret)" : JSON.stringify(value)}`);
      return [type, ...said].join(" ");
    }
    case "query":
      return `query ${effect.query.type}`;
    case "edit":
      return `edit ${JSON.stringify(effect.text)}`;
    case "copy":
      return `copy ${JSON.stringify(effect.text)}`;
    default:
      return effect.type;
  }
}

/** The frame after the script, its cursor, and what was asked for on the way. */
export function runScript(script: string): string {
  const lines = script.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const head = /^screen (\d+) (\d+)(.*)$/.exec(lines[0] ?? "");
  if (head === null) throw new Error(`a script begins with "screen COLS ROWS", got ${JSON.stringify(lines[0])}`);
  const isAscii = head[3]?.includes("ascii") === true;
  const isSpent = head[3]?.includes("spent") === true;
  const stage = openStage({
    cols: Number(head[1]),
    rows: Number(head[2]),
    isAscii,
  });
  if (isSpent) onPulse(stage.ui, { type: "spent", costMicros: 1_840_000, isEstimated: false, until: stage.now + 3_600_000 });
  for (const line of lines.slice(1)) {
    const [name = "", ...args] = line.trim().split(" ");
    const step = steps[name];
    if (step === undefined) throw new Error(`no step is called ${JSON.stringify(name)}; there are ${Object.keys(steps).join(", ")}`);
    step(stage, args, (from) => args.slice(from).join(" "));
    show(stage);
  }
  const drawn = frame(stage.ui);
  assertSound(drawn);
  const asked = stage.asked.map((effect) => `asked: ${words(effect)}`);
  const cursor = drawn.cursor === null ? "cursor: none" : `cursor: ${drawn.cursor.x},${drawn.cursor.y} ${drawn.cursor.shape}`;
  return `${[...frameRows(drawn), cursor, ...asked].join("\n")}\n`;
}

export function runScriptFile(path: string): string {
  return runScript(readFileSync(path, "utf8"));
}
