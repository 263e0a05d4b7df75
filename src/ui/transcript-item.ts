// One item of a transcript as lines: the user's words, the agent's Markdown, a tool call with its result, thoughts, notices.

import type { Action } from "../domain/action.ts";
import { computerWords } from "../domain/computer.ts";
import { describeImage } from "../domain/image.ts";
import type { FileDiff, ItemOf } from "../domain/item.ts";
import { cleanLine, cleanText } from "./clean.ts";
import { renderDiff } from "./diff-lines.ts";
import { formatCount, formatDuration, formatElapsed, formatTokens } from "./format.ts";
import type { Line, Span, Style } from "./frame-types.ts";
import { highlightCode } from "./highlight.ts";
import { renderMarkdown } from "./markdown.ts";
import { role, type Theme } from "./theme.ts";
import { cutToWidth } from "./width.ts";
import { cutLine, lineWidth, wrapSpans, wrapText } from "./wrap.ts";

/** How all items of one pane are drawn. */
export interface ItemLook {
  readonly width: number;
  readonly theme: Theme;
  readonly isAscii: boolean;
}

/** A block of the transcript. Compact ones (a tool call, a thought, a notice) stand close together. */
export interface Block {
  readonly lines: readonly Line[];
  readonly isCompact: boolean;
}

/** What a call's line needs besides the call. */
export interface CallState {
  readonly result: ItemOf<"result"> | null;
  readonly isUnfolded: boolean;
  /** Since when it runs, as milliseconds gone by; null while it does not run. */
  readonly elapsedMs: number | null;
}

const MARGIN = 2;
/** Lines of a diff that is shown without being asked for, and with. */
const DIFF_SHORT = 8;
const DIFF_LONG = 400;
const CODE_LONG = 200;
const OUTPUT_HEAD = 40;
const OUTPUT_TAIL = 160;

/** Cells left of everything but the user's mark; none where a pane is too narrow to give them. */
export function marginOf(width: number): number {
  return width >= 24 ? MARGIN : 0;
}

export function indentLines(lines: readonly Line[], cells: number): Line[] {
  if (cells === 0) return [...lines];
  const margin: Span = { text: " ".repeat(cells), style: {}, isChrome: true };
  return lines.map((line) => (line.length === 0 ? line : [margin, ...line]));
}

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

/** A result whose call is not among the items (it was cut off with older ones). */
export function renderOrphan(item: ItemOf<"result">, look: ItemLook): Block {
  const margin = marginOf(look.width);
  const left: Span[] = [{ text: `${look.isAscii ? "-" : "·"} result`, style: role(look.theme, "dim") }];
  return { lines: indentLines([fit(left, outcomeSpans(null, item, look), look.width - margin, look)], margin), isCompact: true };
}

// Calls ---------------------------------------------------------------------------------------------------------------

/** One line: fold mark, verb, what, and at the right edge time and outcome. Below it what is unfolded, or a short diff. */
export function renderCall(item: ItemOf<"call">, state: CallState, look: ItemLook): Block {
  const { width, theme } = look;
  const margin = marginOf(width);
  const { result } = state;
  const diff = result?.diff;
  const list = item.action.type === "todo" ? item.action.items : [];
  const isOpen = state.isUnfolded || diff !== undefined || list.length > 0;
  const { verb, what } = describeAction(item.action, look);
  const left: Span[] = [
    { text: `${foldMark(isOpen, look)} `, style: role(theme, "dim") },
    { text: verb.padEnd(VERB_CELLS), style: role(theme, "tool") },
    { text: " ", style: {} },
    { text: what, style: role(theme, "dim") },
  ];
  const right = result === null ? runningSpans(state.elapsedMs, look) : outcomeSpans(item.action, result, look);
  const lines: Line[] = indentLines([fit(left, right, width - margin, look)], margin);
  const inner = { ...look, width: width - margin * 2 };
  const body =
    list.length > 0
      ? renderTodo(list, inner)
      : state.isUnfolded
        ? renderDetails(item.action, result, inner)
        : diff === undefined
          ? []
          : renderShortDiff(diff, inner);
  lines.push(...indentLines(body, margin * 2));
  return { lines, isCompact: true };
}

const VERB_CELLS = 6;
/** Quicker than this is not worth a figure. */
const TIME_SHOWN_MS = 50;
const LEFT_LEAST = 24;
/** Entries of a list that are shown. */
const TODO_LONG = 15;

/** What a call does, in a word and a line; both clean. */
export function describeAction(action: Action, look: { readonly isAscii: boolean }): { verb: string; what: string } {
  const more = look.isAscii ? "..." : "…";
  switch (action.type) {
    case "exec": {
      const lines = cleanText(action.code)
        .split("\n")
        .filter((line) => line.trim() !== "");
      const first = lines[0]?.trim() ?? "";
      return {
        verb: cleanLine(action.language),
        what: lines.length > 1 ? `${first} ${more} +${formatCount(lines.length - 1, "line")}` : first,
      };
    }
    case "read": {
      const from = action.offset ?? 1;
      const range = action.limit !== undefined ? `:${from}-${from + action.limit - 1}` : action.offset !== undefined ? `:${from}` : "";
      return { verb: "read", what: cleanLine(action.path) + range };
    }
    case "write":
      return { verb: action.append === true ? "append" : "write", what: cleanLine(action.path) };
    case "edit":
      return { verb: "edit", what: cleanLine(action.path) };
    case "search": {
      const where = [action.path, action.glob].filter((part) => part !== undefined && part !== "").map((part) => cleanLine(part ?? ""));
      const what = action.kind === "text" ? `"${cleanLine(action.pattern)}"` : cleanLine(action.pattern);
      return { verb: action.kind === "text" ? "grep" : "find", what: where.length === 0 ? what : `${what} in ${where.join(" ")}` };
    }
    case "todo": {
      const active = action.items.find((item) => item.state === "active");
      const done = action.items.filter((item) => item.state === "done").length;
      const words = active === undefined ? "" : ` ${look.isAscii ? "-" : "·"} ${cleanLine(active.text)}`;
      return { verb: "todo", what: `${done} of ${action.items.length} done${words}` };
    }
    case "ask": {
      const [first, ...others] = action.questions;
      return { verb: "ask", what: `${cleanLine(first?.text ?? "")}${others.length === 0 ? "" : ` ${more} +${others.length}`}` };
    }
    case "computer":
      return { verb: "screen", what: cleanLine(computerWords(action.does).replaceAll("\n", "⏎")) };
    case "other":
      return { verb: cleanLine(action.name), what: cleanLine(action.problem) };
    default:
      return action satisfies never;
  }
}

function runningSpans(elapsedMs: number | null, { theme, isAscii }: ItemLook): Span[] {
  if (elapsedMs === null) return [];
  return [
    { text: `${formatElapsed(elapsedMs)} `, style: role(theme, "dim") },
    { text: isAscii ? "*" : "●", style: role(theme, "status.working") },
  ];
}

function outcomeSpans(action: Action | null, result: ItemOf<"result">, { theme, isAscii }: ItemLook): Span[] {
  const dim = role(theme, "dim");
  const good: Span = { text: isAscii ? "+ " : "✓ ", style: role(theme, "ok") };
  const bad: Span = { text: isAscii ? "x " : "✗ ", style: role(theme, "danger") };
  const time: Span[] =
    result.durationMs === undefined || result.durationMs < TIME_SHOWN_MS
      ? []
      : [{ text: `${formatDuration(result.durationMs)}  `, style: dim }];
  switch (result.outcome) {
    case "ok":
      if (result.diff !== undefined) return diffCounts(result.diff, theme, isAscii);
      if (action?.type === "todo" || action?.type === "ask") return [good];
      if (action?.type === "computer") return [...time, good, { text: screenshotName(result) ?? "done", style: dim }];
      return [...time, good, { text: action?.type === "write" || action?.type === "edit" ? "done" : outputSize(result.text), style: dim }];
    case "failed":
      return [...time, bad, { text: result.exitCode === undefined ? "failed" : `exit ${result.exitCode}`, style: role(theme, "danger") }];
    case "refused":
      return [bad, { text: "refused", style: dim }];
    case "interrupted":
      return [...time, bad, { text: "interrupted", style: dim }];
    case "timeout":
      return [...time, bad, { text: "timed out", style: role(theme, "danger") }];
    case "unknown":
      return [
        { text: "? ", style: role(theme, "danger") },
        { text: "unknown", style: dim },
      ];
    default:
      return result.outcome satisfies never;
  }
}

/** By which the picture that came of it is spoken of. */
function screenshotName({ images }: ItemOf<"result">): string | null {
  const name = images?.[0]?.name;
  return name === undefined ? null : cleanLine(name);
}

function outputSize(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed === "" ? "no output" : formatCount(trimmed.split("\n").length, "line");
}

function diffCounts(diff: FileDiff, theme: Theme, isAscii: boolean): Span[] {
  return [
    { text: `+${diff.added}`, style: colorOnly(role(theme, "diff.added")) },
    { text: ` ${isAscii ? "-" : "−"}${diff.removed}`, style: colorOnly(role(theme, "diff.removed")) },
  ];
}

function colorOnly(style: Style): Style {
  return style.fg === undefined ? {} : { fg: style.fg };
}

/** `left` cut so that `right` stands at the right edge; where there is little room the time goes first, then the outcome. */
function fit(left: readonly Span[], right: readonly Span[], width: number, look: ItemLook): Line {
  const spans = width - lineWidth(right) - 2 < Math.min(lineWidth(left), LEFT_LEAST) ? right.slice(-2) : right;
  if (spans.length === 0 || width - lineWidth(spans) < 10) return cutWithEllipsis(left, width, look);
  return joinEdges(left, spans, width, look);
}

function joinEdges(left: readonly Span[], right: readonly Span[], width: number, look: ItemLook): Line {
  const room = Math.max(0, width - lineWidth(right) - 2);
  const cut = cutWithEllipsis(left, room, look);
  return cutLine([...cut, { text: " ".repeat(Math.max(0, room - lineWidth(cut)) + 2), style: {} }, ...right], width);
}

function cutWithEllipsis(line: readonly Span[], width: number, look: ItemLook): Line {
  return cutLine(line, width, { text: look.isAscii ? ">" : "…", style: role(look.theme, "dim") });
}

// Below a call ----------------------------------------------------------------------------------------------------------

function renderShortDiff(diff: FileDiff, look: ItemLook): Line[] {
  return renderDiff(diff.patch, look.width, look.theme, { maxLines: DIFF_SHORT, isAscii: look.isAscii });
}

function renderDetails(action: Action, result: ItemOf<"result"> | null, look: ItemLook): Line[] {
  const { width, theme } = look;
  const lines: Line[] = [];
  if (action.type === "exec") lines.push(...renderSource(action.code, action.language, look));
  if (result?.diff !== undefined)
    return [...lines, ...renderDiff(result.diff.patch, width, theme, { maxLines: DIFF_LONG, isAscii: look.isAscii })];
  if (action.type === "write" && result === null) lines.push(...renderSource(action.content, extensionOf(action.path), look));
  const output = result === null ? "" : cleanText(result.text).trimEnd();
  if (output === "") return lines;
  if (lines.length > 0) lines.push([]);
  return [...lines, ...renderOutput(output, look)];
}

/** The list itself: what is worked on stands out, what is done steps back. */
function renderTodo(items: Extract<Action, { type: "todo" }>["items"], { width, theme, isAscii }: ItemLook): Line[] {
  const marks = isAscii ? { pending: "[ ]", active: "[>]", done: "[x]" } : { pending: "☐", active: "▸", done: "☑" };
  const lines = items.slice(0, TODO_LONG).map(({ text, state }): Line => {
    const style = state === "active" ? {} : role(theme, "dim");
    const mark: Span = { text: `${marks[state]} `, style: state === "active" ? role(theme, "tool") : style };
    return cutLine([mark, { text: cleanLine(text), style }], width, { text: isAscii ? ">" : "›", style });
  });
  return items.length > TODO_LONG ? [...lines, leftOut(items.length - TODO_LONG, width, theme, isAscii)] : lines;
}

/** Whole and wrapped: what ran must be readable to its end. */
function renderSource(code: string, language: string, { width, theme, isAscii }: ItemLook): Line[] {
  const all = highlightCode(cleanText(code).replace(/^\n+|\s+$/gu, ""), language, theme);
  const shown = all.slice(0, CODE_LONG).flatMap((spans) => wrapSpans(spans, width, { first: [], rest: [{ text: "  ", style: {} }] }));
  if (all.length > CODE_LONG) shown.push(leftOut(all.length - CODE_LONG, width, theme, isAscii));
  return shown;
}

function renderOutput(output: string, { width, theme, isAscii }: ItemLook): Line[] {
  const style = role(theme, "dim");
  const all = output.split("\n");
  const mark: Span = { text: isAscii ? ">" : "›", style };
  const show = (lines: readonly string[]): Line[] => lines.map((text) => (text === "" ? [] : cutLine([{ text, style }], width, mark)));
  if (all.length <= OUTPUT_HEAD + OUTPUT_TAIL) return show(all);
  return [
    ...show(all.slice(0, OUTPUT_HEAD)),
    leftOut(all.length - OUTPUT_HEAD - OUTPUT_TAIL, width, theme, isAscii),
    ...show(all.slice(-OUTPUT_TAIL)),
  ];
}

function leftOut(count: number, width: number, theme: Theme, isAscii: boolean): Line {
  return cutLine([{ text: `${isAscii ? "..." : "⋯"} ${formatCount(count, "line")} more`, style: role(theme, "dim") }], width);
}

function extensionOf(path: string): string {
  return /\.(\w+)$/u.exec(path)?.[1] ?? "";
}

function foldMark(isOpen: boolean, { isAscii }: { readonly isAscii: boolean }): string {
  return isAscii ? (isOpen ? "v" : ">") : isOpen ? "▾" : "▸";
}

function ellipsis({ isAscii }: { readonly isAscii: boolean }): string {
  return isAscii ? "..." : "…";
}

/** A call that is still being written: its verb and what can be read of its arguments so far. */
export function renderGrowingCall(name: string, text: string, look: ItemLook): Block {
  const margin = marginOf(look.width);
  const left: Span[] = [
    { text: `${foldMark(false, look)} `, style: role(look.theme, "dim") },
    { text: cleanLine(name === "" ? "tool" : name).padEnd(VERB_CELLS), style: role(look.theme, "tool") },
    { text: ` ${growingArgument(text)}`, style: role(look.theme, "dim") },
  ];
  return { lines: indentLines([cutWithEllipsis(left, look.width - margin, look)], margin), isCompact: true };
}

/** Of unfinished JSON: the code, command or path if it has begun, else the text itself. */
function growingArgument(text: string): string {
  const found = /"(?:code|command|cmd|script|path|file_path|pattern|query|input)"\s*:\s*"((?:[^"\\]|\\.){0,400})/su.exec(
    text.slice(0, 4_000),
  )?.[1];
  if (found === undefined) return cleanLine(text.slice(0, 200));
  return cleanLine(found.replace(/\\[nrt]/gu, " ").replace(/\\(["\\/])/gu, "$1"));
}
