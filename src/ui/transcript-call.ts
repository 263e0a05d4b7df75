// A tool call as lines: what it does, how it ended, and, unfolded, its code and output.

import type { Action } from "../domain/action.ts";
import { outputOf } from "../domain/edited-run.ts";
import type { FileDiff, ItemOf } from "../domain/item.ts";
import { actionWords } from "./action-words.ts";
import { cleanLine, cleanText } from "./clean.ts";
import { renderDiff } from "./diff-lines.ts";
import { formatCount, formatDuration, formatElapsed } from "./format.ts";
import type { Line, Span, Style } from "./frame-types.ts";
import { highlightCode } from "./highlight.ts";
import { type Block, cutWithEllipsis, fitEdges, foldMark, type ItemLook, indentLines, marginOf } from "./item-look.ts";
import { role, type Theme } from "./theme.ts";
import { cutLine, wrapSpans } from "./wrap.ts";

/** What a call's line needs besides the call. */
export interface CallState {
  readonly result: ItemOf<"result"> | null;
  readonly isUnfolded: boolean;
  /** Since when it runs, as milliseconds gone by; null while it does not run. */
  readonly elapsedMs: number | null;
}

/** Lines of a diff that is shown without being asked for, and with. */
const DIFF_SHORT = 8;
const DIFF_LONG = 400;
const CODE_LONG = 200;
const OUTPUT_HEAD = 40;
const OUTPUT_TAIL = 160;

/** One line: fold mark, verb, what, and at the right edge time and outcome. Below it what is unfolded, or a short diff. */
export function renderCall(item: ItemOf<"call">, state: CallState, look: ItemLook): Block {
  const { width, theme } = look;
  const margin = marginOf(width);
  const { result } = state;
  const diff = result?.diff;
  const list = item.action.type === "todo" ? item.action.items : [];
  const isOpen = state.isUnfolded || diff !== undefined || list.length > 0;
  const ran = result?.ran;
  // What ran, where that is not what was asked for.
  const action: Action = item.action.type === "exec" && ran !== undefined ? { ...item.action, code: ran } : item.action;
  const { verb, what } = actionWords(action, look);
  const left: Span[] = [
    { text: `${foldMark(isOpen, look)} `, style: role(theme, "dim") },
    { text: verb.padEnd(VERB_CELLS), style: role(theme, "tool") },
    { text: " ", style: {} },
    { text: what, style: role(theme, "dim") },
    ...(ran === undefined ? [] : [{ text: look.isAscii ? " - edited" : " · edited", style: role(theme, "notice") }]),
  ];
  const right = result === null ? runningSpans(state.elapsedMs, look) : outcomeSpans(item.action, result, look);
  const lines: Line[] = indentLines([fitEdges(left, right, width - margin, look)], margin);
  const inner = { ...look, width: width - margin * 2 };
  const body =
    list.length > 0
      ? renderTodo(list, inner)
      : state.isUnfolded
        ? renderDetails(action, result, inner)
        : diff === undefined
          ? []
          : renderShortDiff(diff, inner);
  lines.push(...indentLines(body, margin * 2));
  return { lines, isCompact: true };
}

const VERB_CELLS = 6;
/** Quicker than this is not worth a figure. */
const TIME_SHOWN_MS = 50;
/** Entries of a list that are shown. */
const TODO_LONG = 15;

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
      return [
        ...time,
        good,
        { text: action?.type === "write" || action?.type === "edit" ? "done" : outputSize(outputOf(result)), style: dim },
      ];
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

/** A result whose call is not among the items (it was cut off with older ones). */
export function renderOrphan(item: ItemOf<"result">, look: ItemLook): Block {
  const margin = marginOf(look.width);
  const left: Span[] = [{ text: `${look.isAscii ? "-" : "·"} result`, style: role(look.theme, "dim") }];
  return { lines: indentLines([fitEdges(left, outcomeSpans(null, item, look), look.width - margin, look)], margin), isCompact: true };
}
