// Which region Bedrock is asked in: the settings, the environment, the profile's own file, in this order; else nothing is guessed.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bedrockRegions } from "../domain/aws.ts";
import type { AwsSettings } from "./model-provider.ts";

type Env = Readonly<Record<string, string | undefined>>;

export type BedrockRegion = { readonly ok: true; readonly region: string } | { readonly ok: false; readonly problem: string };

/** The order of Open Interpreter 0.0.39: the settings' `region`, then the environment's. */
export function bedrockRegion(aws: AwsSettings | null, env: Env): BedrockRegion {
  const found = findRegion(aws, env);
  const known = bedrockRegions.join(", ");
  if (found === null) {
    return {
      ok: false,
      problem: `no AWS region is known; set AWS_REGION, or region in [model_providers.amazon-bedrock.aws] of config.toml; one of ${known}`,
    };
  }
  if (bedrockRegions.includes(found.region)) return { ok: true, region: found.region };
  return {
    ok: false,
    problem: `Bedrock is not to be had in region "${found.region.slice(0, 40)}" (from ${found.from}); use one of ${known}`,
  };
}

function findRegion(aws: AwsSettings | null, env: Env): { region: string; from: string } | null {
  if (aws?.region != null) return { region: aws.region, from: "config.toml" };
  for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION"]) {
    const region = env[name]?.trim();
    if (region !== undefined && region !== "") return { region, from: name };
  }
  const file = configFile(env);
  const profile = aws?.profile ?? (env["AWS_PROFILE"]?.trim() || "default");
  const region = file === null ? null : regionOfProfile(file, profile);
  return region === null || file === null ? null : { region, from: `${file}, profile ${profile}` };
}

function configFile(env: Env): string | null {
  const named = env["AWS_CONFIG_FILE"]?.trim();
  if (named !== undefined && named !== "") return named;
  const home = env["HOME"];
  return home === undefined || home === "" ? null : join(home, ".aws", "config");
}

function regionOfProfile(file: string, profile: string): string | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // No file, no region in it; whether the credentials can be read is for the chain to say.
    return null;
  }
  let isInside = false;
  for (const line of text.split("\n")) {
    const section = /^\s*\[\s*(?:profile\s+)?["']?([^\]"']+?)["']?\s*\]/.exec(line);
    if (section !== null) isInside = section[1] === profile;
    const region = isInside ? /^region\s*=\s*([^\s#;]+)/.exec(line)?.[1] : undefined;
    if (region !== undefined) return region;
  }
  return null;
}
