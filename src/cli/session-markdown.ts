// A kept conversation as a Markdown file, with what is known of its session on top.

import { conversationMarkdown } from "../domain/conversation-markdown.ts";
import type { TranscriptItem } from "../domain/item.ts";
import type { SessionRow } from "../domain/protocol.ts";

export function sessionMarkdown(row: SessionRow, path: readonly TranscriptItem[]): string {
  const head = [
    `session: ${row.id}`,
    `folder: ${row.folder}`,
    `begun: ${new Date(row.createdAt).toISOString()}`,
    `last change: ${new Date(row.updatedAt).toISOString()}`,
  ];
  return conversationMarkdown(row.title, head, path);
}
