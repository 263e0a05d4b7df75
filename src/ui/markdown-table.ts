// A table of styled cells fitted to a width: columns shrink and their cells wrap; too narrow for that, rows become `key: value`.

import type { Line, Span } from "./frame-types.ts";
import { role, type Theme } from "./theme.ts";
import { textWidth } from "./width.ts";
import { cutLine, lineWidth, wrapSpans } from "./wrap.ts";

export interface TableCells {
  readonly header: readonly (readonly Span[])[];
  readonly rows: readonly (readonly (readonly Span[])[])[];
  readonly align: readonly ("left" | "right" | "center" | null)[];
}

const GAP = 3;
/** No column is made narrower than this, or than its longest word where that is shorter. */
const COLUMN_LEAST = 16;
/** Past this, what is left over of a table is not shown cell by cell but named. */
const ROWS_MAX = 500;

export function renderTable(table: TableCells, width: number, theme: Theme, options: { readonly isAscii: boolean }): Line[] {
  const rows = table.rows.slice(0, ROWS_MAX);
  const widths = fitColumns([table.header, ...rows], table.header.length, width);
  const lines =
    widths === null ? renderPairs(table.header, rows, width, theme) : renderGrid({ ...table, rows }, widths, theme, options.isAscii);
  if (table.rows.length > ROWS_MAX)
    lines.push(cutLine([{ text: `… ${table.rows.length - ROWS_MAX} rows more`, style: role(theme, "dim") }], width));
  return lines;
}

/** Null where even the least widths do not fit. */
function fitColumns(rows: TableCells["rows"], columns: number, width: number): number[] | null {
  const natural: number[] = [];
  const least: number[] = [];
  for (let column = 0; column < columns; column++) {
    let most = 1;
    let word = 1;
    for (const row of rows) {
      const cell = row[column] ?? [];
      for (const line of cellText(cell).split("\n")) most = Math.max(most, textWidth(line));
      for (const part of cellText(cell).split(/\s+/u)) word = Math.max(word, textWidth(part));
    }
    natural.push(most);
    least.push(Math.min(word, COLUMN_LEAST));
  }
  const room = width - GAP * (columns - 1);
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  if (sum(least) > room) return null;
  const widths = natural.map((cells) => Math.min(cells, room));
  // The widest column gives, cell by cell, until all fit.
  for (let excess = sum(widths) - room; excess > 0; excess--) {
    let widest = -1;
    widths.forEach((cells, column) => {
      if (cells > (least[column] ?? 1) && cells > (widths[widest] ?? 0)) widest = column;
    });
    if (widest >= 0) widths[widest] = (widths[widest] ?? 1) - 1;
  }
  return widths;
}

function cellText(cell: readonly Span[]): string {
  return cell.map((span) => span.text).join("");
}

function renderGrid(table: TableCells, widths: readonly number[], theme: Theme, isAscii: boolean): Line[] {
  const border = role(theme, "tableBorder");
  const gap: Span = { text: isAscii ? " | " : " │ ", style: border };
  const dash = isAscii ? "-" : "─";
  const rule: Line = [{ text: widths.map((cells) => dash.repeat(cells)).join(isAscii ? "-+-" : "─┼─"), style: border }];
  const body = table.rows.map((row) => renderRow(row, widths, table.align, gap));
  // Rows of several lines need something between them to be told apart.
  const isTall = body.some((lines) => lines.length > 1);
  const light: Line = [{ text: widths.map((cells) => " ".repeat(cells)).join(gap.text), style: border }];
  return [
    ...renderRow(table.header, widths, table.align, gap),
    rule,
    ...body.flatMap((lines, index) => (isTall && index > 0 ? [light, ...lines] : lines)),
  ];
}

function renderRow(row: readonly (readonly Span[])[], widths: readonly number[], align: TableCells["align"], gap: Span): Line[] {
  const cells = widths.map((cells, column) => wrapSpans(row[column] ?? [], cells));
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) =>
    widths.flatMap((room, column) => {
      const line = cells[column]?.[at] ?? [];
      const free = room - lineWidth(line);
      const before = align[column] === "right" ? free : align[column] === "center" ? Math.floor(free / 2) : 0;
      const isLast = column === widths.length - 1;
      return [...blank(before), ...line, ...(isLast ? [] : [...blank(free - before), gap])];
    }),
  );
}

function blank(cells: number): Span[] {
  return cells > 0 ? [{ text: " ".repeat(cells), style: {} }] : [];
}

function renderPairs(header: TableCells["header"], rows: TableCells["rows"], width: number, theme: Theme): Line[] {
  return rows.flatMap((row, index) => {
    const lines = header.flatMap((name, column) => {
      const label: Span[] = [...name, { text: ": ", style: role(theme, "dim") }];
      return wrapSpans([...label, ...(row[column] ?? [])], width, { first: [], rest: [{ text: "  ", style: {} }] });
    });
    return index > 0 ? [[], ...lines] : lines;
  });
}
