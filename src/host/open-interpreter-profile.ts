// Profiles that were written for Open Interpreter (YAML or JSON): what they say in the words of ours, and what has no meaning here.
// Its keys as of 0.4.3 and its published default files, read 2026-11-20; models are named as LiteLLM names them.

import { own } from "../domain/own.ts";
import type { ProfileFile, ToolName } from "../domain/profile.ts";
import { isLoopbackOrigin, originOf } from "../net/origin.ts";

export interface Translated {
  readonly file: ProfileFile;
  /** `key: why`, one line each. */
  readonly left: readonly string[];
  /** A key that the file holds; it is never kept in a profile. */
  readonly secret: string | null;
}

export type Translation = { readonly ok: true; readonly value: Translated } | { readonly ok: false; readonly problem: string };

/** The catalog's provider at an origin; null where there is none. */
export type ProviderAt = (origin: string) => string | null;

/** Keys that only its profiles have at the top; ours always name a `provider`. */
const marks = ["llm", "computer", "interpreter", "version", "safe_mode", "system_message", "loop", "os", "multi_line", "wtf"];

/** A file of ours with a slip in it is not taken for one of theirs. */
export function isOpenInterpreterProfile(value: object): boolean {
  if ("provider" in value) return false;
  return Object.keys(value).some((key) => marks.includes(key) || /^llm[._]/u.test(key) || key === "custom_instructions");
}

/** LiteLLM's prefixes where the catalog has another name for the same provider. */
const prefixes: Readonly<Record<string, string>> = {
  ollama_chat: "ollama",
  lm_studio: "lmstudio",
  bedrock: "amazon-bedrock",
  gemini: "google",
  nvidia_nim: "nvidia",
  github: "github-models",
  fireworks_ai: "fireworks-ai",
  moonshot: "moonshotai",
  dashscope: "alibaba",
  novita: "novita-ai",
};

/** Ports of servers on this machine that are looked for anyway. */
const localPorts: Readonly<Record<string, string>> = { "11434": "ollama", "1234": "lmstudio", "1337": "jan" };

const reasons: Readonly<Record<string, string>> = {
  "llm.api_version": "the catalog's rows say how each provider is spoken to",
  "llm.supports_functions": "models are given tools; there is no other way here",
  "computer.import_computer_api": "Interpane has no Computer API; agents use the shell and files",
  "computer.languages": "every language that is installed can be run",
  system_message: "Interpane's own instructions stand; wishes belong into custom_instructions",
  safe_mode: "everything is asked about, unless auto_run says otherwise",
  offline: "there it switched side features off; here it would cut the provider off too. An offline workspace: interpane --offline",
  disable_telemetry: "there is no telemetry to switch off",
  local: "choose a local profile: ollama or lmstudio",
  verbose: "it is a flag: interpane --verbose",
  speak_messages: "nothing is read aloud here",
  plain_text_display: "it is a flag: interpane --plain",
  loop: "agents go on by themselves until the task is done",
  multi_line: "a message may always have several lines",
};

const otherReason = "Interpane has no such setting";

export function translateProfile(value: object, providerAt: ProviderAt): Translation {
  const given = flatten(value);
  const left: string[] = [];
  const take = <T>(keys: readonly string[], read: (value: unknown) => T | null, allowed: string): T | undefined => {
    for (const key of keys) {
      const found = given.get(key);
      given.delete(key);
      if (found === undefined || found === null || found === "") continue;
      const taken = read(found);
      if (taken !== null) return taken;
      left.push(`${key}: ${allowed} was expected`);
    }
    return undefined;
  };
  given.delete("version");
  const model = take(names("model"), text, "a model's name") ?? "gpt-4o";
  const base = take(names("api_base"), text, "an address");
  const secret = take(names("api_key"), text, "a key") ?? null;
  const place = placeOf(model, base, providerAt);
  if (!place.ok) return place;
  const numbers = {
    temperature: take(names("temperature"), between(0, 2), "a number from 0 to 2"),
    max_tokens: take(names("max_tokens"), whole, "a whole number"),
    context_window: take(names("context_window"), whole, "a whole number"),
    max_output: take(names("max_output"), bounded(200, 16_000), "a whole number"),
    max_budget: take(names("max_budget"), between(Number.MIN_VALUE, 1e9), "US dollars"),
  };
  const instructions = take(["custom_instructions"], text, "a text");
  const autoRun = take(["auto_run"], truth, "true or false");
  const os = take(["os"], truth, "true or false");
  const images = take(names("supports_vision"), truth, "true or false");
  const tools = toolsOf(take(["tools", "interpreter.tools"], words, "a list of tools"), left);
  for (const [key, setting] of given) {
    // What is off or empty asks for nothing.
    if (setting !== false && setting !== null && setting !== "") left.push(`${key}: ${own(reasons, key) ?? otherReason}`);
  }
  const file: ProfileFile = {
    ...place.place,
    ...withoutUndefined(numbers),
    ...(tools === null ? {} : { tools }),
    ...(os === true ? { os } : {}),
    ...(images === true ? { images } : {}),
    ...(autoRun === undefined ? {} : { auto_run: autoRun }),
    ...(instructions === undefined ? {} : { custom_instructions: instructions.trim() }),
  };
  return { ok: true, value: { file, left, secret: secret === null || isPlaceholder(secret) ? null : secret } };
}

/** `llm: {model: x}`, `llm.model: x` and the older `llm_model: x` mean the same. */
function flatten(value: object): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  const visit = (at: object, prefix: string): void => {
    for (const [key, child] of Object.entries(at)) {
      const name = `${prefix}${prefix === "" ? key.replace(/^llm_/u, "llm.") : key}`;
      if (typeof child === "object" && child !== null && !Array.isArray(child)) visit(child, `${name}.`);
      else flat.set(name, child);
    }
  };
  visit(value, "");
  return flat;
}

/** Its oldest files have the model's settings at the top. */
const names = (key: string): string[] => [`llm.${key}`, key];

type Place = Pick<ProfileFile, "provider" | "model" | "base_url" | "wire_api">;
type Placed = { readonly ok: true; readonly place: Place } | { readonly ok: false; readonly problem: string };

/** Where the model runs: by its prefix, by its address, or by what its name begins with. */
function placeOf(named: string, base: string | undefined, providerAt: ProviderAt): Placed {
  const slash = named.indexOf("/");
  const prefix = slash > 0 ? named.slice(0, slash) : null;
  const bare = slash > 0 ? named.slice(slash + 1) : named;
  if (base !== undefined) return placeAt(base, prefix, prefix === "openai" || isLocalPrefix(prefix) ? bare : named, providerAt);
  if (prefix === "azure")
    return { ok: false, problem: `llm.model is "${named}", and Azure has an address of its own for each: set llm.api_base too` };
  if (prefix !== null) return { ok: true, place: { provider: own(prefixes, prefix) ?? prefix, model: bare } };
  if (named === "i") return { ok: false, problem: `llm.model is "i", a service that is no more; name another model` };
  if (/^(gpt|chatgpt|o\d)/u.test(named)) return { ok: true, place: { provider: "openai", model: named } };
  if (named.startsWith("claude")) return { ok: true, place: { provider: "anthropic", model: named } };
  if (named.startsWith("gemini")) return { ok: true, place: { provider: "google", model: named } };
  return { ok: false, problem: `llm.model is "${named}", which does not say where it runs; write it as provider/model` };
}

function isLocalPrefix(prefix: string | null): boolean {
  return prefix !== null && ["ollama", "ollama_chat", "lm_studio", "jan"].includes(prefix);
}

function placeAt(base: string, prefix: string | null, model: string, providerAt: ProviderAt): Placed {
  const origin = originOf(base);
  if (origin === null) return { ok: false, problem: "llm.api_base is no http or https address" };
  const url = new URL(base);
  if (url.username !== "" || url.password !== "")
    return { ok: false, problem: "llm.api_base has a name or a password in it; take them out, and keep the key with: interpane vault add" };
  const local = isLoopbackOrigin(origin) ? localPorts[url.port] : undefined;
  if (local !== undefined) return { ok: true, place: { provider: local, model } };
  const known = prefix === "azure" ? null : providerAt(origin);
  if (known !== null) return { ok: true, place: { provider: known, model } };
  // What LiteLLM speaks to an address of one's own is the chat API, under the path that is given.
  return { ok: true, place: { provider: "custom", model, base_url: base, wire_api: "chat" } };
}

function toolsOf(asked: readonly string[] | undefined, left: string[]): ToolName[] | null {
  if (asked === undefined) return null;
  const known: ToolName[] = [];
  for (const tool of asked) {
    if (tool === "interpreter" || tool === "editor" || tool === "search" || tool === "gui") known.push(tool);
    else left.push(`tools: ${tool} is none of interpreter, editor, search, gui`);
  }
  return known.length === 0 ? null : known;
}

/** What people write where a server wants some key, whichever. */
function isPlaceholder(secret: string): boolean {
  return secret.length < 12 || /^(dummy|fake|empty|none|not[-_]|your[-_]|sk-(xxx|your|no)|lm-studio|ollama|\.\.\.)/iu.test(secret);
}

const text = (value: unknown): string | null => (typeof value === "string" && value.trim() !== "" ? value : null);
const truth = (value: unknown): boolean | null => (typeof value === "boolean" ? value : null);
const whole = (value: unknown): number | null => (typeof value === "number" && Number.isInteger(value) && value > 0 ? value : null);
const between =
  (least: number, most: number) =>
  (value: unknown): number | null =>
    typeof value === "number" && value >= least && value <= most ? value : null;
/** What is outside is brought to the nearest end. */
const bounded =
  (least: number, most: number) =>
  (value: unknown): number | null => {
    const given = whole(value);
    return given === null ? null : Math.max(least, Math.min(most, given));
  };
const words = (value: unknown): string[] | null => {
  if (typeof value === "string") return value.split(/[\s,]+/u).filter((word) => word !== "");
  return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : null;
};

function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
