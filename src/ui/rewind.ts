// Going back: the user's messages, newest first; the one that is taken comes back into the composer, here or in a fork.

import type { AgentId, ItemId } from "../domain/ids.ts";
import type { AnswerValue } from "../domain/protocol.ts";
import { type Agent, findAgent } from "../domain/workspace.ts";
import { cleanLine } from "./clean.ts";
import type { Effect } from "./effects.ts";
import { formatAge } from "./format.ts";
import type { ListRow } from "./list-row.ts";
import { command, purposeOf, query } from "./purpose.ts";
import { closeOverlay, focusedAgent, openOverlay, pathItems, topOverlay, type Ui } from "./view.ts";

export type MessageRow = Extract<AnswerValue, { type: "messages" }>["rows"][number];

/** What stands behind `made` in the purpose of a fork: its note is the message, not a sentence. */
export const FORK = "fork";

/** Shows what is at hand at once; the server knows all of them. */
export function openRewind(ui: Ui): Effect[] {
  const agent = focusedAgent(ui);
  if (agent === undefined) return [];
  ui.view.said = null;
  openOverlay(ui, { type: "list", kind: "rewind", filter: "", selected: 0, problem: null, agent: agent.id, part: { type: "profiles" } });
  return [query({ type: "messages", agent: agent.id }, purposeOf("messages", agent.id))];
}

export function takeMessages(ui: Ui, agent: AgentId, rows: readonly MessageRow[]): void {
  ui.view.said = { agent, rows };
}

export function rewindRows(ui: Ui, id: AgentId | null): ListRow[] {
  const agent = id === null || ui.workspace === null ? undefined : findAgent(ui.workspace, id);
  if (agent === undefined) return [];
  const rows = ui.view.said?.agent === id ? ui.view.said.rows : heldMessages(ui, agent);
  return rows.map((row): ListRow => {
    const text = cleanLine(row.text);
    return {
      id: row.item,
      search: text,
      text,
      right: formatAge(Math.max(0, ui.now - row.at)),
      note: "goes back to before this message, which comes back to be changed; the shell stays as it is",
      isMarked: false,
      isDisabled: false,
    };
  });
}

function heldMessages(ui: Ui, agent: Agent): MessageRow[] {
  return pathItems(ui, agent)
    .flatMap((item) => (item.type === "user" ? [{ item: item.id, text: item.text, at: item.at }] : []))
    .reverse();
}

/** Enter in the list. */
export function rewindTo(ui: Ui, agent: AgentId | null, row: ListRow | undefined): Effect[] {
  const message = messageOf(ui, agent, row);
  if (agent === null || message === null) return [];
  closeOverlay(ui);
  return [command({ type: "session.rewind", agent, item: message }, purposeOf("takeBack", agent))];
}

export function forkFrom(ui: Ui, row: ListRow | undefined): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "list" || overlay.kind !== "rewind") return [];
  const message = messageOf(ui, overlay.agent, row);
  if (overlay.agent === null || message === null) return [];
  closeOverlay(ui);
  return [command({ type: "session.fork", agent: overlay.agent, item: message }, purposeOf("made", FORK))];
}

/** The whole conversation as it stands, on in an agent beside this one. */
export function forkHere(ui: Ui): Effect[] {
  const agent = focusedAgent(ui);
  return agent === undefined ? [] : [command({ type: "session.fork", agent: agent.id }, purposeOf("made", FORK))];
}

/** Rows carry ids as text: only one that is still listed is an item. */
function messageOf(ui: Ui, id: AgentId | null, row: ListRow | undefined): ItemId | null {
  const agent = id === null || ui.workspace === null ? undefined : findAgent(ui.workspace, id);
  if (agent === undefined || row === undefined) return null;
  const rows = ui.view.said?.agent === id ? ui.view.said.rows : heldMessages(ui, agent);
  return rows.find(({ item }) => item === row.id)?.item ?? null;
}
