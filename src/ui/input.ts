// Where a key goes: the prefix key first, then what is open on top, a program in its terminal, a question, the composer.

import { editedComposer, pasteText, typeText } from "./agent-actions.ts";
import { askedApproval, isAnswerable } from "./approval-actions.ts";
import { canRun } from "./command-row.ts";
import { commandTable, findCommand } from "./commands.ts";
import type { Effect } from "./effects.ts";
import type { InputEvent } from "./key-types.ts";
import { type Mode, resolveKey, typedText } from "./keys.ts";
import { filterList } from "./list.ts";
import { onMouse } from "./mouse.ts";
import { areOffersOpen } from "./onboarding.ts";
import { completionOf } from "./palette.ts";
import { command, purposeOf } from "./purpose.ts";
import { closeOverlay, focusedPane, type Overlay, setAlert, topOverlay, typedTerminal, type Ui } from "./view.ts";

type KeyEvent = Extract<InputEvent, { type: "key" }>;

export function handleInput(ui: Ui, event: InputEvent): Effect[] {
  if (event.type !== "background" && (event.type !== "focus" || event.isFocused)) ui.view.activeAt = ui.now;
  switch (event.type) {
    case "key":
      return onKey(ui, event);
    case "paste":
      return onPaste(ui, event.text);
    case "mouse":
      return onMouse(ui, event, commandTable);
    case "focus":
      ui.view.isOuterFocused = event.isFocused;
      return [];
    // Which theme fits the ground is the client's to choose: it reads the theme files.
    case "background":
      return [];
    default:
      return event satisfies never;
  }
}

function run(ui: Ui, id: string): Effect[] {
  const row = findCommand(id);
  return row === undefined || !canRun(ui, row) ? [] : row.run(ui);
}

function onKey(ui: Ui, event: KeyEvent): Effect[] {
  const { view } = ui;
  const { chord } = event;
  if (view.isPrefixPending) {
    view.isPrefixPending = false;
    if (chord === ui.prefix) return onPlainKey(ui, event);
    return onPrefixed(ui, chord);
  }
  if (chord === ui.prefix) {
    view.isPrefixPending = true;
    return [];
  }
  return onPlainKey(ui, event);
}

function onPrefixed(ui: Ui, chord: string): Effect[] {
  const id = resolveKey(ui.bindings, "prefix", chord);
  if (id !== null) return run(ui, id);
  if (chord !== "escape") setAlert(ui, `${ui.prefix} ${chord} means nothing; ${ui.prefix} ? lists the keys`);
  return [];
}

function onPlainKey(ui: Ui, event: KeyEvent): Effect[] {
  const { view } = ui;
  view.alert = null;
  const overlay = topOverlay(ui);
  if (overlay !== undefined) return onOverlayKey(ui, overlay, event.chord);
  if (view.scrollMode !== null && view.scrollMode === focusedPane(ui)?.pane) {
    const id = resolveKey(ui.bindings, "scroll", event.chord);
    return id === null ? [] : run(ui, id);
  }
  const terminal = typedTerminal(ui);
  if (terminal !== null) {
    return event.raw === "" ? [] : [command({ type: "terminal.input", terminal, data: event.raw }, purposeOf("status"))];
  }
  return onComposerKey(ui, event.chord);
}

function onComposerKey(ui: Ui, chord: string): Effect[] {
  const modes: Mode[] = [];
  const asked = askedApproval(ui);
  if (asked !== undefined) {
    const id = resolveKey(ui.bindings, "approval", chord);
    // A key that would answer, but came too early, does nothing at all.
    if (id !== null && typedText(chord) !== null && !isAnswerable(ui, asked)) return [];
    if (id !== null) return run(ui, id);
  }
  if (completionOf(ui, commandTable) !== null) modes.push("completion");
  if (areOffersOpen(ui)) modes.push("offers");
  modes.push("composer", "edit");
  for (const mode of modes) {
    const id = resolveKey(ui.bindings, mode, chord);
    if (id !== null) return run(ui, id);
  }
  const text = typedText(chord);
  if (text !== null) typeText(ui, text);
  return [];
}

function onOverlayKey(ui: Ui, overlay: Overlay, chord: string): Effect[] {
  if (chord === "escape" || (chord === "C-c" && overlay.type !== "editor")) {
    closeOverlay(ui);
    return [];
  }
  switch (overlay.type) {
    case "list":
      return inMode(ui, "list", chord, (text) => filterList(ui, (filter) => filter + text));
    case "text": {
      if (chord === "q" || chord === "?") closeOverlay(ui);
      return inMode(ui, "text", chord);
    }
    case "inbox":
      return onInboxKey(ui, chord);
    case "confirm":
      return onConfirmKey(ui, overlay, chord);
    case "key":
      return inMode(ui, "key", chord, (text) => {
        if (!overlay.isTesting && text !== " ") overlay.secret += text;
        return [];
      });
    case "editor":
      return onEditorKey(ui, chord);
    default:
      return overlay satisfies never;
  }
}

function inMode(ui: Ui, mode: Mode, chord: string, type: (text: string) => Effect[] = () => []): Effect[] {
  const id = resolveKey(ui.bindings, mode, chord);
  if (id !== null) return run(ui, id);
  const text = typedText(chord);
  return text === null ? [] : type(text);
}

function onInboxKey(ui: Ui, chord: string): Effect[] {
  const id = resolveKey(ui.bindings, "inbox", chord);
  if (id !== null) return run(ui, id);
  const answers = typedText(chord) === null ? null : resolveKey(ui.bindings, "approval", chord);
  return answers === null ? [] : run(ui, answers);
}

function onConfirmKey(ui: Ui, overlay: Extract<Overlay, { type: "confirm" }>, chord: string): Effect[] {
  const answer = overlay.answers.find((each) => each.chord === chord);
  if (answer === undefined) return [];
  closeOverlay(ui);
  return [...answer.effects];
}

function onEditorKey(ui: Ui, chord: string): Effect[] {
  if (chord === "C-c") {
    closeOverlay(ui);
    return [];
  }
  if (chord === "enter") {
    typeText(ui, "\n");
    return [];
  }
  const own = resolveKey(ui.bindings, "editor", chord);
  if (own !== null) return run(ui, own);
  return inMode(ui, "edit", chord, (text) => {
    typeText(ui, text);
    return [];
  });
}

function onPaste(ui: Ui, text: string): Effect[] {
  const overlay = topOverlay(ui);
  ui.view.isPrefixPending = false;
  if (overlay?.type === "key") {
    if (!overlay.isTesting) overlay.secret += text.replace(/\s/gu, "");
    return [];
  }
  if (overlay?.type === "list") {
    return filterList(ui, (filter) => filter + text.replace(/\s+/gu, " ").slice(0, 200));
  }
  if (overlay !== undefined && overlay.type !== "editor") return [];
  const terminal = overlay === undefined ? typedTerminal(ui) : null;
  // The grid does not say whether its program asked for bracketed paste: line ends go as Enter does.
  if (terminal !== null) return [command({ type: "terminal.input", terminal, data: text.replaceAll("\n", "\r") }, purposeOf("status"))];
  return editedComposer(ui) === undefined ? [] : pasteText(ui, text);
}
