// Does an answer fit a JSON Schema? Read once; what the check could not look at is refused rather than passed over.

import { z } from "zod";
import { messageOf } from "./message-of.ts";
import { parseJson } from "./parse-json.ts";
import type { OutputSchema } from "./stream.ts";

export type AnswerCheck =
  | { readonly ok: true; readonly schema: OutputSchema; readonly check: (answer: string) => CheckedAnswer }
  | { readonly ok: false; readonly problem: string };

export type CheckedAnswer =
  | { readonly ok: true /** The JSON value alone. */; readonly json: string }
  | { readonly ok: false; readonly problem: string };

/** Keywords that the check would not see: a schema that relies on one of them cannot be promised. */
const UNSEEN: readonly string[] = [
  "contains",
  "dependencies",
  "dependentRequired",
  "dependentSchemas",
  "maxContains",
  "maxProperties",
  "minContains",
  "minProperties",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties",
  "uniqueItems",
];
const PROBLEMS_MAX = 5;

export function readAnswerSchema(text: string): AnswerCheck {
  const parsed = parseJson(text);
  if (parsed === undefined) return { ok: false, problem: "it is not JSON" };
  const read = z.record(z.string(), z.unknown()).safeParse(parsed);
  if (!read.success) return { ok: false, problem: 'a JSON Schema is an object, such as {"type": "object", "properties": {…}}' };
  const unseen = keywordsIn(read.data).find((keyword) => UNSEEN.includes(keyword));
  if (unseen !== undefined) return { ok: false, problem: `"${unseen}" cannot be checked here; take it out of the schema` };
  try {
    const schema = z.fromJSONSchema(read.data);
    return { ok: true, schema: read.data, check: (answer) => checkAnswer(answer, schema) };
  } catch (error) {
    return { ok: false, problem: messageOf(error) };
  }
}

/** Also out of a fenced block: models like to put one around JSON. */
function checkAnswer(answer: string, schema: z.ZodType): CheckedAnswer {
  const bare = answer.trim();
  const fenced = /^```(?:json)?\s*\n([\s\S]*?)\n?```$/.exec(bare)?.[1]?.trim();
  const json = fenced ?? bare;
  const value = parseJson(json);
  if (value === undefined) return { ok: false, problem: "it is not one JSON value and nothing else" };
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, json };
  const problems = result.error.issues
    .slice(0, PROBLEMS_MAX)
    .map(({ path, message }) => `${path.length === 0 ? "the value" : path.join(".")}: ${message}`);
  return { ok: false, problem: problems.join("; ") };
}

/** Names in the places where a schema stands; the names of properties are no keywords. */
function keywordsIn(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(keywordsIn);
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    if (["enum", "const", "default", "examples"].includes(keyword)) return [keyword];
    const isMap = ["properties", "patternProperties", "$defs", "definitions"].includes(keyword);
    const inner = isMap && typeof value === "object" && value !== null ? Object.values(value) : [value];
    return [keyword, ...inner.flatMap(keywordsIn)];
  });
}
