// A program of its own: AWS's whole credential chain, run once. The only file that imports @aws-sdk/credential-provider-node.
//
// Not in the server: the chain reads its variables from the process's environment and starts programs (`credential_process`) that
// would inherit the terminals of agents. It gets its question on stdin, so that no key stands in an environment others can read.

import { defaultProvider } from "@aws-sdk/credential-provider-node";

/** Until a metadata server answers, ms: it is asked last, and on most machines there is none. */
const METADATA_MS = 1000;

let question = "";
process.stdin.setEncoding("utf8");
for await (const chunk of process.stdin) question += chunk;

try {
  // Written by `readAwsKeys` alone.
  const { profile, env } = JSON.parse(question) as { profile: string | null; env: Record<string, string> };
  Object.assign(process.env, env);
  const chain = defaultProvider({ ...(profile === null ? {} : { profile }), timeout: METADATA_MS, maxRetries: 0 });
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await chain();
  answer({ ok: true, accessKeyId, secretAccessKey, sessionToken, expiresAtMs: expiration?.getTime() });
} catch (error) {
  answer({ ok: false, reason: error instanceof Error ? error.message : String(error) });
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
