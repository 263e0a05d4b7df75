// May this action happen? Allow, or ask a person; a person's answer names the digest of exactly what was shown.

import { createHash } from "node:crypto";
import type { Action } from "../domain/action.ts";
import type { Profile } from "../domain/profile.ts";
import type { Sandbox } from "../domain/workspace.ts";

export type Decision = { readonly type: "allow" } | { readonly type: "ask" } | { readonly type: "deny"; readonly reason: string };

export interface PolicyContext {
  readonly profile: Profile;
  readonly sandbox: Sandbox;
  readonly isAutoRun: boolean;
  readonly isOffline: boolean;
}

export function decide(action: Action, context: PolicyContext): Decision {
  if (action.type === "exec" && context.isOffline && context.sandbox.network) {
    return {
      type: "deny",
      reason:
        "this workspace is offline, and no sandbox on this machine can keep code off the network; install bubblewrap, or leave offline mode",
    };
  }
  switch (action.type) {
    case "read":
    case "search":
    case "other":
      return { type: "allow" };
    case "exec":
    case "write":
    case "edit":
      return context.isAutoRun ? { type: "allow" } : { type: "ask" };
    default:
      return action satisfies never;
  }
}

/** SHA-256 over all that decides what would happen: the action, its folder and its sandbox. */
export function digestOf(action: Action, cwd: string, sandbox: Sandbox): string {
  return createHash("sha256")
    .update(JSON.stringify([action, cwd, sandbox]))
    .digest("hex");
}
