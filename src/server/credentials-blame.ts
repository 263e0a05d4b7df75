// Whose key it was that a provider refused: the wire that hears the refusal does not know.

import type { Profile } from "../domain/profile.ts";
import type { Failure, ModelEvent } from "../domain/stream.ts";

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
