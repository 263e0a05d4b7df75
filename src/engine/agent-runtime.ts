// What the engine keeps of a living agent beside its shared state: its items, its stream, its terminal, its open questions.

import type { AgentId, ApprovalId, SessionId, TurnId } from "../domain/ids.ts";
import type { ShellName } from "../domain/profile.ts";
import type { Answer } from "../domain/protocol.ts";
import type { MeasuredContext } from "./context-size.ts";
import type { ItemStore } from "./item-store.ts";
import type { DesktopEnv, Terminal } from "./ports.ts";

/** One piece of a reply while it streams. */
export interface StreamPart {
  readonly kind: "text" | "thought" | "call";
  readonly name?: string;
  text: string;
}

export interface ApprovalReply {
  readonly answer: Answer | "void";
  readonly code?: string;
  readonly reason?: string;
}

export interface AgentRuntime {
  readonly id: AgentId;
  readonly session: SessionId;
  readonly items: ItemStore;
  /** The folder it was started in: part of the instructions, which must not change within a session. */
  readonly home: string;
  isAutoRun: boolean;
  isOffline: boolean;
  /** Says requests, responses and times as notices. */
  isVerbose: boolean;
  /** Its profile stands in for the user's default, which could not be used when it began; nobody has chosen it. */
  isStopgap: boolean;
  /** The reply that streams now; empty between replies. */
  stream: { turn: TurnId | null; parts: StreamPart[] };
  terminal: Terminal | null;
  /** Which one `terminal` runs; null before there was one. */
  shell: ShellName | null;
  /** Aborts the running turn. */
  abort: AbortController | null;
  /** Settles when the running turn has ended. */
  running: Promise<void>;
  /** The desktop of the client that started it; null after a restart of the server: then that of the newest client counts. */
  desktop: DesktopEnv | null;
  /** What the context filled at its newest count; null before the first, and after a restart. */
  measured: MeasuredContext | null;
  readonly waiting: Map<ApprovalId, (reply: ApprovalReply) => void>;
}
