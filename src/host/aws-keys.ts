// AWS credentials from wherever the user keeps them (environment, files, SSO, roles, container, instance), read in a process of its own.

import { fileURLToPath } from "node:url";
import { z } from "zod";
import { awsVariables } from "../domain/aws.ts";
import type { AwsKeys } from "./aws-sign.ts";
import { cleanLine, runClosedChild } from "./closed-child.ts";

export type AwsKeysResult =
  /** `expiresAtMs`: since 1970; null where they do not run out. */
  { readonly ok: true; readonly keys: AwsKeys; readonly expiresAtMs: number | null } | { readonly ok: false; readonly problem: string };

export interface AwsKeysOptions {
  /** null: as AWS_PROFILE says, else `default`. */
  readonly profile: string | null;
  readonly region: string;
  /** The user's variables; of them the AWS ones and a few plain ones are used. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
}

/** SSO and roles ask AWS over the network. */
const CHAIN_MS = 20_000;

/** What the chain needs besides its own: where the files lie, how to start programs, which certificates to trust. */
const PLAIN_NAMES: readonly string[] = ["PATH", "HOME", "USER", "LANG", "TZ", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"];

const answerSchema = z.union([
  z.object({
    ok: z.literal(true),
    accessKeyId: z.string().min(1),
    secretAccessKey: z.string().min(1),
    sessionToken: z.string().optional(),
    expiresAtMs: z.number().optional(),
  }),
  z.object({ ok: z.literal(false), reason: z.string() }),
]);

/** Source runs as `.ts`, the build as `.js`. */
const program = fileURLToPath(new URL(`./aws-chain-program.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url));

/** Never rejects. */
export async function readAwsKeys({ profile, region, env, timeoutMs = CHAIN_MS }: AwsKeysOptions): Promise<AwsKeysResult> {
  const plain = pick(env, PLAIN_NAMES);
  const question = { profile, env: { AWS_REGION: region, ...pick(env, awsVariables) } };
  const end = await runClosedChild({
    argv: [process.execPath, program],
    cwd: env["HOME"] ?? "/",
    env: { PATH: "/usr/bin:/bin", ...plain },
    timeoutMs,
    input: JSON.stringify(question),
  });
  const whose = `profile "${cleanLine(profile ?? (env["AWS_PROFILE"]?.trim() || "default"), 60)}"`;
  switch (end.type) {
    case "timeout":
      return failed(`AWS gave no credentials for ${whose} within ${timeoutMs / 1000} s; check the network, or what that profile runs`);
    case "not-started":
      return failed(`AWS credentials could not be read: ${end.reason}`);
    case "exited":
      return readAnswer(end.stdout, whose);
    default:
      return end satisfies never;
  }
}

function readAnswer(stdout: Uint8Array, whose: string): AwsKeysResult {
  let answer: z.infer<typeof answerSchema>;
  try {
    answer = answerSchema.parse(JSON.parse(new TextDecoder().decode(stdout)));
  } catch {
    return failed(
      "AWS credentials could not be read: the reader broke off; this is a fault of interpane, and AWS_BEARER_TOKEN_BEDROCK goes around it",
    );
  }
  if (!answer.ok) {
    const said = cleanLine(answer.reason, 300).replace(/\.$/, "");
    return failed(
      `no AWS credentials for ${whose}: ${said}; sign in (aws sso login), set AWS_PROFILE, or put a Bedrock key into AWS_BEARER_TOKEN_BEDROCK`,
    );
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiresAtMs } = answer;
  const keys: AwsKeys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return { ok: true, keys, expiresAtMs: expiresAtMs ?? null };
}

function pick(env: Readonly<Record<string, string | undefined>>, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = env[name];
    if (value !== undefined && value !== "") picked[name] = value;
  }
  return picked;
}

function failed(problem: string): AwsKeysResult {
  return { ok: false, problem };
}
