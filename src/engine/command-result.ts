// What a command gives back: the number of its fact, or a refusal with its reason.

import type { AgentId, PaneId, PromptId, SessionId, TerminalId, TurnId } from "../domain/ids.ts";
import { type ItemImage, isKept, type KeptImage } from "../domain/image.ts";

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
      readonly images?: KeptImage[];
    }
  | { readonly ok: false; readonly reason: string };

export function done(seq: number, note?: string): CommandResult & { ok: true } {
  return note === undefined ? { ok: true, seq } : { ok: true, seq, note };
}

/** With the words of a message of the user's and its images, so that both can be put back where they were typed. */
export function gaveBack(seq: number, message: { text: string; images?: readonly ItemImage[] | undefined }): CommandResult & { ok: true } {
  const images = message.images?.filter(isKept) ?? [];
  return { ...done(seq, message.text), ...(images.length === 0 ? {} : { images }) };
}

export function refuse(reason: string): CommandResult & { ok: false } {
  return { ok: false, reason };
}
