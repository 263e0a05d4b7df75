// "Always": the rule that a question could have is shown whole before it is kept, and the list of those that are kept.

import { ruleText } from "../domain/rule.ts";
import type { Approval } from "../domain/workspace.ts";
import { askedApproval, isAnswerable, isReadToEnd, SETTLE_MS } from "./approval-actions.ts";
import { cleanLine, revealText } from "./clean.ts";
import type { Effect } from "./effects.ts";
import { tildeFolder } from "./format.ts";
import { keyHint } from "./key-hint.ts";
import type { ListRow } from "./list-row.ts";
import { command, purposeOf, query } from "./purpose.ts";
import { type ConfirmAnswer, type ConfirmGuard, openOverlay, setAlert, stackOverlay, type Ui } from "./view.ts";

/** Shows the rule, with what it would let through and where. Nothing is kept or run by the key that leads here. */
export function showRule(ui: Ui): Effect[] {
  const approval = askedApproval(ui);
  if (approval === undefined || !isAnswerable(ui, approval)) return [];
  const { rule } = approval;
  if (rule === undefined) {
    setAlert(ui, `there can be no rule for this: ${approval.noRule ?? "it is no plain command"}`);
    return [];
  }
  if (!isReadToEnd(ui, approval)) {
    setAlert(ui, `there is more to read: ${keyHint(ui, "approval.pageDown")} leads to its end`);
    return [];
  }
  const { mode, network } = approval.sandbox;
  const name = rule.words[0] ?? "";
  stackOverlay(ui, {
    type: "confirm",
    title: "run this without asking from now on?",
    lines: [
      ruleText(rule.words),
      "",
      `program  ${rule.program}`,
      `only in  ${revealText(tildeFolder(rule.cwd, ui.home))}`,
      `sandbox  ${mode}, ${network ? "network" : "no network"}`,
    ],
    notes: [
      `It runs in a fresh bash, for every agent of that folder. Files that ${name} reads may be others by then.`,
      `${keyHint(ui, "rules.open")} lists the rules and takes them away.`,
    ],
    answers: [
      { chord: "y", label: "these words and no others; and run it now", effects: answerWith(approval, "exact") },
      ...(rule.canBeOpen
        ? [
            {
              chord: "w",
              label: `${ruleText([name], true)} with any words (it only reads); and run it now`,
              effects: answerWith(approval, "open"),
            } satisfies ConfirmAnswer,
          ]
        : []),
      { chord: "n", label: "back to the question", effects: [] },
    ],
    guard: { shownAt: null, typedAt: null },
  });
  return [];
}

function answerWith({ id, digest, agent }: Approval, keep: "exact" | "open"): Effect[] {
  return [command({ type: "approval.answer", approval: id, answer: "yes", digest, keep }, purposeOf("answer", `${agent} ${id}`))];
}

/** After a key that answers nothing, so long no lasting yes is given: `actually, …` may be meant as a message. */
export const LASTING_QUIET_MS = 1_000;

/** What asks for a lasting yes has been on the screen, whole, for a moment, and nothing else is being typed. */
export function isSettled(ui: Ui, guard: ConfirmGuard | undefined): boolean {
  if (guard === undefined) return true;
  const isRead = guard.shownAt !== null && ui.now - guard.shownAt >= SETTLE_MS;
  return isRead && (guard.typedAt === null || ui.now - guard.typedAt >= LASTING_QUIET_MS);
}

// The list ----------------------------------------------------------------------------------------------------------------

export function openRules(ui: Ui): Effect[] {
  ui.view.rules = null;
  openOverlay(ui, { type: "list", kind: "rules", filter: "", selected: 0, problem: null, agent: null, part: { type: "profiles" } });
  return [query({ type: "rules" }, purposeOf("rules"))];
}

/** Newest first. */
export function ruleRows(ui: Ui): ListRow[] {
  return (ui.view.rules ?? []).toReversed().map(({ id, words, isOpen, program, cwd, sandbox }) => {
    const text = cleanLine(revealText(ruleText(words, isOpen)));
    const where = cleanLine(revealText(tildeFolder(cwd, ui.home)));
    const net = sandbox.network ? "network" : "no network";
    return {
      id,
      search: `${text} ${where}`,
      text,
      right: where,
      note: `${id}: ${cleanLine(revealText(program))} in ${where}, ${sandbox.mode}, ${net}${isOpen ? "; any words may follow" : ""}`,
      isMarked: false,
      isDisabled: false,
    };
  });
}

/** Takes the chosen one away, and shows what is left. */
export function dropRule(ui: Ui, id: string | undefined): Effect[] {
  if (id === undefined || ui.view.rules === null) return [];
  ui.view.rules = ui.view.rules.filter((rule) => rule.id !== id);
  return [command({ type: "rule.remove", rule: id }, purposeOf("status"))];
}
