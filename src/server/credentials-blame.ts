// What a failure may say of keys: whose key a provider refused, which the wire does not know; and never a key, though the provider repeat it.

import type { Profile } from "../domain/profile.ts";
import type { Failure, ModelEvent } from "../domain/stream.ts";
import { createRedactor } from "../net/redact.ts";

/** Passes events on; where a provider refused the key (401, 403) the failure says which key that was, never the key. */
export async function* nameRefusedKey(
  events: AsyncIterable<ModelEvent>,
  profile: Pick<Profile, "provider" | "credential">,
): AsyncGenerator<ModelEvent, void, undefined> {
  for await (const event of events) {
    const isRefused = event.type === "failed" && event.failure.kind === "auth" && event.failure.status !== undefined;
    yield isRefused ? { type: "failed", failure: named(event.failure, profile) } : event;
  }
}

/** Passes events on; what a failure says is cleared of `secrets`, asked for then. Some providers repeat the key that they refuse. */
export async function* withoutSecrets(
  events: AsyncIterable<ModelEvent>,
  secrets: () => Iterable<string>,
): AsyncGenerator<ModelEvent, void, undefined> {
  for await (const event of events) yield event.type === "failed" ? { type: "failed", failure: cleared(event.failure, secrets()) } : event;
}

function cleared(failure: Failure, secrets: Iterable<string>): Failure {
  const { redact } = createRedactor(secrets);
  const { requestId } = failure;
  return { ...failure, message: redact(failure.message), ...(requestId === undefined ? {} : { requestId: redact(requestId) }) };
}

function named(failure: Failure, profile: Pick<Profile, "provider" | "credential">): Failure {
  return { ...failure, message: `${failure.message}; ${sourceOfKey(profile)}` };
}

function sourceOfKey({ provider, credential }: Pick<Profile, "provider" | "credential">): string {
  const [kind, name = ""] = credential.split(/:(.*)/s);
  switch (kind) {
    case "env":
      return `the key is the one in ${name}`;
    case "vault":
      return `the key is the vault's "${name}", replaced by: interpane vault add ${name}`;
    case "command":
      return `the key is what the auth command of [model_providers.${provider}] printed, run anew for this`;
    case "config":
      return `the key is experimental_bearer_token of [model_providers.${provider}] in config.toml`;
    case "sign-in":
      return `the account is the one signed in by: interpane login ${provider}`;
    case "aws":
      return "the request was signed with your AWS credentials; look at what their policy allows";
    default:
      return "no key was sent, since this profile names none";
  }
}
