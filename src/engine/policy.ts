// May this action happen? Allow, or ask a person; a person's answer names the digest of exactly what was shown.

import { createHash } from "node:crypto";
import type { Action } from "../domain/action.ts";
import { isHarmless } from "../domain/computer.ts";
import type { Profile, ToolName } from "../domain/profile.ts";
import type { Sandbox } from "../domain/workspace.ts";

export type Decision = { readonly type: "allow" } | { readonly type: "ask" } | { readonly type: "deny"; readonly reason: string };

export interface PolicyContext {
  readonly profile: Profile;
  readonly sandbox: Sandbox;
  readonly isAutoRun: boolean;
  readonly isOffline: boolean;
}

/** Which of the profile's tools an action takes, any one of them; null: none. */
function toolsFor(action: Action): readonly ToolName[] | null {
  switch (action.type) {
    case "exec":
      return ["interpreter"];
    case "write":
    case "edit":
      return ["editor"];
    // Whoever may run code, or find things, may look at files.
    case "read":
    case "search":
      return ["search", "editor", "interpreter"];
    case "computer":
      return ["gui"];
    case "todo":
    case "ask":
    case "other":
      return null;
    default:
      return action satisfies never;
  }
}

export function decide(action: Action, context: PolicyContext): Decision {
  // A tool that was not offered is not run either, though a model may know its name.
  const { tools } = context.profile;
  if (toolsFor(action)?.some((tool) => tools.includes(tool)) === false) {
    return {
      type: "deny",
      reason: `this profile does not offer that tool (tools: ${tools.join(", ") || "none"}); say what you would need`,
    };
  }
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
    case "todo":
    case "ask":
    case "other":
      return { type: "allow" };
    case "computer": {
      // No sandbox holds what is clicked: it happens in the user's own programs.
      if (context.isOffline)
        return { type: "deny", reason: "this workspace is offline, and nothing keeps programs on the screen off the network" };
      return context.isAutoRun || isHarmless(action.does) ? { type: "allow" } : { type: "ask" };
    }
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
