// Text that leaves by copying and comes by pasting: the paste buffers, the outer terminal's clipboard, a program, the composer.

import type { TerminalId } from "../domain/ids.ts";
import type { AnswerValue } from "../domain/protocol.ts";
import { pasteText } from "./agent-actions.ts";
import { cleanLine } from "./clean.ts";
import type { Effect } from "./effects.ts";
import { formatCount } from "./format.ts";
import { keyHint } from "./key-hint.ts";
import type { ListRow } from "./list-row.ts";
import { command, purposeOf, query } from "./purpose.ts";
import { focusedAgent, focusedPane, openOverlay, setAlert, typedTerminal, type Ui } from "./view.ts";

/** More does not fit into one message to the server. */
const BUFFER_CHARACTERS_MAX = 5_000_000;
/** A longer paste goes in parts. */
const PART_CHARACTERS = 1_000_000;

/** Into a paste buffer, and by OSC 52 to the outer terminal; the client says what came of that. */
export function copyOut(_ui: Ui, text: string): Effect[] {
  const lines = text.split("\n").length;
  const what = lines > 1 ? formatCount(lines, "line") : formatCount([...text].length, "character");
  const isKept = text.length <= BUFFER_CHARACTERS_MAX;
  return [
    ...(isKept ? [command({ type: "buffer.add", text }, purposeOf("status"))] : []),
    { type: "copy", text, what: isKept ? what : `${what} (too much for a paste buffer)` },
  ];
}

/** Asks for a buffer, the newest where none is named; it goes to the pane that is focused now. */
export function askBuffer(ui: Ui, buffer?: number): Effect[] {
  const pane = focusedPane(ui);
  if (pane === undefined) return [];
  return [query({ type: "buffer", ...(buffer === undefined ? {} : { buffer }) }, purposeOf("buffer", pane.pane))];
}

export function takeBuffer(ui: Ui, pane: string, text: string | null): Effect[] {
  if (text === null) setAlert(ui, `nothing was copied yet; ${keyHint(ui, "copy.open")} begins copy mode`);
  else if (focusedPane(ui)?.pane !== pane) setAlert(ui, "nothing was pasted: the focus has moved on");
  else {
    // What comes is not for reading: the program or the message shows it.
    const here = focusedPane(ui);
    if (here !== undefined) ui.view.copies.delete(here.pane);
    return pasteHere(ui, text);
  }
  return [];
}

/** Into the focused pane: the program in its terminal, or the message. */
export function pasteHere(ui: Ui, text: string): Effect[] {
  const terminal = typedTerminal(ui);
  if (terminal !== null) return pasteInto(ui, terminal, text, { isSeen: false });
  return pasteText(ui, text);
}

/** In parts where it is long. The server refuses what the program would take for typed lines, until it has been seen here. */
function pasteInto(ui: Ui, terminal: TerminalId, text: string, { isSeen }: { isSeen: boolean }): Effect[] {
  const parts = Math.max(1, Math.ceil(text.length / PART_CHARACTERS));
  if (!isSeen) ui.view.pasted = { terminal, text };
  return Array.from({ length: parts }, (_, at) => {
    const isFirst = at === 0;
    const isLast = at === parts - 1;
    const part = { text: text.slice(at * PART_CHARACTERS, (at + 1) * PART_CHARACTERS), isFirst, isLast };
    return command(
      { type: "terminal.paste", terminal, ...part, ...(isSeen ? { isSeen } : {}) },
      purposeOf(isFirst ? "paste" : "status", isFirst ? terminal : ""),
    );
  });
}

const PREVIEW_LINES = 6;

/** It was not typed: the user sees what would be, and decides. */
export function pasteRefused(ui: Ui, terminal: string): boolean {
  const { pasted } = ui.view;
  ui.view.pasted = null;
  if (pasted === null || pasted.terminal !== terminal) return false;
  const lines = pasted.text.replace(/\n$/u, "").split("\n");
  const shown = lines.slice(0, PREVIEW_LINES).map((line) => `  ${cleanLine(line).slice(0, 200)}`);
  const more = lines.length > PREVIEW_LINES ? [`  ${formatCount(lines.length - PREVIEW_LINES, "more line")}`] : [];
  const joined = lines.map((line) => line.trim()).join(" ");
  openOverlay(ui, {
    type: "confirm",
    title: `paste ${formatCount(lines.length, "line")}?`,
    lines: ["the program did not ask for bracketed paste:", "each line is typed, and entered", "", ...shown, ...more],
    answers: [
      { chord: "y", label: "type them all", effects: pasteInto(ui, pasted.terminal, pasted.text, { isSeen: true }) },
      { chord: "j", label: "join them to one line, not entered", effects: pasteInto(ui, pasted.terminal, joined, { isSeen: true }) },
      { chord: "n", label: "do not paste", effects: [] },
    ],
  });
  return true;
}

// The list of buffers -----------------------------------------------------------------------------------------------------

export function openBuffers(ui: Ui): Effect[] {
  ui.view.buffers = null;
  openOverlay(ui, { type: "list", kind: "buffers", filter: "", selected: 0, problem: null, agent: null, part: { type: "profiles" } });
  return [query({ type: "buffers" }, purposeOf("buffers"))];
}

export function takeBuffers(ui: Ui, value: Extract<AnswerValue, { type: "buffers" }>): void {
  ui.view.buffers = value.rows;
}

export function bufferRows(ui: Ui): ListRow[] {
  return (ui.view.buffers ?? []).map(({ buffer, text, characters, lines }) => ({
    id: String(buffer),
    search: text,
    text: cleanLine(text),
    right: lines > 1 ? formatCount(lines, "line") : formatCount(characters, "character"),
    note: null,
    isMarked: false,
    isDisabled: false,
  }));
}

/** Takes the chosen one away, and shows what is left. */
export function dropBuffer(ui: Ui, id: string | undefined): Effect[] {
  if (id === undefined || ui.view.buffers === null) return [];
  ui.view.buffers = ui.view.buffers.filter(({ buffer }) => String(buffer) !== id);
  return [command({ type: "buffer.remove", buffer: Number(id) }, purposeOf("status"))];
}

// Open in the pager or the editor -------------------------------------------------------------------------------------------

/** Lines that are shown at most. */
const SHOWN_LINES = 10_000;

/** All that a pane's terminal holds, or what is at hand of its transcript, in another program. */
export function showElsewhere(ui: Ui, how: "pager" | "editor", transcript: () => string): Effect[] {
  const pane = focusedPane(ui);
  if (pane === undefined) return [];
  const terminal = typedTerminal(ui);
  if (terminal === null) return [{ type: "show", text: transcript(), how }];
  const asked = { terminal, lines: SHOWN_LINES, isStyled: how === "pager" };
  return [query({ type: "terminal.text", ...asked }, purposeOf("show", how))];
}

export function showText(id: string, text: string): Effect[] {
  return [{ type: "show", text: `${text}\n`, how: id === "pager" ? "pager" : "editor" }];
}

/** The last answer of the focused agent, to the outer clipboard. */
export function copyAnswer(ui: Ui): Effect[] {
  const agent = focusedAgent(ui);
  const items = agent === undefined ? [] : (ui.workspace?.items[agent.id] ?? []);
  const text = items.findLast((item) => item.type === "text");
  if (text?.type !== "text") {
    setAlert(ui, "there is no answer to copy");
    return [];
  }
  return copyOut(ui, text.text);
}
