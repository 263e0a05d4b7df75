// Names of why a command or a query was sent: a kind and what it is about, so that the answer finds its place.

import type { AgentId } from "../domain/ids.ts";
import type { Command, Query } from "../domain/protocol.ts";
import type { Effect, Purpose } from "./effects.ts";

export type PurposeKind =
  /** A refusal or a note goes to the agent's pane. */
  | "say"
  /** The pane that was made gets the focus. */
  | "made"
  | "send"
  | "takeBack"
  /** An image of the agent's message was read, or not. */
  | "attach"
  | "answer"
  | "key"
  | "unlock"
  /** A refusal goes to the status line. */
  | "status"
  /** As "status", for what changes where keys go: a face, the zoom, a pane that closes. */
  | "turned"
  | "profiles"
  | "offers"
  | "providers"
  | "models"
  | "older"
  | "messages"
  | "tokens"
  | "usage"
  /** What one agent's part of a broadcast would cost. */
  | "estimate"
  | "rows"
  | "search"
  | "paste"
  | "buffer"
  | "buffers"
  | "rules"
  | "show"
  | "editComposer"
  | "editApproval"
  /** A border that the mouse moves. */
  | "border";

export interface ParsedPurpose {
  readonly kind: string;
  readonly id: string;
}

export function purposeOf(kind: PurposeKind, id = ""): Purpose {
  return id === "" ? kind : `${kind} ${id}`;
}

export function parsePurpose(purpose: Purpose): ParsedPurpose {
  const at = purpose.indexOf(" ");
  return at < 0 ? { kind: purpose, id: "" } : { kind: purpose.slice(0, at), id: purpose.slice(at + 1) };
}

export function command(value: Command, purpose: Purpose): Effect {
  return { type: "command", command: value, purpose };
}

export function query(value: Query, purpose: Purpose): Effect {
  return { type: "query", query: value, purpose };
}

/** A command about an agent; what comes back is said in its pane. */
export function agentCommand(agent: AgentId, value: Command): Effect {
  return command(value, purposeOf("say", agent));
}
