// `--output-schema FILE`: the schema, and what the model is told of it.

import { resolve } from "node:path";
import { type AnswerCheck, readAnswerSchema } from "../domain/answer-schema.ts";
import type { OutputSchema } from "../domain/stream.ts";
import type { Io } from "./io.ts";
import { mistake } from "./problem.ts";
import { readSmallFile } from "./small-file.ts";

const FILE_MAX_BYTES = 256 * 1024;

type ReadSchema = (Extract<AnswerCheck, { ok: true }> & { readonly file: string }) | { readonly ok: false; readonly message: string };

export function readSchemaFile(file: string, io: Pick<Io, "cwd">): ReadSchema {
  const path = resolve(io.cwd, file);
  const given = readSmallFile(path, `--output-schema ${file}`, FILE_MAX_BYTES);
  if (!given.ok) return given;
  const read = readAnswerSchema(given.text);
  return read.ok ? { ...read, file } : mistake(`--output-schema ${file}: ${read.problem}`);
}

/** Also where the provider holds the answer to it by itself: a model that knows what is wanted does better. */
export function schemaPrompt(prompt: string, schema: OutputSchema): string {
  return `${prompt}\n\nGive the final answer as one JSON value that fits this JSON Schema, and nothing beside it:\n${JSON.stringify(schema)}`;
}

export function schemaRetry(problem: string): string {
  return `That answer does not fit the JSON Schema: ${problem}. Give the answer again as one JSON value that fits it, and nothing beside it.`;
}
