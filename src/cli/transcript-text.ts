// A transcript as text for reading and for scripts: plain, or with a few colours. Nothing in it can drive a terminal.

import { describeAction } from "../domain/describe-action.ts";
import { describeImage } from "../domain/image.ts";
import type { TranscriptItem } from "../domain/item.ts";
import { printable } from "./printable.ts";

const SGR = { user: "1", call: "36", dim: "2", bad: "31" } as const;
type Look = keyof typeof SGR;

/** What the model said after its last call: empty where it said nothing. */
export function answerOf(items: readonly TranscriptItem[]): string {
  const last = items.findLastIndex((item) => item.type === "call" || item.type === "result" || item.type === "user");
  return items
    .slice(last + 1)
    .flatMap((item) => (item.type === "text" && item.text.trim() !== "" ? [item.text.trim()] : []))
    .join("\n\n");
}

/** One block an item, an empty line between what people read apart. */
export function transcriptLines(items: readonly TranscriptItem[], options: { readonly isColored: boolean }): string[] {
  const paint = (look: Look, line: string): string => (options.isColored && line !== "" ? `\u001b[${SGR[look]}m${line}\u001b[0m` : line);
  const lines: string[] = [];
  let before: TranscriptItem["type"] | null = null;
  for (const item of items) {
    const block = blockOf(item, paint);
    if (block.length === 0) continue;
    const isJoined = item.type === "result" && before === "call";
    if (before !== null && !isJoined) lines.push("");
    lines.push(...block);
    before = item.type;
  }
  return lines;
}

type Paint = (look: Look, line: string) => string;

function blockOf(item: TranscriptItem, paint: Paint): string[] {
  switch (item.type) {
    case "user":
      return [...linesOf(item.text), ...(item.images ?? []).map((image) => printable(`[image: ${describeImage(image, "path")}]`))].map(
        (line) => paint("user", `> ${line}`),
      );
    case "text":
      return [...linesOf(item.text), ...(item.isPartial === true ? [paint("dim", "(cut off here)")] : [])];
    case "thought":
      return item.text.trim() === "" ? [] : linesOf(item.text).map((line) => paint("dim", `~ ${line}`));
    case "call":
      return callBlock(item, paint);
    case "result":
      return resultBlock(item, paint);
    case "summary":
      return [paint("dim", `- summary of ${item.replaces} items:`), ...linesOf(item.text)];
    case "notice":
      return linesOf(item.text).map((line) => paint("dim", `- ${line}`));
    default:
      return item satisfies never;
  }
}

function callBlock(item: Extract<TranscriptItem, { type: "call" }>, paint: Paint): string[] {
  const { action } = item;
  if (action.type !== "exec") return [paint("call", `* ${printable(describeAction(action))}`)];
  return [paint("call", `* ${printable(action.language)}`), ...linesOf(action.code).map((line) => paint("call", `    ${line}`))];
}

function resultBlock(item: Extract<TranscriptItem, { type: "result" }>, paint: Paint): string[] {
  const exit = item.exitCode === undefined || item.exitCode === 0 ? "" : `, exit code ${item.exitCode}`;
  const took = item.durationMs === undefined ? "" : `, ${(item.durationMs / 1000).toFixed(1)} s`;
  const head = paint(item.outcome === "ok" ? "dim" : "bad", `  = ${item.outcome}${exit}${took}`);
  return [head, ...(item.text.trim() === "" ? [] : linesOf(item.text).map((line) => paint("dim", `  | ${line}`)))];
}

function linesOf(text: string): string[] {
  return printable(text)
    .replace(/^\n+|\s+$/g, "")
    .split("\n");
}
