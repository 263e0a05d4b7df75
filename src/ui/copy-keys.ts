// Where a key goes in copy mode: the pattern that is typed, the character that is looked for, a count, a row of the command table.

import { cleanText } from "./clean.ts";
import { type CommandRow, canRun } from "./command-row.ts";
import { find, leaveCopy } from "./copy-mode.ts";
import { acceptPrompt, changePrompt, leavePrompt } from "./copy-pattern.ts";
import type { CopyMode } from "./copy-types.ts";
import type { Effect } from "./effects.ts";
import { keyHint } from "./key-hint.ts";
import { resolveKey, typedText } from "./keys.ts";
import { setAlert, type Ui } from "./view.ts";
import { graphemes } from "./width.ts";

/** Null: copy mode is over, and the key is for what stands below it. */
export function onCopyKey(ui: Ui, mode: CopyMode, chord: string, findRow: (id: string) => CommandRow | undefined): Effect[] | null {
  if (mode.fadesAt !== null) {
    leaveCopy(ui, mode);
    return null;
  }
  if (mode.prompt !== null) return onPromptKey(ui, mode, chord);
  const text = typedText(chord);
  if (mode.finding !== null) {
    const key = mode.finding;
    mode.finding = null;
    if (text === null) return [];
    mode.found = { key, character: text };
    find(ui, mode, { key, character: text, isRepeat: false });
    return [];
  }
  if (text !== null && /^[0-9]$/u.test(text) && (text !== "0" || mode.count !== "")) {
    mode.count = `${mode.count}${text}`.slice(0, 7);
    return [];
  }
  const id = resolveKey(ui.bindings, "copy", chord);
  const row = id === null ? undefined : findRow(id);
  if (row === undefined || !canRun(ui, row)) {
    mode.count = "";
    setAlert(ui, `${chord} means nothing in copy mode; ${keyHint(ui, "help.open")} lists the keys, ${keyHint(ui, "copy.leave")} leaves`);
    return [];
  }
  return row.run(ui);
}

function onPromptKey(ui: Ui, mode: CopyMode, chord: string): Effect[] {
  const text = mode.prompt?.text ?? "";
  switch (chord) {
    case "enter":
      return acceptPrompt(ui, mode);
    case "escape":
    case "C-c":
      return leavePrompt(ui, mode);
    case "backspace":
    case "C-h":
      return text === "" ? leavePrompt(ui, mode) : changePrompt(ui, mode, graphemes(text).slice(0, -1).join(""));
    case "C-u":
      return changePrompt(ui, mode, "");
    case "C-w":
      return changePrompt(ui, mode, text.replace(/\S*\s*$/u, ""));
    default: {
      const typed = typedText(chord);
      return typed === null ? [] : changePrompt(ui, mode, text + typed);
    }
  }
}

/** What is pasted while a pattern is typed belongs to it. False: there is no pattern. */
export function pasteIntoPrompt(ui: Ui, mode: CopyMode, text: string): Effect[] | null {
  return mode.prompt === null ? null : changePrompt(ui, mode, mode.prompt.text + (cleanText(text).split("\n")[0] ?? ""));
}
