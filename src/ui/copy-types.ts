// The state of copy mode in one pane, and of a mouse button that is down over its text.

import type { AgentId, PaneId, TerminalId } from "../domain/ids.ts";
import type { FindKey } from "./copy-motion.ts";
import type { Matches } from "./copy-search.ts";
import type { SelectUnit } from "./copy-select.ts";
import type { CopyRow, Position } from "./copy-text.ts";
import type { Line } from "./frame-types.ts";

export interface HeldRow {
  readonly words: Uint32Array;
  isWrapped: boolean;
}

/** A terminal's rows, as they were when they came: what the program prints since changes nothing here. */
export interface TerminalSource {
  readonly type: "terminal";
  readonly terminal: TerminalId;
  readonly isAlternate: boolean;
  readonly cols: number;
  /** Of the numbers; null until the server has said it. */
  generation: number | null;
  first: number;
  readonly end: number;
  readonly rows: Map<number, HeldRow>;
  /** The server was told to keep what is seen here. */
  isHeld: boolean;
  /** Pages that were asked for, and not refused. */
  readonly asked: Set<number>;
  readonly made: Map<number, CopyRow>;
}

/** A transcript's lines, as they were when copy mode began or older ones came. */
export interface TranscriptSource {
  readonly type: "transcript";
  readonly agent: AgentId;
  width: number;
  lines: readonly Line[];
  readonly made: Map<number, CopyRow>;
}

export interface CopyMode {
  readonly pane: PaneId;
  source: TerminalSource | TranscriptSource;
  /** First row shown. */
  top: number;
  cursor: Position;
  /** The column that moves up and down keep to; `end` sticks to the ends of rows. */
  column: number | "end";
  selection: { readonly anchor: Position; readonly unit: SelectUnit } | null;
  /** Digits typed so far. */
  count: string;
  /** Waits for the character that is looked for. */
  finding: FindKey | null;
  found: { readonly key: FindKey; readonly character: string } | null;
  /** What is being typed after `/` or `?`, and where it began. */
  prompt: { text: string; readonly isBack: boolean; readonly from: Position; readonly top: number } | null;
  search: Search | null;
  /** What the server looks for; what is typed meanwhile waits for its answer. */
  searching: string | null;
  /** Copied as soon as the rows that it needs have come. */
  isCopying: "stay" | "leave" | null;
  /** Begun by the wheel: back at the end it is left. */
  isByWheel: boolean;
  /** A selection made with the mouse was copied and is shown until then. */
  fadesAt: number | null;
}

export interface Search {
  readonly pattern: string;
  readonly isBack: boolean;
  /** Why the pattern is taken as plain text; null: it is what it says. */
  readonly problem: string | null;
  matches: Matches | null;
  goal: SearchGoal | null;
}

/** Where to go once the places are known: this many matches further from a place. */
export interface SearchGoal {
  readonly from: Position;
  readonly by: number;
}

/** A button that was pressed over a pane's text and is still down. */
export interface Drag {
  readonly pane: PaneId;
  readonly part: "grid" | "body";
  /** Where it was pressed: on the screen, and in the text as it was then; null for a program that has the mouse. */
  readonly x: number;
  readonly y: number;
  readonly row: number;
  readonly unit: SelectUnit;
  /** Copy mode was on before. */
  readonly wasOpen: boolean;
  /** The pane had the focus: a click does more than to bring it. */
  readonly wasFocused: boolean;
  isMoved: boolean;
  /** Where it is now. */
  at: { readonly x: number; readonly y: number };
  /** When the window moved last because the mouse is beyond an edge. */
  edgeAt: number | null;
}
