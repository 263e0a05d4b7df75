// Large numbers over the panes for a moment: the digit goes to its pane.

import type { Rect } from "../domain/layout.ts";
import { leaves } from "../domain/layout.ts";
import type { Effect } from "./effects.ts";
import type { Box, Line, Span } from "./frame-types.ts";
import type { Geometry, PaneParts } from "./geometry.ts";
import { focusPane } from "./pane-actions.ts";
import { role } from "./theme.ts";
import { activeTab, type Ui } from "./view.ts";

/** As long as they can be read and pressed, ms. */
const NUMBERS_MS = 2_000;
const LABELS = "1234567890abcdefghijklmnopqrstuvwxyz";

/** 5 × 5 each; a point is a cell that is lit. */
const digits: Readonly<Record<string, readonly string[]>> = {
  "0": ["#####", "#...#", "#...#", "#...#", "#####"],
  "1": ["..#..", "..#..", "..#..", "..#..", "..#.."],
  "2": ["#####", "....#", "#####", "#....", "#####"],
  "3": ["#####", "....#", "#####", "....#", "#####"],
  "4": ["#...#", "#...#", "#####", "....#", "....#"],
  "5": ["#####", "#....", "#####", "....#", "#####"],
  "6": ["#####", "#....", "#####", "#...#", "#####"],
  "7": ["#####", "....#", "....#", "....#", "....#"],
  "8": ["#####", "#...#", "#####", "#...#", "#####"],
  "9": ["#####", "#...#", "#####", "....#", "#####"],
};

export function showNumbers(ui: Ui): Effect[] {
  ui.view.numbersUntil = ui.now + NUMBERS_MS;
  return [];
}

/** True where the chord was the number of a pane; the numbers go away with any key. */
export function takeNumber(ui: Ui, chord: string): boolean {
  const isShown = ui.view.numbersUntil !== null && ui.now < ui.view.numbersUntil;
  ui.view.numbersUntil = null;
  const tab = activeTab(ui);
  const at = chord.length === 1 ? LABELS.indexOf(chord) : -1;
  const leaf = tab === undefined || at < 0 ? undefined : leaves(tab.root)[at];
  if (!isShown || tab === undefined || leaf === undefined) return false;
  focusPane(ui, tab.id, leaf.pane);
  return true;
}

export function numberBoxes(ui: Ui, geometry: Geometry, z: number): Box[] {
  const tab = activeTab(ui);
  if (ui.view.numbersUntil === null || tab === undefined) return [];
  const order = leaves(tab.root).map((leaf) => leaf.pane);
  return geometry.panes.flatMap((parts) => {
    const label = LABELS[order.indexOf(parts.pane)];
    return label === undefined ? [] : [numberBox(ui, parts, label, z)];
  });
}

/** The digit in the middle of its pane with the pane's size below; in a small pane one line says both. */
function numberBox(ui: Ui, { pane, rect, isFocused }: PaneParts, label: string, z: number): Box {
  const lit = role(ui.theme, isFocused ? "accent" : "text");
  const size = `${rect.width}${ui.isAscii ? "x" : "×"}${rect.height}`;
  const shape = digits[label];
  const hasRoom = shape !== undefined && rect.width >= 9 && rect.height >= 8;
  const rows: Line[] = hasRoom
    ? [
        ...shape.map((row): Line => [...row].map((point): Span => pointSpan(ui, point === "#", lit))),
        [],
        [{ text: size, style: role(ui.theme, "dim") }],
      ]
    : [
        [
          { text: `${label}`, style: { ...lit, bold: true } },
          { text: ` ${size}`, style: role(ui.theme, "dim") },
        ],
      ];
  const width = Math.min(rect.width, hasRoom ? Math.max(5, size.length) : label.length + 1 + size.length);
  const height = Math.min(rect.height, rows.length);
  const box: Rect = {
    x: rect.x + Math.floor((rect.width - width) / 2),
    y: rect.y + Math.floor((rect.height - height) / 2),
    width,
    height,
  };
  return { id: `${pane}:number`, rect: box, z, fill: role(ui.theme, "base"), content: { type: "lines", lines: rows.slice(0, height) } };
}

function pointSpan(ui: Ui, isLit: boolean, style: Span["style"]): Span {
  return isLit ? { text: ui.isAscii ? "#" : "█", style } : { text: " ", style: {} };
}
