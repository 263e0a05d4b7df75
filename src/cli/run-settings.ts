// The flags that stand over a profile for one run, read and checked: what a typed value must look like.

import { canBeKey } from "../domain/key-text.ts";
import { harnessNameSchema, type ProfileSettings, toolNameSchema } from "../domain/profile.ts";
import { effortSchema } from "../domain/stream.ts";
import type { Flags } from "./flag-table.ts";
import { nearest } from "./nearest.ts";
import { mistake } from "./problem.ts";

export interface RunSettings {
  /** Null: no such flag was given. */
  readonly settings: ProfileSettings | null;
  /** Variables that go along for this run alone: the key that was given, under a name of its own. */
  readonly env: Readonly<Record<string, string>>;
}

export type ReadSettings = { readonly ok: true; readonly value: RunSettings } | { readonly ok: false; readonly message: string };

/** Whose keys begin so: where nothing else says which provider is meant. */
const KEY_SHAPES: readonly (readonly [RegExp, string])[] = [
  [/^sk-ant-/, "anthropic"],
  [/^sk-or-/, "openrouter"],
  [/^gsk_/, "groq"],
  [/^nvapi-/, "nvidia"],
  [/^AIza/, "google"],
];
const MAX_OUTPUT = { least: 200, most: 16_000 };

export function readRunSettings(flags: Flags): ReadSettings {
  const problems: string[] = [];
  const settings: { -readonly [K in keyof ProfileSettings]: ProfileSettings[K] } = {};
  const take = <K extends keyof ProfileSettings>(key: K, read: Read<ProfileSettings[K]>): void => {
    if (read === null) return;
    if (read.ok) settings[key] = read.value;
    else problems.push(read.message);
  };
  take("model", modelName(flags.model));
  take("provider", text(flags.provider));
  take("base_url", address(flags.apiBase));
  take("wire_api", oneOf("--wire-api", flags.wireApi, ["responses", "chat", "messages"] as const));
  take("max_tokens", whole("--max-tokens", flags.maxTokens, 1, Number.MAX_SAFE_INTEGER));
  take("context_window", whole("--context-window", flags.contextWindow, 1, Number.MAX_SAFE_INTEGER));
  take("max_output", whole("--max-output", flags.maxOutput, MAX_OUTPUT.least, MAX_OUTPUT.most));
  take("max_budget", decimal("--max-budget", flags.maxBudget, { least: 0.000_001, most: 1e9, what: "US dollars, such as 0.50" }));
  take("temperature", decimal("--temperature", flags.temperature, { least: 0, most: 2, what: "a number from 0 to 2" }));
  take("reasoning_effort", oneOf("--effort", flags.effort, effortSchema.options));
  take("harness", oneOf("--harness", flags.harness, harnessNameSchema.options));
  take("tools", tools(flags.tools));
  if (flags.os) settings.os = true;
  const { context_window: window, max_tokens: longest } = settings;
  if (window !== undefined && longest !== undefined && window <= longest)
    problems.push(`--context-window ${window} must be larger than --max-tokens ${longest}: a question has to fit in too`);
  const key = flags.apiKey?.trim();
  if (key === "") problems.push("--api-key: the key is empty; give it whole, or keep one with: interpane vault add PROVIDER");
  // Never said back: it may be most of a key.
  else if (key !== undefined && !canBeKey(key))
    problems.push("--api-key: there is a blank, a line end or another character in it that no key has; give it alone, as it was issued");
  const env = givenKey(flags, settings);
  const [problem] = problems;
  if (problem !== undefined) return { ok: false, message: problem };
  return { ok: true, value: { settings: Object.keys(settings).length === 0 ? null : settings, env } };
}

/** The key itself never enters the settings: they are shown and kept. */
function givenKey(
  flags: Flags,
  settings: { credential?: ProfileSettings["credential"]; provider?: string | undefined },
): Record<string, string> {
  const key = flags.apiKey?.trim();
  if (key === undefined || key === "") return {};
  // Loaded late: every start of a client comes past here, few with a key.
  const { randomBytes } = process.getBuiltinModule("node:crypto");
  const name = `GIVEN_${randomBytes(4).toString("hex").toUpperCase()}_API_KEY`;
  settings.credential = `env:${name}`;
  const isAlone =
    [flags.provider, flags.model, flags.apiBase, flags.profile].every((flag) => flag === undefined) && !flags.local && !flags.fast;
  if (isAlone) settings.provider = KEY_SHAPES.find(([shape]) => shape.test(key))?.[1] ?? "openai";
  return { [name]: key };
}

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string } | null;

function text(given: string | undefined): Read<string> {
  return given === undefined ? null : { ok: true, value: given };
}

function modelName(given: string | undefined): Read<string> {
  const name = given?.trim();
  if (name === "") return mistake("--model needs a value: --model MODEL");
  if (name?.endsWith("/") === true) return mistake(`--model ${name}: say which model, as in ${name}MODEL`);
  return text(name);
}

/** Bare `localhost:8000` is meant as people mean it; the API's path is added where there is none. */
function address(given: string | undefined): Read<string> {
  if (given === undefined) return null;
  const whole = /^[a-z]+:\/\//i.test(given) ? given : `${/^(localhost|127\.|\[::1\])/.test(given) ? "http" : "https"}://${given}`;
  if (!URL.canParse(whole) || !/^https?:/i.test(whole))
    return mistake(`--api-base ${given}: give an http or https address, such as http://localhost:8000/v1`);
  const url = new URL(whole);
  if (url.username !== "" || url.password !== "")
    return mistake("--api-base: take the password out of the address; a key goes into --api-key");
  return { ok: true, value: url.pathname === "/" ? `${url.origin}/v1` : whole.replace(/\/+$/, "") };
}

function whole(name: string, given: string | undefined, least: number, most: number): Read<number> {
  if (given === undefined) return null;
  const value = /^\d[\d_]*$/.test(given) ? Number(given.replaceAll("_", "")) : Number.NaN;
  if (value >= least && value <= most) return { ok: true, value };
  const range = most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least} on` : `a whole number from ${least} to ${most}`;
  return mistake(`${name} ${given}: give ${range}`);
}

function decimal(name: string, given: string | undefined, allowed: { least: number; most: number; what: string }): Read<number> {
  if (given === undefined) return null;
  const value = /^\d*\.?\d+$/.test(given) ? Number(given) : Number.NaN;
  return value >= allowed.least && value <= allowed.most ? { ok: true, value } : mistake(`${name} ${given}: give ${allowed.what}`);
}

function oneOf<T extends string>(name: string, given: string | undefined, known: readonly T[]): Read<T> {
  if (given === undefined) return null;
  const found = known.find((each) => each === given.toLowerCase());
  if (found !== undefined) return { ok: true, value: found };
  const meant = nearest(given, known, 3);
  return mistake(`${name} ${given}: give one of ${known.join(", ")}${meant === null ? "" : `; did you mean ${meant}?`}`);
}

/** Words with commas between them, or a JSON list, as Open Interpreter takes both. */
function tools(given: string | undefined): Read<NonNullable<ProfileSettings["tools"]>> {
  if (given === undefined) return null;
  const words = given
    .replaceAll(/[[\]"'\s]/g, "")
    .split(",")
    .filter((word) => word !== "");
  const found = new Set<NonNullable<ProfileSettings["tools"]>[number]>();
  for (const word of words) {
    const read = oneOf("--tools", word, toolNameSchema.options);
    if (read === null || !read.ok) return read;
    found.add(read.value);
  }
  return found.size === 0
    ? mistake(`--tools ${given}: give one or more of ${toolNameSchema.options.join(", ")}`)
    : { ok: true, value: [...found] };
}
