// A unified diff as lines: numbers, signs, colours.

import { cleanText } from "./clean.ts";
import { formatCount } from "./format.ts";
import type { Line, Span, Style } from "./frame-types.ts";
import { type Role, role, type Theme } from "./theme.ts";
import { cutLine, lineWidth, padLine } from "./wrap.ts";

export interface DiffOptions {
  /** More are not shown, and one line says how many. */
  readonly maxLines: number;
  readonly isAscii?: boolean;
}

type Row =
  | { readonly type: "hunk"; readonly text: string }
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "line"; readonly sign: "+" | "-" | " "; readonly number: number; readonly text: string };

/** Numbers are those of the new file, of the old one for removed lines. Long lines are cut with `›`. */
export function renderDiff(patch: string, width: number, theme: Theme, options: DiffOptions): Line[] {
  if (width < 1) return [];
  const isAscii = options.isAscii === true;
  const rows = parsePatch(cleanText(patch), isAscii ? "..." : "⋯");
  const digits = Math.max(2, ...rows.map((row) => (row.type === "line" ? String(row.number).length : 0)));
  const shown = rows.length > options.maxLines ? rows.slice(0, Math.max(0, options.maxLines - 1)) : rows;
  const lines = shown.map((row) => renderRow(row, width, theme, digits, isAscii ? ">" : "›"));
  const left = rows.length - shown.length;
  if (left > 0)
    lines.push(cutLine([{ text: `${isAscii ? "..." : "⋯"} ${formatCount(left, "line")} more`, style: role(theme, "dim") }], width));
  return lines;
}

const roles = { "+": "diff.added", "-": "diff.removed", " ": "diff.context" } as const satisfies Record<string, Role>;

function renderRow(row: Row, width: number, theme: Theme, digits: number, more: string): Line {
  if (row.type !== "line")
    return cutLine([{ text: row.text, style: role(theme, "diff.hunk") }], width, { text: more, style: role(theme, "dim") });
  const style = role(theme, roles[row.sign]);
  const ground: Style = style.bg === undefined ? {} : { bg: style.bg };
  // In a narrow pane the numbers go first.
  const isNumbered = width >= digits + 16;
  const spans: Span[] = [];
  if (isNumbered) spans.push({ text: `${String(row.number).padStart(digits)} `, style: { ...role(theme, "dim"), ...ground } });
  spans.push({ text: `${row.sign} ${row.text}`, style });
  if (lineWidth(spans) > width) return cutLine(spans, width, { text: more, style: { ...role(theme, "dim"), ...ground } });
  return style.bg === undefined ? spans : padLine(spans, width, ground);
}

function parsePatch(patch: string, gap: string): Row[] {
  const rows: Row[] = [];
  let before = 1;
  let after = 1;
  const lines = patch.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) {
    const hunk = /^@@+ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@+ ?(.*)$/u.exec(line);
    if (hunk !== null) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      // The first hunk needs no line between it and the title above.
      if (rows.length > 0 || hunk[3] !== "") rows.push({ type: "hunk", text: `${gap} ${hunk[3] ?? ""}`.trimEnd() });
    } else if (line.startsWith("+")) {
      rows.push({ type: "line", sign: "+", number: after++, text: line.slice(1) });
    } else if (line.startsWith("-")) {
      rows.push({ type: "line", sign: "-", number: before++, text: line.slice(1) });
    } else if (line.startsWith("\\")) {
      rows.push({ type: "note", text: line });
    } else {
      rows.push({ type: "line", sign: " ", number: after, text: line.replace(/^ /u, "") });
      before++;
      after++;
    }
  }
  return rows;
}
