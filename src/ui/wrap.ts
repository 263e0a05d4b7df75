// Lays styled text into lines of at most so many cells: at words, at any cell, or cut.

import type { Line, Span, Style } from "./frame-types.ts";
import { cutToWidth, graphemes, graphemeWidth, takeCells, textWidth } from "./width.ts";

const noStyle: Style = {};
const asciiOnly = /^[\x20-\x7e]*$/;

/** What stands before the first line and before the others; dropped where it would leave too little room. */
export interface Indent {
  readonly first: readonly Span[];
  readonly rest: readonly Span[];
}

const ROOM_LEAST = 4;
/** Of an indentation deeper than its line, as much stays as leaves this many cells. */
const INDENT_LEAVES = 8;

/**
 * Wraps at spaces and between wide characters; a word longer than a line is broken. `\n` ends a line. Spaces at a break are
 * dropped, at the start of a paragraph they stay. No spans give one empty line; a width below 1 gives none.
 */
export function wrapSpans(spans: readonly Span[], width: number, indent?: Indent): Line[] {
  if (width < 1) return [];
  let line = startLine(width, indent?.first ?? []);
  const lines = [line];
  const open = (joint: string | null): LineDraft => {
    line = startLine(width, indent?.rest ?? [], joint);
    lines.push(line);
    return line;
  };
  let isStart = true;
  for (const word of splitWords(spans)) {
    if (word === "\n") {
      open(null);
      isStart = true;
      continue;
    }
    if (line.used + word.spacesWidth + word.width <= line.room) {
      for (const piece of word.spaces) take(line, piece);
    } else if (isStart && word.spacesWidth > 0) {
      const kept = Math.max(0, Math.min(word.spacesWidth, line.room - INDENT_LEAVES));
      const first = word.spaces[0];
      if (first !== undefined) take(line, { text: " ".repeat(kept), width: kept, span: first.span });
    } else if (line.used > 0) {
      open(" ".repeat(word.spacesWidth));
    }
    isStart = false;
    for (const piece of word.pieces) {
      if (line.used + piece.width <= line.room) take(line, piece);
      else takeBroken(piece, line, () => open(""));
    }
  }
  return lines.map((draft) => draft.spans);
}

/** `wrapSpans` of one span. */
export function wrapText(text: string, width: number, style: Style): Line[] {
  return wrapSpans([{ text, style }], width);
}

interface LineDraft {
  readonly spans: Span[];
  /** Cells for words: the width without the indent. */
  readonly room: number;
  used: number;
  /** What stood where the line above was broken; null: a line of its own. */
  readonly joint: string | null;
}

/** A piece of one word or one run of spaces, all of one span. */
interface Piece {
  readonly text: string;
  readonly width: number;
  readonly span: Span;
}

interface Word {
  readonly spaces: Piece[];
  spacesWidth: number;
  readonly pieces: Piece[];
  width: number;
}

function startLine(width: number, indent: readonly Span[], joint: string | null = null): LineDraft {
  const indentWidth = lineWidth(indent);
  const fits = width - indentWidth >= Math.min(ROOM_LEAST, width);
  return { spans: fits ? [...indent] : [], room: width - (fits ? indentWidth : 0), used: 0, joint };
}

function take(line: LineDraft, { text, width, span }: Piece): void {
  if (text === "") return;
  const last = line.spans.at(-1);
  if (line.used > 0 && last !== undefined && last.style === span.style && last.link === span.link) {
    line.spans[line.spans.length - 1] = { ...last, text: last.text + text };
  } else if (line.used === 0 && line.joint !== null) {
    line.spans.push({ ...span, text, joint: line.joint });
  } else {
    line.spans.push(text === span.text ? span : { ...span, text });
  }
  line.used += width;
}

/** A word may run over several spans (`foo**bar**`); a line may also end before and after a wide character. */
function* splitWords(spans: readonly Span[]): Generator<Word | "\n"> {
  let word = emptyWord();
  let isAfterWide = false;
  for (const span of spans) {
    for (const [text] of span.text.matchAll(/\n| +|[^\n ]+/gu)) {
      const isSpace = text.startsWith(" ");
      if (text === "\n" || isSpace) {
        if (word.pieces.length > 0) {
          yield word;
          word = emptyWord();
        }
        if (isSpace) addSpaces(word, { text, width: text.length, span });
        else {
          yield "\n";
          word = emptyWord();
        }
        isAfterWide = false;
        continue;
      }
      for (const { piece, isWide } of splitWide(text, span)) {
        // No line begins with closing punctuation.
        const mayBreak = (isWide || isAfterWide) && word.pieces.length > 0 && !closing.test(piece.text);
        if (mayBreak) {
          yield word;
          word = emptyWord();
        }
        word.pieces.push(piece);
        word.width += piece.width;
        isAfterWide = isWide;
      }
    }
  }
  if (word.pieces.length > 0) yield word;
}

const closing = /^[、。，．：；？！）」』】〉》〕…,.:;?!)\]}'"]/u;

function emptyWord(): Word {
  return { spaces: [], spacesWidth: 0, pieces: [], width: 0 };
}

function addSpaces(word: Word, piece: Piece): void {
  word.spaces.push(piece);
  word.spacesWidth += piece.width;
}

/** Each wide character by itself, the runs between them whole. */
function splitWide(text: string, span: Span): { piece: Piece; isWide: boolean }[] {
  if (asciiOnly.test(text)) return [{ piece: { text, width: text.length, span }, isWide: false }];
  const parts: { piece: Piece; isWide: boolean }[] = [];
  let run = "";
  let runWidth = 0;
  const flush = () => {
    if (run !== "") parts.push({ piece: { text: run, width: runWidth, span }, isWide: false });
    run = "";
    runWidth = 0;
  };
  for (const cluster of graphemes(text)) {
    const cells = graphemeWidth(cluster);
    if (cells < 2) {
      run += cluster;
      runWidth += cells;
    } else {
      flush();
      parts.push({ piece: { text: cluster, width: cells, span }, isWide: true });
    }
  }
  flush();
  return parts;
}

/** Fills line after line with a piece that is too long for one. A wide character in a column of one cell becomes `?`. */
function takeBroken(piece: Piece, first: LineDraft, open: () => LineDraft): void {
  let line = first;
  let run = "";
  let width = 0;
  for (const cluster of graphemes(piece.text)) {
    const cells = graphemeWidth(cluster);
    if (line.used + width + Math.min(cells, line.room) > line.room) {
      take(line, { text: run, width, span: piece.span });
      run = "";
      width = 0;
      line = open();
    }
    run += cells > line.room ? "?" : cluster;
    width += Math.min(cells, line.room);
  }
  take(line, { text: run, width, span: piece.span });
}

/** Breaks at any cell and drops nothing, for text in which every space counts. `\n` ends a line. */
export function wrapHard(spans: readonly Span[], width: number): Line[] {
  if (width < 1) return [];
  const lines: Span[][] = [[]];
  let used = 0;
  let isBroken = false;
  for (const span of spans) {
    for (const part of span.text.split(/(\n)/u)) {
      if (part === "\n") {
        lines.push([]);
        used = 0;
        isBroken = false;
        continue;
      }
      let rest = part;
      while (rest !== "") {
        // On an empty line at least one character, so that there is progress.
        const head = takeCells(rest, width - used) || (used === 0 ? (graphemes(rest)[0] ?? "") : "");
        if (head !== "") lines.at(-1)?.push({ ...span, text: textWidth(head) > width ? "?" : head, ...(isBroken ? { joint: "" } : {}) });
        isBroken = isBroken && head === "";
        used += textWidth(head);
        rest = rest.slice(head.length);
        if (rest !== "") {
          lines.push([]);
          used = 0;
          isBroken = true;
        }
      }
    }
  }
  return lines;
}

export function lineWidth(line: readonly Span[]): number {
  let width = 0;
  for (const span of line) width += textWidth(span.text);
  return width;
}

/** The line where it fits, else its beginning; `mark` (one cell or none) then takes the last place, and stands for what it hides. */
export function cutLine(line: Line, width: number, mark?: Span): Line {
  if (lineWidth(line) <= width) return line;
  const markWidth = mark === undefined ? 0 : textWidth(mark.text);
  let room = Math.max(0, width - markWidth);
  const cut: Span[] = [];
  for (const span of line) {
    const text = cutToWidth(span.text, room, "");
    if (text !== "") cut.push(text === span.text ? span : { ...span, text });
    room -= textWidth(text);
    if (text !== span.text || room <= 0) break;
  }
  if (mark !== undefined && markWidth <= width) cut.push({ ...mark, stands: textOf(line).slice(textOf(cut).length) });
  return cut;
}

function textOf(line: readonly Span[]): string {
  return line.map((span) => span.stands ?? span.text).join("");
}

/** Exactly `width` cells: cut, or filled with spaces of `style`. */
export function padLine(line: Line, width: number, style: Style = noStyle): Line {
  const missing = width - lineWidth(line);
  if (missing < 0) return cutLine(line, width);
  return missing === 0 ? line : [...line, { text: " ".repeat(missing), style }];
}
