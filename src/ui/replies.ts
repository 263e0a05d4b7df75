// What came back of a command, a query or an editor: each finds by its purpose what it is about.

import type { AgentId } from "../domain/ids.ts";
import type { AnswerValue, Reply } from "../domain/protocol.ts";
import { giveBack, giveCellsBack, say } from "./agent-actions.ts";
import { answerRefused } from "./approval-actions.ts";
import { onAttached } from "./attach.ts";
import { borderMoved } from "./border-drag.ts";
import { estimateRefused, takeEstimate } from "./broadcast.ts";
import { pasteRefused, showText, takeBuffer, takeBuffers } from "./clipboard.ts";
import { type Cell, setEdited, setText } from "./composer.ts";
import { rowsRefused, takeRows } from "./copy-mode.ts";
import { searchRefused, takeMatches } from "./copy-pattern.ts";
import { copyIn, rereadCopy } from "./copy-state.ts";
import type { Effect, Purpose } from "./effects.ts";
import { arrangeScreen } from "./geometry.ts";
import { onKeyReply } from "./key-entry.ts";
import { keepChosen } from "./list.ts";
import { sayTokens } from "./magic-actions.ts";
import { olderOf, takeOlder } from "./older.ts";
import { focusPaneAnywhere } from "./pane-actions.ts";
import { transcriptLines } from "./pane-lines.ts";
import { parsePurpose } from "./purpose.ts";
import { FORK, takeMessages } from "./rewind.ts";
import { isAwaitedKind, takeAhead } from "./type-ahead.ts";
import { onUnlockReply, onVaultState } from "./unlock.ts";
import { addNotice, setAlert, topOverlay, type Ui } from "./view.ts";

export function onReply(ui: Ui, purpose: Purpose, reply: Reply): Effect[] {
  const { kind, id } = parsePurpose(purpose);
  if (kind === "key") return onKeyReply(ui, reply);
  if (kind === "unlock") return onUnlockReply(ui, reply);
  if (kind === "border" && reply.ok) return borderMoved(ui, arrangeScreen(ui));
  if (kind === "border") ui.view.drag = null;
  if (kind === "paste" && !reply.ok && reply.reason.includes("bracketed paste") && pasteRefused(ui, id)) return [];
  const sent = ui.view.sending.get(purpose);
  ui.view.sending.delete(purpose);
  const isAwaited = isAwaitedKind(kind);
  if (isAwaited) ui.view.making = Math.max(0, ui.view.making - 1);
  // What was typed for a pane that does not come is not for another one.
  if (kind === "made" && !reply.ok) ui.view.typedAhead.length = 0;
  if (kind === "attach") onAttached(ui, id, reply.ok ? (reply.images ?? []) : null);
  if (!reply.ok) {
    onRefused(ui, kind, id, reply.reason, sent);
    return isAwaited ? takeAhead(ui) : [];
  }
  if (kind === "made" && reply.pane !== undefined) focusPaneAnywhere(ui, reply.pane);
  const agent = agentNamed(ui, id);
  if (kind === "made" && id === FORK) {
    if (reply.agent !== undefined && reply.note !== undefined) giveBack(ui, reply.agent, reply.note, reply.images);
  } else if (kind === "takeBack" && agent !== null && reply.note !== undefined) giveBack(ui, agent, reply.note, reply.images);
  // A message that waits is seen in the queue.
  else if (kind === "send") return [];
  else if (reply.note !== undefined && agent !== null) say(ui, agent, reply.note);
  else if (reply.note !== undefined) setAlert(ui, reply.note);
  return isAwaited ? takeAhead(ui) : [];
}

function onRefused(ui: Ui, kind: string, id: string, reason: string, sent: { agent: AgentId; cells: readonly Cell[] } | undefined): void {
  if (sent !== undefined) giveCellsBack(ui, sent.agent, sent.cells);
  // What was typed for an image is not sent without it.
  const { typedAhead } = ui.view;
  const enter = kind === "attach" ? typedAhead.findIndex((event) => event.type === "key" && event.chord === "enter") : -1;
  if (enter >= 0) typedAhead.length = enter;
  const [first = "", second = ""] = id.split(" ");
  const approval = kind === "answer" ? ui.workspace?.approvals.find((each) => each.id === second) : undefined;
  if (approval !== undefined) answerRefused(ui, approval.id);
  const agent = agentNamed(ui, first);
  addNotice(ui, reason);
  if (agent === null) setAlert(ui, reason);
  else say(ui, agent, reason);
}

function agentNamed(ui: Ui, id: string): AgentId | null {
  return ui.workspace?.agents.find((agent) => agent.id === id.split(" ")[0])?.id ?? null;
}

export function onAnswer(ui: Ui, purpose: Purpose, value: AnswerValue): Effect[] {
  const { view } = ui;
  switch (value.type) {
    case "profiles":
      keepChosen(ui, () => {
        view.profiles = { rows: value.rows, problems: value.problems, defaultPair: value.defaultPair, recent: value.recent ?? [] };
      });
      for (const problem of value.problems) addNotice(ui, problem);
      if (value.problems[0] !== undefined) setAlert(ui, value.problems[0]);
      return [];
    case "offers":
      view.offers = value.rows;
      return [];
    case "providers":
      keepChosen(ui, () => {
        view.providers = value.rows;
      });
      return [];
    case "models":
      view.models.set(parsePurpose(purpose).id, { rows: value.rows, problem: value.problem ?? null });
      return [];
    case "items": {
      const agent = agentNamed(ui, parsePurpose(purpose).id);
      if (agent !== null) addOlder(ui, agent, value);
      return [];
    }
    case "tokens": {
      const { kind, id } = parsePurpose(purpose);
      const agent = agentNamed(ui, id);
      if (agent !== null && kind === "estimate") return takeEstimate(ui, agent, value);
      if (agent !== null) sayTokens(ui, agent, value);
      return [];
    }
    case "messages": {
      const agent = agentNamed(ui, parsePurpose(purpose).id);
      if (agent !== null) takeMessages(ui, agent, value.rows);
      return [];
    }
    case "terminal.rows":
      return takeRows(ui, parsePurpose(purpose).id, value);
    case "terminal.search":
      return takeMatches(ui, parsePurpose(purpose).id, value);
    case "terminal.text":
      return parsePurpose(purpose).kind === "show" ? showText(parsePurpose(purpose).id, value.text) : [];
    case "vault":
      return onVaultState(ui, value);
    case "usage":
      ui.view.usage = value;
      return [];
    case "rules":
      ui.view.rules = value.rows;
      return [];
    case "buffers":
      takeBuffers(ui, value);
      return [];
    case "buffer":
      return takeBuffer(ui, parsePurpose(purpose).id, value.text);
    default:
      return [];
  }
}

/** Older items come in above: what is in sight stays where it is. */
function addOlder(ui: Ui, agent: AgentId, value: Extract<AnswerValue, { type: "items" }>): void {
  const shown = arrangeScreen(ui).panes.find(({ content }) => content.type === "agent" && content.agent === agent);
  const owner = ui.workspace?.agents.find((each) => each.id === agent);
  const count = () =>
    shown?.body === null || shown === undefined || owner === undefined
      ? 0
      : transcriptLines(ui, owner, shown.pane, shown.body.width, shown.body.height).lines.length;
  const before = count();
  if (owner !== undefined) takeOlder(ui, owner, value.items, value.hasMore);
  const scroll = shown === undefined ? undefined : ui.view.scroll.get(shown.pane);
  const added = count() - before;
  const reading = copyIn(ui, shown?.pane);
  if (reading?.source.type === "transcript") rereadCopy(ui, reading, added);
  if (scroll === undefined) return;
  scroll.top += added;
  scroll.seen += added;
}

export function onRefusal(ui: Ui, purpose: Purpose, reason: string): void {
  const { kind, id } = parsePurpose(purpose);
  const agent = agentNamed(ui, id);
  if (kind === "older" && agent !== null) olderOf(ui, agent).isAsked = false;
  if (kind === "rows") rowsRefused(ui, id);
  if (kind === "search") searchRefused(ui, id);
  if (kind === "models") ui.view.models.set(id, { rows: [], problem: reason });
  if (kind === "estimate" && agent !== null) estimateRefused(ui, agent);
  setAlert(ui, reason);
}

/** Back from $EDITOR; null: it was left without saving, or could not be started. */
export function onEdited(ui: Ui, purpose: Purpose, text: string | null): Effect[] {
  if (text === null) return [];
  const { kind, id } = parsePurpose(purpose);
  const agent = agentNamed(ui, id);
  const trimmed = text.replace(/\n+$/u, "");
  if (kind === "editComposer" && agent !== null) {
    const composer = ui.view.composers.get(agent);
    if (composer !== undefined) setEdited(composer, trimmed);
  }
  const overlay = topOverlay(ui);
  if (kind === "editApproval" && overlay?.type === "editor" && overlay.approval === id) setText(overlay.composer, trimmed);
  ui.view.typedAt = ui.now;
  return [];
}
