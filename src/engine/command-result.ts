// What a command gives back: the number of its fact, or a refusal with its reason.

import type { AgentId, PaneId, PromptId, SessionId, TerminalId, TurnId } from "../domain/ids.ts";

export type CommandResult =
  | {
      readonly ok: true;
      readonly seq: number;
      readonly note?: string;
      readonly agent?: AgentId;
      readonly pane?: PaneId;
      readonly terminal?: TerminalId;
      readonly session?: SessionId;
      readonly turn?: TurnId;
      readonly prompt?: PromptId;
    }
  | { readonly ok: false; readonly reason: string };

export function done(seq: number, note?: string): CommandResult & { ok: true } {
  return note === undefined ? { ok: true, seq } : { ok: true, seq, note };
}

export function refuse(reason: string): CommandResult & { ok: false } {
  return { ok: false, reason };
}
