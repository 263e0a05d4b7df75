// Which dialect is spoken: by name, or by the family of model and provider; and which goes over which wire.

import type { WireName } from "../domain/item.ts";
import type { HarnessName } from "../domain/profile.ts";
import { claudeCode, claudeCodeBare } from "./claude-code.ts";
import { deepseekTui } from "./deepseek-tui.ts";
import type { Harness } from "./harness.ts";
import { kimiCli } from "./kimi-cli.ts";
import { minimal } from "./minimal.ts";
import { native } from "./native.ts";
import { qwenCode } from "./qwen-code.ts";

const HARNESSES: Readonly<Record<HarnessName, Harness>> = {
  native: native,
  "claude-code": claudeCode,
  "claude-code-bare": claudeCodeBare,
  "kimi-cli": kimiCli,
  "qwen-code": qwenCode,
  "deepseek-tui": deepseekTui,
  minimal: minimal,
};

export function harnessOf(name: HarnessName): Harness {
  return HARNESSES[name];
}

export interface HarnessQuery {
  readonly wire: WireName;
  readonly provider: { readonly id: string; readonly name: string; readonly baseUrl: string };
  readonly model: string;
  /** What the profile says; wins. */
  readonly explicit?: HarnessName | undefined;
}

/** The first row that fits, as in "Default Harness Selection" of Open Interpreter's page on providers (June 2026). */
const DEFAULTS: readonly { readonly harness: HarnessName; fits(query: HarnessQuery, words: string, url: string): boolean }[] = [
  {
    harness: "claude-code",
    fits: ({ wire, provider, model }, _, url) =>
      wire === "messages" ||
      /claude|anthropic\//i.test(model) ||
      /anthropic/i.test(`${provider.id} ${provider.name}`) ||
      url.includes("api.anthropic.com"),
  },
  { harness: "kimi-cli", fits: (_, words, url) => /kimi|moonshot/.test(words) || /api\.kimi\.com|api\.moonshot\.(ai|cn)/.test(url) },
  {
    harness: "qwen-code",
    fits: ({ model }, words, url) => /(^|\/)(qwen|qwq)/i.test(model) || /dashscope|\bqwen/.test(words) || /dashscope/.test(url),
  },
  { harness: "deepseek-tui", fits: (_, words, url) => /deepseek/.test(words) || url.includes("api.deepseek.com") },
];

/** The demo, the Responses API and everything unknown speak the native dialect. */
export function harnessFor(query: HarnessQuery): HarnessName {
  if (query.explicit !== undefined) return query.explicit;
  const words = `${query.model} ${query.provider.id} ${query.provider.name}`.toLowerCase();
  const url = query.provider.baseUrl.toLowerCase();
  const found = DEFAULTS.find((row) => row.fits(query, words, url));
  return found !== undefined && isCompatible(query.wire, found.harness) ? found.harness : "native";
}

/**
 * Which pairs are taken: those of Open Interpreter 0.0.39, and `minimal` everywhere, since small models run
 * behind any wire (Ollama's is responses). A profile that names another pair is refused.
 */
const COMPATIBLE: Readonly<Record<WireName, readonly HarnessName[]>> = {
  responses: ["native", "minimal"],
  chat: ["native", "claude-code", "claude-code-bare", "kimi-cli", "qwen-code", "deepseek-tui", "minimal"],
  messages: ["claude-code", "claude-code-bare", "minimal"],
  demo: ["native"],
};

/** What a profile over this wire may name. */
export function harnessesFor(wire: WireName): readonly HarnessName[] {
  return COMPATIBLE[wire];
}

export function isCompatible(wire: WireName, harness: HarnessName): boolean {
  return COMPATIBLE[wire].includes(harness);
}
