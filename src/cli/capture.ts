// `interpane capture`: what an agent's transcript holds or its terminal shows, without a screen.

import type { AgentId, ItemId } from "../domain/ids.ts";
import type { TranscriptItem } from "../domain/item.ts";
import type { Agent } from "../domain/workspace.ts";
import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { fail, failWith, type Problem, problem } from "./problem.ts";
import { type Target, viewOf, withAgent } from "./targets.ts";
import { transcriptLines } from "./transcript-text.ts";

/** What a terminal keeps. */
const TERMINAL_LINES_MAX = 10_000;
const PAGE = 500;
const faces = ["transcript", "terminal"] as const;

export async function runCapture(flags: Flags, words: readonly string[], io: Io): Promise<ExitCode> {
  const face = faces.find((one) => one === (flags.face ?? "transcript"));
  if (face === undefined) return failWith(io, EXIT.usage, `--face ${flags.face ?? ""}: give ${faces.join(" or ")}`);
  const lines = flags.lines === undefined ? null : Number(flags.lines);
  if (lines !== null && !(Number.isInteger(lines) && lines > 0))
    return failWith(io, EXIT.usage, `--lines ${flags.lines ?? ""}: give a number of lines, 1 or more`);
  if (flags.json && flags.colors) return failWith(io, EXIT.usage, "--json and --colors were both given; give one of them");
  if (flags.json && lines !== null && face === "transcript")
    return failWith(io, EXIT.usage, "--lines counts lines of text; with --json take the newest of .items instead");
  const options: Options = { lines, isJson: flags.json, isColored: flags.colors };
  return withAgent(io, flags, words[0] ?? "", (target, agent) =>
    face === "terminal" ? captureTerminal(target, agent, options, io) : captureTranscript(target, agent, options, io),
  );
}

interface Options {
  readonly lines: number | null;
  readonly isJson: boolean;
  readonly isColored: boolean;
}

async function captureTranscript(target: Target, agent: Agent, { lines, isJson, isColored }: Options, io: Io): Promise<ExitCode> {
  const render = (items: readonly TranscriptItem[]): string[] => transcriptLines(items, { isColored });
  const isEnough = (items: readonly TranscriptItem[]): boolean => lines !== null && render(items).length > lines;
  const found = await pathOf(target, agent.id, isEnough);
  if (!found.ok) return fail(io, found);
  if (isJson) io.stdout.write(`${JSON.stringify({ agent: viewOf(agent), items: found.items }, null, 2)}\n`);
  else printLines(io, lines === null ? render(found.items) : render(found.items).slice(-lines));
  return EXIT.done;
}

/** The path to the head, oldest first; fetched from its end until `isEnough`. */
async function pathOf(
  target: Target,
  agent: AgentId,
  isEnough: (items: readonly TranscriptItem[]) => boolean,
): Promise<{ readonly ok: true; readonly items: TranscriptItem[] } | Problem> {
  let items: TranscriptItem[] = [];
  let before: ItemId | undefined;
  for (;;) {
    const page = await target.caller.query<"items">({ type: "items", agent, limit: PAGE, ...(before === undefined ? {} : { before }) });
    if (!page.ok) return problem(EXIT.failed, page.reason);
    items = [...page.value.items, ...items];
    before = page.value.items[0]?.id;
    if (before === undefined || !page.value.hasMore || isEnough(items)) return { ok: true, items };
  }
}

async function captureTerminal(target: Target, agent: Agent, { lines, isJson, isColored }: Options, io: Io): Promise<ExitCode> {
  const info = target.workspace.terminals.find((terminal) => terminal.id === agent.terminal);
  if (info === undefined) return failWith(io, EXIT.failed, `agent ${agent.number} has no terminal yet; it gets one with its first command`);
  const answer = await target.caller.query<"terminal.text">({
    type: "terminal.text",
    terminal: info.id,
    lines: Math.min(lines ?? TERMINAL_LINES_MAX, TERMINAL_LINES_MAX),
    ...(isColored ? { isStyled: true } : {}),
  });
  if (!answer.ok) return failWith(io, EXIT.failed, answer.reason);
  const { text } = answer.value;
  if (isJson) {
    const { id, title, cwd, exitCode } = info;
    io.stdout.write(`${JSON.stringify({ agent: viewOf(agent), terminal: { id, title, cwd, exitCode }, text }, null, 2)}\n`);
  } else printLines(io, text === "" ? [] : text.split("\n").map(isColored ? keepColors : printable));
  return EXIT.done;
}

/** Colours and weights stay; any other control is taken out. */
function keepColors(line: string): string {
  return line
    .split(/(\u001b\[[\d;:]*m)/)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join("");
}

function printLines(io: Io, lines: readonly string[]): void {
  if (lines.length > 0) io.stdout.write(`${lines.join("\n")}\n`);
}
