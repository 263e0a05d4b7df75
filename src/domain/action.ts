// What a tool call means, whatever dialect the model spoke it in. A harness parses into these and speaks from them.

import { z } from "zod";

/** One exact replacement inside a file; `all` replaces every occurrence. */
export const replacementSchema = z.object({ old: z.string(), new: z.string(), all: z.boolean() });

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
  /** A call that no dialect knows, or whose arguments do not fit; the model is told `problem`. */
  z.object({ type: z.literal("other"), name: z.string(), problem: z.string() }),
]);

export type Replacement = z.infer<typeof replacementSchema>;
export type Action = z.infer<typeof actionSchema>;
export type ActionType = Action["type"];
