// Keeping a key: for which origin, and for Bedrock in which region.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Profiles } from "../../src/engine/ports.ts";
import { parseConfig } from "../../src/host/config.ts";
import type { Vault } from "../../src/host/vault.ts";
import { createDoor } from "../../src/net/door.ts";
import { createCredentials, signInTargetOf } from "../../src/server/credentials.ts";
import type { SignIns } from "../../src/server/credentials-sign-in.ts";

const door = createDoor();
after(() => door.close());

test("a Bedrock key is kept for the region that settings or environment name, and refused where none does", async () => {
  const kept: string[][] = [];
  const vault: Pick<Vault, "add"> = {
    add: (id, origin) => {
      kept.push([id, origin]);
      return Promise.resolve({ ok: true });
    },
  };
  const profiles: Pick<Profiles, "rows" | "models"> = { rows: () => ({ rows: [], problems: [] }), models: () => [] };
  const keep = (toml: string, env: Record<string, string>): Promise<{ ok: boolean }> => {
    const config = (): ReturnType<typeof parseConfig> => parseConfig(toml, "/nowhere/config.toml");
    // Adding a key asks no more of them than this.
    const options = { door, vault: vault as Vault, profiles: profiles as Profiles, config, signIns: {} as SignIns, env: () => env };
    return createCredentials(options).add({ provider: "amazon-bedrock", secret: "bedrock-key", isUntested: true, isOffline: false });
  };
  const refused = await keep("", {});
  assert.ok(!refused.ok && "reason" in refused && /kept for one region; set AWS_REGION/.test(String(refused.reason)));
  assert.equal((await keep("", { AWS_REGION: "us-east-2" })).ok, true);
  assert.equal((await keep('[model_providers.amazon-bedrock.aws]\nregion = "eu-south-1"\n', { AWS_REGION: "us-east-2" })).ok, true);
  assert.deepEqual(kept, [
    ["amazon-bedrock", "https://bedrock-mantle.us-east-2.api.aws"],
    ["amazon-bedrock", "https://bedrock-mantle.eu-south-1.api.aws"],
  ]);
});

test("what no request could carry is not kept as a key, tested or not, and not said back", async () => {
  const kept: string[] = [];
  const vault: Pick<Vault, "add"> = {
    add: (_id, _origin, secret) => {
      kept.push(secret);
      return Promise.resolve({ ok: true });
    },
  };
  const profiles: Pick<Profiles, "rows" | "models"> = { rows: () => ({ rows: [], problems: [] }), models: () => [] };
  const config = (): ReturnType<typeof parseConfig> => parseConfig("", "/nowhere/config.toml");
  const options = { door, vault: vault as Vault, profiles: profiles as Profiles, config, signIns: {} as SignIns, env: () => ({}) };
  const add = (secret: string) => createCredentials(options).add({ provider: "openai", secret, isUntested: true, isOffline: false });
  for (const secret of ["sk-two words", "sk-two\nlines", "sk-\u200bzero", "export KEY=sk-x", " "]) {
    const reply = await add(secret);
    assert.ok(!reply.ok && /is no key/.test(reply.reason) && !reply.reason.includes("sk-"), secret);
  }
  assert.equal((await add(" sk-whole\n")).ok, true);
  assert.deepEqual(kept, ["sk-whole"]);
});

test("an account is for OpenAI itself and for providers of the user's own that say so", () => {
  const toml =
    '[model_providers.gate]\nbase_url = "https://gate.example:8443/v1"\nrequires_openai_auth = true\n[model_providers.plain]\nbase_url = "https://p.example"\n';
  const config = parseConfig(toml, "/nowhere/config.toml");
  const origins = ["openai", "gate", "plain", "anthropic", "nothing", "__proto__"].map((id) => signInTargetOf(id, config)?.origin ?? null);
  assert.deepEqual(origins, ["https://api.openai.com", "https://gate.example:8443", null, null, null, null]);
});
