// How a dialect is written down: rows of tools with zod schemas, from which offers, parsing and its error messages follow.

import { z } from "zod";
import type { Action, ActionType } from "../domain/action.ts";
import type { HarnessName, ToolName } from "../domain/profile.ts";
import type { ToolSpec } from "../domain/stream.ts";
import type { Harness, PromptContext, Spoken } from "./harness.ts";

/** Why arguments that fit the schema still cannot be done; told to the model. */
export interface Problem {
  readonly type: "problem";
  readonly text: string;
}

export function problem(text: string): Problem {
  return { type: "problem", text };
}

export interface Tool {
  readonly name: string;
  readonly spec: ToolSpec;
  readonly group: ToolName | "always";
  /** False: understood when a model says it, never offered. */
  readonly isOffered: boolean;
  read(args: unknown): Action | Problem;
}

export function tool<S extends z.ZodObject>(row: {
  readonly name: string;
  /** `always`: offered wherever anything is. */
  readonly group: ToolName | "always";
  readonly description: string;
  readonly schema: S;
  /** Parameters that are understood but not offered. */
  readonly hidden?: readonly (keyof z.input<S> & string)[];
  /** Which parameters are said to be required, where the schema alone does not tell. */
  readonly required?: readonly (keyof z.input<S> & string)[];
  readonly isOffered?: boolean;
  readonly builtin?: "computer";
  readonly toAction: (args: z.output<S>) => Action | Problem;
}): Tool {
  // Made when first asked for: all dialects' schemas together take 12 ms, and a server's start needs none.
  let made: Described | null = null;
  const described = (): Described => {
    made ??= describe(row);
    return made;
  };
  return {
    name: row.name,
    get spec() {
      const builtin = row.builtin === undefined ? {} : { builtin: row.builtin };
      return { name: row.name, description: row.description, parameters: described().parameters, ...builtin };
    },
    group: row.group,
    isOffered: row.isOffered ?? true,
    read: (args) => {
      const { kinds, parameters } = described();
      const parsed = row.schema.safeParse(soften(args, kinds));
      if (parsed.success) return row.toAction(parsed.data);
      const issue = parsed.error.issues[0];
      const where = issue === undefined || issue.path.length === 0 ? "the arguments" : `\`${issue.path.join(".")}\``;
      return problem(`${where}: ${issue?.message ?? "not understood"}; ${row.name} takes ${signature(parameters)}`);
    },
  };
}

interface Described {
  readonly parameters: ToolSpec["parameters"] & {
    readonly properties: Readonly<Record<string, unknown>>;
    readonly required: readonly string[];
  };
  /** The JSON type of each parameter that has one. */
  readonly kinds: ReadonlyMap<string, unknown>;
}

function describe(row: {
  readonly schema: z.ZodObject;
  readonly hidden?: readonly string[];
  readonly required?: readonly string[];
}): Described {
  const { $schema: _, ...whole } = z.toJSONSchema(row.schema, { io: "input" });
  const all = Object.entries(whole.properties ?? {});
  return {
    kinds: new Map(all.map(([name, property]) => [name, typeof property === "object" ? property.type : undefined])),
    parameters: {
      type: "object",
      properties: Object.fromEntries(all.filter(([name]) => row.hidden?.includes(name) !== true)),
      required: row.required ?? whole.required ?? [],
      additionalProperties: false,
    },
  };
}

/** Small models write numbers and booleans as strings, and null for what they leave out. */
function soften(args: unknown, kinds: ReadonlyMap<string, unknown>): unknown {
  if (typeof args !== "object" || args === null || Array.isArray(args)) return args;
  const entries = Object.entries(args).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, softenValue(value, kinds.get(name))]));
}

function softenValue(value: unknown, kind: unknown): unknown {
  if (typeof value !== "string") return value;
  if ((kind === "integer" || kind === "number") && /^-?\d+(\.\d+)?$/.test(value.trim())) return Number(value);
  if (kind === "boolean" && /^(true|false)$/i.test(value.trim())) return value.trim().toLowerCase() === "true";
  if (kind === "array" && value.trim().startsWith("[")) return parseArguments(value) ?? value;
  return value;
}

function signature(parameters: { properties: Record<string, unknown>; required: readonly string[] }): string {
  const words = Object.keys(parameters.properties).map((name) => (parameters.required.includes(name) ? name : `${name}?`));
  return `one JSON object {${words.join(", ")}}`;
}

/** Undefined where the text is no JSON. Arguments that were encoded twice are decoded twice. */
function parseArguments(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text.trim() === "" ? "{}" : text);
    return typeof parsed === "string" ? JSON.parse(parsed) : parsed;
  } catch {
    return undefined;
  }
}

const MAX_NAME_CHARS = 100;

export function createHarness(dialect: {
  readonly name: HarnessName;
  readonly tools: readonly Tool[];
  readonly speak: (action: SaidAction) => Spoken;
  readonly prompt: (context: PromptContext) => string;
}): Harness {
  const { tools } = dialect;
  const byName = new Map(tools.map((row) => [row.name, row]));
  const byFolded = new Map(tools.map((row) => [row.name.toLowerCase(), row]));
  const find = (name: string): Tool | undefined =>
    byName.get(name) ??
    byFolded.get(
      name
        .trim()
        .toLowerCase()
        .replace(/^functions\./, ""),
    );
  const offered = tools.filter((row) => row.isOffered);

  return {
    name: dialect.name,
    tools: ({ tools: wanted }) => {
      const isWanted = ({ group }: Tool): boolean => (group === "always" ? wanted.length > 0 : wanted.includes(group));
      return offered.filter(isWanted).map((row) => row.spec);
    },
    parse: (name, args) => {
      const shown = name.slice(0, MAX_NAME_CHARS);
      const other = (text: string): Action => ({ type: "other", name, problem: text });
      const row = find(name);
      if (row === undefined) {
        // Who has the screen tool knows it; to all others it is not offered.
        const known = offered.filter(({ group }) => group !== "gui").map((each) => each.name);
        return other(`there is no tool named "${shown}"; the tools are: ${known.join(", ")}`);
      }
      const parsed = parseArguments(args);
      if (parsed === undefined) {
        return other(
          `the arguments of ${row.name} are not JSON (nothing was run); send ${signature(readSignature(row.spec))}, complete, with quotes and line breaks escaped`,
        );
      }
      const action = row.read(parsed);
      return action.type === "problem" ? other(`${action.text} (nothing was run)`) : action;
    },
    speak: (action, original) => (action.type === "other" ? (original ?? { name: action.name, arguments: "{}" }) : dialect.speak(action)),
    prompt: dialect.prompt,
  };
}

function readSignature(spec: ToolSpec): { properties: Record<string, unknown>; required: readonly string[] } {
  const shape = z.object({ properties: z.record(z.string(), z.unknown()), required: z.array(z.string()) });
  return shape.safeParse(spec.parameters).data ?? { properties: {}, required: [] };
}

/** `other` has only its own words. */
export type SaidAction = Exclude<Action, { type: "other" }>;

/** How a dialect says each type of action. */
export type Speech = { readonly [T in SaidAction["type"]]: (action: ActionOf<T>) => Spoken };

/** For a dialect that has a tool for most types. */
export function speakBy(speech: Speech): (action: SaidAction) => Spoken {
  return (action) => {
    switch (action.type) {
      case "exec":
        return speech.exec(action);
      case "read":
        return speech.read(action);
      case "write":
        return speech.write(action);
      case "edit":
        return speech.edit(action);
      case "search":
        return speech.search(action);
      case "todo":
        return speech.todo(action);
      case "ask":
        return speech.ask(action);
      case "computer":
        return speech.computer(action);
      default:
        return action satisfies never;
    }
  };
}

/** What is undefined is left out. */
export function spoken(name: string, args: Readonly<Record<string, unknown>>): Spoken {
  return { name, arguments: JSON.stringify(args) };
}

export type ActionOf<T extends ActionType> = Extract<Action, { type: T }>;

// Neutral actions of what many dialects take in nearly the same way; what is undefined is left out.

/** `offset`: the first line, from 1. */
export function readFrom(path: string, offset?: number, limit?: number): ActionOf<"read"> {
  return { type: "read", path, ...(offset === undefined ? {} : { offset }), ...(limit === undefined ? {} : { limit }) };
}

/** Files by a glob. */
export function searchFiles(pattern: string, path?: string): ActionOf<"search"> {
  return { type: "search", kind: "files", pattern, ...(path === undefined ? {} : { path }) };
}

/** Lines by regular expression. */
export function searchText(pattern: string, path?: string, glob?: string): ActionOf<"search"> {
  return { type: "search", kind: "text", pattern, ...(path === undefined ? {} : { path }), ...(glob === undefined ? {} : { glob }) };
}
