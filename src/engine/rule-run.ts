// Code that a saved rule lets through: in a fresh bash of its own, in the agent's sandbox, its program by absolute path. Nothing that the
// persistent shell holds (functions, aliases, variables, its PATH) can stand in for what the rule means.

import type { TerminalId } from "../domain/ids.ts";
import { type Rule, ruleText } from "../domain/rule.ts";
import type { Agent } from "../domain/workspace.ts";
import type { ExecResult, Ports, RuledCommand } from "./ports.ts";

export interface RuleRunContext {
  readonly ports: Pick<Ports, "terminals" | "newId" | "clock">;
  readonly agent: Agent;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Names by which an environment could change what bash does before it runs the program, or put code into it. */
const SHELL_NAMES = /^(?:BASH_ENV|ENV|BASHOPTS|SHELLOPTS|BASH_FUNC_.*|PS[0-9]|PROMPT_COMMAND|IFS|CDPATH|GLOBIGNORE|BASH_XTRACEFD|LD_.*)$/;
/** In the folder that was meant, whatever has been put in its place since; the program under the name that it was called by, and nobody
 * to answer its questions. */
const RUN =
  '[[ "$(pwd -P)" == "$1" ]] || { echo "the folder is another one by now: nothing was run"; exit 126; }; exec -a "$2" -- "$0" "${@:3}" </dev/null';
const COLS = 160;
const ROWS = 40;
/** Of its output; the terminal keeps as many. */
const LINES_MAX = 10_000;

/** For user and model: it was not asked about, and what it did to its own shell is gone. */
function noteOf({ words, isOpen }: Rule): string {
  return `not asked about: a saved rule lets "${ruleText(words, isOpen)}" run, in a shell of its own`;
}

/** Never rejects. */
export async function runRuled({ words, program, cwd, rule }: RuledCommand, context: RuleRunContext): Promise<ExecResult> {
  const { ports, agent, signal, timeoutMs } = context;
  const startedAt = ports.clock.now();
  const took = (): number => ports.clock.now() - startedAt;
  // It was kept with this sandbox; one that cannot be had opens nothing.
  const { sandbox } = rule;
  const kept = Object.entries(context.env).filter(([name]) => !SHELL_NAMES.test(name));
  const env = { ...Object.fromEntries(kept), PAGER: "cat", GIT_PAGER: "cat", MANPAGER: "cat", SYSTEMD_PAGER: "cat" };
  const argv = ["/bin/bash", "--noprofile", "--norc", "-c", RUN, program, cwd, ...words];
  const ended = Promise.withResolvers<number>();
  const id = ports.newId<TerminalId>("x");
  const spec = { id, cwd, cols: COLS, rows: ROWS, program: { type: "command", argv }, sandbox, agent: agent.id, env } as const;
  const terminal = ports.terminals.open(spec, ended.resolve);
  const limit = new AbortController();
  try {
    const late = ports.clock
      .sleep(timeoutMs, AbortSignal.any([limit.signal, signal]))
      .then(() => (signal.aborted ? "interrupted" : "timeout"));
    const end = await Promise.race([ended.promise, late]);
    const ran = { output: terminal.text(LINES_MAX), durationMs: took(), note: noteOf(rule) };
    if (end === "interrupted" || end === "timeout") return { outcome: end, ...ran };
    const exitCode = Number(end);
    return { outcome: exitCode === 0 ? "ok" : "failed", exitCode, ...ran };
  } finally {
    limit.abort();
    await terminal.close();
  }
}
