// Keys that come before what they are meant for: held in order until it stands, then taken as if they were typed now.

import { seeBells } from "./bells.ts";
import { findCommand } from "./commands.ts";
import { wantedRows } from "./copy-mode.ts";
import type { Effect } from "./effects.ts";
import { handleInput } from "./input.ts";
import type { InputEvent } from "./key-types.ts";
import { resolveKey } from "./keys.ts";
import { parsePurpose } from "./purpose.ts";
import { topOverlay, type Ui } from "./view.ts";

/** Keys after a split or another face are for what is there then: they wait for it, but not for a server that does not answer. */
const AHEAD_MS = 1_000;
/** The same at the start, where a server may have to read what it kept: from the first sight of the workspace. */
const OPENING_MS = 5_000;

export function takeTyped(ui: Ui, event: InputEvent): Effect[] {
  if (event.type !== "key" && event.type !== "paste") return takeInput(ui, event);
  if (isHeld(ui)) {
    if (topOverlay(ui) !== undefined) return takeInput(ui, event);
    if (event.type === "key") {
      const meaning = whileHeld(ui, event.chord);
      if (meaning === "clear") return [];
      if (meaning === "leave") return takeInput(ui, event);
    }
  }
  ui.view.typedAhead.push(event);
  return takeAhead(ui);
}

/** From the start until `onOpened`: what is typed is for the agent that the arguments ask for, or the first of a new workspace. */
export function holdKeys(ui: Ui): void {
  ui.view.isOpening = true;
}

/** The agent or the program stands and has the focus, or it will not come. */
export function onOpened(ui: Ui): Effect[] {
  ui.view.isOpening = false;
  return takeAhead(ui);
}

/** What comes after it is meant for what it makes: a pane, another face of one, an image in the message. */
export function isAwaitedKind(kind: string): boolean {
  return kind === "made" || kind === "turned" || kind === "attach";
}

export function takeAhead(ui: Ui): Effect[] {
  const { view } = ui;
  const effects: Effect[] = [];
  while (!isHeld(ui) && (view.making === 0 || ui.now - view.makingSince >= AHEAD_MS)) {
    const event = view.typedAhead.shift();
    if (event === undefined) break;
    effects.push(...takeInput(ui, event));
  }
  return effects;
}

function isHeld({ view, now }: Ui): boolean {
  return view.isOpening && (view.openingSince === null || now - view.openingSince < OPENING_MS);
}

/** Whoever would not wait can leave: these keys count at once. Ctrl+C with something to clear clears it. */
function whileHeld(ui: Ui, chord: string): "leave" | "clear" | "wait" {
  const { typedAhead } = ui.view;
  const last = typedAhead.at(-1);
  const isPrefixed = last?.type === "key" && last.chord === ui.prefix;
  const id = resolveKey(ui.bindings, isPrefixed ? "prefix" : "composer", chord);
  const isEmpty = typedAhead.length === 0;
  if (id === "message.clear") {
    typedAhead.length = 0;
    return isEmpty ? "leave" : "clear";
  }
  if (id === null || findCommand(id)?.group !== "leaving") return "wait";
  if (id === "client.detachEmpty" && !isEmpty) return "wait";
  if (isPrefixed) {
    typedAhead.pop();
    ui.view.isPrefixPending = true;
  }
  return "leave";
}

function takeInput(ui: Ui, event: InputEvent): Effect[] {
  const effects = [...handleInput(ui, event), ...wantedRows(ui)];
  seeBells(ui);
  const made = effects.filter((effect) => effect.type === "command" && isAwaitedKind(parsePurpose(effect.purpose).kind)).length;
  if (made > 0) {
    ui.view.making += made;
    ui.view.makingSince = ui.now;
  }
  return effects;
}
