// One item of a transcript as lines: the user's words, the agent's Markdown, thoughts, summaries, notices. Calls: `transcript-call.ts`.

import { describeImage } from "../domain/image.ts";
import type { ItemOf } from "../domain/item.ts";
import { cleanLine, cleanText } from "./clean.ts";
import { formatCount, formatTokens } from "./format.ts";
import type { Span } from "./frame-types.ts";
import { type Block, cutWithEllipsis, ellipsis, foldMark, type ItemLook, indentLines, marginOf } from "./item-look.ts";
import { renderMarkdown } from "./markdown.ts";
import { role } from "./theme.ts";
import { cutToWidth } from "./width.ts";
import { cutLine, lineWidth, wrapSpans, wrapText } from "./wrap.ts";

export function renderUser(item: ItemOf<"user">, look: ItemLook): Block {
  const { theme, width, isAscii } = look;
  const style = role(theme, "user");
  const mark: Span = { text: isAscii ? "> " : "› ", style: role(theme, "dim"), isChrome: true };
  const images = (item.images ?? []).map(
    (image): Span => ({ text: `\n[image: ${cleanLine(describeImage(image, "path"))}]`, style: role(theme, "dim") }),
  );
  const text = cleanText(item.text).replace(/^\n+|\s+$/gu, "");
  const lines = wrapSpans([{ text, style }, ...images], width, { first: [mark], rest: [{ text: "  ", style, isChrome: true }] });
  return { lines, isCompact: false };
}

export function renderText(item: ItemOf<"text">, look: ItemLook): Block {
  const margin = marginOf(look.width);
  const lines = indentLines(renderMarkdown(item.text, look.width - margin, look.theme, look), margin);
  if (item.isPartial === true) {
    const note = wrapText(`${look.isAscii ? "..." : "⋯"} cut off here`, look.width - margin, role(look.theme, "dim"));
    lines.push(...indentLines(note, margin));
  }
  return { lines, isCompact: false };
}

/** Folded: one line with its beginning. Nothing where the provider gave no words. */
export function renderThought(text: string, isUnfolded: boolean, look: ItemLook, verb = "thought"): Block {
  const { theme, width } = look;
  const margin = marginOf(width);
  const style = role(theme, "thought");
  const clean = cleanText(text).trim();
  if (clean === "") return { lines: [], isCompact: true };
  const head: Span[] = [{ text: `${foldMark(isUnfolded, look)} ${verb}`, style: role(theme, "dim") }];
  if (!isUnfolded) {
    const room = width - margin - lineWidth(head) - 2;
    const first = cleanLine(clean.slice(0, 400)).replace(/[*_`#]+/gu, "");
    if (room > 8) head.push({ text: `  ${cutToWidth(first, room, ellipsis(look))}`, style });
    return { lines: indentLines([cutLine(head, width - margin)], margin), isCompact: true };
  }
  const body = wrapText(clean, width - margin * 2, style);
  return { lines: [...indentLines([cutLine(head, width - margin)], margin), ...indentLines(body, margin * 2)], isCompact: true };
}

/** Of what `--verbose` shows, in the pane. */
const TRACE_LINES = 12;

/** One dim line; unfolded, what the model goes on from. What it stands for is above it, as it was. */
export function renderSummary(item: ItemOf<"summary">, isUnfolded: boolean, look: ItemLook): Block {
  const { theme, width, isAscii } = look;
  const margin = marginOf(width);
  const counts = `${formatCount(item.replaces, "item")} ${isAscii ? "->" : "→"} ${formatTokens(item.tokens)} tokens`;
  const head: Span[] = [
    { text: `${foldMark(isUnfolded, look)} `, style: role(theme, "dim") },
    { text: `compacted: ${counts}`, style: role(theme, "notice") },
  ];
  const lines = indentLines([cutWithEllipsis(head, width - margin, look)], margin);
  if (isUnfolded) lines.push(...indentLines(renderMarkdown(item.text, width - margin * 2, theme, look), margin * 2));
  return { lines, isCompact: true };
}

export function renderNotice(item: ItemOf<"notice">, look: ItemLook): Block {
  const { theme, width, isAscii } = look;
  const margin = marginOf(width);
  const isBad = item.kind === "failed" || item.kind === "crashed" || item.kind === "damage";
  const mark = isBad ? (isAscii ? "x" : "✗") : isAscii ? "-" : "·";
  const first: Span = { text: `${mark} `, style: role(theme, isBad ? "danger" : "dim") };
  const wrap = (text: string, mark: Span) =>
    wrapSpans([{ text: cleanLine(text), style: role(theme, item.kind === "trace" ? "dim" : "notice") }], width - margin, {
      first: [mark],
      rest: [{ text: "  ", style: {} }],
    });
  // A request is many lines of JSON; all of it stands in the session.
  const [head = "", ...rest] = item.kind === "trace" ? item.text.split("\n") : [item.text];
  const shown = rest.slice(0, TRACE_LINES).map((line) => line.replaceAll("\t", " "));
  if (rest.length > shown.length) shown.push(`… ${formatCount(rest.length - shown.length, "line")} more: interpane capture shows them`);
  const indent: Span = { text: "  ", style: {} };
  const lines = [...wrap(head, first), ...shown.flatMap((line) => wrap(line, indent))];
  return { lines: indentLines(lines, margin), isCompact: true };
}
