// Draws what is open over the screen: lists, help, the inbox, a question, the place for a key, the editor of code.

import type { Rect } from "../domain/layout.ts";
import { answerKeys, isAnswerable } from "./approval-actions.ts";
import { type BroadcastOverlay, broadcastLines, broadcastSum } from "./broadcast.ts";
import { cleanLine } from "./clean.ts";
import type { CommandTable } from "./command-row.ts";
import { layoutComposer } from "./composer.ts";
import type { FrameCursor, Line, Span } from "./frame-types.ts";
import { helpLines } from "./help.ts";
import { inboxGeometry, inboxLines } from "./inbox.ts";
import { infoLines } from "./info.ts";
import { keyHint } from "./key-hint.ts";
import { promptTitle } from "./line-prompt.ts";
import { listRows } from "./list.ts";
import type { ListRow } from "./list-row.ts";
import { FRAME_COLS, FRAME_ROWS, frameLines, hintSpans, overlayRect } from "./overlay-frame.ts";
import { completionOf } from "./palette.ts";
import { type Drawn, LAYER, linesBox } from "./pane.ts";
import { keyProviders, maskKey } from "./secret-text.ts";
import { role } from "./theme.ts";
import { spread } from "./title-line.ts";
import { usageLines } from "./usage.ts";
import { listedAgents, type Overlay, type PickerPart, topOverlay, type Ui } from "./view.ts";
import { cutToWidth, padToWidth, textWidth } from "./width.ts";
import { lineWidth, wrapHard, wrapText } from "./wrap.ts";

type TextOverlay = Extract<Overlay, { type: "text" }>;

interface OverlayBody {
  readonly title: string;
  readonly body: readonly Line[];
  readonly hint: readonly Span[];
  readonly rect: Rect;
  /** Within the frame, from its first cell. */
  readonly cursor?: { readonly x: number; readonly y: number } | undefined;
}

/** A hint shorter than this says nothing. */
const HINT_MIN_COLS = 10;

export function drawOverlay(ui: Ui, overlay: Overlay, at: number, table: CommandTable): Drawn {
  const { title, body, hint, rect, cursor } = overlayBody(ui, overlay, table);
  const lines = frameLines(title, body, hint, rect, ui);
  const place: FrameCursor | null =
    cursor === undefined
      ? null
      : {
          x: Math.min(rect.x + rect.width - 2, rect.x + FRAME_COLS / 2 + cursor.x),
          y: Math.min(rect.y + rect.height - 1, rect.y + 1 + cursor.y),
          shape: "bar",
        };
  return {
    boxes: [linesBox(`overlay:${at}`, rect, LAYER.overlay + at, role(ui.theme, "overlay"), lines)],
    cursor: place,
  };
}

function overlayBody(ui: Ui, overlay: Overlay, table: CommandTable): OverlayBody {
  switch (overlay.type) {
    case "list":
      return listBody(ui, overlay, table);
    case "text":
      return textBody(ui, overlay, table);
    case "inbox":
      return inboxBody(ui, overlay);
    case "confirm":
      return confirmBody(ui, overlay);
    case "key":
      return keyBody(ui, overlay);
    case "passphrase":
      return passphraseBody(ui, overlay);
    case "editor":
      return editorBody(ui, overlay);
    case "line":
      return lineBody(ui, overlay);
    case "broadcast":
      return broadcastBody(ui, overlay);
    default:
      return overlay satisfies never;
  }
}

const listTitles = {
  palette: "commands",
  picker: "profile",
  history: "history",
  rewind: "go back to before a message",
  places: "tabs and panes",
  join: "bring a pane here",
  buffers: "what was copied",
  rules: "what runs without asking",
} as const;

function listBody(ui: Ui, overlay: Extract<Overlay, { type: "list" }>, table: CommandTable): OverlayBody {
  const { theme } = ui;
  // As high as the whole list would need: it does not jump while the filter is typed.
  const all = listRows(ui, { ...overlay, filter: "" }, table).length;
  const rect = overlayRect(ui, overlay, Math.max(8, Math.min(18, all + FRAME_ROWS + 3)));
  const width = Math.max(1, rect.width - FRAME_COLS);
  const height = Math.max(0, rect.height - FRAME_ROWS);
  const rows = listRows(ui, overlay, table);
  const selected = Math.min(overlay.selected, rows.length - 1);
  const noteText = overlay.problem ?? rows[selected]?.note ?? emptyNote(ui, overlay, rows);
  const notes = wrapText(cleanLine(noteText), width, role(theme, overlay.problem === null ? "dim" : "warn")).slice(
    0,
    Math.max(0, Math.min(3, height - 4)),
  );
  const room = Math.max(1, height - 1 - notes.length);
  const top = Math.max(0, Math.min(selected - room + 1, rows.length - room), selected - room + 1);
  const shown = rows.slice(top, top + room).map((row, index) => listLine(ui, row, width, top + index === selected));
  const prompt = ui.isAscii ? "> " : "› ";
  const filter: Line = [
    { text: prompt, style: role(theme, "accent") },
    { text: overlay.filter, style: role(theme, "text") },
  ];
  const fill = Array.from({ length: Math.max(0, room - shown.length) }, (): Line => []);
  return {
    title: overlay.kind === "picker" ? pickerTitle(overlay.part) : listTitles[overlay.kind],
    rect,
    body: [filter, ...shown, ...fill, ...(noteText === "" ? [] : notes)],
    hint: hintSpans(theme, listHint(ui, overlay)),
    cursor: { x: 2 + textWidth(overlay.filter), y: 0 },
  };
}

function pickerTitle(part: PickerPart): string {
  if (part.type === "models") return `models of ${cleanLine(part.provider)}`;
  return part.type === "providers" ? "providers" : listTitles.picker;
}

function listHint(ui: Ui, { kind, part }: Extract<Overlay, { type: "list" }>): [string, string][] {
  const verbs = {
    palette: "runs it",
    picker: "takes it",
    history: "takes it",
    rewind: "goes back",
    places: "goes there",
    join: "brings it",
    buffers: "pastes",
    rules: "closes",
  } as const;
  if (kind === "rules")
    return [
      [keyHint(ui, "list.drop"), "takes it away"],
      [closeKey(ui), "closes"],
    ];
  return [
    [keyHint(ui, "list.accept"), kind === "picker" && part.type === "providers" ? "shows its models" : verbs[kind]],
    ...(kind === "picker"
      ? ([[keyHint(ui, "list.switch"), part.type === "profiles" ? "providers" : "profiles"]] as [string, string][])
      : []),
    ...(kind === "rewind" ? ([[keyHint(ui, "list.fork"), "forks from there"]] as [string, string][]) : []),
    ...(kind === "buffers" ? ([[keyHint(ui, "list.drop"), "takes it away"]] as [string, string][]) : []),
    [closeKey(ui), "closes"],
  ];
}

/** As it stands in every overlay's frame. */
function closeKey(ui: Ui): string {
  return keyHint(ui, "overlay.close");
}

function emptyNote(ui: Ui, overlay: Extract<Overlay, { type: "list" }>, rows: readonly ListRow[]): string {
  if (rows.length > 0) return "";
  if (overlay.kind === "picker" && ui.view.profiles === null) return "asking for the profiles";
  if (overlay.kind === "picker" && overlay.part.type === "providers")
    return ui.view.providers === null ? "asking for the providers" : "no provider of that name";
  if (overlay.kind === "picker" && overlay.part.type === "models" && overlay.filter === "") return "no model is known; type its name";
  if ((overlay.kind === "rewind" || overlay.kind === "history") && overlay.filter === "") return "nothing was said yet";
  if (overlay.kind === "buffers" && overlay.filter === "") return ui.view.buffers === null ? "asking" : "nothing was copied yet";
  if (overlay.kind === "rules" && overlay.filter === "")
    return ui.view.rules === null ? "asking" : `no rules are kept; ${keyHint(ui, "approval.always")} on a question makes one`;
  return overlay.kind === "picker" ? "no profile of that name; enter tries it as a model's name" : "nothing fits";
}

function listLine(ui: Ui, row: ListRow, width: number, isSelected: boolean): Line {
  const { theme } = ui;
  const base = isSelected ? role(theme, "selection") : role(theme, row.isDisabled ? "dim" : "text");
  const mark = row.isMarked ? (ui.isAscii ? "* " : "● ") : "  ";
  // The whole note stands under the list while its row is chosen; here is as much of it as fits.
  const spare = width - textWidth(row.text) - 4;
  const hint = row.note === null || spare < HINT_MIN_COLS ? "" : cutToWidth(row.note, Math.min(spare, Math.floor(width / 2)));
  const rightText = row.isDisabled ? hint : row.right;
  const hasRight = rightText !== "" && textWidth(row.text) + textWidth(rightText) + 4 <= width;
  const room = width - textWidth(mark) - (hasRight ? textWidth(rightText) + 2 : 0);
  const left: Span[] = [
    { text: mark, style: isSelected ? base : role(theme, "accent") },
    { text: padToWidth(cleanLine(row.text) === "" ? "" : row.text, room), style: base },
  ];
  return hasRight ? [...left, { text: `  ${rightText}`, style: isSelected ? base : role(theme, "dim") }] : left;
}

function textBody(ui: Ui, overlay: TextOverlay, table: CommandTable): OverlayBody {
  const { theme } = ui;
  const rect = overlayRect(ui, overlay);
  const lines = textLines(ui, overlay, table, Math.max(1, rect.width - FRAME_COLS));
  const isHelp = overlay.kind === "help";
  const rows = textRows(overlay, rect);
  const top = Math.max(0, Math.min(overlay.top, lines.length - rows));
  const place = lines.length > rows ? `${top + 1}-${Math.min(lines.length, top + rows)} of ${lines.length}` : "";
  const filter: Line = [
    { text: ui.isAscii ? "> " : "› ", style: role(theme, "accent") },
    overlay.filter === "" ? { text: "type to find", style: role(theme, "dim") } : { text: overlay.filter, style: role(theme, "text") },
  ];
  const shown = isHelp && lines.length === 0 ? [[{ text: "nothing fits", style: role(theme, "dim") }]] : lines.slice(top, top + rows);
  return {
    title: textTitles[overlay.kind],
    rect,
    body: isHelp ? [filter, ...shown] : shown,
    hint: hintSpans(theme, [
      ["↑↓", place === "" ? "scroll" : place],
      [closeKey(ui), "closes"],
    ]),
    ...(isHelp ? { cursor: { x: 2 + textWidth(overlay.filter), y: 0 } } : {}),
  };
}

/** Lines of the text that are in sight: the first line of the help is what is typed. */
export function textRows({ kind }: TextOverlay, rect: Rect): number {
  return Math.max(0, rect.height - FRAME_ROWS - (kind === "help" ? 1 : 0));
}

const textTitles = { help: "keys", info: "about this agent", notices: "notices", usage: "what was spent" } as const;

export function textLines(ui: Ui, { kind, filter }: TextOverlay, table: CommandTable, width: number): Line[] {
  if (kind === "help") return helpLines(ui, table, width, filter);
  if (kind === "info") return infoLines(ui, width);
  if (kind === "usage") return usageLines(ui, width);
  return ui.view.notices.flatMap((notice) => wrapText(cleanLine(notice), width, role(ui.theme, "text")));
}

function inboxTitle(ui: Ui, { selected }: Extract<Overlay, { type: "inbox" }>): string {
  const all = ui.workspace?.approvals ?? [];
  const at = all.findIndex(({ id }) => id === selected);
  return all.length < 2 || at < 0 ? "questions" : `questions · ${at + 1} of ${all.length}`;
}

function inboxBody(ui: Ui, overlay: Extract<Overlay, { type: "inbox" }>): OverlayBody {
  const { theme } = ui;
  const approval = ui.workspace?.approvals.find(({ id }) => id === overlay.selected);
  const keys = approval === undefined ? [] : answerKeys(ui, approval);
  const isReady = approval !== undefined && isAnswerable(ui, approval);
  const inner = hintSpans(theme, keys).map((span) => (isReady ? span : { ...span, style: role(theme, "dim") }));
  return {
    title: inboxTitle(ui, overlay),
    rect: inboxGeometry(ui).rect,
    body: inboxLines(ui, overlay, [{ text: " ", style: {} }, ...inner, { text: " ", style: {} }]),
    hint: hintSpans(theme, [
      ["↑↓", "choose"],
      ["pgdn", "scroll"],
      [keyHint(ui, "inbox.go"), "goes there"],
      [closeKey(ui), "closes"],
    ]),
  };
}

function confirmBody(ui: Ui, overlay: Extract<Overlay, { type: "confirm" }>): OverlayBody {
  const { theme } = ui;
  const width = Math.max(1, overlayRect(ui, overlay).width - FRAME_COLS);
  const lines = overlay.lines.flatMap((text) => {
    const line: Line = [{ text: cleanLine(text) === "" ? "" : text, style: role(theme, "text") }];
    // What is granted for good is seen whole.
    return overlay.guard === undefined ? [line] : wrapHard(line, width);
  });
  const notes = (overlay.notes ?? []).flatMap((text) => wrapText(text, width, role(theme, "dim")));
  const answers = overlay.answers.map(({ chord, label }): Line => hintSpans(theme, [[chord, label]]));
  const body = [...lines, ...(notes.length === 0 ? [] : [[], ...notes]), [], ...answers];
  return {
    title: cleanLine(overlay.title),
    rect: overlayRect(ui, overlay, body.length + FRAME_ROWS),
    body,
    hint: hintSpans(theme, [[closeKey(ui), "closes"]]),
  };
}

/** With every frame that was drawn: a question whose answer lasts counts as shown when all of it was in sight. */
export function markConfirmShown(ui: Ui): void {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "confirm" || overlay.guard === undefined || overlay.guard.shownAt !== null) return;
  const { rect, body } = confirmBody(ui, overlay);
  if (body.length <= rect.height - FRAME_ROWS) overlay.guard.shownAt = ui.now;
}

function keyBody(ui: Ui, overlay: Extract<Overlay, { type: "key" }>): OverlayBody {
  const { theme } = ui;
  const dim = role(theme, "dim");
  const rect = overlayRect(ui, overlay);
  const width = Math.max(1, rect.width - FRAME_COLS);
  const providers = keyProviders(ui.view.profiles?.rows ?? [], ui.view.providers ?? []);
  const masked = cutToWidth(maskKey(overlay.secret), Math.max(1, width - 6));
  const rows = Math.max(1, rect.height - FRAME_ROWS - 6);
  const at = providers.findIndex(({ id }) => id === overlay.provider);
  const top = Math.max(0, at - rows + 1);
  const list = providers.slice(top, top + rows).map((provider): Line => {
    const isChosen = provider.id === overlay.provider;
    const mark = isChosen ? (ui.isAscii ? "> " : "› ") : "  ";
    return [{ text: padToWidth(`${mark}${provider.name}`, width), style: role(theme, isChosen ? "selection" : "text") }];
  });
  const chosen = providers[at]?.name ?? "";
  const words = overlay.isTesting
    ? `asking ${chosen} whether it takes the key`
    : (overlay.problem ?? "it is tested, then kept encrypted, and sent to this provider only");
  const body: Line[] = [
    [
      { text: "key   ", style: dim },
      masked === "" ? { text: cutToWidth("paste or type it here", width - 6), style: dim } : { text: masked, style: role(theme, "text") },
    ],
    [{ text: "whose key is it?", style: dim }],
    ...list,
    [],
    ...wrapText(cleanLine(words), width, role(theme, overlay.problem === null ? "dim" : "warn")).slice(0, 3),
  ];
  return {
    title: "add an API key",
    rect,
    body,
    hint: hintSpans(theme, [
      [keyHint(ui, "key.add"), overlay.problem === null ? "tests and keeps it" : "tries again"],
      ...(overlay.problem === null ? [] : [[keyHint(ui, "key.keep"), "keeps it untested"] as const]),
      [closeKey(ui), "closes"],
    ]),
    cursor: { x: 6 + textWidth(masked), y: 0 },
  };
}

function passphraseBody(ui: Ui, overlay: Extract<Overlay, { type: "passphrase" }>): OverlayBody {
  const { theme } = ui;
  const wanted = ui.view.isUnlockWanted ? "a request waits for a key" : "its keys cannot be used";
  const words = overlay.isTrying ? "one moment" : (overlay.problem ?? `the vault is locked, ${wanted}`);
  const rect = overlayRect(ui, overlay);
  const width = Math.max(1, rect.width - FRAME_COLS);
  const label = "passphrase  ";
  const dots = (ui.isAscii ? "*" : "•").repeat([...overlay.secret].length);
  const masked = cutToWidth(dots, Math.max(1, width - textWidth(label) - 1));
  return {
    title: "unlock the vault",
    rect,
    body: [
      [
        { text: label, style: role(theme, "dim") },
        { text: masked, style: role(theme, "text") },
      ],
      [],
      ...wrapText(cleanLine(words), width, role(theme, overlay.problem === null ? "dim" : "warn")).slice(0, 3),
    ],
    hint: hintSpans(theme, [
      [keyHint(ui, "passphrase.accept"), "unlocks"],
      [closeKey(ui), ui.view.isUnlockWanted ? "not now: the request ends" : "closes"],
    ]),
    cursor: { x: textWidth(label) + textWidth(masked), y: 0 },
  };
}

const EDITOR_ROWS_LEAST = 9;
const EDITOR_ROWS_MOST = 30;

function editorBody(ui: Ui, overlay: Extract<Overlay, { type: "editor" }>): OverlayBody {
  const width = Math.max(1, overlayRect(ui, overlay).width - FRAME_COLS);
  const { rows, cursorRow, cursorCol } = layoutComposer(overlay.composer, width);
  // Room for the code and a few lines more; it does not shrink while the code does.
  const lines = Math.max(rows.length, overlay.original.split("\n").length);
  const rect = overlayRect(ui, overlay, Math.max(EDITOR_ROWS_LEAST, Math.min(EDITOR_ROWS_MOST, lines + 5 + FRAME_ROWS)));
  const height = Math.max(1, rect.height - FRAME_ROWS);
  const top = Math.max(0, cursorRow - height + 1);
  return {
    title: "edit, then run",
    rect,
    body: rows.slice(top, top + height).map((row): Line => [{ text: row.text, style: role(ui.theme, "code") }]),
    hint: hintSpans(ui.theme, [
      [keyHint(ui, "editor.run"), "runs it"],
      [keyHint(ui, "edit.external"), "$EDITOR"],
      [closeKey(ui), "back"],
    ]),
    cursor: { x: cursorCol, y: cursorRow - top },
  };
}

/** One row: what does not fit is cut at its start, so that the cursor stays in sight. */
function lineBody(ui: Ui, overlay: Extract<Overlay, { type: "line" }>): OverlayBody {
  const { theme } = ui;
  const rect = overlayRect(ui, overlay);
  const width = Math.max(1, rect.width - FRAME_COLS - 2);
  const { rows, cursorRow, cursorCol } = layoutComposer(overlay.composer, width);
  return {
    title: promptTitle(overlay.prompt),
    rect,
    body: [
      [
        { text: ui.isAscii ? "> " : "› ", style: role(theme, "accent") },
        { text: rows[cursorRow]?.text ?? "", style: role(theme, "text") },
      ],
    ],
    hint: hintSpans(theme, [
      [keyHint(ui, "line.accept"), "takes it"],
      [closeKey(ui), "closes"],
    ]),
    cursor: { x: 2 + cursorCol, y: 0 },
  };
}

/** Rows of the message that are in sight. */
const BROADCAST_TEXT_ROWS = 4;

function broadcastBody(ui: Ui, overlay: BroadcastOverlay): OverlayBody {
  const { theme } = ui;
  const count = listedAgents(ui).length;
  const rect = overlayRect(ui, overlay, Math.max(8, Math.min(24, count + BROADCAST_TEXT_ROWS + 3 + FRAME_ROWS)));
  const width = Math.max(1, rect.width - FRAME_COLS);
  const height = Math.max(1, rect.height - FRAME_ROWS);
  const { rows, cursorRow, cursorCol } = layoutComposer(overlay.composer, Math.max(1, width - 2));
  const textRows = Math.max(1, Math.min(rows.length, BROADCAST_TEXT_ROWS, height - 3));
  const first = Math.max(0, cursorRow - textRows + 1);
  const prompt = ui.isAscii ? "> " : "› ";
  const text = rows
    .slice(first, first + textRows)
    .map(
      (row, index): Line => [
        { text: index + first === 0 ? prompt : "  ", style: role(theme, "accent") },
        rows.length === 1 && row.text === ""
          ? { text: cutToWidth("the message for all of them", width - 2), style: role(theme, "dim") }
          : { text: row.text, style: role(theme, "text") },
      ],
    );
  const list = broadcastLines(ui, overlay, width, Math.max(1, height - textRows - 1));
  const fill = Array.from({ length: Math.max(0, height - textRows - 1 - list.length) }, (): Line => []);
  return {
    title: "to several agents",
    rect,
    body: [...text, ...list, ...fill, broadcastSum(ui, overlay, width)],
    hint: hintSpans(theme, [
      [keyHint(ui, "broadcast.send"), "sends"],
      [keyHint(ui, "broadcast.toggle"), "in or out"],
      [keyHint(ui, "broadcast.gather"), "sends, all side by side"],
      [keyHint(ui, "broadcast.all"), "all or none"],
      [closeKey(ui), "closes"],
    ]),
    cursor: { x: 2 + cursorCol, y: cursorRow - first },
  };
}

const COMPLETION_ROWS = 8;

/** The names that fit what is being typed, above the composer. */
export function drawCompletion(ui: Ui, composer: Rect, table: CommandTable): Drawn {
  const completion = completionOf(ui, table);
  const rows = Math.min(COMPLETION_ROWS, completion?.rows.length ?? 0, composer.y - 1);
  if (completion === null || rows < 1) return { boxes: [], cursor: null };
  const top = Math.max(0, completion.selected - rows + 1);
  const shown = completion.rows.slice(top, top + rows);
  const { width } = composer;
  const lines = shown.map((row, index): Line => {
    const style = top + index === completion.selected ? role(ui.theme, "selection") : role(ui.theme, "text");
    const name: Span = { text: ` ${padToWidth(`${completion.sign}${row.slash ?? ""}`, 14)}`, style };
    const isLast = index === shown.length - 1 && shown.length < completion.rows.length;
    const place = isLast ? ` ${top + 1}-${top + shown.length} of ${completion.rows.length} ` : "";
    const room = Math.max(0, width - lineWidth([name]) - (isLast ? textWidth(place) + 2 : 0));
    const count: Line = isLast ? [{ text: place, style: { ...style, ...role(ui.theme, "dim") } }] : [];
    return spread([name, { text: cutToWidth(row.title, room), style }], count, width, style);
  });
  const rect: Rect = { x: composer.x, y: composer.y - rows, width, height: rows };
  return { boxes: [linesBox("completion", rect, LAYER.completion, role(ui.theme, "overlay"), lines)], cursor: null };
}
