// Carries one action out through the ports and says what the model is given for it.

import type { Action } from "../domain/action.ts";
import type { FileDiff, ToolOutcome } from "../domain/item.ts";
import type { FileContext, FileResult, Files, Terminal } from "./ports.ts";

/** A command that names no limit is interrupted after this long; it may be left running in a later version. */
export const EXEC_LIMIT_MS = 10 * 60_000;

export interface ToolResult {
  readonly outcome: ToolOutcome;
  readonly text: string;
  readonly exitCode?: number;
  readonly diff?: FileDiff;
  /** The shell's folder afterwards. */
  readonly cwd?: string;
  readonly note?: string;
}

export interface ToolContext {
  readonly files: Files;
  readonly at: FileContext;
  /** Opens the agent's shell where there is none. */
  readonly shell: () => Promise<Terminal>;
  readonly signal: AbortSignal;
}

/** Never throws: what goes wrong is a result with outcome `failed` that the model can act on. */
export async function runAction(action: Action, context: ToolContext): Promise<ToolResult> {
  try {
    if (action.type === "exec") return await runCode(action, context);
    return fromFile(await runFileAction(action, context));
  } catch (error) {
    return { outcome: "failed", text: `the tool itself failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function runCode(action: Extract<Action, { type: "exec" }>, context: ToolContext): Promise<ToolResult> {
  const terminal = await context.shell();
  const result = await terminal.exec(
    {
      language: action.language,
      code: action.code,
      timeoutMs: action.timeoutMs ?? EXEC_LIMIT_MS,
      ...(action.cwd === undefined ? {} : { cwd: action.cwd }),
    },
    context.signal,
  );
  const said = [result.output.trimEnd(), result.note === undefined ? "" : `[${result.note}]`, endOf(result.outcome, result.exitCode)];
  return {
    outcome: result.outcome,
    text: said.filter((part) => part !== "").join("\n") || "(no output)",
    ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
    ...(result.cwd === undefined ? {} : { cwd: result.cwd }),
    ...(result.note === undefined ? {} : { note: result.note }),
  };
}

function endOf(outcome: ToolOutcome, exitCode: number | undefined): string {
  if (outcome === "interrupted") return "[interrupted by the user]";
  if (outcome === "timeout") return "[stopped: the time limit was reached]";
  if (outcome === "failed" && exitCode !== undefined) return `[exit code ${exitCode}]`;
  return "";
}

function runFileAction(action: Exclude<Action, { type: "exec" }>, { files, at }: ToolContext): Promise<FileResult> {
  switch (action.type) {
    case "read":
      return files.read(action.path, at, action.offset, action.limit);
    case "write":
      return files.write(action.path, at, action.content, action.append ?? false);
    case "edit":
      return files.edit(action.path, at, action.edits);
    case "search":
      return action.kind === "text"
        ? files.searchText(action.pattern, at, action.path, action.glob)
        : files.searchFiles(action.pattern, at, action.path);
    case "other":
      return Promise.resolve({ ok: false, problem: action.problem });
    default:
      return action satisfies never;
  }
}

function fromFile(result: FileResult): ToolResult {
  if (!result.ok) return { outcome: "failed", text: result.problem };
  return { outcome: "ok", text: result.text, ...(result.diff === undefined ? {} : { diff: result.diff }) };
}

/** What an edit or a write would change, for the approval; undefined where there is nothing to show or it would fail. */
export async function previewAction(action: Action, files: Files, at: FileContext): Promise<string | undefined> {
  if (action.type !== "write" && action.type !== "edit") return undefined;
  const change = action.type === "write" ? { content: action.content, append: action.append ?? false } : { edits: action.edits };
  const result = await files.preview(action.path, at, change);
  return result.ok ? result.diff?.patch : undefined;
}
