// A conversation as Markdown: whole, readable, with code and output in fences that nothing in them can close.

import { describeAction } from "./describe-action.ts";
import { describeImage, type ItemImage } from "./image.ts";
import type { TranscriptItem } from "./item.ts";

/** `head`: lines about the conversation, under its title. */
export function conversationMarkdown(title: string, head: readonly string[], path: readonly TranscriptItem[]): string {
  const top = [`# ${oneLine(title)}`, head.map((line) => `- ${oneLine(line)}`).join("\n")].filter((part) => part !== "");
  let speaker = "";
  const parts = path.flatMap((item) => {
    const { by, text } = partOf(item);
    if (text === "") return [];
    const isNew = by !== null && (by !== speaker || item.type === "user");
    if (isNew) speaker = by;
    return isNew ? [`## ${by}`, text] : [text];
  });
  return `${[...top, ...parts].join("\n\n")}\n`;
}

interface Part {
  /** Whose words they are; null: nobody's. */
  readonly by: string | null;
  readonly text: string;
}

function partOf(item: TranscriptItem): Part {
  switch (item.type) {
    case "user":
      return { by: "You", text: [item.text.trim(), ...(item.images ?? []).map(imageText)].join("\n\n") };
    case "text":
      return { by: nameOf(item.source), text: `${item.text.trim()}${item.isPartial === true ? "\n\n*(cut off here)*" : ""}` };
    case "thought":
      return { by: nameOf(item.source), text: item.text.trim() === "" ? "" : quote(`*thought*\n\n${item.text.trim()}`) };
    case "call":
      return { by: nameOf(item.source), text: callText(item) };
    case "result": {
      const exit = item.exitCode === undefined || item.exitCode === 0 ? "" : `, exit code ${item.exitCode}`;
      const output = item.text.trim() === "" ? "" : `\n\n${fence(item.diff?.patch ?? item.text, item.diff === undefined ? "" : "diff")}`;
      return { by: null, text: `*${item.outcome}${exit}*${output}` };
    }
    case "summary":
      return { by: null, text: quote(`*summary of ${item.replaces} items*\n\n${item.text.trim()}`) };
    case "notice":
      return { by: null, text: quote(`*${item.text.trim()}*`) };
    default:
      return item satisfies never;
  }
}

function imageText(image: ItemImage): string {
  return `*image: ${oneLine(describeImage(image, "path"))}*`;
}

function callText({ action }: Extract<TranscriptItem, { type: "call" }>): string {
  if (action.type === "exec") return `**${oneLine(action.language)}**\n\n${fence(action.code, action.language)}`;
  const what = `**${describeAction(action)}**`;
  return action.type === "write" ? `${what}\n\n${fence(action.content, "")}` : what;
}

function nameOf(source: { readonly provider: string; readonly model: string }): string {
  return oneLine(`${source.provider} · ${source.model}`);
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ");
}

function quote(text: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? ">" : `> ${line}`))
    .join("\n");
}

/** Longer than any row of backticks inside. */
function fence(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const mark = "`".repeat(longest + 1);
  return `${mark}${/^[\w+-]+$/.test(language) ? language : ""}\n${text.replace(/\n+$/, "")}\n${mark}`;
}
