// The rows of the command table that belong to copy mode and to pasting.

import { askBuffer, openBuffers, showElsewhere } from "./clipboard.ts";
import type { CommandRow } from "./command-row.ts";
import { hasPane } from "./command-row.ts";
import {
  backOutOfCopy,
  centreCursor,
  copySelection,
  copyToEnd,
  findAgain,
  goToEdge,
  goToWindow,
  inCopy,
  leaveCopy,
  move,
  moveRows,
  openFocusedCopy,
  scrollPage,
  scrollRows,
  select,
  swapEnds,
} from "./copy-mode.ts";
import type { FindKey, Motion } from "./copy-motion.ts";
import { nextMatch, openPrompt, searchWord } from "./copy-pattern.ts";
import type { SelectUnit } from "./copy-select.ts";
import { selectedText } from "./copy-select.ts";
import { startCopy, textOf } from "./copy-state.ts";
import type { CopyMode } from "./copy-types.ts";
import type { Effect } from "./effects.ts";
import { focusedPane, type Ui } from "./view.ts";

type Run = (ui: Ui, mode: CopyMode) => Effect[] | undefined;

/** For what changes the mode and asks for nothing. */
const quietly =
  (change: (ui: Ui, mode: CopyMode) => void): Run =>
  (ui, mode) => {
    change(ui, mode);
    return [];
  };

function key(id: string, title: string, keys: readonly string[], help: string, run: Run): CommandRow {
  return {
    id: `copy.${id}`,
    group: "copying",
    title,
    keys,
    mode: "copy",
    isKeyOnly: true,
    help: `In copy mode: ${help}`,
    run: inCopy(run),
  };
}

const motion = (id: Motion, title: string, keys: readonly string[], help: string): CommandRow =>
  key(
    id,
    title,
    keys,
    help,
    quietly((ui, mode) => move(ui, mode, id)),
  );

const finder = (sign: FindKey, help: string): CommandRow =>
  key(
    `find.${sign}`,
    `find (${sign})`,
    [sign],
    help,
    quietly((_, mode) => {
      mode.finding = sign;
    }),
  );

const selector = (unit: SelectUnit, title: string, keys: readonly string[], help: string): CommandRow =>
  key(
    `select.${unit}`,
    title,
    keys,
    help,
    quietly((_, mode) => select(mode, unit)),
  );

function openAndPageUp(ui: Ui): Effect[] {
  const mode = openFocusedCopy(ui);
  if (mode === null) return [];
  mode.isByWheel = true;
  return scrollPage(ui, mode, -1, 1);
}

/** All lines at hand, as they would be copied. */
function transcriptText(ui: Ui): string {
  const pane = focusedPane(ui);
  const mode = pane === undefined ? null : startCopy(ui, pane.pane, "body");
  if (mode === null) return "";
  const text = textOf(mode.source);
  const all = { anchor: { x: 0, y: text.first }, cursor: { x: 0, y: Math.max(text.first, text.end - 1) }, unit: "line" } as const;
  return `${selectedText(text, all)}\n`;
}

// biome-ignore format: a table is read row by row
export const copyRows: readonly CommandRow[] = [
  {
    id: "copy.open", group: "copying", title: "copy mode", keys: ["prefix ["], slash: "scroll", aliases: ["copy-mode"],
    help: "Walks through all that a pane has shown, with vi's keys, to search, select and copy. The program goes on meanwhile.",
    when: hasPane, run: (ui) => { openFocusedCopy(ui); return []; },
  },
  {
    id: "copy.openUp", group: "copying", title: "copy mode, a page up", keys: ["prefix pageup"],
    help: "Begins copy mode a page up; back at the end it is left.", when: hasPane, run: openAndPageUp,
  },
  {
    id: "copy.paste", group: "copying", title: "paste what was copied", keys: ["prefix ]"], slash: "paste",
    help: "Pastes what was copied last, into the program or the message.", when: hasPane, run: (ui) => askBuffer(ui),
  },
  {
    id: "copy.buffers", group: "copying", title: "choose what to paste", keys: ["prefix ="], slash: "buffers",
    help: "Lists what was copied, newest first; enter pastes it, C-x takes it away.", when: hasPane, run: openBuffers,
  },
  {
    id: "copy.pager", group: "copying", title: "open in the pager", keys: ["prefix v"], slash: "pager",
    help: "Opens all that this pane holds in $PAGER, or less.", when: hasPane, run: (ui) => showElsewhere(ui, "pager", () => transcriptText(ui)),
  },
  {
    id: "copy.editor", group: "copying", title: "open in the editor", keys: ["prefix e"], slash: "editor",
    help: "Opens all that this pane holds in $EDITOR; what is changed there is not taken back.",
    when: hasPane, run: (ui) => showElsewhere(ui, "editor", () => transcriptText(ui)),
  },

  motion("left", "left", ["h", "left"], "a character to the left; a number before a key repeats it."),
  motion("right", "right", ["l", "right"], "a character to the right."),
  key("down", "down", ["j", "down", "C-n", "C-j"], "a row down.", quietly((ui, mode) => moveRows(ui, mode, 1))),
  key("up", "up", ["k", "up", "C-p"], "a row up.", quietly((ui, mode) => moveRows(ui, mode, -1))),
  motion("wordNext", "next word", ["w", "C-right", "M-right", "M-f"], "to the next word."),
  motion("wordBack", "word back", ["b", "C-left", "M-left", "M-b"], "to the start of the word, or of the one before."),
  motion("wordEnd", "end of the word", ["e"], "to the end of the word, or of the next."),
  motion("bigNext", "next word by spaces", ["W"], "to the next word; only spaces divide."),
  motion("bigBack", "word back by spaces", ["B"], "a word back; only spaces divide."),
  motion("bigEnd", "end of the word by spaces", ["E"], "to the end of the word; only spaces divide."),
  motion("lineStart", "start of the line", ["0", "home", "C-a"], "to the start of the line, over all its rows."),
  motion("lineText", "first text of the line", ["^"], "to the line's first character that is no space."),
  motion("lineEnd", "end of the line", ["$", "end"], "to the end of the line, over all its rows."),
  key("start", "to the start", ["g", "M-<"], "to the first row; with a number before it, to that row.", (ui, mode) => goToEdge(ui, mode, "start")),
  key("end", "to the end", ["G", "M->"], "to the last row; with a number before it, to that row.", (ui, mode) => goToEdge(ui, mode, "end")),
  key("windowTop", "top of the window", ["H"], "to the top row in sight.", quietly((ui, mode) => goToWindow(ui, mode, "top"))),
  key("windowMiddle", "middle of the window", ["M"], "to the middle row in sight.", quietly((ui, mode) => goToWindow(ui, mode, "middle"))),
  key("windowBottom", "bottom of the window", ["L"], "to the bottom row in sight.", quietly((ui, mode) => goToWindow(ui, mode, "bottom"))),
  key("halfUp", "half a page up", ["C-u"], "half a page up.", (ui, mode) => scrollPage(ui, mode, -1, 2)),
  key("halfDown", "half a page down", ["C-d"], "half a page down.", (ui, mode) => scrollPage(ui, mode, 1, 2)),
  key("pageUp", "page up", ["C-b", "pageup", "M-v"], "a page up.", (ui, mode) => scrollPage(ui, mode, -1, 1)),
  key("pageDown", "page down", ["C-f", "pagedown"], "a page down.", (ui, mode) => scrollPage(ui, mode, 1, 1)),
  key("rowUp", "window up", ["C-y", "C-up", "K"], "the window a row up.", (ui, mode) => scrollRows(ui, mode, -1)),
  key("rowDown", "window down", ["C-e", "C-down", "J"], "the window a row down.", (ui, mode) => scrollRows(ui, mode, 1)),
  key("centre", "cursor to the middle", ["z"], "moves the window so that the cursor is in its middle.", quietly(centreCursor)),
  motion("paragraphBack", "paragraph back", ["{"], "to the empty line before."),
  motion("paragraphNext", "next paragraph", ["}"], "to the next empty line."),
  finder("f", "to the next of the character typed after it, on this line."),
  finder("F", "back to the character typed after it, on this line."),
  finder("t", "before the next of the character typed after it."),
  finder("T", "back to after the character typed after it."),
  key("findAgain", "find again", [";"], "repeats f, F, t or T.", quietly((ui, mode) => findAgain(ui, mode, "same"))),
  key("findBack", "find the other way", [","], "repeats f, F, t or T the other way.", quietly((ui, mode) => findAgain(ui, mode, "other"))),
  key("search", "search", ["/", "C-s"], "searches as it is typed; without a capital, case does not count.", quietly((_, mode) => openPrompt(mode, { isBack: false }))),
  key("searchBack", "search back", ["?", "C-r"], "searches back as it is typed.", quietly((_, mode) => openPrompt(mode, { isBack: true }))),
  key("next", "next match", ["n"], "to the next match.", (ui, mode) => nextMatch(ui, mode, "same")),
  key("previous", "match before", ["N"], "to the match before.", (ui, mode) => nextMatch(ui, mode, "other")),
  key("word", "search the word", ["*"], "searches the word under the cursor.", (ui, mode) => searchWord(ui, mode, { isBack: false })),
  key("wordBackward", "search the word back", ["#"], "searches the word under the cursor, back.", (ui, mode) => searchWord(ui, mode, { isBack: true })),
  selector("cell", "select", ["v", "space", "C-space"], "begins or ends a selection."),
  selector("line", "select lines", ["V"], "selects whole lines."),
  selector("block", "select a block", ["C-v"], "selects the columns between two corners."),
  key("swap", "other end", ["o"], "goes to the other end of the selection.", quietly(swapEnds)),
  key("copy", "copy", ["y", "enter", "M-w"], "copies the selection, or the line, and leaves.", (ui, mode) => copySelection(ui, mode, "leave")),
  key("copyToEnd", "copy to the end of the line", ["D"], "copies from the cursor to the end of the line, over all its rows, and leaves.", copyToEnd),
  key("back", "back", ["escape"], "ends the selection; without one, leaves.", quietly(backOutOfCopy)),
  key("leave", "leave copy mode", ["q", "C-c", "C-g"], "leaves.", quietly(leaveCopy)),
];
