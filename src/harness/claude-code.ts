// The dialect that Claude models know best, whole and bare. Tool names and parameters: as Open Interpreter 0.0.39 offers them.

import { z } from "zod";
import type { Replacement } from "../domain/action.ts";
import { computerTool, speakComputer } from "./computer-tool.ts";
import {
  type ActionOf,
  createHarness,
  problem,
  readFrom,
  type SaidAction,
  searchFiles,
  searchText,
  speakBy,
  spoken,
  type Tool,
  tool,
} from "./dialect.ts";
import { asCommand, exec, execTool, inBackground, speakExec } from "./exec-tool.ts";
import type { Spoken } from "./harness.ts";
import { type AskDialect, askTool, speakPlans, TODO_WORDS, type TodoDialect, todoTool } from "./plan-tools.ts";
import { promptAfter, WHO_YOU_ARE } from "./prompt-text.ts";

const bashTool: Tool = tool({
  name: "Bash",
  group: "interpreter",
  description:
    "Runs a command in the user's shell, visibly; its folder and variables last between calls. The user may be asked first and may refuse.",
  schema: z.object({
    command: z.string().min(1),
    timeout: z.number().positive().describe("Milliseconds after which it is interrupted.").optional(),
    description: z.string().describe("What it does, in five to ten words.").optional(),
    run_in_background: z.boolean().optional(),
    dangerouslyDisableSandbox: z.boolean().optional(),
  }),
  hidden: ["run_in_background", "dangerouslyDisableSandbox"],
  toAction: (args) => {
    if (args.run_in_background === true) return inBackground("run_in_background");
    if (args.dangerouslyDisableSandbox === true) return problem("dangerouslyDisableSandbox: only the user can change the sandbox");
    return exec("shell", args.command, args.timeout === undefined ? undefined : Math.ceil(args.timeout));
  },
});

const filePath = z.string().min(1).describe("A path, absolute or relative to the folder.");

const readTool: Tool = tool({
  name: "Read",
  group: "editor",
  description: "Reads a text file, its lines numbered.",
  schema: z.object({
    file_path: filePath,
    offset: z.int().nonnegative().describe("The first line, from 1.").optional(),
    limit: z.int().positive().describe("How many lines.").optional(),
    pages: z.string().optional(),
  }),
  hidden: ["pages"],
  toAction: ({ file_path, offset, limit }) => readFrom(file_path, offset === 0 ? undefined : offset, limit),
});

const editSchema = z.object({ old_string: z.string(), new_string: z.string(), replace_all: z.boolean().optional() });

const editTool: Tool = tool({
  name: "Edit",
  group: "editor",
  description:
    "Replaces exact text in a file. old_string must stand in the file exactly as given, with its whitespace, and exactly once, unless replace_all is true.",
  schema: z.object({ file_path: filePath, ...editSchema.shape }),
  toAction: ({ file_path, ...edit }) => ({ type: "edit", path: file_path, edits: [toReplacement(edit)] }),
});

/** An earlier tool of this family, that models still know; not offered, but how several replacements at once are said. */
const multiEditTool: Tool = tool({
  name: "MultiEdit",
  group: "editor",
  description: "Several replacements in one file.",
  isOffered: false,
  schema: z.object({ file_path: filePath, edits: z.array(editSchema).min(1) }),
  toAction: ({ file_path, edits }) => ({ type: "edit", path: file_path, edits: edits.map(toReplacement) }),
});

function toReplacement(edit: z.infer<typeof editSchema>): Replacement {
  return { old: edit.old_string, new: edit.new_string, all: edit.replace_all ?? false };
}

function fromReplacement(edit: Replacement) {
  return { old_string: edit.old, new_string: edit.new, ...(edit.all ? { replace_all: true } : {}) };
}

const writeTool: Tool = tool({
  name: "Write",
  group: "editor",
  description: "Writes a whole file, replacing what was there. To change part of a file, use Edit.",
  schema: z.object({ file_path: filePath, content: z.string() }),
  toAction: ({ file_path, content }) => ({ type: "write", path: file_path, content }),
});

const globTool: Tool = tool({
  name: "Glob",
  group: "search",
  description: "Finds files by a glob, such as src/**/*.ts.",
  schema: z.object({ pattern: z.string().min(1), path: filePath.describe("Where to look; left out: the folder.").optional() }),
  toAction: ({ pattern, path }) => searchFiles(pattern, path),
});

const grepTool: Tool = tool({
  name: "Grep",
  group: "search",
  description: "Finds lines by a regular expression.",
  schema: z.object({
    pattern: z.string().min(1),
    path: filePath.describe("Where to look; left out: the folder.").optional(),
    glob: z.string().min(1).describe("Only in files whose name matches, such as *.ts.").optional(),
    "-i": z.boolean().describe("Ignore case.").optional(),
  }),
  toAction: (args) => searchText(args["-i"] === true ? `(?i:${args.pattern})` : args.pattern, args.path, args.glob),
});

function speakEdit(action: ActionOf<"edit">): Spoken {
  const [only, ...more] = action.edits;
  if (only === undefined || more.length > 0)
    return spoken("MultiEdit", { file_path: action.path, edits: action.edits.map(fromReplacement) });
  return spoken("Edit", { file_path: action.path, ...fromReplacement(only) });
}

const speakInBash = (action: SaidAction): Spoken => spoken("Bash", { command: asCommand(action) });

const speakRead = (action: ActionOf<"read">): Spoken =>
  spoken("Read", { file_path: action.path, offset: action.offset, limit: action.limit });

const TODO: TodoDialect = { name: "TodoWrite", list: "todos", text: "content", states: TODO_WORDS };
const ASK: AskDialect = { name: "AskUserQuestion", text: "question", detail: "description", many: "multiSelect" };

export const claudeCode = createHarness({
  name: "claude-code",
  tools: [bashTool, execTool, readTool, editTool, multiEditTool, writeTool, globTool, grepTool, todoTool(TODO), askTool(ASK), computerTool],
  speak: speakBy({
    exec: (action) =>
      action.language === "shell" && action.cwd === undefined
        ? spoken("Bash", { command: action.code, timeout: action.timeoutMs })
        : speakExec(action),
    read: speakRead,
    // `append` has no word here; `false` said aloud needs none.
    write: (action) =>
      action.append === true ? speakInBash(action) : spoken("Write", { file_path: action.path, content: action.content }),
    edit: speakEdit,
    search: ({ kind, pattern, path, glob }) =>
      kind === "files" ? spoken("Glob", { pattern, path }) : spoken("Grep", { pattern, path, glob }),
    ...speakPlans(TODO, ASK),
    computer: speakComputer,
  }),
  prompt: promptAfter(
    `${WHO_YOU_ARE}\n\nUse Read, Edit and Write for files, Glob and Grep to find things, Bash for commands. Use exec with python or javascript for computing and for data: its variables last between calls.`,
  ),
});

/** The same with three tools only: for models that do better with less. */
export const claudeCodeBare = createHarness({
  name: "claude-code-bare",
  tools: [bashTool, readTool, editTool, multiEditTool, computerTool],
  speak: speakBy({
    exec: (action) => spoken("Bash", { command: asCommand(action), timeout: action.timeoutMs }),
    read: speakRead,
    edit: speakEdit,
    write: speakInBash,
    search: speakInBash,
    todo: speakInBash,
    ask: speakInBash,
    computer: speakComputer,
  }),
  prompt: promptAfter(
    `You are Interpane, an agent that works on the user's computer with three tools: Bash, Read and Edit. Find things with rg, grep or find; create a file with a quoted heredoc in Bash; run other languages as \`python3 - <<'EOF'\`.`,
  ),
});
