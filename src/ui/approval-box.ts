// The question before something runs: what, where, under which sandbox, the code whole, and the keys that answer.

import { computerTitle } from "../domain/computer.ts";
import type { Approval } from "../domain/workspace.ts";
import { revealText } from "./clean.ts";
import { tildeFolder } from "./format.ts";
import type { Line, Span } from "./frame-types.ts";
import { role, type Theme } from "./theme.ts";
import type { Ui } from "./view.ts";
import { cutToWidth } from "./width.ts";
import { lineWidth, padLine, wrapHard, wrapSpans } from "./wrap.ts";

/** A border on each side and one space. */
const FRAME_COLS = 4;
const FRAME_ROWS = 2;

/** What is asked, in a few words: `run shell`, `write src/app.ts`. */
export function approvalTitle(approval: Approval): string {
  const { action } = approval;
  switch (action.type) {
    case "exec":
      return `run ${action.language}`;
    case "read":
      return `read ${action.path}`;
    case "write":
      return `${action.append === true ? "append to" : "write"} ${action.path}`;
    case "edit":
      return `edit ${action.path}`;
    case "search":
      return `search ${action.kind} for ${action.pattern}`;
    case "todo":
    case "ask":
      return action.type;
    case "computer":
      return computerTitle(action.does);
    case "other":
      return action.name;
    default:
      return action satisfies never;
  }
}

/** All that would happen, as text: the code, the patch, or the new content. */
export function approvalText(approval: Approval): string {
  const { action } = approval;
  switch (action.type) {
    case "exec":
      return action.code;
    case "write":
      return approval.patch ?? action.content;
    case "edit":
      return approval.patch ?? action.edits.map((edit) => `- ${edit.old}\n+ ${edit.new}${edit.all ? "\n(everywhere)" : ""}`).join("\n");
    case "read":
      return action.path;
    case "search":
      return `${action.pattern}${action.path === undefined ? "" : `\nin ${action.path}`}`;
    // Never asked for: neither does anything.
    case "todo":
      return action.items.map((item) => item.text).join("\n");
    case "ask":
      return action.questions.map((question) => question.text).join("\n");
    case "computer":
      return action.does.type === "type" ? action.does.text : "";
    case "other":
      return action.problem;
    default:
      return action satisfies never;
  }
}

function sandboxWords(sandbox: Approval["sandbox"]): string {
  const where = sandbox.mode === "full" ? "full: no sandbox" : sandbox.mode;
  return `${where} · ${sandbox.network ? "network" : "no network"}`;
}

/** What happens on the screen happens in no folder, and no sandbox holds it. */
function whereWords(approval: Approval, home: string | null): string {
  if (approval.action.type === "computer") return "on your screen · no sandbox";
  return `in ${tildeFolder(approval.cwd, home)} · ${sandboxWords(approval.sandbox)}`;
}

/** How the user's terminal and home want it written. */
type Look = Pick<Ui, "theme" | "home">;

interface Cached {
  readonly width: number;
  readonly theme: Theme;
  readonly lines: readonly Line[];
}
// An approval never changes: its lines are worked out once for a width.
const cache = new WeakMap<Approval, Cached>();

/** Title, place and code, wrapped and never cut: nothing can hide at the end of a long line. */
function contentLines(approval: Approval, width: number, { theme, home }: Look): readonly Line[] {
  const held = cache.get(approval);
  if (held !== undefined && held.width === width && held.theme === theme) return held.lines;
  const isPatch = approval.patch !== undefined || approval.action.type === "edit";
  const shown = (text: string) => revealText(text.replace(/\t/g, "    "));
  const head: Span[] = [
    { text: shown(approvalTitle(approval)), style: role(theme, "text", { bold: true }) },
    { text: ` ${shown(whereWords(approval, home))}`, style: role(theme, "text") },
  ];
  const code = shown(approvalText(approval)).split("\n");
  // Where the title says it all, as of a click, nothing follows.
  while (code.length > (approval.action.type === "computer" ? 0 : 1) && code.at(-1) === "") code.pop();
  const lines = [...wrapSpans(head, width), ...code.flatMap((text) => wrapHard([{ text, style: codeStyle(text, isPatch, theme) }], width))];
  cache.set(approval, { width, theme, lines });
  return lines;
}

function codeStyle(text: string, isPatch: boolean, theme: Theme): Span["style"] {
  if (!isPatch) return role(theme, "code");
  if (text.startsWith("+")) return role(theme, "diff.added");
  if (text.startsWith("-")) return role(theme, "diff.removed");
  return text.startsWith("@@") ? role(theme, "diff.hunk") : role(theme, "diff.context");
}

/** Rows that the box would like. */
export function approvalBoxRows(approval: Approval, width: number, look: Look): number {
  return contentLines(approval, Math.max(1, width - FRAME_COLS), look).length + FRAME_ROWS;
}

/** Lines of the content that a box of so many rows shows: none means that it cannot be answered there. */
export function approvalContentRows(height: number): number {
  return Math.max(0, height - FRAME_ROWS);
}

export interface ApprovalBoxOptions {
  readonly width: number;
  readonly height: number;
  readonly top: number;
  readonly ui: Pick<Ui, "theme" | "home" | "isAscii">;
  /** What stands on the lower border: the keys, or where to answer. */
  readonly hint: readonly Span[];
  /** Said in one line where there is no room for the code. */
  readonly tooLow: string;
}

/** The greatest first line for a box of this size. */
export function approvalTopMax(approval: Approval, width: number, height: number, look: Look): number {
  return Math.max(0, contentLines(approval, Math.max(1, width - FRAME_COLS), look).length - approvalContentRows(height));
}

const NEEDS = " needs you ";

export function approvalBoxLines(approval: Approval, options: ApprovalBoxOptions): Line[] {
  const { width, height, ui } = options;
  const { theme, isAscii } = ui;
  const edge = role(theme, "warn");
  const bars = isAscii ? { h: "-", v: "|", corners: "++++" } : { h: "─", v: "│", corners: "┌┐└┘" };
  const [topLeft, topRight, bottomLeft, bottomRight] = [...bars.corners];
  const rows = approvalContentRows(height);
  const inner = Math.max(1, width - FRAME_COLS);
  const all = contentLines(approval, inner, ui);
  const top = Math.min(options.top, Math.max(0, all.length - rows));
  const shown = all.slice(top, top + rows);
  const [long, short] = [` lines ${top + 1}-${top + shown.length} of ${all.length} `, ` ${top + shown.length}/${all.length} `];
  const placeRoom = width - 3 - NEEDS.length;
  const place = all.length <= rows || rows === 0 ? "" : ([long, short].find((words) => words.length <= placeRoom) ?? "");
  const border = (left: string | undefined, right: string | undefined, label: readonly Span[], end: string): Line => {
    const room = Math.max(0, width - 3 - lineWidth(label) - end.length);
    return [
      { text: `${left ?? ""}${bars.h}`, style: edge },
      ...label,
      { text: bars.h.repeat(room), style: edge },
      { text: end, style: edge },
      { text: right ?? "", style: edge },
    ];
  };
  const needs: Span[] = [{ text: NEEDS, style: role(theme, "status.needs") }];
  const body = shown.map(
    (line): Line => [{ text: `${bars.v} `, style: edge }, ...padLine(line, inner), { text: ` ${bars.v}`, style: edge }],
  );
  const fits = (spans: readonly Span[]): boolean => lineWidth(spans) + 3 <= width;
  const hint = hintForms(options.hint).find(fits) ?? wordless(options.hint, 0);
  const lines = [border(topLeft, topRight, needs, place), ...body, border(bottomLeft, bottomRight, hint, "")];
  return rows < 1 ? [[{ text: cutToWidth(options.tooLow, width), style: edge }]] : lines;
}

/** From the fullest: the rule's own words go first, then what the keys mean, from the last one on. */
function hintForms(hint: readonly Span[]): (readonly Span[])[] {
  const bare = hint.map((span) => ({ ...span, text: span.text.replace(/^ always: .*$/u, " always") }));
  const words = bare.flatMap((span, at) => (MEANING.test(span.text) ? [at] : []));
  return [hint, bare, ...words.toReversed().map((from) => wordless(bare, from))];
}

const MEANING = / (?:run|read on|refuse|edit|allow|always(?:: .*)?)(?= |$)/u;

function wordless(hint: readonly Span[], from: number): Span[] {
  return hint.map((span, at) => (at < from ? span : { ...span, text: span.text.replace(MEANING, "") }));
}
