// The vault's passphrase: typed unseen when something waits for it or the user asks; never in the history, a message or a paste buffer.

import type { Reply } from "../domain/protocol.ts";
import { editedComposer } from "./agent-actions.ts";
import { keepDraft } from "./broadcast.ts";
import { isEmpty } from "./composer.ts";
import type { Effect } from "./effects.ts";
import { keyHint } from "./key-hint.ts";
import { command, purposeOf, query } from "./purpose.ts";
import { closeOverlay, focusedAgent, isWorking, openOverlay, setAlert, stackOverlay, topOverlay, type Ui } from "./view.ts";

/** Text that was typed a moment ago is not for a field that has just appeared, ms. */
const QUIET_MS = 1_000;
const CHARACTERS_MOST = 1_024;

const unlock = purposeOf("unlock");

/** `/unlock`: asks the server first whether there is anything to unlock. */
export function askUnlock(): Effect[] {
  return [query({ type: "vault" }, unlock)];
}

export function onVaultState(ui: Ui, { isLocked }: { readonly isLocked?: boolean | undefined }): Effect[] {
  if (isLocked === true) openUnlock(ui);
  else setAlert(ui, "the vault is not locked");
  return [];
}

export function openUnlock(ui: Ui): void {
  if (topOverlay(ui)?.type === "passphrase") return;
  const overlay = { type: "passphrase", secret: "", problem: null, isTrying: false } as const;
  // A key that is being added waits below.
  if (topOverlay(ui)?.type === "key") stackOverlay(ui, { ...overlay });
  else openOverlay(ui, { ...overlay });
}

/** Something waits for the passphrase, or no more. The field opens by itself only where no typing can go astray into it. */
export function onUnlockWanted(ui: Ui, isWanted: boolean): Effect[] {
  ui.view.isUnlockWanted = isWanted;
  const overlay = topOverlay(ui);
  if (!isWanted) {
    if (overlay?.type === "passphrase") forget(ui);
    return [];
  }
  if (overlay?.type === "key" || isQuiet(ui)) openUnlock(ui);
  else setAlert(ui, `the vault is locked and a request waits for its passphrase: ${keyHint(ui, "vault.unlock")}`);
  return ui.view.isOuterFocused ? [] : [{ type: "bell" }];
}

function isQuiet(ui: Ui): boolean {
  if (topOverlay(ui) !== undefined || ui.view.isPrefixPending || ui.view.isLocked) return false;
  const composer = editedComposer(ui);
  if (composer === undefined || !isEmpty(composer)) return false;
  // Enter has just sent what waits: only typing that goes on is meant.
  const agent = focusedAgent(ui);
  return ui.now - ui.view.typedAt >= QUIET_MS || (agent !== undefined && isWorking(agent));
}

export function typeSecret(ui: Ui, text: string): void {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "passphrase" || overlay.isTrying) return;
  // A key that turned the line, not a part of it.
  overlay.secret = (overlay.secret + text.replace(/[\r\n]+$/u, "")).slice(0, CHARACTERS_MOST);
  overlay.problem = null;
}

export function changePassphrase(ui: Ui, change: (secret: string) => string): void {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "passphrase" || overlay.isTrying) return;
  overlay.secret = change(overlay.secret);
  overlay.problem = null;
}

/** Enter. */
export function tryUnlock(ui: Ui): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "passphrase" || overlay.isTrying) return [];
  if (overlay.secret === "") {
    overlay.problem = "type the passphrase first";
    return [];
  }
  overlay.isTrying = true;
  overlay.problem = null;
  return [command({ type: "vault.unlock", passphrase: overlay.secret }, unlock)];
}

/** What was typed goes with the first answer, right or wrong. */
export function onUnlockReply(ui: Ui, reply: Reply): Effect[] {
  const overlay = topOverlay(ui);
  const entry = overlay?.type === "passphrase" ? overlay : undefined;
  if (entry !== undefined) entry.secret = "";
  if (reply.ok) {
    if (entry !== undefined) forget(ui);
    if (reply.note !== undefined) setAlert(ui, reply.note);
    return [];
  }
  if (entry === undefined) setAlert(ui, reply.reason);
  else {
    entry.isTrying = false;
    entry.problem = reply.reason;
  }
  return [];
}

/** Esc: what waits is told that it will not come. */
export function closeTop(ui: Ui): Effect[] {
  const overlay = topOverlay(ui);
  const isAsked = overlay?.type === "passphrase" && ui.view.isUnlockWanted;
  if (overlay?.type === "broadcast") keepDraft(ui, overlay);
  if (overlay?.type === "passphrase") forget(ui);
  else closeOverlay(ui);
  return isAsked ? [command({ type: "vault.decline" }, purposeOf("status"))] : [];
}

function forget(ui: Ui): void {
  const overlay = topOverlay(ui);
  if (overlay?.type === "passphrase") overlay.secret = "";
  closeOverlay(ui);
}
