// Answering a question: only one that has been painted, only after a quiet moment, never by a key meant for something else.

import type { ApprovalId } from "../domain/ids.ts";
import { own } from "../domain/own.ts";
import { ruleText } from "../domain/rule.ts";
import type { Approval } from "../domain/workspace.ts";
import { approvalContentRows, approvalText, approvalTopMax } from "./approval-box.ts";
import { composerText, emptyComposer, isEmpty, setText } from "./composer.ts";
import type { Effect } from "./effects.ts";
import { arrangeScreen, partsOf } from "./geometry.ts";
import { inboxGeometry } from "./inbox.ts";
import { keyHint } from "./key-hint.ts";
import { FRAME_COLS } from "./overlay-frame.ts";
import { command, purposeOf } from "./purpose.ts";
import {
  approvalOf,
  closeOverlay,
  composerOf,
  focusedAgent,
  focusedPane,
  setAlert,
  stackOverlay,
  topOverlay,
  typedTerminal,
  type Ui,
} from "./view.ts";
import { cutToWidth } from "./width.ts";

/** After text was typed or sent, so long nothing is answered: the key may have been meant for the text. */
export const QUIET_MS = 300;
/** A question that has been on the screen for less cannot have been read. */
export const SETTLE_MS = 250;
/** Of the rule on the box's border; the whole of it is shown before it is kept. */
const ALWAYS_COLS = 28;

/** The user has been shown this question, and has typed nothing since a moment. */
export function isAnswerable(ui: Ui, approval: Approval): boolean {
  const shownAt = ui.view.shownAt.get(approval.id);
  return shownAt !== undefined && ui.now - shownAt >= SETTLE_MS && ui.now - ui.view.typedAt >= QUIET_MS;
}

/** The question that `y` and `n` answer: in the inbox the chosen one, else the focused pane's while its composer is empty. */
export function askedApproval(ui: Ui): Approval | undefined {
  const overlay = topOverlay(ui);
  if (overlay?.type === "inbox") return ui.workspace?.approvals.find((approval) => approval.id === overlay.selected);
  if (overlay !== undefined || typedTerminal(ui) !== null) return undefined;
  const agent = focusedAgent(ui);
  if (agent === undefined || !isEmpty(composerOf(ui, agent.id))) return undefined;
  return approvalOf(ui, agent.id);
}

/** Called with every frame that has really been drawn: what it showed may be answered from now on. */
export function markShown(ui: Ui): void {
  for (const { approval, isAtEnd } of paintedApprovals(ui)) {
    if (!ui.view.shownAt.has(approval.id)) ui.view.shownAt.set(approval.id, ui.now);
    if (isAtEnd) ui.view.readToEnd.add(approval.id);
  }
}

interface Painted {
  readonly approval: Approval;
  /** Its last line is in sight. */
  readonly isAtEnd: boolean;
}

function paintedApprovals(ui: Ui): Painted[] {
  const all = ui.workspace?.approvals ?? [];
  const overlay = topOverlay(ui);
  if (overlay?.type === "inbox") {
    const { rect, boxRows, codeRows } = inboxGeometry(ui);
    const approval = all.find((each) => each.id === overlay.selected);
    if (approval === undefined || codeRows < 1) return [];
    return [{ approval, isAtEnd: overlay.top >= approvalTopMax(approval, rect.width - FRAME_COLS, boxRows, ui) }];
  }
  if (overlay !== undefined) return [];
  return arrangeScreen(ui).panes.flatMap(({ content, approval: rect }) => {
    const approval = content.type === "agent" ? approvalOf(ui, content.agent) : undefined;
    if (approval === undefined || rect === null || approvalContentRows(rect.height) < 1) return [];
    const top = ui.view.approvalTop.get(approval.id) ?? 0;
    return [{ approval, isAtEnd: top >= approvalTopMax(approval, rect.width, rect.height, ui) }];
  });
}

/** Code that did not fit has to be read to its end before it is allowed; it may be refused or edited at any time. */
export function isReadToEnd(ui: Ui, approval: Approval): boolean {
  return ui.view.readToEnd.has(approval.id);
}

/** The keys that answer, as they are written on a question. */
export function answerKeys(ui: Ui, approval: Approval): [string, string][] {
  const isCode = approval.action.type === "exec";
  const allow: [string, string] = isReadToEnd(ui, approval)
    ? [keyHint(ui, "approval.yes"), isCode ? "run" : "allow"]
    : [keyHint(ui, "approval.pageDown"), "read on"];
  const keys: [string, string][] = [allow, [keyHint(ui, "approval.no"), "refuse"]];
  if (isCode) keys.push([keyHint(ui, "approval.edit"), "edit"]);
  if (approval.rule !== undefined)
    keys.push([keyHint(ui, "approval.always"), `always: ${cutToWidth(ruleText(approval.rule.words), ALWAYS_COLS)}`]);
  return keys;
}

export function answer(ui: Ui, word: "yes" | "no", code?: string): Effect[] {
  const approval = askedApproval(ui);
  if (approval === undefined || !isAnswerable(ui, approval)) return [];
  if (word === "yes" && !isReadToEnd(ui, approval)) {
    setAlert(ui, `there is more to read: ${keyHint(ui, "approval.pageDown")} leads to its end, then ${keyHint(ui, "approval.yes")} counts`);
    return [];
  }
  return send(ui, approval, word, code);
}

function send(ui: Ui, approval: Approval, word: "yes" | "no", code: string | undefined): Effect[] {
  // One answer for each showing: a second key must not meet whatever comes next.
  ui.view.shownAt.set(approval.id, Number.POSITIVE_INFINITY);
  return [
    command(
      {
        type: "approval.answer",
        approval: approval.id,
        answer: word,
        digest: approval.digest,
        ...(code === undefined ? {} : { code }),
      },
      purposeOf("answer", `${approval.agent} ${approval.id}`),
    ),
  ];
}

const extensions: Readonly<Record<string, string>> = {
  shell: "sh",
  bash: "sh",
  python: "py",
  javascript: "js",
  typescript: "ts",
  ruby: "rb",
  r: "r",
  html: "html",
  java: "java",
  php: "php",
};

/** Opens the code in an editor over the pane; what is sent from there runs in its place. */
export function editApproval(ui: Ui): Effect[] {
  const approval = askedApproval(ui);
  if (approval === undefined || !isAnswerable(ui, approval)) return [];
  if (approval.action.type !== "exec") {
    setAlert(ui, "only code can be edited here; refuse it and say what you want instead");
    return [];
  }
  const composer = emptyComposer();
  const original = approvalText(approval);
  setText(composer, original);
  stackOverlay(ui, {
    type: "editor",
    approval: approval.id,
    digest: approval.digest,
    original,
    composer,
    extension: own(extensions, approval.action.language) ?? "txt",
  });
  return [];
}

/** From the editor: runs what stands in it. Nothing is sent for a question that has gone meanwhile. */
export function runEdited(ui: Ui): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "editor") return [];
  const approval = ui.workspace?.approvals.find((each) => each.id === overlay.approval);
  const code = composerText(overlay.composer);
  if (code.trim() === "") {
    setAlert(ui, `there is no code to run; ${keyHint(ui, "overlay.close")} goes back to the question`);
    return [];
  }
  closeOverlay(ui);
  if (approval === undefined || approval.digest !== overlay.digest) {
    setAlert(ui, "the question is gone: nothing was run");
    return [];
  }
  return send(ui, approval, "yes", code === overlay.original ? undefined : code);
}

/** A refused answer: the question may be answered again once it has been painted anew. */
export function answerRefused(ui: Ui, approval: ApprovalId): void {
  ui.view.shownAt.delete(approval);
}

/** Scrolls the code of the focused pane's question, by lines or by what is in sight; false where all of it is in sight. */
export function scrollApproval(ui: Ui, by: number | "pageUp" | "pageDown"): boolean {
  const approval = askedApproval(ui);
  const rect = partsOf(arrangeScreen(ui), focusedPane(ui)?.pane)?.approval;
  if (approval === undefined || rect === undefined || rect === null) return false;
  const max = approvalTopMax(approval, rect.width, rect.height, ui);
  if (max === 0) return false;
  const top = ui.view.approvalTop.get(approval.id) ?? 0;
  // A page never skips a line.
  const page = approvalContentRows(rect.height);
  const lines = by === "pageUp" ? -page : by === "pageDown" ? page : by;
  ui.view.approvalTop.set(approval.id, Math.max(0, Math.min(max, top + lines)));
  return true;
}
