// Markdown as lines. marked finds the blocks; it is loaded once, after the first frame, until then text is shown as it is.
// For text that grows see `markdown-stream.ts`.

import type { MarkedToken, Token, Tokens } from "marked";
import { own } from "../domain/own.ts";
import { cleanText } from "./clean.ts";
import type { Line, Span, Style } from "./frame-types.ts";
import { highlightCode } from "./highlight.ts";
import { renderTable } from "./markdown-table.ts";
import { role, type Theme } from "./theme.ts";
import { cutLine, lineWidth, padLine, wrapSpans, wrapText } from "./wrap.ts";

export interface MarkdownOptions {
  readonly isAscii: boolean;
}

export type BlockToken = MarkedToken;
export type CodeToken = Tokens.Code;
export type ListToken = Tokens.List;

/** What all blocks of one rendering share. */
export interface MarkdownContext {
  readonly theme: Theme;
  readonly isAscii: boolean;
  /** Style of running text: differs inside a quote. */
  readonly text: Style;
  /** Instead of the whole block, for code that is still growing. */
  readonly code?: (token: CodeToken, width: number, context: MarkdownContext) => Line[];
}

let lex: ((text: string) => MarkedToken[]) | null = null;
let loading: Promise<void> | null = null;

/** Loads marked once, about 10 ms. */
export function loadMarkdown(): Promise<void> {
  loading ??= load();
  return loading;
}

async function load(): Promise<void> {
  const { Lexer, Tokenizer } = await import("marked");
  class PlainTokenizer extends Tokenizer {
    /** `[name]: address` far below must not change what is finished above; it is shown as text. */
    override def(): undefined {
      return undefined;
    }
  }
  // Without extensions the lexer makes no other tokens than these.
  lex = (text) => new Lexer({ gfm: true, tokenizer: new PlainTokenizer() }).lex(text) as MarkedToken[];
}

export function isMarkdownLoaded(): boolean {
  return lex !== null;
}

/** Never throws, whatever the text. Cleans it first. No line is wider than `width`. */
export function renderMarkdown(text: string, width: number, theme: Theme, options: MarkdownOptions): Line[] {
  if (width < 1) return [];
  const context = markdownContext(theme, options);
  const clean = cleanText(text);
  const tokens = lexMarkdown(clean);
  if (tokens === null) return wrapText(clean.trim(), width, context.text);
  return renderBlocks(tokens, width, context, null).lines;
}

/** marked takes quadratic time over long runs of markers and overflows the stack on deep nesting; such text is shown as it is. */
const LEX_MAX = 200_000;
const NESTING = /(?:^|\n) *(?:(?:[>*+-]|\d{1,9}[.)]) *){24}/u;
const MARKER_RUN = /[[\]*_~`<!()]{200}/u;

export function markdownContext(theme: Theme, options: MarkdownOptions): MarkdownContext {
  return { theme, isAscii: options.isAscii, text: role(theme, "agent") };
}

/** The blocks of clean text; null where it is to be shown as it is. */
export function lexMarkdown(clean: string): MarkedToken[] | null {
  if (lex === null || clean.length > LEX_MAX || NESTING.test(clean) || MARKER_RUN.test(clean) || hasTooManyMarks(clean)) return null;
  try {
    return lex(clean);
  } catch (error) {
    if (error instanceof RangeError) return null; // Nested over many lines, deeper than the stack.
    throw error;
  }
}

const MARKS_MAX = 3_000;

/** 10,000 marks of emphasis in one paragraph take marked half a second (measured, marked 18.2). */
function hasTooManyMarks(clean: string): boolean {
  if (clean.length < MARKS_MAX) return false;
  return clean.split("\n\n").some((paragraph) => paragraph.length >= MARKS_MAX && (paragraph.match(/[*_~]/gu)?.length ?? 0) > MARKS_MAX);
}

// Blocks --------------------------------------------------------------------------------------------------------------

/** The block above: `isTight` where no empty line followed it in the source. */
export type BlockAbove = { readonly type: string; readonly isTight: boolean } | null;

export function renderBlocks(
  tokens: readonly MarkedToken[],
  width: number,
  context: MarkdownContext,
  before: BlockAbove,
): { lines: Line[]; last: BlockAbove } {
  const lines: Line[] = [];
  let last = before;
  for (const token of tokens) {
    if (token.type === "space") {
      if (last !== null) last = { ...last, isTight: false };
      continue;
    }
    const block = renderBlock(token, width, context);
    if (block.length === 0) continue;
    if (isApart(last, token.type)) lines.push([]);
    for (const line of block) lines.push(line);
    last = { type: token.type, isTight: !/\n *\n$/u.test(token.raw) };
  }
  return { lines, last };
}

/** Whether an empty line stands between; a list follows its sentence closely where the author wrote it so. */
export function isApart(above: BlockAbove, below: string): boolean {
  if (above === null) return false;
  const mayTouch = (above.type === "paragraph" || above.type === "text" || above.type === "list") && (below === "list" || below === "text");
  return !(above.isTight && mayTouch);
}

function renderBlock(token: MarkedToken, width: number, context: MarkdownContext): Line[] {
  const { theme, isAscii } = context;
  switch (token.type) {
    case "heading": {
      const style = role(theme, "heading", token.depth === 1 ? { underline: true } : token.depth > 3 ? { italic: true } : {});
      return wrapSpans(inline(token.tokens, context, style), width);
    }
    case "code":
      return (context.code ?? renderCode)(token, width, context);
    case "blockquote":
      return renderQuote(token, width, context);
    case "list":
      return renderList(token, width, context);
    case "table":
      return renderTable(
        {
          header: token.header.map((cell) => inline(cell.tokens, context, role(theme, "heading"))),
          rows: token.rows.map((row) => row.map((cell) => inline(cell.tokens, context, context.text))),
          align: token.align,
        },
        width,
        theme,
        { isAscii },
      );
    case "hr":
      return [[{ text: (isAscii ? "-" : "─").repeat(width), style: role(theme, "border") }]];
    case "html":
      return token.text.trim() === "" ? [] : wrapText(token.text.trimEnd(), width, context.text);
    case "paragraph":
    case "text":
      return wrapSpans(inline(token.tokens ?? [token], context, context.text), width);
    case "space":
      return [];
    default:
      return token.raw.trim() === "" ? [] : wrapText(token.raw.trim(), width, context.text);
  }
}

function renderQuote(token: Tokens.Blockquote, width: number, context: MarkdownContext): Line[] {
  if (width < 8) return renderBlocks(closed(token.tokens), width, context, null).lines;
  const bar: Span = { text: context.isAscii ? "| " : "▎ ", style: role(context.theme, "border") };
  const inside = renderBlocks(closed(token.tokens), width - 2, { ...context, text: role(context.theme, "quote") }, null);
  return inside.lines.map((line) => [bar, ...line]);
}

function renderList(list: ListToken, width: number, context: MarkdownContext): Line[] {
  const start = list.ordered ? Number(list.start) || 0 : 0;
  const digits = String(start + list.items.length - 1).length;
  return renderItems(list.items, { isOrdered: list.ordered, start, digits, isLoose: list.loose }, width, context);
}

/** `digits`: cells for the numbers of an ordered list; `isLoose`: an empty line between items. */
export interface ListShape {
  readonly isOrdered: boolean;
  readonly start: number;
  readonly digits: number;
  readonly isLoose: boolean;
}

export function renderItems(items: ListToken["items"], shape: ListShape, width: number, context: MarkdownContext): Line[] {
  const lines: Line[] = [];
  items.forEach((item, index) => {
    const number = shape.isOrdered ? `${shape.start + index}.`.padStart(shape.digits + 1) : null;
    const mark = itemMark(item, number, context);
    const markWidth = lineWidth([mark]);
    const isRoomy = width - markWidth >= 6;
    const tokens = closed(item.tokens).filter((token) => token.type !== "checkbox");
    const inside = renderBlocks(tokens, isRoomy ? width - markWidth : width, context, null).lines;
    const rest: Span = { text: " ".repeat(markWidth), style: context.text };
    if (shape.isLoose && index > 0) lines.push([]);
    if (!isRoomy) lines.push(...(inside.length === 0 ? [[]] : inside));
    else if (inside.length === 0) lines.push([mark]);
    else lines.push(...inside.map((line, at) => (at === 0 ? [mark, ...line] : line.length === 0 ? [] : [rest, ...line])));
  });
  return lines;
}

function itemMark(item: Tokens.ListItem, number: string | null, { theme, isAscii }: MarkdownContext): Span {
  const style = role(theme, "dim");
  if (item.task) {
    const box = isAscii ? (item.checked === true ? "[x] " : "[ ] ") : item.checked === true ? "☑ " : "☐ ";
    return { text: number === null ? box : `${number} ${box}`, style: item.checked === true ? role(theme, "ok") : style };
  }
  return { text: number === null ? (isAscii ? "- " : "• ") : `${number} `, style };
}

export function renderCode(token: CodeToken, width: number, context: MarkdownContext): Line[] {
  // An open fence still has the line ends before its closing one.
  return codeLines(token.text.replace(/\n+$/u, ""), token.lang ?? "", width, context);
}

/** Code on its own ground, one column in; not wrapped: `›` marks what is cut. */
export function codeLines(text: string, info: string, width: number, { theme, isAscii }: MarkdownContext): Line[] {
  const language = /^[\w+#.-]+/u.exec(info)?.[0] ?? "";
  const surface = role(theme, "surface");
  const ground: Style = surface.bg === undefined ? {} : { bg: surface.bg };
  const mark: Span = { text: isAscii ? ">" : "›", style: role(theme, "dim", ground) };
  const margin: Span = { text: width >= 8 ? " " : "", style: ground, isChrome: true };
  return highlightCode(text, language, theme, ground).map((spans) => {
    const line = cutLine([margin, ...spans], width, mark);
    return surface.bg === undefined ? line : padLine(line, width, ground);
  });
}

/** Tokens inside a token; without extensions marked makes no others than these. */
function closed(tokens: readonly Token[] | undefined): MarkedToken[] {
  return (tokens ?? []) as MarkedToken[];
}

// Inline --------------------------------------------------------------------------------------------------------------

function inline(tokens: readonly Token[] | undefined, context: MarkdownContext, style: Style, link?: string): Span[] {
  return closed(tokens).flatMap((token) => inlineToken(token, context, style, link));
}

function inlineToken(token: MarkedToken, context: MarkdownContext, style: Style, link: string | undefined): Span[] {
  // Cleaned again: an entity may spell what cleaning took out (`&#27;`).
  const say = (given: string, own: Style): Span[] => {
    const text = cleanText(given);
    return text === "" ? [] : [link === undefined ? { text, style: own } : { text, style: own, link }];
  };
  switch (token.type) {
    case "strong":
      return inline(token.tokens, context, { ...style, bold: true }, link);
    case "em":
      return inline(token.tokens, context, { ...style, italic: true }, link);
    case "del":
      return inline(token.tokens, context, { ...style, strike: true }, link);
    case "codespan":
      return say(token.text, over(style, role(context.theme, "code.inline")));
    case "br":
      return say("\n", style);
    case "link":
      return inlineLink(token, context, style);
    case "image":
      return say(`[image: ${decode(token.text === "" ? token.href : token.text)}]`, over(style, role(context.theme, "dim")));
    case "html":
      return say(/^<br ?\/?>$/iu.test(token.text) ? "\n" : token.text, style);
    case "text":
      return token.tokens === undefined ? say(paragraphText(token.raw), style) : inline(token.tokens, context, style, link);
    case "escape":
      return say(token.text, style);
    case "checkbox":
      return [];
    default:
      return say(token.raw, style);
  }
}

/** A single line end inside a paragraph is a space. From the source: marked itself would turn some entities into characters, not all. */
function paragraphText(source: string): string {
  return decode(source).replace(/ *\n */gu, " ");
}

const safeAddress = /^(?:https?:\/\/|mailto:)[\x21-\x7e]+$/iu;

/** The address is spelled out where it cannot be a link, and where the text claims to be another one. */
function inlineLink(token: Tokens.Link, context: MarkdownContext, style: Style): Span[] {
  const address = cleanText(decode(token.href).replace(/[^\x21-\x7e]/gu, (character) => escapeAddress(character)));
  if (!safeAddress.test(address)) {
    return [
      ...inline(token.tokens, context, style),
      { text: ` (${cleanText(token.href).replace(/\s+/gu, " ")})`, style: over(style, role(context.theme, "dim")) },
    ];
  }
  const shown = inline(token.tokens, context, over(style, role(context.theme, "link")), address);
  const label = shown.map((span) => span.text).join("");
  if (!claimsAddress.test(label) || host(label) === host(address)) return shown;
  return [...shown, { text: ` (${address})`, style: over(style, role(context.theme, "dim")) }];
}

/** A scheme, `www.`, a name with a path, or a name under a well-known domain; `Date.now` is none of them. */
const claimsAddress =
  /^\s*(?:[a-z]+:\/\/|www\.|[\w-]+(?:\.[\w-]+)+[/:?#]|[\w.-]+@[\w.-]+|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|io|dev|app|ai|co|me|info|uk|de|eu|cn|ru)\s*$)/iu;

function escapeAddress(character: string): string {
  try {
    return encodeURI(character);
  } catch {
    return ""; // A lone surrogate has no spelling.
  }
}

function host(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/^(?:[a-z]+:\/\/|mailto:)/u, "")
    .replace(/^www\./u, "")
    .replace(/[/?#].*$/su, "");
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  copy: "©",
  mdash: "—",
  ndash: "–",
  hellip: "…",
};

/** Entities as their characters, once. */
function decode(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,8}));/giu, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return own(entities, name) ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? "0", 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
  });
}

/** `style` with the fields of `top` laid on it, so that code inside bold stays bold. */
function over(style: Style, top: Style): Style {
  return { ...style, ...top };
}
