// The rules by which a screen of ours and one of tmux count as alike. docs/terminal-differences.md says why each is there.

import type { PeerCell } from "./tmux-peer.ts";

const BLANK: PeerCell = { text: " ", style: "" };

/** Null, or where and how the two differ first. */
export function differenceOf(ours: readonly PeerCell[][], tmux: readonly PeerCell[][], hasWide: boolean): string | null {
  for (let y = 0; y < Math.max(ours.length, tmux.length); y++) {
    const [mine, other] = [ours[y] ?? [], tmux[y] ?? []];
    for (let x = 0; x < Math.max(mine.length, other.length); x++) {
      const [one, two] = [mine[x] ?? BLANK, other[x] ?? BLANK];
      if (isAlike(one, two, hasWide)) continue;
      // A wide character that did not fit there went to the next line: tmux leaves what stood in the cell, here it is blank.
      if (hasWide && x >= mine.length - 1 && x === other.length - 1 && one.text === " ") continue;
      const line = (cells: readonly PeerCell[]): string => JSON.stringify(cells.map((cell) => cell.text).join(""));
      return `row ${y}, cell ${x}\n  ours ${JSON.stringify(one)} in ${line(mine)}\n  tmux ${JSON.stringify(two)} in ${line(other)}`;
    }
  }
  return null;
}

function isAlike(ours: PeerCell, tmux: PeerCell, hasWide: boolean): boolean {
  if (ours.text !== tmux.text) return false;
  if (ours.style === withoutBareUnderline(tmux.style)) return true;
  if (ours.text !== " " || tmux.style !== "") return false;
  // Background of what was erased: tmux keeps it, but does not print it. What is left of a wide character that no longer fits keeps its style here.
  return hasWide || /^(fg\S+)? ?(bg\S+)?$/.test(ours.style);
}

/** The colour of an underline is kept only where there is one. */
function withoutBareUnderline(style: string): string {
  return /underline|double|curly|dotted|dashed/.test(style) ? style : style.replace(/ ?ul\S+/, "");
}
