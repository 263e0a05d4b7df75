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

/** The first row that fits (seeds/providers.txt, Default Harness Selection; facts/provider-layer.md, section 8). */
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
 * Which pairs Open Interpreter takes (facts/provider-layer.md, section 8). Here a dialect is only names and parameters, so
 * every pair works; what this says is where a notice is due.
 */
const COMPATIBLE: Readonly<Record<WireName, readonly HarnessName[]>> = {
  responses: ["native"],
  chat: ["native", "claude-code", "claude-code-bare", "kimi-cli", "qwen-code", "deepseek-tui", "minimal"],
  messages: ["claude-code", "claude-code-bare"],
  demo: ["native"],
};

export function isCompatible(wire: WireName, harness: HarnessName): boolean {
  return COMPATIBLE[wire].includes(harness);
}
