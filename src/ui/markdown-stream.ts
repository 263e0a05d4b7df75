// Markdown that grows: what is finished is drawn once and kept, so that each piece costs only the last block.

import { cleanText } from "./clean.ts";
import type { Line, Span } from "./frame-types.ts";
import { isHighlighterLoaded } from "./highlight.ts";
import {
  type BlockAbove,
  type BlockToken,
  type CodeToken,
  codeLines,
  isApart,
  isMarkdownLoaded,
  type ListShape,
  type ListToken,
  lexMarkdown,
  type MarkdownContext,
  type MarkdownOptions,
  markdownContext,
  renderBlocks,
  renderCode,
  renderItems,
} from "./markdown.ts";
import type { Theme } from "./theme.ts";
import { wrapText } from "./wrap.ts";

export interface MarkdownStream {
  /** The whole text so far, grown or new. The result must not be changed; an equal text gives the same array. */
  push(text: string): readonly Line[];
}

export interface StreamOptions extends MarkdownOptions {
  /** Cells left free before every line; `width` includes them. */
  readonly margin?: number;
}

/** Start of a line that may still become a list, heading, rule, fence or table: shown once it is clear what it is. */
const undecided = /^[ >]*(?:[-+*#=`~|_:]+|\d{1,9}[.)]?) *$/u;

/** Where a stream stands. `clean` holds the complete lines; up to `stableEnd` they are drawn in `stable`. */
interface Progress {
  raw: string;
  rawDone: number;
  clean: string;
  stableEnd: number;
  stable: Line[];
  above: BlockAbove;
  list: KeptList | null;
  isRich: boolean;
}

/** The first items of the list that is growing. `length` in characters from `stableEnd`. */
interface KeptList {
  readonly length: number;
  readonly count: number;
  readonly shape: ListShape;
  readonly lines: readonly Line[];
}

export function createMarkdownStream(width: number, theme: Theme, options: StreamOptions): MarkdownStream {
  const margin = options.margin ?? 0;
  const look: Look = { width: width - margin, margin, context: { ...markdownContext(theme, options), code: createGrowingCode() } };
  let progress = begin();
  let result: readonly Line[] = [];
  return {
    push(text) {
      if (look.width < 1) return [];
      if (text === progress.raw && progress.isRich === isMarkdownLoaded()) return result;
      if (!text.startsWith(progress.raw) || progress.isRich !== isMarkdownLoaded()) progress = begin();
      result = advance(progress, text, look);
      return result;
    },
  };
}

interface Look {
  readonly width: number;
  readonly margin: number;
  readonly context: MarkdownContext;
}

function begin(): Progress {
  return { raw: "", rawDone: 0, clean: "", stableEnd: 0, stable: [], above: null, list: null, isRich: isMarkdownLoaded() };
}

function advance(progress: Progress, text: string, look: Look): readonly Line[] {
  progress.raw = text;
  const lineStart = text.lastIndexOf("\n") + 1;
  if (lineStart > progress.rawDone) {
    progress.clean += cleanText(text.slice(progress.rawDone, lineStart));
    progress.rawDone = lineStart;
  }
  const partial = cleanText(text.slice(progress.rawDone));
  const shown = undecided.test(partial) ? "" : partial;
  const tail = progress.clean.slice(progress.stableEnd) + shown;
  const fromList = progress.list === null ? null : continueList(progress, progress.list, tail, shown !== "", look);
  if (fromList !== null) return [...progress.stable, ...fromList];
  progress.list = null;
  const tokens = lexMarkdown(shown === "" ? tail : closeMarks(tail));
  if (tokens === null) return [...progress.stable, ...indent(wrapText(tail.trim(), look.width, look.context.text), look.margin)];
  const open = keepFinished(progress, tokens, tail, look);
  const { lines } = renderBlocks(open, look.width, look.context, progress.above);
  const list = open.find((token) => token.type === "list");
  if (list !== undefined) progress.list = keepItems(progress, null, list, shapeOf(list), look);
  return [...progress.stable, ...indent(lines, look.margin)];
}

/** Draws all blocks but the last for good; gives back what stays open. */
function keepFinished(progress: Progress, tokens: readonly BlockToken[], tail: string, look: Look): readonly BlockToken[] {
  const last = tokens.findLastIndex((token) => token.type !== "space");
  const done = tokens.slice(0, Math.max(0, last));
  if (!done.some((token) => token.type !== "space")) return tokens;
  const source = done.map((token) => token.raw).join("");
  // Whether marked's tokens add up to the text is checked, not believed: a wrong offset would show something twice.
  if (!tail.startsWith(source)) return tokens;
  const { lines, last: above } = renderBlocks(done, look.width, { ...look.context, code: renderCode }, progress.above);
  progress.stable = [...progress.stable, ...indent(lines, look.margin)];
  progress.above = above;
  progress.stableEnd += source.length;
  return tokens.slice(last);
}

function indent(lines: readonly Line[], margin: number): readonly Line[] {
  if (margin === 0) return lines;
  const space: Span = { text: " ".repeat(margin), style: {} };
  return lines.map((line) => (line.length === 0 ? line : [space, ...line]));
}

// Lists -----------------------------------------------------------------------------------------------------------------

/** Fewer are drawn whole each time. */
const ITEMS_LEAST = 6;

function shapeOf(list: ListToken): ListShape {
  const start = list.ordered ? Number(list.start) || 0 : 0;
  return { isOrdered: list.ordered, start, digits: String(start + list.items.length - 1).length, isLoose: list.loose };
}

/** The open list with its first items as kept; null where the list ended or its shape changed, and all is drawn anew. */
function continueList(progress: Progress, kept: KeptList, tail: string, isMidLine: boolean, look: Look): readonly Line[] | null {
  const rest = tail.slice(kept.length);
  const tokens = lexMarkdown(isMidLine ? closeMarks(rest) : rest);
  const [list, ...others] = tokens ?? [];
  if (list?.type !== "list" || others.some((token) => token.type !== "space")) return null;
  const { shape } = kept;
  const start = shape.start + kept.count;
  const digits = String(start + list.items.length - 1).length;
  if (list.ordered !== shape.isOrdered || (list.loose && !shape.isLoose) || (shape.isOrdered && digits !== shape.digits)) return null;
  const lines = renderItems(list.items, { ...shape, start: shape.isOrdered ? start : 0 }, look.width, look.context);
  if (list.items.length >= ITEMS_LEAST) progress.list = keepItems(progress, kept, list, shape, look);
  return [...kept.lines, ...(shape.isLoose ? [[]] : []), ...indent(lines, look.margin)];
}

/** All items but the last two: whether a list is loose may still change with the item after. */
function keepItems(progress: Progress, kept: KeptList | null, list: ListToken, shape: ListShape, look: Look): KeptList | null {
  if (list.items.length < ITEMS_LEAST) return kept;
  const done = list.items.slice(0, -2);
  const source = done.map((item) => item.raw).join("");
  const from = progress.stableEnd + (kept?.length ?? 0);
  if (!progress.clean.startsWith(source, from)) return kept;
  const count = kept?.count ?? 0;
  const drawn = renderItems(done, { ...shape, start: shape.isOrdered ? shape.start + count : 0 }, look.width, {
    ...look.context,
    code: renderCode,
  });
  const above = kept === null ? (isApart(progress.above, "list") ? [[]] : []) : [...kept.lines, ...(shape.isLoose ? [[]] : [])];
  return {
    length: (kept?.length ?? 0) + source.length,
    count: count + done.length,
    shape,
    lines: [...above, ...indent(drawn, look.margin)],
  };
}

// Open ends -------------------------------------------------------------------------------------------------------------

const fenceLine = /(?:^|\n)[ >]*(?:(?:[-*+]|\d{1,9}[.)]) +)?(?:```|~~~)/gu;

/** Ends emphasis and code that are still open in the last paragraph, so that they do not flash as marks. */
function closeMarks(text: string): string {
  if ((text.match(fenceLine)?.length ?? 0) % 2 === 1) return text;
  const paragraph = text.slice(Math.max(text.lastIndexOf("\n\n"), text.lastIndexOf("```"), 0));
  const ticks = paragraph.match(/`+/gu)?.filter((run) => run.length === 1).length ?? 0;
  if (ticks % 2 === 1) return text.endsWith("`") ? text.slice(0, -1) : `${text}\``;
  const strong = paragraph.replace(/`[^`]*`/gu, "").match(/\*\*/gu)?.length ?? 0;
  if (strong % 2 === 0) return text;
  if (text.endsWith("**")) return text.slice(0, -2);
  if (text.endsWith("*")) return `${text}*`;
  return `${text.trimEnd()}**`;
}

/** Lines of growing code are coloured when they are whole, a few together, and then kept. */
const GROUP_LINES = 24;

function createGrowingCode(): NonNullable<MarkdownContext["code"]> {
  let kept = "";
  let keptLines: readonly Line[] = [];
  let group = "";
  let groupLines: readonly Line[] = [];
  let key = "";
  return (token, width, context) => {
    if (isClosed(token)) return renderCode(token, width, context);
    const language = token.lang ?? "";
    const text = token.text.replace(/\n+$/u, "\n");
    const now = `${width} ${language} ${isHighlighterLoaded()}`;
    if (key !== now || !text.startsWith(kept)) {
      key = now;
      kept = group = "";
      keptLines = groupLines = [];
    }
    const end = Math.max(kept.length, text.lastIndexOf("\n") + 1);
    const whole = text.slice(kept.length, end);
    if (whole !== group) {
      group = whole;
      groupLines = whole === "" ? [] : codeLines(whole.slice(0, -1), language, width, context);
    }
    if (groupLines.length >= GROUP_LINES) {
      kept += group;
      keptLines = [...keptLines, ...groupLines];
      group = "";
      groupLines = [];
    }
    const rest = text.slice(kept.length + group.length);
    const isEmpty = keptLines.length + groupLines.length === 0;
    return [...keptLines, ...groupLines, ...(rest !== "" || isEmpty ? codeLines(rest, "", width, context) : [])];
  };
}

function isClosed(token: CodeToken): boolean {
  return token.codeBlockStyle === "indented" || /\n *(?:`{3,}|~{3,}) *\n*$/u.test(token.raw);
}
