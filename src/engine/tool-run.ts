// Carries one action out through the ports and says what the model is given for it.

import type { Action } from "../domain/action.ts";
import type { ComputerAction } from "../domain/computer.ts";
import { describeImage, imageFacts, imageProblem, type KeptImage } from "../domain/image.ts";
import type { FileDiff, ToolOutcome } from "../domain/item.ts";
import { messageOf } from "../domain/message-of.ts";
import type { Agent } from "../domain/workspace.ts";
import type { Computer, ComputerContext, ExecResult, FileContext, FileResult, Files, ImageResult, Terminal, Terminals } from "./ports.ts";

/** A command that names no limit is interrupted after this long; it may be left running in a later version. */
const EXEC_LIMIT_MS = 10 * 60_000;

export interface ToolResult {
  readonly outcome: ToolOutcome;
  readonly text: string;
  readonly exitCode?: number;
  readonly diff?: FileDiff;
  /** What a file that was read shows. */
  readonly image?: KeptImage;
  /** The shell's folder afterwards. */
  readonly cwd?: string;
  readonly note?: string;
  /** What ran, where the user changed the code. */
  readonly ran?: string;
}

export interface ToolContext {
  readonly files: Files;
  readonly at: FileContext;
  /** Opens the agent's shell where there is none. */
  readonly shell: () => Promise<Terminal>;
  /** The code is a saved rule's and runs so, beside the agent's shell. */
  readonly runRuled?: (timeoutMs: number) => Promise<ExecResult>;
  readonly signal: AbortSignal;
  /** Characters of a command's output; left out: all that the terminal hands over. */
  readonly maxOutput?: number;
  /** When the tool began, by the engine's clock. */
  readonly startedAt: number;
  /** Left out where nothing but code is run. */
  readonly computer?: Omit<ComputerContext, "signal"> & Pick<Computer, "run">;
  readonly takesImages: boolean;
  readonly keepImage: (bytes: Uint8Array, path: string) => Promise<ImageResult>;
}

/** What the file tools of this agent may touch, and what they mean by /tmp: the same as its programs. */
export function fileContextOf({ id, cwd, sandbox }: Agent, terminals: Terminals): FileContext {
  return { cwd, sandbox, ...(sandbox.mode === "full" ? {} : { tmpFolder: terminals.tmpFolder(id) }) };
}

/** Of the images that a command wrote, as many are named. */
const NAMED_IMAGES_MAX = 10;

/** Never throws: what goes wrong is a result with outcome `failed` that the model can act on. */
export async function runAction(action: Action, context: ToolContext): Promise<ToolResult> {
  try {
    if (action.type === "exec") return await runCode(action, context);
    if (action.type === "computer") return await useScreen(action.does, context);
    if (action.type === "todo") return { outcome: "ok", text: "The user sees the list." };
    if (action.type === "ask") return { outcome: "ok", text: "The user was asked. What they say next is the answer, or another wish." };
    return await fromFile(action, await runFileAction(action, context), context);
  } catch (error) {
    return { outcome: "failed", text: `the tool itself failed: ${messageOf(error)}` };
  }
}

async function useScreen(does: ComputerAction, { computer, signal, keepImage }: ToolContext): Promise<ToolResult> {
  if (computer === undefined) return { outcome: "failed", text: "there is no screen to use here" };
  const { run, ...how } = computer;
  const result = await run(does, { ...how, signal });
  if (!result.ok) return { outcome: signal.aborted ? "interrupted" : "failed", text: result.problem };
  if (result.image === undefined) return { outcome: "ok", text: result.text };
  const kept = await keepImage(result.image.bytes, result.image.path);
  return kept.ok ? { outcome: "ok", text: result.text, image: kept.image } : { outcome: "failed", text: kept.problem };
}

async function runCode(action: Extract<Action, { type: "exec" }>, context: ToolContext): Promise<ToolResult> {
  const timeoutMs = action.timeoutMs ?? EXEC_LIMIT_MS;
  const { language, code, cwd } = action;
  const request = { language, code, timeoutMs, ...(cwd === undefined ? {} : { cwd }) };
  const result = await (context.runRuled?.(timeoutMs) ?? (await context.shell()).exec(request, context.signal));
  const output = result.output.trimEnd();
  const said = [
    bounded(output, context.maxOutput),
    await imagesWritten(output, { ...context.at, cwd: result.cwd ?? context.at.cwd }, context),
    result.note === undefined ? "" : `[${result.note}]`,
    endOf(result.outcome, result.exitCode),
  ];
  return {
    outcome: result.outcome,
    text: said.filter((part) => part !== "").join("\n") || "(no output)",
    ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
    ...(result.cwd === undefined ? {} : { cwd: result.cwd }),
    ...(result.note === undefined ? {} : { note: result.note }),
  };
}

/** Its beginning and its end: what went wrong mostly stands last. */
function bounded(text: string, limit: number | undefined): string {
  if (limit === undefined || text.length <= limit) return text;
  const head = Math.floor(limit / 2);
  return `${text.slice(0, head)}\n[… ${text.length - limit} characters left out: max_output is ${limit} …]\n${text.slice(head - limit)}`;
}

/** A plot that nobody names is a plot that nobody sees: what the output does not say itself. */
async function imagesWritten(output: string, at: FileContext, { files, startedAt }: ToolContext): Promise<string> {
  const fresh = (await files.newImages(at, startedAt)).filter((path) => !output.includes(path));
  if (fresh.length === 0) return "";
  const more = fresh.length > NAMED_IMAGES_MAX ? `, and ${fresh.length - NAMED_IMAGES_MAX} more` : "";
  return `[${fresh.length === 1 ? "image" : "images"} written: ${fresh.slice(0, NAMED_IMAGES_MAX).join(", ")}${more}]`;
}

function endOf(outcome: ToolOutcome, exitCode: number | undefined): string {
  if (outcome === "interrupted") return "[interrupted by the user]";
  if (outcome === "timeout") return "[stopped: the time limit was reached]";
  if (outcome === "failed" && exitCode !== undefined) return `[exit code ${exitCode}]`;
  return "";
}

function runFileAction(
  action: Exclude<Action, { type: "exec" | "todo" | "ask" | "computer" }>,
  { files, at }: ToolContext,
): Promise<FileResult> {
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

async function fromFile(action: Action, result: FileResult, context: ToolContext): Promise<ToolResult> {
  if (!result.ok) return { outcome: "failed", text: result.problem };
  if (result.image !== undefined) return fromImage(action.type === "read" ? action.path : result.image.path, result.image, context);
  return { outcome: "ok", text: result.text, ...(result.diff === undefined ? {} : { diff: result.diff }) };
}

async function fromImage(
  path: string,
  { bytes, path: real }: { readonly bytes: Uint8Array; readonly path: string },
  { takesImages, keepImage }: ToolContext,
): Promise<ToolResult> {
  const facts = imageFacts(bytes);
  const problem = imageProblem(path, bytes.length, facts);
  if (facts === null || problem !== null) return { outcome: "failed", text: problem ?? `${path} is no image` };
  if (!takesImages) {
    const size = `${facts.width}×${facts.height} pixels`;
    return { outcome: "failed", text: `${path} is an image of ${size}, and this model takes none; look at it with a program` };
  }
  const kept = await keepImage(bytes, real);
  if (!kept.ok) return { outcome: "failed", text: kept.problem };
  return { outcome: "ok", text: `[image: ${describeImage({ ...kept.image, name: path })}]`, image: kept.image };
}

/** What an edit or a write would change, for the approval; undefined where there is nothing to show or it would fail. */
export async function previewAction(action: Action, files: Files, at: FileContext): Promise<string | undefined> {
  if (action.type !== "write" && action.type !== "edit") return undefined;
  const change = action.type === "write" ? { content: action.content, append: action.append ?? false } : { edits: action.edits };
  const result = await files.preview(action.path, at, change);
  return result.ok ? result.diff?.patch : undefined;
}
