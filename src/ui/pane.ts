// One pane as boxes: title line, transcript, terminal, what goes on, composer, and the question that waits in it.

import type { PaneId } from "../domain/ids.ts";
import { isKey } from "../domain/key-text.ts";
import { findLeaf, type Rect } from "../domain/layout.ts";
import { type Agent, findAgent, type TerminalInfo } from "../domain/workspace.ts";
import { isQueueStanding } from "./agent-actions.ts";
import { answerKeys, isAnswerable } from "./approval-actions.ts";
import { approvalBoxLines } from "./approval-box.ts";
import { BELL_WORD, paneHasRung } from "./bells.ts";
import { cleanLine } from "./clean.ts";
import { composerText, isEmpty, layoutComposer } from "./composer.ts";
import { drawCopy } from "./copy-draw.ts";
import { copyIn } from "./copy-state.ts";
import type { Box, FrameCursor, Line, Span, Style } from "./frame-types.ts";
import { composerMarkCols, type PaneParts, padCols } from "./geometry.ts";
import { keyHint } from "./key-hint.ts";
import { areOffersOpen } from "./onboarding.ts";
import { hintSpans } from "./overlay-frame.ts";
import { isShortMessage, transcriptLines } from "./pane-lines.ts";
import { scrollTop } from "./scroll.ts";
import { maskKey, maskKeysIn } from "./secret-text.ts";
import { isTimed, queueWords, statusWords } from "./status-mark.ts";
import { terminalTitle } from "./terminal-title.ts";
import { role } from "./theme.ts";
import { agentTitle, spread } from "./title-line.ts";
import { activeTab, approvalOf, composerOf, findTerminal, isWorking, topOverlay, type Ui } from "./view.ts";
import { cutToWidth, textWidth } from "./width.ts";
import { lineWidth } from "./wrap.ts";

export interface Drawn {
  readonly boxes: readonly Box[];
  readonly cursor: FrameCursor | null;
  /** Keys go to its terminal: the cursor is that one's. */
  readonly isTyped?: boolean;
}

/** Layers: panes lie on the ground, questions over their pane, completion over that, overlays on top. */
export const LAYER = { ground: 0, pane: 1, question: 2, completion: 3, numbers: 4, overlay: 10 } as const;

export function linesBox(id: string, rect: Rect, z: number, fill: Style, lines: readonly Line[]): Box {
  return { id, rect, z, fill, content: { type: "lines", lines } };
}

export function drawPane(ui: Ui, parts: PaneParts): Drawn {
  const { content } = parts;
  if (content.type === "terminal") return drawTerminalPane(ui, parts);
  const agent = ui.workspace === null ? undefined : findAgent(ui.workspace, content.agent);
  return agent === undefined ? drawGone(ui, parts) : drawAgentPane(ui, parts, agent);
}

function titleBox(ui: Ui, parts: PaneParts, line: Line): Box {
  const fill = role(ui.theme, parts.isFocused ? "surface" : "base");
  return linesBox(`${parts.pane}:title`, parts.title, LAYER.pane, fill, [line]);
}

function drawGone(ui: Ui, parts: PaneParts): Drawn {
  const line: Line = [{ text: " this agent is gone", style: role(ui.theme, "dim") }];
  return { boxes: [titleBox(ui, parts, line)], cursor: null };
}

/** A program's name is cut to this before the words on what became of it are. */
const NAME_COLS_LEAST = 12;

function drawTerminalPane(ui: Ui, parts: PaneParts): Drawn {
  const terminal = parts.content.type === "terminal" ? findTerminal(ui, parts.content.terminal) : undefined;
  const style = role(ui.theme, parts.isFocused ? "titleFocused" : "title");
  const marks = tabMarks(ui, parts.pane);
  const { width } = parts.title;
  const title = ` ${terminalTitle(ui, terminal)}`;
  // That it has no sandbox, or how it ended, matters more than its whole name, which may be what the program says.
  const least = Math.min(textWidth(title), NAME_COLS_LEAST);
  const words = terminal === undefined ? [] : endWords(ui, terminal);
  const fitting = words.find((each) => least + lineWidth(marks) + textWidth(each) + 2 <= width) ?? "";
  const right: Span[] = fitting === "" ? [] : [{ text: fitting, style: role(ui.theme, hasFailed(terminal) ? "warn" : "dim") }];
  const room = Math.max(0, width - lineWidth(marks) - (fitting === "" ? 0 : textWidth(fitting) + 2));
  const name: Span = { text: cutToWidth(title, room), style };
  const grid = drawGrid(ui, parts, { isTyped: parts.isFocused });
  return {
    boxes: [titleBox(ui, parts, spread([name, ...marks], right, width, {})), ...grid.boxes],
    cursor: grid.cursor,
    isTyped: parts.isFocused,
  };
}

function hasFailed(terminal: TerminalInfo | undefined): boolean {
  return terminal !== undefined && terminal.exitCode !== null && (terminal.exitCode !== 0 || terminal.isLost === true);
}

/** What became of its program, and what can be done now; shorter ones for where there is less room. */
function endWords(ui: Ui, { exitCode, isLost, argv }: TerminalInfo): string[] {
  if (exitCode === null) return ["no sandbox"];
  const how = isLost === true ? "ended with the server" : `ended with ${exitCode}`;
  const again = argv === undefined ? "" : ` · ${keyHint(ui, "terminal.respawn")} runs it again`;
  return [`${how}${again} · ${keyHint(ui, "pane.close")} closes`, `${how}${again}`, how];
}

/** What the pane shares with its tab. */
function tabMarks(ui: Ui, pane: PaneId): Span[] {
  const tab = activeTab(ui);
  return [
    ...(tab?.zoomed === pane ? [{ text: " zoomed", style: role(ui.theme, "accent") }] : []),
    ...(tab?.isSynced === true ? [{ text: " sync", style: role(ui.theme, "warn") }] : []),
    ...(tab !== undefined && paneHasRung(ui, findLeaf(tab.root, pane)) ? [{ text: ` ${BELL_WORD}`, style: role(ui.theme, "accent") }] : []),
  ];
}

export function gridId(pane: PaneId): string {
  return `${pane}:grid`;
}

export function drawGrid(ui: Ui, parts: PaneParts, options: { isTyped: boolean }): Drawn {
  const place = parts.grid;
  if (place === null || place.rect.height < 1) return { boxes: [], cursor: null };
  const { rect } = place;
  const mode = copyIn(ui, parts.pane);
  if (mode?.source.type === "terminal" && mode.source.terminal === place.terminal)
    return drawCopy(ui, mode, rect, parts.isFocused, { pane: LAYER.pane, question: LAYER.question });
  const id = gridId(parts.pane);
  const grid = place.terminal === null ? undefined : ui.grids.get(place.terminal);
  if (grid === undefined) {
    const info = findTerminal(ui, place.terminal);
    const words =
      place.terminal === null
        ? parts.body === null
          ? "any key starts the shell"
          : "the shell starts with the first command"
        : info?.isLost === true
          ? "its output went with the server"
          : "";
    return {
      boxes: [linesBox(id, rect, LAYER.pane, {}, [[{ text: cutToWidth(words, rect.width), style: role(ui.theme, "dim") }]])],
      cursor: null,
    };
  }
  // A grid that is taller than its place (another client's size counts) is shown so that its cursor is in sight.
  const top = Math.max(0, Math.min(grid.rows - rect.height, grid.cursor.y - rect.height + 1));
  const left = Math.max(0, Math.min(grid.cols - rect.width, grid.cursor.x - rect.width + 1));
  const x = rect.x + grid.cursor.x - left;
  const y = rect.y + grid.cursor.y - top;
  const isInside = x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
  const isShown = options.isTyped && grid.cursor.isVisible && isInside;
  return {
    boxes: [{ id, rect, z: LAYER.pane, fill: {}, content: { type: "cells", grid, top, left } }],
    cursor: isShown ? { x, y, shape: grid.cursor.shape } : null,
  };
}

function drawAgentPane(ui: Ui, parts: PaneParts, agent: Agent): Drawn {
  const boxes: Box[] = [
    titleBox(ui, parts, agentTitle(ui, agent, { width: parts.title.width, isFocused: parts.isFocused, marks: tabMarks(ui, parts.pane) })),
  ];
  const face = parts.content.type === "agent" ? parts.content.face : "transcript";
  const isTyped = parts.isFocused && (face === "terminal" || (face === "both" && ui.view.inTerminal.has(parts.pane)));
  const grid = drawGrid(ui, parts, { isTyped });
  boxes.push(...grid.boxes);
  let fresh = 0;
  const mode = copyIn(ui, parts.pane);
  const reading =
    parts.body !== null && mode?.source.type === "transcript"
      ? drawCopy(ui, mode, parts.body, parts.isFocused, { pane: LAYER.pane, question: LAYER.question })
      : null;
  if (reading !== null) boxes.push(...reading.boxes);
  else if (parts.body !== null) {
    const { lines, isEmptyState } = transcriptLines(ui, agent, parts.pane, parts.body.width, parts.body.height);
    const at = isEmptyState ? { top: 0, fresh: 0 } : scrollTop(ui, parts.pane, lines.length, parts.body.height);
    fresh = at.fresh;
    boxes.push(
      linesBox(`${parts.pane}:body`, parts.body, LAYER.pane, role(ui.theme, "base"), lines.slice(at.top, at.top + parts.body.height)),
    );
  }
  if (parts.seam !== null)
    boxes.push(linesBox(`${parts.pane}:seam`, parts.seam, LAYER.pane, {}, [seamLine(ui, parts, parts.seam.width, isTyped)]));
  if (parts.state !== null) boxes.push(linesBox(`${parts.pane}:state`, parts.state, LAYER.pane, {}, [stateLine(ui, parts, agent, fresh)]));
  boxes.push(...approvalBoxes(ui, parts, agent));
  const composer = drawComposer(ui, parts, agent);
  return {
    boxes: [...boxes, ...composer.boxes],
    isTyped,
    cursor:
      mode !== undefined && mode.fadesAt === null
        ? (reading?.cursor ?? grid.cursor)
        : isTyped
          ? grid.cursor
          : parts.isFocused
            ? composer.cursor
            : null,
  };
}

function rule(ui: Ui, isFocused: boolean, cells: number): Span {
  return {
    text: (ui.isAscii ? "-" : "─").repeat(Math.max(0, cells)),
    style: role(ui.theme, isFocused ? "borderFocused" : "border"),
  };
}

function seamLine(ui: Ui, parts: PaneParts, width: number, isTyped: boolean): Line {
  const words = !parts.isFocused ? "" : isTyped ? " keys go to the terminal " : "";
  return [
    rule(ui, parts.isFocused, 1),
    { text: words, style: role(ui.theme, "dim") },
    rule(ui, parts.isFocused, width - 1 - textWidth(words)),
  ];
}

/** One dim line over the composer: what the agent does, what was refused, what has come below. */
function stateLine(ui: Ui, parts: PaneParts, agent: Agent, fresh: number): Line {
  const width = parts.state?.width ?? 0;
  const dim = role(ui.theme, "dim");
  const message = ui.view.messages.get(agent.id);
  const words: Span[] = [];
  if (agent.status === "queued") words.push({ text: queueWords(ui, agent), style: dim });
  else if (agent.status === "waiting") words.push({ text: "waiting for your answer", style: role(ui.theme, "warn") });
  else if (isTimed(agent) || agent.status === "failed") words.push({ text: statusWords(ui, agent), style: dim });
  if (message !== undefined && isShortMessage(cleanLine(message), parts.body?.width ?? 0))
    words.push({ text: `${words.length > 0 ? " · " : ""}${cleanLine(message)}`, style: role(ui.theme, "text") });
  const isScrolled = ui.view.scroll.has(parts.pane);
  const more = fresh > 0 ? `${ui.isAscii ? "v" : "↓"} ${fresh} new` : isScrolled ? "scrolled back" : "";
  const right: Span[] = more === "" ? [] : [{ text: ` ${more} `, style: dim }];
  const room = Math.max(0, width - lineWidth(right) - 4);
  const text = cutSpans(words, room);
  const left: Span[] =
    text.length === 0
      ? [rule(ui, parts.isFocused, 1)]
      : [rule(ui, parts.isFocused, 1), { text: " ", style: dim }, ...text, { text: " ", style: dim }];
  return [...left, rule(ui, parts.isFocused, width - lineWidth(left) - lineWidth(right)), ...right];
}

function cutSpans(spans: readonly Span[], width: number): Span[] {
  let left = width;
  const out: Span[] = [];
  for (const span of spans) {
    const text = cutToWidth(span.text, left);
    if (text !== "") out.push({ ...span, text });
    left -= textWidth(text);
  }
  return out;
}

function approvalBoxes(ui: Ui, parts: PaneParts, agent: Agent): Box[] {
  const approval = approvalOf(ui, agent.id);
  const rect = parts.approval;
  if (approval === undefined || rect === null) return [];
  const lines = approvalBoxLines(approval, {
    width: rect.width,
    height: rect.height,
    top: ui.view.approvalTop.get(approval.id) ?? 0,
    ui,
    hint: approvalHint(ui, parts, agent),
    tooLow: `${keyHint(ui, "inbox.open")} answers`,
  });
  return [linesBox(`${parts.pane}:question`, rect, LAYER.question, role(ui.theme, "surface"), lines)];
}

/** The keys, where they would answer; else what has to be done first. */
function approvalHint(ui: Ui, parts: PaneParts, agent: Agent): Span[] {
  const { theme } = ui;
  const approval = approvalOf(ui, agent.id);
  const say = (text: string): Span[] => [{ text: ` ${text} `, style: role(theme, "dim") }];
  if (approval === undefined) return [];
  if (!parts.isFocused) return say(`${keyHint(ui, "agent.nextNeedy")} answers`);
  if (topOverlay(ui) !== undefined) return [];
  if (parts.composer === null || ui.view.inTerminal.has(parts.pane)) return say(`${keyHint(ui, "inbox.open")} answers`);
  if (!isEmpty(composerOf(ui, agent.id)))
    return say(
      `send or clear the message first (${keyHint(ui, "message.clear")}), then ${answerKeys(ui, approval)
        .map(([key]) => key)
        .join(" ")}`,
    );
  const hint = hintSpans(theme, answerKeys(ui, approval));
  const isReady = isAnswerable(ui, approval);
  return [
    { text: " ", style: {} },
    ...hint.map((span) => (isReady ? span : { ...span, style: role(theme, "dim") })),
    { text: " ", style: {} },
  ];
}

function placeholder(ui: Ui, parts: PaneParts, agent: Agent): string {
  if (!parts.isFocused) return "";
  // What is open over the pane has the keys.
  if (topOverlay(ui) !== undefined) return "";
  if (agent.status === "waiting") return agent.turn === null ? "your answer" : "typing writes a message";
  if (areOffersOpen(ui)) return "enter takes the first offer, or type";
  if (isWorking(agent)) return `${keyHint(ui, "message.send")} queues a message, ${keyHint(ui, "agent.interrupt")} interrupts`;
  if (isQueueStanding(agent))
    return `${keyHint(ui, "message.send")} sends what is queued, ${keyHint(ui, "message.takeBack")} takes it back`;
  if (agent.status === "failed") return `${keyHint(ui, "edit.up")} brings the message back, ${keyHint(ui, "profile.pick")} another profile`;
  return "";
}

function drawComposer(ui: Ui, parts: PaneParts, agent: Agent): Drawn {
  const rect = parts.composer;
  if (rect === null) return { boxes: [], cursor: null };
  const { theme } = ui;
  const composer = composerOf(ui, agent.id);
  const markCols = composerMarkCols(rect.width);
  const mark: Span = {
    text: (ui.isAscii ? "> " : "› ").padStart(markCols),
    style: role(theme, parts.isFocused ? "accent" : "dim"),
  };
  const fill = role(theme, parts.isFocused ? "surface" : "base");
  const id = `${parts.pane}:composer`;
  const room = Math.max(1, rect.width - markCols - padCols(rect.width));
  const text = composerText(composer);
  if (isKey(text)) {
    const masked = cutToWidth(maskKey(text.trim()), room);
    const cursor: FrameCursor = {
      x: Math.min(rect.x + rect.width - 1, rect.x + markCols + textWidth(masked)),
      y: rect.y,
      shape: "bar",
    };
    return {
      boxes: [linesBox(id, rect, LAYER.pane, fill, [[mark, { text: masked, style: role(theme, "text") }]])],
      cursor,
    };
  }
  const { rows, cursorRow, cursorCol } = layoutComposer(composer, room);
  const top = Math.max(0, Math.min(cursorRow - rect.height + 1, rows.length - rect.height), cursorRow - rect.height + 1);
  const lines = rows
    .slice(top, top + rect.height)
    .map(
      (row, index): Line => [
        index === 0 && top === 0 ? mark : { text: " ".repeat(markCols), style: mark.style },
        { text: maskKeysIn(row.text), style: role(theme, "text") },
      ],
    );
  if (isEmpty(composer)) lines[0] = [mark, { text: cutToWidth(placeholder(ui, parts, agent), room), style: role(theme, "dim") }];
  const x = Math.min(rect.x + rect.width - 1, rect.x + markCols + cursorCol);
  return {
    boxes: [linesBox(id, rect, LAYER.pane, fill, lines)],
    cursor: { x, y: rect.y + cursorRow - top, shape: "bar" },
  };
}
