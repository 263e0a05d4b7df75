// A folder of profiles, an environment and a vault for tests of the profiles port.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { bundledCatalog } from "../../src/catalog/bundled.ts";
import { harnessesFor } from "../../src/harness/table.ts";
import { parseConfig } from "../../src/host/config.ts";
import type { LocalServer } from "../../src/host/local-servers.ts";
import type { Remembered } from "../../src/host/profile-pair.ts";
import { createProfiles, type HostProfiles } from "../../src/host/profiles.ts";

export const bundledDir = join(import.meta.dirname, "../../profiles");

export interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly toml?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `id origin` pairs. */
  readonly vault?: readonly string[];
  readonly local?: readonly LocalServer[];
  readonly remembered?: Partial<Remembered>;
}

export interface World {
  readonly profiles: HostProfiles;
  readonly userDir: string;
  /** Changes a user's profile. */
  write(name: string, text: string): void;
}

export function makeWorld(context: TestContext, given: Given = {}): World {
  const userDir = mkdtempSync(join(tmpdir(), "interpane-profiles-"));
  context.after(() => rmSync(userDir, { recursive: true, force: true }));
  mkdirSync(userDir, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(userDir, name), text);
  for (const [name, text] of Object.entries(given.files ?? {})) write(name, text);
  const config = parseConfig(given.toml ?? "", "config.toml");
  const profiles = createProfiles({
    bundledDir,
    userDir,
    config: () => config,
    catalog: bundledCatalog,
    chooseHarness: () => "native",
    harnessesFor,
    env: () => given.env ?? {},
    hasVaultKey: (id, origin) => given.vault?.includes(`${id} ${origin}`) ?? false,
    probeLocal: async () => given.local ?? [],
    remembered: () => ({ defaultPair: null, defaultProfile: null, recent: [], ...given.remembered }),
  });
  return { profiles, userDir, write };
}

export function localServer(models: readonly string[], version = "0.20.0"): LocalServer {
  return {
    provider: "ollama",
    name: "Ollama",
    baseUrl: "http://localhost:11434/v1",
    isAnswering: true,
    version,
    models: models.map((id) => ({
      id,
      name: id,
      contextWindow: null,
      maxOutput: null,
      input: ["text"],
      reasoning: "none",
      price: { inputMicros: 0, outputMicros: 0 },
    })),
    fast: models[0] ?? null,
    smart: models.at(-1) ?? null,
  };
}
