// What a tool call means, whatever dialect the model spoke it in. A harness parses into these and speaks from them.

import { z } from "zod";
import { computerActionSchema } from "./computer.ts";

/** One exact replacement inside a file; `all` replaces every occurrence. */
export const replacementSchema = z.object({ old: z.string(), new: z.string(), all: z.boolean() });

export const todoStateSchema = z.enum(["pending", "active", "done"]);
export type TodoState = z.infer<typeof todoStateSchema>;

/** `isMany`: more than one option may be chosen. The user may always answer otherwise. */
export const questionSchema = z.object({
  text: z.string(),
  options: z.array(z.object({ label: z.string(), detail: z.string().optional() })),
  isMany: z.boolean(),
});
export type Question = z.infer<typeof questionSchema>;

export const actionSchema = z.discriminatedUnion("type", [
  /** Run code. `language` is lower case: shell, python, javascript, … */
  z.object({
    type: z.literal("exec"),
    language: z.string(),
    code: z.string(),
    cwd: z.string().optional(),
    timeoutMs: z.int().positive().optional(),
  }),
  /** Lines of a text file: `offset` is the first line, from 1; `limit` in lines. */
  z.object({
    type: z.literal("read"),
    path: z.string(),
    offset: z.int().positive().optional(),
    limit: z.int().positive().optional(),
  }),
  z.object({ type: z.literal("write"), path: z.string(), content: z.string(), append: z.boolean().optional() }),
  z.object({ type: z.literal("edit"), path: z.string(), edits: z.array(replacementSchema).min(1) }),
  /** `kind: "files"` matches names by glob, `"text"` matches lines by regular expression. */
  z.object({
    type: z.literal("search"),
    kind: z.enum(["files", "text"]),
    pattern: z.string(),
    path: z.string().optional(),
    glob: z.string().optional(),
  }),
  /** The whole list of what is to do, in place of the one before; it is shown and changes nothing. */
  z.object({ type: z.literal("todo"), items: z.array(z.object({ text: z.string(), state: todoStateSchema })) }),
  /** Questions to the user; the turn ends with them, and the user's next message answers. */
  z.object({ type: z.literal("ask"), questions: z.array(questionSchema).min(1) }),
  /** Something with the screen, the mouse or the keyboard of the user's desktop. */
  z.object({ type: z.literal("computer"), does: computerActionSchema }),
  /** A call that no dialect knows, or whose arguments do not fit; the model is told `problem`. */
  z.object({ type: z.literal("other"), name: z.string(), problem: z.string() }),
]);

export type Replacement = z.infer<typeof replacementSchema>;
export type Action = z.infer<typeof actionSchema>;
export type ActionType = Action["type"];
