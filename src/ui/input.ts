// Where a key goes: the prefix key first, then what is open on top, a program in its terminal, a question, the composer.

import type { PaneId, TerminalId } from "../domain/ids.ts";
import { pasteText, typeText } from "./agent-actions.ts";
import { askedApproval, isAnswerable } from "./approval-actions.ts";
import { wantEstimates } from "./broadcast.ts";
import { cleanText } from "./clean.ts";
import { pasteHere } from "./clipboard.ts";
import { canRun } from "./command-row.ts";
import { commandTable, findCommand } from "./commands.ts";
import { onCopyKey, pasteIntoPrompt } from "./copy-keys.ts";
import { leaveCopy } from "./copy-mode.ts";
import { focusedCopy } from "./copy-state.ts";
import type { Effect } from "./effects.ts";
import { filterHelp } from "./help.ts";
import { typeKey } from "./key-entry.ts";
import { keyHint } from "./key-hint.ts";
import type { InputEvent } from "./key-types.ts";
import { type Mode, resolveKey, typedText } from "./keys.ts";
import { filterList } from "./list.ts";
import { onMouse } from "./mouse.ts";
import { takeNumber } from "./numbers.ts";
import { areOffersOpen } from "./onboarding.ts";
import { completionOf } from "./palette.ts";
import { command, purposeOf } from "./purpose.ts";
import { isSettled } from "./rule-actions.ts";
import { typeSecret } from "./unlock.ts";
import { activeTab, closeOverlay, findTerminal, focusedPane, type Overlay, setAlert, topOverlay, typedTerminal, type Ui } from "./view.ts";

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
      ui.view.outerBackground = event.rgb ?? null;
      return [];
    default:
      return event satisfies never;
  }
}

function run(ui: Ui, id: string, isSaid = false): Effect[] {
  const row = findCommand(id);
  if (row === undefined) return [];
  if (canRun(ui, row)) return row.run(ui);
  // A plain key means other things elsewhere; one behind the prefix means this alone.
  if (isSaid) setAlert(ui, `${row.title}: not in this pane`);
  return [];
}

/** As long as tmux's `repeat-time`, ms. */
const REPEAT_MS = 500;

function onKey(ui: Ui, event: KeyEvent): Effect[] {
  const { view } = ui;
  const { chord } = event;
  if (view.isLocked) {
    const id = resolveKey(ui.bindings, "locked", chord);
    return id === null ? onPlainKey(ui, event) : run(ui, id);
  }
  if (view.numbersUntil !== null && !view.isPrefixPending && takeNumber(ui, chord)) return [];
  if (view.repeatUntil > ui.now && !view.isPrefixPending) {
    const id = resolveKey(ui.bindings, "prefix", chord);
    if (id !== null && findCommand(id)?.isRepeatable === true) return runRepeatable(ui, id);
  }
  view.repeatUntil = Number.NEGATIVE_INFINITY;
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
  // What was said of another tab or pane would be untrue of the one that comes.
  ui.view.alert = null;
  const id = resolveKey(ui.bindings, "prefix", chord);
  if (id !== null) return findCommand(id)?.isRepeatable === true ? runRepeatable(ui, id) : run(ui, id, true);
  if (chord !== "escape") setAlert(ui, `${ui.prefix} ${chord} means nothing; ${keyHint(ui, "help.open")} lists the keys`);
  return [];
}

function runRepeatable(ui: Ui, id: string): Effect[] {
  ui.view.repeatUntil = ui.now + REPEAT_MS;
  return run(ui, id, true);
}

function onPlainKey(ui: Ui, event: KeyEvent): Effect[] {
  const { view } = ui;
  view.alert = null;
  const overlay = topOverlay(ui);
  if (overlay !== undefined) return onOverlayKey(ui, overlay, event.chord);
  const copying = focusedCopy(ui);
  const copied = copying === undefined ? null : onCopyKey(ui, copying, event.chord, findCommand);
  if (copied !== null) return copied;
  const terminal = typedTerminal(ui);
  if (terminal !== null) {
    if (hasEnded(ui, terminal)) return [];
    if (event.raw === "") return [];
    const chord = event.chord === event.raw ? {} : { chord: event.chord };
    return [command({ type: "terminal.input", terminal, data: event.raw, ...chord }, purposeOf("status"))];
  }
  const pane = focusedPane(ui);
  // No composer is on show there: what was typed would go where nobody sees it.
  if (pane?.content.type === "agent" && pane.content.face === "terminal") return startShell(ui, pane.pane);
  return onComposerKey(ui, event.chord);
}

/** The agent's shell has ended, or its server has: showing the face again opens a new one. */
function startShell(ui: Ui, pane: PaneId): Effect[] {
  setAlert(ui, "the shell is started; type again");
  return [command({ type: "pane.face", pane, face: "terminal" }, purposeOf("turned"))];
}

/** Keys for a program that has ended go nowhere, and that is said. */
function hasEnded(ui: Ui, terminal: TerminalId): boolean {
  const info = findTerminal(ui, terminal);
  if (info === undefined || info.exitCode === null || activeTab(ui)?.isSynced === true) return false;
  setAlert(ui, `its program has ended; ${keyHint(ui, "terminal.respawn")} runs it again, ${keyHint(ui, "pane.close")} closes the pane`);
  return true;
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
  const closing = resolveKey(ui.bindings, "overlay", chord);
  if (closing !== null) return run(ui, closing);
  switch (overlay.type) {
    case "list":
      return inMode(ui, "list", chord, (text) => filterList(ui, (filter) => filter + text));
    case "text":
      return onTextKey(ui, overlay, chord);
    case "inbox":
      return onInboxKey(ui, chord);
    case "confirm":
      return onConfirmKey(ui, overlay, chord);
    case "key":
      return inMode(ui, "key", chord, (text) => {
        typeKey(ui, text);
        return [];
      });
    case "passphrase":
      return inMode(ui, "passphrase", chord, (text) => {
        typeSecret(ui, text);
        return [];
      });
    case "editor":
      return onEditorKey(ui, "editor", chord);
    case "line":
      return onEditorKey(ui, "line", chord);
    case "broadcast":
      overlay.problem = null;
      return [...onEditorKey(ui, "broadcast", chord), ...wantEstimates(ui)];
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

/** The list of keys filters as one types: its letters are no keys there, but for the one that opened it. */
function onTextKey(ui: Ui, overlay: Extract<Overlay, { type: "text" }>, chord: string): Effect[] {
  const text = overlay.kind === "help" ? typedText(chord) : null;
  if (text === null || (overlay.filter === "" && text === "?")) return inMode(ui, "text", chord);
  filterHelp(ui, (filter) => filter + text);
  return [];
}

function onInboxKey(ui: Ui, chord: string): Effect[] {
  const id = resolveKey(ui.bindings, "inbox", chord);
  if (id !== null) return run(ui, id);
  const answers = typedText(chord) === null ? null : resolveKey(ui.bindings, "approval", chord);
  return answers === null ? [] : run(ui, answers);
}

function onConfirmKey(ui: Ui, overlay: Extract<Overlay, { type: "confirm" }>, chord: string): Effect[] {
  const answer = overlay.answers.find((each) => each.chord === chord);
  if (answer === undefined || !isSettled(ui, overlay.guard)) {
    if (overlay.guard !== undefined) overlay.guard.typedAt = ui.now;
    return [];
  }
  closeOverlay(ui);
  return [...answer.effects];
}

function onEditorKey(ui: Ui, mode: "editor" | "line" | "broadcast", chord: string): Effect[] {
  const own = resolveKey(ui.bindings, mode, chord);
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
    typeKey(ui, text);
    return [];
  }
  if (overlay?.type === "passphrase") {
    typeSecret(ui, text);
    return [];
  }
  if (overlay?.type === "list") {
    return filterList(ui, (filter) => filter + cleanText(text).replace(/\s+/gu, " ").slice(0, 200));
  }
  if (overlay?.type === "line") {
    typeText(ui, text.replace(/\s+/gu, " "));
    return [];
  }
  if (overlay?.type === "broadcast") return [...pasteText(ui, text), ...wantEstimates(ui)];
  if (overlay !== undefined && overlay.type !== "editor") return [];
  const copying = overlay === undefined ? focusedCopy(ui) : undefined;
  const searched = copying === undefined ? null : pasteIntoPrompt(ui, copying, text);
  if (searched !== null) return searched;
  const terminal = overlay === undefined ? typedTerminal(ui) : null;
  if (terminal !== null && hasEnded(ui, terminal)) return [];
  // What is pasted is for the program or the message: reading is over with it.
  if (copying !== undefined) leaveCopy(ui, copying);
  return overlay === undefined ? pasteHere(ui, text) : pasteText(ui, text);
}
