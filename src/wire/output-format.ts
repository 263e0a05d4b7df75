// A JSON Schema for the answer as the APIs take it: held to strictly where the schema keeps to what they can enforce.

import type { OutputSchema } from "../domain/stream.ts";

/**
 * Strict mode wants every object closed and every property required; with other schemas the provider only aims at it. Null for one
 * that is no object at its root, which is refused. What comes is asked for in words and checked in any case (cli/exec).
 */
export function openAiFormat(schema: OutputSchema): { name: string; schema: Record<string, unknown>; strict: boolean } | null {
  if (schema["type"] !== "object") return null;
  return { name: "answer", schema: { properties: {}, ...schema }, strict: isConstrainable(schema) };
}

/** Keywords that decoding by a grammar cannot hold to: a schema with one of them is refused by strict modes. */
const LOOSE = [
  "allOf",
  "not",
  "if",
  "oneOf",
  "patternProperties",
  "dependentRequired",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minItems",
  "maxItems",
  "uniqueItems",
  "pattern",
  "format",
  "default",
] as const;

/** All objects closed, all properties required, and no keyword that needs more than a grammar. The root is an object. */
export function isConstrainable(schema: OutputSchema): boolean {
  return schema["type"] === "object" && isClosed(schema);
}

function isClosed(schema: unknown): boolean {
  if (!isRecord(schema)) return typeof schema !== "boolean";
  if (LOOSE.some((keyword) => Object.hasOwn(schema, keyword))) return false;
  const { properties, required, additionalProperties, items, anyOf, $defs, definitions } = schema;
  if (schema["type"] === "object" || properties !== undefined) {
    const names = isRecord(properties) ? Object.keys(properties) : [];
    const needed: readonly unknown[] = Array.isArray(required) ? required : [];
    if (additionalProperties !== false || names.some((name) => !needed.includes(name))) return false;
  }
  const parts = [properties, $defs, definitions].flatMap((part) => (isRecord(part) ? Object.values(part) : []));
  const choices = Array.isArray(anyOf) ? anyOf : [];
  return [...parts, ...choices, ...(items === undefined ? [] : [items])].every(isClosed);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
