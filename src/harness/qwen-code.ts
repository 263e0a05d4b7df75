// The dialect of Qwen models. Tool names and parameters: as Open Interpreter 0.0.39 offers them (its harness qwen-code).

import { z } from "zod";
import { speakComputer } from "./computer-tool.ts";
import { createHarness, readFrom, searchFiles, searchText, speakBy, spoken, tool } from "./dialect.ts";
import { asCommand, exec, execTool, inBackground, speakExec } from "./exec-tool.ts";
import { type AskDialect, askTool, speakPlans, TODO_WORDS, type TodoDialect, todoTool } from "./plan-tools.ts";
import { promptAfter, WHO_YOU_ARE } from "./prompt-text.ts";

const filePath = z.string().min(1).describe("A path, absolute or relative to the folder.");
const editSchema = z.object({ old_string: z.string(), new_string: z.string(), replace_all: z.boolean().optional() });

const TODO: TodoDialect = { name: "todo_write", list: "todos", text: "content", states: TODO_WORDS };
const ASK: AskDialect = { name: "ask_user_question", text: "question", detail: "description", many: "multiSelect" };

const tools = [
  tool({
    name: "run_shell_command",
    group: "interpreter",
    description:
      "Runs a command in the user's shell, visibly; its folder and variables last between calls. The user may be asked first and may refuse.",
    schema: z.object({
      command: z.string().min(1),
      timeout: z.number().positive().describe("Milliseconds after which it is interrupted.").optional(),
      directory: z.string().min(1).describe("The folder to run in; left out: where the shell stands now.").optional(),
      description: z.string().optional(),
      is_background: z.boolean().optional(),
    }),
    hidden: ["description", "is_background"],
    toAction: (args) => {
      if (args.is_background === true) return inBackground("is_background");
      return exec("shell", args.command, args.timeout === undefined ? undefined : Math.ceil(args.timeout), args.directory);
    },
  }),
  execTool,
  tool({
    name: "read_file",
    group: "editor",
    description: "Reads a text file, its lines numbered.",
    schema: z.object({
      file_path: filePath,
      offset: z.int().nonnegative().describe("How many lines to skip: 0 begins at the first.").optional(),
      limit: z.int().positive().describe("How many lines.").optional(),
      pages: z.string().optional(),
    }),
    hidden: ["pages"],
    toAction: ({ file_path, offset, limit }) => readFrom(file_path, offset === undefined ? undefined : offset + 1, limit),
  }),
  tool({
    name: "edit",
    group: "editor",
    description:
      "Replaces exact text in a file. old_string must stand in the file exactly as given, with its whitespace, and exactly once, unless replace_all is true.",
    schema: z
      .object({
        file_path: filePath,
        old_string: z.string(),
        new_string: z.string(),
        replace_all: z.boolean().optional(),
        edits: z.array(editSchema).min(1).optional(),
      })
      .partial({ old_string: true, new_string: true })
      .refine((e) => e.edits !== undefined || (e.old_string !== undefined && e.new_string !== undefined), {
        error: "old_string and new_string are required",
      }),
    hidden: ["edits"],
    required: ["file_path", "old_string", "new_string"],
    toAction: ({ file_path, edits, old_string = "", new_string = "", replace_all }) => ({
      type: "edit",
      path: file_path,
      edits: (edits ?? [{ old_string, new_string, replace_all }]).map((e) => ({
        old: e.old_string,
        new: e.new_string,
        all: e.replace_all ?? false,
      })),
    }),
  }),
  tool({
    name: "write_file",
    group: "editor",
    description: "Writes a whole file, replacing what was there. To change part of a file, use edit.",
    schema: z.object({ file_path: filePath, content: z.string() }),
    toAction: ({ file_path, content }) => ({ type: "write", path: file_path, content }),
  }),
  tool({
    name: "glob",
    group: "search",
    description: "Finds files by a glob, such as src/**/*.ts.",
    schema: z.object({ pattern: z.string().min(1), path: filePath.describe("Where to look; left out: the folder.").optional() }),
    toAction: ({ pattern, path }) => searchFiles(pattern, path),
  }),
  tool({
    name: "grep_search",
    group: "search",
    description: "Finds lines by a regular expression.",
    schema: z.object({
      pattern: z.string().min(1),
      path: filePath.describe("Where to look; left out: the folder.").optional(),
      glob: z.string().min(1).describe("Only in files whose name matches, such as *.ts.").optional(),
    }),
    toAction: ({ pattern, path, glob }) => searchText(pattern, path, glob),
  }),
  todoTool(TODO),
  askTool(ASK),
];

export const qwenCode = createHarness({
  name: "qwen-code",
  tools,
  speak: speakBy({
    exec: (action) =>
      action.language === "shell"
        ? spoken("run_shell_command", { command: action.code, timeout: action.timeoutMs, directory: action.cwd })
        : speakExec(action),
    // Here `offset` counts lines to skip.
    read: ({ path, offset, limit }) =>
      spoken("read_file", { file_path: path, offset: offset === undefined ? undefined : offset - 1, limit }),
    write: (action) =>
      action.append === true
        ? spoken("run_shell_command", { command: asCommand(action) })
        : spoken("write_file", { file_path: action.path, content: action.content }),
    edit: (action) => {
      const edits = action.edits.map((e) => ({ old_string: e.old, new_string: e.new, ...(e.all ? { replace_all: true } : {}) }));
      return spoken("edit", { file_path: action.path, ...(edits.length === 1 ? edits[0] : { edits }) });
    },
    search: ({ kind, pattern, path, glob }) =>
      kind === "files" ? spoken("glob", { pattern, path }) : spoken("grep_search", { pattern, path, glob }),
    ...speakPlans(TODO, ASK),
    computer: speakComputer,
  }),
  prompt: promptAfter(
    `${WHO_YOU_ARE}\n\nUse read_file, edit and write_file for files, glob and grep_search to find things, run_shell_command for commands. Use exec with python or javascript for computing and for data: its variables last between calls. Always call tools through the tool interface, never as text.`,
  ),
});
