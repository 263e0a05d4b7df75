// The dialect of DeepSeek models. Tool names and parameters: as Open Interpreter 0.0.39 offers them (its harness deepseek-tui).

import { z } from "zod";
import { speakComputer } from "./computer-tool.ts";
import { createHarness, problem, readFrom, searchFiles, searchText, speakBy, spoken, tool } from "./dialect.ts";
import { asCommand, exec, execTool, inBackground, quote, speakExec } from "./exec-tool.ts";
import { type AskDialect, askTool, speakPlans, TODO_WORDS, type TodoDialect, todoTool } from "./plan-tools.ts";
import { promptAfter, WHO_YOU_ARE } from "./prompt-text.ts";

const path = z.string().min(1).describe("A path, absolute or relative to the folder.");
const editSchema = z.object({ search: z.string(), replace: z.string(), all: z.boolean().optional() });

const TODO: TodoDialect = { name: "update_plan", list: "plan", text: "step", states: TODO_WORDS };
const ASK: AskDialect = { name: "ask_user", text: "question", detail: "description", many: "multi_select" };

const tools = [
  tool({
    name: "exec_shell",
    group: "interpreter",
    description:
      "Runs a command in the user's shell, visibly; its folder and variables last between calls. The user may be asked first and may refuse.",
    schema: z.object({
      command: z.string().min(1),
      timeout_ms: z.int().positive().describe("Milliseconds after which it is interrupted.").optional(),
      cwd: z.string().min(1).describe("The folder to run in; left out: where the shell stands now.").optional(),
      background: z.boolean().optional(),
      stdin: z.string().optional(),
    }),
    hidden: ["background", "stdin"],
    toAction: (args) => {
      if (args.background === true) return inBackground("background");
      if (args.stdin !== undefined) return problem("`stdin` is not available here; give the input with a heredoc or a pipe");
      return exec("shell", args.command, args.timeout_ms, args.cwd);
    },
  }),
  execTool,
  tool({
    name: "read_file",
    group: "editor",
    description: "Reads a text file, its lines numbered.",
    schema: z.object({
      path,
      start_line: z.int().positive().describe("The first line, from 1.").optional(),
      max_lines: z.int().positive().describe("How many lines.").optional(),
      pages: z.string().optional(),
    }),
    hidden: ["pages"],
    toAction: ({ path, start_line: offset, max_lines: limit }) => readFrom(path, offset, limit),
  }),
  tool({
    name: "edit_file",
    group: "editor",
    description: "Replaces exact text in a file. `search` must stand in the file exactly as given, with its whitespace, and exactly once.",
    schema: z
      .object({
        path,
        search: z.string(),
        replace: z.string(),
        all: z.boolean().optional(),
        edits: z.array(editSchema).min(1).optional(),
      })
      .partial({ search: true, replace: true })
      .refine((e) => e.edits !== undefined || (e.search !== undefined && e.replace !== undefined), {
        error: "search and replace are required",
      }),
    hidden: ["edits", "all"],
    required: ["path", "search", "replace"],
    toAction: ({ path, edits, search = "", replace = "", all }) => ({
      type: "edit",
      path,
      edits: (edits ?? [{ search, replace, all }]).map((e) => ({ old: e.search, new: e.replace, all: e.all ?? false })),
    }),
  }),
  tool({
    name: "write_file",
    group: "editor",
    description: "Writes a whole file, replacing what was there. To change part of a file, use edit_file.",
    schema: z.object({ path, content: z.string() }),
    toAction: ({ path, content }) => ({ type: "write", path, content }),
  }),
  tool({
    name: "list_dir",
    group: "search",
    description: "Lists a folder.",
    schema: z.object({ path: path.optional() }),
    toAction: (args) => searchFiles("*", args.path),
  }),
  tool({
    name: "file_search",
    group: "search",
    description: "Finds files by name: part of a name, or a glob such as src/**/*.ts.",
    schema: z.object({ query: z.string().min(1), path: path.describe("Where to look; left out: the folder.").optional() }),
    toAction: (args) => searchFiles(isGlob(args.query) ? args.query : `**/*${args.query}*`, args.path),
  }),
  tool({
    name: "grep_files",
    group: "search",
    description: "Finds lines by a regular expression.",
    schema: z.object({
      pattern: z.string().min(1),
      path: path.describe("Where to look; left out: the folder.").optional(),
      include: z.array(z.string().min(1)).describe("Only in files whose name matches one of these globs.").optional(),
      case_insensitive: z.boolean().optional(),
    }),
    toAction: ({ pattern, path, include = [], case_insensitive: ignoresCase }) => {
      const glob = include.length > 1 ? `{${include.join(",")}}` : include[0];
      return searchText(ignoresCase === true ? `(?i:${pattern})` : pattern, path, glob);
    },
  }),
  tool({
    name: "git_status",
    group: "interpreter",
    description: "Shows the state of the git working tree.",
    isOffered: false,
    schema: z.object({ path: path.optional() }),
    toAction: (args) => exec("shell", `git ${args.path === undefined ? "" : `-C ${quote(args.path)} `}status --short --branch`),
  }),
  tool({
    name: "git_diff",
    group: "interpreter",
    description: "Shows changes in the git working tree.",
    isOffered: false,
    schema: z.object({ path: path.optional(), cached: z.boolean().optional(), unified: z.int().min(0).max(50).optional() }),
    toAction: ({ path, cached, unified }) => {
      const flags = [...(cached === true ? ["--cached"] : []), ...(unified === undefined ? [] : [`-U${unified}`])];
      return exec("shell", ["git diff", ...flags, ...(path === undefined ? [] : ["--", quote(path)])].join(" "));
    },
  }),
  tool({
    name: "apply_patch",
    group: "editor",
    description: "Not available.",
    isOffered: false,
    schema: z.object({}),
    toAction: () => problem("apply_patch is not available here; use edit_file for changes and write_file for new files"),
  }),
  todoTool(TODO),
  todoTool({ ...TODO, name: "checklist_write", list: "todos", text: "content", isOffered: false }),
  askTool(ASK),
];

const isGlob = (text: string): boolean => /[*?[\]{}]/.test(text);

export const deepseekTui = createHarness({
  name: "deepseek-tui",
  tools,
  speak: speakBy({
    exec: (action) =>
      action.language === "shell"
        ? spoken("exec_shell", { command: action.code, timeout_ms: action.timeoutMs, cwd: action.cwd })
        : speakExec(action),
    read: ({ path, offset, limit }) => spoken("read_file", { path, start_line: offset, max_lines: limit }),
    write: (action) =>
      action.append === true
        ? spoken("exec_shell", { command: asCommand(action) })
        : spoken("write_file", { path: action.path, content: action.content }),
    edit: (action) => {
      const edits = action.edits.map((e) => ({ search: e.old, replace: e.new, ...(e.all ? { all: true } : {}) }));
      return spoken("edit_file", { path: action.path, ...(edits.length === 1 ? edits[0] : { edits }) });
    },
    search: ({ kind, pattern, path, glob }) =>
      kind === "files"
        ? spoken("file_search", { query: pattern, path })
        : spoken("grep_files", { pattern, path, include: glob === undefined ? undefined : [glob] }),
    ...speakPlans(TODO, ASK),
    computer: speakComputer,
  }),
  prompt: promptAfter(
    `${WHO_YOU_ARE}\n\nUse read_file, edit_file and write_file for files, list_dir, file_search and grep_files to find things, exec_shell for commands. Use exec with python or javascript for computing and for data: its variables last between calls.`,
  ),
});
