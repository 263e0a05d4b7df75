// Conversations as Open Interpreter keeps them in a file: a list of messages with role, type and content. Ours are written so, and such
// files are read; what a model was told about its own reasoning has no place there.

import { z } from "zod";
import { describeAction } from "./describe-action.ts";
import type { NewItem, Source, TranscriptItem } from "./item.ts";

const messageSchema = z.looseObject({
  role: z.enum(["user", "assistant", "computer", "system"]),
  type: z.string().default("message"),
  format: z.string().nullable().optional(),
  content: z.unknown(),
});
export interface Message {
  readonly role: "user" | "assistant" | "computer";
  readonly type: "message" | "code" | "console";
  readonly format?: string;
  readonly content: string;
}

export function itemsToMessages(items: readonly TranscriptItem[]): Message[] {
  return items.flatMap((item): Message[] => {
    switch (item.type) {
      case "user":
        return [{ role: "user", type: "message", content: item.text }];
      case "text":
      case "summary":
        return [{ role: "assistant", type: "message", content: item.text }];
      case "call": {
        const { action } = item;
        if (action.type === "exec") return [{ role: "assistant", type: "code", format: action.language, content: action.code }];
        return [{ role: "assistant", type: "message", content: `(${describeAction(action)})` }];
      }
      case "result":
        return [{ role: "computer", type: "console", format: "output", content: item.text }];
      case "thought":
      case "notice":
        return [];
      default:
        return item satisfies never;
    }
  });
}

export type Loaded = { readonly ok: true; readonly items: readonly NewItem[] } | { readonly ok: false; readonly problem: string };

const MESSAGES_MAX = 20_000;

/** What stands in such a file was said by others: a call is shown to the model with its result, and nothing is run. */
export function messagesToItems(text: string, source: Source, newCallId: () => string): Loaded {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/u, ""));
  } catch {
    return { ok: false, problem: "this is not JSON; needed: a list of messages, as %save_message writes it" };
  }
  const parsed = z.array(messageSchema).max(MESSAGES_MAX).safeParse(value, { jitless: true });
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path.join(".") ?? "";
    return { ok: false, problem: `${at === "" ? "this" : `at ${at}: this`} is no list of messages with role, type and content` };
  }
  const items: NewItem[] = [];
  let open: string | null = null;
  const settle = (output: string): void => {
    if (open === null) return;
    items.push({ type: "result", callId: open, outcome: output === "" ? "unknown" : "ok", text: output });
    open = null;
  };
  for (const { role, type, format, content } of parsed.data) {
    const said = typeof content === "string" ? content : JSON.stringify(content ?? "");
    if (role === "computer") {
      // The active line, and outputs that belong to no code, say nothing to a model.
      if (format === "active_line") continue;
      const last = items.at(-1);
      const output = type === "console" ? said : `(${type})`;
      if (open !== null) settle(output);
      else if (last?.type === "result") items[items.length - 1] = { ...last, text: `${last.text}\n${output}` };
      continue;
    }
    settle("");
    if (role === "system" || said.trim() === "") continue;
    if (role === "user") items.push({ type: "user", text: said });
    else if (type === "code") {
      open = newCallId();
      const language = (format ?? "shell").toLowerCase();
      const action = { type: "exec" as const, language, code: said };
      items.push({ type: "call", callId: open, name: "exec", arguments: JSON.stringify({ language, code: said }), action, source });
    } else items.push({ type: "text", text: said, source });
  }
  settle("");
  return items.length === 0 ? { ok: false, problem: "there is no message in it" } : { ok: true, items };
}
