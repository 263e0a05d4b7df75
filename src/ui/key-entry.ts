// The place for an API key: typed or pasted unseen, whose it is, tested, kept; never in a message or the history.

import { isKey } from "../domain/key-text.ts";
import type { Reply } from "../domain/protocol.ts";
import type { Agent } from "../domain/workspace.ts";
import type { Effect } from "./effects.ts";
import { askProfiles, isDemo, useProfile } from "./profile-actions.ts";
import { command, purposeOf, query } from "./purpose.ts";
import { isRandomToken, keyProviders, providerOfKey } from "./secret-text.ts";
import { closeOverlay, focusedAgent, type Overlay, openOverlay, setAlert, topOverlay, type Ui } from "./view.ts";

/** Whether a text is nothing but a key. Nobody sends the demo one long random word, but a first-time user pastes a key there. */
export function isKeyFor(agent: Agent | undefined, text: string): boolean {
  return isKey(text) || (agent !== undefined && isDemo(agent) && isRandomToken(text));
}

/** `/key`, with a key or a provider. */
export function openKey(ui: Ui, argument: string | undefined): Effect[] {
  const word = argument?.trim() ?? "";
  return isKey(word) ? openKeyEntry(ui, word) : openKeyEntry(ui, "", word === "" ? undefined : word);
}

/** Asks whose key it is; the key's own letters, or a provider's id, choose one beforehand. */
export function openKeyEntry(ui: Ui, secret: string, providerId?: string): Effect[] {
  const provider = providerId ?? providerOfKey(secret)?.id ?? null;
  openOverlay(ui, {
    type: "key",
    secret,
    provider,
    problem: null,
    isTesting: false,
    agent: focusedAgent(ui)?.id ?? null,
  });
  return [
    ...(ui.view.profiles === null ? [query({ type: "profiles" }, purposeOf("profiles"))] : []),
    ...(ui.view.providers === null ? [query({ type: "providers" }, purposeOf("providers"))] : []),
  ];
}

/** What can still be changed: the key is not being tested. */
function changeable(ui: Ui): Extract<Overlay, { type: "key" }> | null {
  const overlay = topOverlay(ui);
  return overlay?.type === "key" && !overlay.isTesting ? overlay : null;
}

/** Enter tests the key with its provider first. */
export function addKey(ui: Ui, options: { isUntested: boolean }): Effect[] {
  const overlay = changeable(ui);
  if (overlay === null) return [];
  const provider = keyProviders(ui.view.profiles?.rows ?? [], ui.view.providers ?? []).find(({ id }) => id === overlay.provider);
  const secret = overlay.secret.trim();
  if (secret === "" || provider === undefined) {
    overlay.problem = secret === "" ? "paste or type the key first" : "choose whose key it is: up and down";
    return [];
  }
  overlay.isTesting = true;
  overlay.problem = null;
  return [
    command(
      { type: "credential.add", provider: provider.id, secret, ...(options.isUntested ? { isUntested: true } : {}) },
      purposeOf("key", overlay.agent ?? ""),
    ),
  ];
}

export function typeKey(ui: Ui, text: string): void {
  const overlay = changeable(ui);
  if (overlay !== null) overlay.secret += text.replace(/\s/gu, "");
}

export function changeKey(ui: Ui, change: (secret: string) => string): void {
  const overlay = changeable(ui);
  if (overlay === null) return;
  overlay.secret = change(overlay.secret);
  overlay.problem = null;
}

export function moveProvider(ui: Ui, by: 1 | -1): Effect[] {
  const overlay = changeable(ui);
  if (overlay === null) return [];
  const providers = keyProviders(ui.view.profiles?.rows ?? [], ui.view.providers ?? []);
  const at = providers.findIndex(({ id }) => id === overlay.provider);
  overlay.provider = providers[Math.max(0, Math.min(providers.length - 1, at + by))]?.id ?? null;
  overlay.problem = null;
  return [];
}

/** The key was tested: a good one is used at once, a bad one may be mended. The overlay's copy goes with the overlay. */
export function onKeyReply(ui: Ui, reply: Reply): Effect[] {
  const overlay = topOverlay(ui);
  const entry = overlay?.type === "key" ? overlay : undefined;
  if (!reply.ok) {
    if (entry === undefined) setAlert(ui, reply.reason);
    else {
      entry.isTesting = false;
      entry.problem = reply.reason;
    }
    return [];
  }
  const agent = entry?.agent ?? null;
  if (entry !== undefined) {
    entry.secret = "";
    closeOverlay(ui);
  }
  const asks = askProfiles();
  setAlert(ui, reply.note === undefined ? "the key is kept" : `the key is kept; profile ${reply.note} uses it`);
  return agent === null || reply.note === undefined ? asks : [...useProfile(ui, agent, reply.note), ...asks];
}
