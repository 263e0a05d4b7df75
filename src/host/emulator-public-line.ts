// One row of the emulator by its public way, `getCell`, into our four-word cells: for versions whose insides are not known.

import {
  BLINK,
  BOLD,
  CELL_WORDS,
  CONTINUATION,
  DIM,
  glyphOf,
  INVERSE,
  INVISIBLE,
  ITALIC,
  OVERLINE,
  PALETTE,
  RGB,
  STRIKE,
  UNDERLINE_SHIFT,
  WIDE,
} from "../domain/cells.ts";

type Asked = "isBold" | "isDim" | "isItalic" | "isBlink" | "isInverse" | "isInvisible" | "isStrikethrough" | "isOverline" | "isUnderline";
interface PublicCell extends Readonly<Record<Asked, () => number>> {
  getWidth(): number;
  getChars(): string;
  getFgColor(): number;
  getBgColor(): number;
  isFgRGB(): boolean;
  isBgRGB(): boolean;
  isFgPalette(): boolean;
  isBgPalette(): boolean;
}
interface PublicLine {
  getCell(x: number): PublicCell | undefined;
}

export function readPublicLine(line: PublicLine | undefined, into: Uint32Array, cols: number): void {
  into.fill(0);
  for (let x = 0; x < cols; x++) {
    const cell = line?.getCell(x);
    if (cell === undefined) continue;
    const width = cell.getWidth();
    const text = cell.getChars();
    const at = x * CELL_WORDS;
    into[at] = width === 0 ? CONTINUATION : text === "" ? 0 : glyphOf(text.slice(0, 64)) | (width === 2 ? WIDE : 0);
    into[at + 1] = cell.isFgRGB() ? RGB | cell.getFgColor() : cell.isFgPalette() ? PALETTE | cell.getFgColor() : 0;
    into[at + 2] = cell.isBgRGB() ? RGB | cell.getBgColor() : cell.isBgPalette() ? PALETTE | cell.getBgColor() : 0;
    into[at + 3] =
      (cell.isBold() ? BOLD : 0) |
      (cell.isDim() ? DIM : 0) |
      (cell.isItalic() ? ITALIC : 0) |
      (cell.isBlink() ? BLINK : 0) |
      (cell.isInverse() ? INVERSE : 0) |
      (cell.isInvisible() ? INVISIBLE : 0) |
      (cell.isStrikethrough() ? STRIKE : 0) |
      (cell.isOverline() ? OVERLINE : 0) |
      (cell.isUnderline() ? 1 << UNDERLINE_SHIFT : 0);
  }
}
