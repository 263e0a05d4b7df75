// The dialect of Kimi models. Tool names and parameters: as Open Interpreter 0.0.39 offers them (its harness kimi-cli).

import { z } from "zod";
import { speakComputer } from "./computer-tool.ts";
import { createHarness, problem, readFrom, searchFiles, searchText, speakBy, spoken, tool } from "./dialect.ts";
import { exec, execTool, inBackground, speakExec } from "./exec-tool.ts";
import { type AskDialect, askTool, speakPlans, type TodoDialect, todoTool } from "./plan-tools.ts";
import { promptAfter, WHO_YOU_ARE } from "./prompt-text.ts";

const path = z.string().min(1).describe("A path, absolute or relative to the folder.");
const editSchema = z.object({ old: z.string(), new: z.string(), replace_all: z.boolean().optional() });

const TODO: TodoDialect = {
  name: "SetTodoList",
  list: "todos",
  text: "title",
  states: { pending: "pending", active: "in_progress", done: "done" },
};
const ASK: AskDialect = { name: "AskUserQuestion", text: "question", detail: "description", many: "multi_select" };

const tools = [
  tool({
    name: "Shell",
    group: "interpreter",
    description:
      "Runs a command in the user's shell, visibly; its folder and variables last between calls. The user may be asked first and may refuse.",
    schema: z.object({
      command: z.string().min(1),
      timeout: z.int().min(1).max(86_400).describe("Seconds after which it is interrupted.").optional(),
      run_in_background: z.boolean().optional(),
      description: z.string().optional(),
    }),
    hidden: ["run_in_background", "description"],
    toAction: (args) => {
      if (args.run_in_background === true) return inBackground("run_in_background");
      return exec("shell", args.command, args.timeout === undefined ? undefined : args.timeout * 1000);
    },
  }),
  execTool,
  tool({
    name: "ReadFile",
    group: "editor",
    description: "Reads a text file, its lines numbered.",
    schema: z.object({
      path,
      line_offset: z.int().describe("The first line, from 1.").optional(),
      n_lines: z.int().positive().describe("How many lines.").optional(),
    }),
    toAction: ({ path, line_offset: offset, n_lines: limit }) => {
      if (offset !== undefined && offset < 1) return problem("`line_offset` counts from 1; for the end of a file use Shell with tail");
      return readFrom(path, offset, limit);
    },
  }),
  tool({
    name: "WriteFile",
    group: "editor",
    description: "Writes a whole file, or adds to its end with mode append. To change part of a file, use StrReplaceFile.",
    schema: z.object({ path, content: z.string(), mode: z.enum(["overwrite", "append"]).optional() }),
    toAction: ({ path, content, mode }) => ({ type: "write", path, content, ...(mode === undefined ? {} : { append: mode === "append" }) }),
  }),
  tool({
    name: "StrReplaceFile",
    group: "editor",
    description:
      "Replaces exact text in a file: one edit or a list, done in order, all or none. Each `old` must stand there exactly once, unless replace_all is true.",
    schema: z.object({ path, edit: z.union([editSchema, z.array(editSchema).min(1)]) }),
    toAction: ({ path, edit }) => {
      const edits = Array.isArray(edit) ? edit : [edit];
      return { type: "edit", path, edits: edits.map((e) => ({ old: e.old, new: e.new, all: e.replace_all ?? false })) };
    },
  }),
  tool({
    name: "Glob",
    group: "search",
    description: "Finds files by a glob, such as src/**/*.ts.",
    schema: z.object({ pattern: z.string().min(1), directory: path.describe("Where to look; left out: the folder.").optional() }),
    toAction: ({ pattern, directory }) => searchFiles(pattern, directory),
  }),
  tool({
    name: "Grep",
    group: "search",
    description: "Finds lines by a regular expression.",
    schema: z.object({
      pattern: z.string().min(1),
      path: path.describe("Where to look; left out: the folder.").optional(),
      glob: z.string().min(1).describe("Only in files whose name matches, such as *.ts.").optional(),
      "-i": z.boolean().describe("Ignore case.").optional(),
    }),
    toAction: (args) => searchText(args["-i"] === true ? `(?i:${args.pattern})` : args.pattern, args.path, args.glob),
  }),
  todoTool(TODO),
  askTool(ASK),
];

export const kimiCli = createHarness({
  name: "kimi-cli",
  tools,
  speak: speakBy({
    exec: (action) => {
      const seconds = action.timeoutMs === undefined ? undefined : action.timeoutMs / 1000;
      const fits =
        action.language === "shell" &&
        action.cwd === undefined &&
        (seconds === undefined || (Number.isInteger(seconds) && seconds <= 86_400));
      return fits ? spoken("Shell", { command: action.code, timeout: seconds }) : speakExec(action);
    },
    read: ({ path, offset, limit }) => spoken("ReadFile", { path, line_offset: offset, n_lines: limit }),
    write: ({ path, content, append }) =>
      spoken("WriteFile", { path, content, mode: append === undefined ? undefined : append ? "append" : "overwrite" }),
    edit: (action) => {
      const edits = action.edits.map((e) => ({ old: e.old, new: e.new, ...(e.all ? { replace_all: true } : {}) }));
      return spoken("StrReplaceFile", { path: action.path, edit: edits.length === 1 ? edits[0] : edits });
    },
    search: ({ kind, pattern, path, glob }) =>
      kind === "files" ? spoken("Glob", { pattern, directory: path }) : spoken("Grep", { pattern, path, glob }),
    ...speakPlans(TODO, ASK),
    computer: speakComputer,
  }),
  prompt: promptAfter(
    `${WHO_YOU_ARE}\n\nUse ReadFile, StrReplaceFile and WriteFile for files, Glob and Grep to find things, Shell for commands. Use exec with python or javascript for computing and for data: its variables last between calls. Call a tool when you have decided to act; do not announce calls that you do not make.`,
  ),
});
