// Our own dialect: the neutral actions under plain names.

import { z } from "zod";
import { speakComputer } from "./computer-tool.ts";
import { createHarness, problem, readFrom, speakBy, spoken, tool } from "./dialect.ts";
import { execTool, speakExec } from "./exec-tool.ts";
import { type AskDialect, askTool, speakPlans, type TodoDialect, todoTool } from "./plan-tools.ts";
import { promptAfter } from "./prompt-text.ts";

const path = z.string().min(1).describe("A path, relative to the folder or absolute.");

const TODO: TodoDialect = { name: "todo", list: "items", text: "text", states: { pending: "pending", active: "active", done: "done" } };
const ASK: AskDialect = { name: "ask", text: "question", detail: "detail", many: "is_many" };

const tools = [
  execTool,
  tool({
    name: "read",
    group: "editor",
    description: "Reads a text file, its lines numbered.",
    schema: z.object({
      path,
      offset: z.int().positive().describe("The first line, from 1.").optional(),
      limit: z.int().positive().describe("How many lines.").optional(),
    }),
    toAction: ({ path, offset, limit }) => readFrom(path, offset, limit),
  }),
  tool({
    name: "write",
    group: "editor",
    description: "Writes a whole file, replacing what was there; with `append`, adds to its end. To change part of a file, use edit.",
    schema: z.object({ path, content: z.string(), append: z.boolean().optional() }),
    toAction: ({ path, content, append }) => ({ type: "write", path, content, ...(append === undefined ? {} : { append }) }),
  }),
  tool({
    name: "edit",
    group: "editor",
    description:
      "Replaces exact text in a file. Each `old` must stand in the file exactly as given, with its whitespace, and exactly once, unless `all` is true. " +
      "The replacements are done in order, all or none.",
    schema: z.object({
      path,
      edits: z
        .array(z.object({ old: z.string(), new: z.string(), all: z.boolean().describe("Replace every occurrence.").optional() }))
        .min(1),
    }),
    toAction: ({ path, edits }) => ({ type: "edit", path, edits: edits.map((e) => ({ old: e.old, new: e.new, all: e.all ?? false })) }),
  }),
  tool({
    name: "search",
    group: "search",
    description: "Finds files by name (`kind: files`, a glob such as src/**/*.ts) or lines by regular expression (`kind: text`).",
    schema: z.object({
      kind: z.enum(["files", "text"]),
      pattern: z.string().min(1),
      path: path.describe("Where to look; left out: the folder.").optional(),
      glob: z.string().min(1).describe("With `kind: text`: only in files whose name matches.").optional(),
    }),
    toAction: ({ kind, pattern, path, glob }) => {
      if (kind === "files" && glob !== undefined) return problem("`glob` goes with kind text only; put it into `pattern`");
      return { type: "search", kind, pattern, ...(path === undefined ? {} : { path }), ...(glob === undefined ? {} : { glob }) };
    },
  }),
  todoTool(TODO),
  askTool(ASK),
];

export const native = createHarness({
  name: "native",
  tools,
  speak: speakBy({
    exec: speakExec,
    read: ({ path, offset, limit }) => spoken("read", { path, offset, limit }),
    write: ({ path, content, append }) => spoken("write", { path, content, append }),
    edit: ({ path, edits }) =>
      spoken("edit", { path, edits: edits.map((e) => ({ old: e.old, new: e.new, ...(e.all ? { all: true } : {}) })) }),
    search: ({ kind, pattern, path, glob }) => spoken("search", { kind, pattern, path, glob }),
    ...speakPlans(TODO, ASK),
    computer: speakComputer,
  }),
  prompt: promptAfter(
    `You are Interpane, an agent that gets things done on the user's computer by running code, reading and changing files.\n\nUse exec for everything that a program can do: shell for commands, python or javascript for computing and for data. Use read, edit and write for files rather than cat, sed or heredocs, and search to find your way. Keep todo while you work in several steps; ask when you cannot go on without the user's choice.`,
  ),
});
