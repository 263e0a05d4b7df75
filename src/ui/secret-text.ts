// Knows an API key when it sees one, so that none is sent as a prompt, kept in the history or shown.

import { isKey, keyPattern } from "../domain/key-text.ts";
import type { ProfileRow, ProviderRow } from "../domain/protocol.ts";

export interface KeyProvider {
  readonly id: string;
  readonly name: string;
}

interface KeyShape extends KeyProvider {
  readonly prefix: string;
}

// Longest prefix first: `sk-ant-` before `sk-`. From the providers' own key pages, as of mid 2026.
const shapes: readonly KeyShape[] = [
  { prefix: "sk-ant-", id: "anthropic", name: "Anthropic" },
  { prefix: "sk-or-", id: "openrouter", name: "OpenRouter" },
  { prefix: "sk-proj-", id: "openai", name: "OpenAI" },
  { prefix: "sk-svcacct-", id: "openai", name: "OpenAI" },
  { prefix: "nvapi-", id: "nvidia", name: "Nvidia" },
  { prefix: "gsk_", id: "groq", name: "Groq" },
  { prefix: "xai-", id: "xai", name: "xAI" },
  { prefix: "hf_", id: "huggingface", name: "Hugging Face" },
  { prefix: "pplx-", id: "perplexity-agent", name: "Perplexity" },
  { prefix: "fw_", id: "fireworks-ai", name: "Fireworks AI" },
  { prefix: "AIza", id: "google", name: "Google" },
  { prefix: "sk-", id: "openai", name: "OpenAI" },
];

/** One long word of letters and digits that is neither a path nor an address: what the key of an unknown provider looks like. */
export function isRandomToken(text: string): boolean {
  const word = text.trim();
  return /^[A-Za-z0-9_.-]{24,}$/.test(word) && /\d/.test(word) && /[A-Za-z]/.test(word);
}

/** The provider that a key's first letters name. */
export function providerOfKey(key: string): KeyProvider | null {
  const shape = shapes.find(({ prefix }) => key.trim().startsWith(prefix));
  return shape === undefined ? null : { id: shape.id, name: shape.name };
}

/** What may be shown of a key: its public first letters. */
export function maskKey(key: string): string {
  if (key === "") return "";
  const prefix = shapes.find((shape) => key.startsWith(shape.prefix))?.prefix ?? "";
  return `${prefix}${"•".repeat(Math.max(1, Math.min(24, key.length - prefix.length)))}`;
}

/** A text with every key in it masked. */
export function maskKeysIn(text: string): string {
  if (isKey(text)) return maskKey(text.trim());
  return text.replace(keyPattern, (match) => (/\d/.test(match) ? maskKey(match) : match));
}

/** Providers that a key may be for: those of the profiles first, then those whose keys are known by their shape, then all others. */
export function keyProviders(rows: readonly ProfileRow[], providers: readonly ProviderRow[] = []): KeyProvider[] {
  const found = new Map<string, KeyProvider>();
  for (const row of rows) {
    // On this machine none is needed, unless it is a server of the user's own choice, such as a proxy with a key.
    if ((!row.isLocal || row.from === "user") && !row.isDemo) found.set(row.provider, { id: row.provider, name: row.providerName });
  }
  for (const { id, name } of shapes) if (!found.has(id)) found.set(id, { id, name });
  for (const { id, name, takesKey } of providers) if (takesKey && !found.has(id)) found.set(id, { id, name });
  return [...found.values()];
}
