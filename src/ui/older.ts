// Items of a transcript that the workspace does not hold: asked for when they come into sight, let go when the end is followed again.

import type { AgentId, ItemId } from "../domain/ids.ts";
import type { TranscriptItem } from "../domain/item.ts";
import { type Agent, findAgent, ITEMS_HELD } from "../domain/workspace.ts";
import type { Effect } from "./effects.ts";
import { purposeOf, query } from "./purpose.ts";
import { type Older, pathItems, placeOf, type Ui } from "./view.ts";

const PAGE = 200;
/** A path with fewer items at hand is filled without being asked: after going back, its head may not be held. */
const FEW = 30;

export function olderOf(ui: Ui, agent: AgentId): Older {
  let older = ui.view.older.get(agent);
  if (older === undefined) {
    older = { items: [], isAsked: false, end: null };
    ui.view.older.set(agent, older);
  }
  return older;
}

/** Asks for what stands before the oldest item at hand, where there is more and it is not on its way. */
export function askOlder(ui: Ui, agent: Agent): Effect[] {
  const first = pathItems(ui, agent)[0];
  if (agent.head === null || first?.parent === null) return [];
  const older = olderOf(ui, agent.id);
  if (older.isAsked || older.end === keyOf(first)) return [];
  older.isAsked = true;
  const before = first === undefined ? {} : { before: first.id };
  return [query({ type: "items", agent: agent.id, limit: PAGE, ...before }, purposeOf("older", agent.id))];
}

/** Asks where so little of the path is at hand that a pane may not be full. */
export function fillPath(ui: Ui, id: AgentId): Effect[] {
  const agent = ui.workspace === null ? undefined : findAgent(ui.workspace, id);
  return agent === undefined || pathItems(ui, agent).length >= FEW ? [] : askOlder(ui, agent);
}

export function takeOlder(ui: Ui, agent: Agent, items: readonly TranscriptItem[], hasMore: boolean): void {
  const older = olderOf(ui, agent.id);
  const known = new Set<ItemId>(older.items.map((item) => item.id));
  const before = keyOf(pathItems(ui, agent)[0]);
  older.items = [...items.filter((item) => !known.has(item.id)), ...older.items];
  older.isAsked = false;
  const after = keyOf(pathItems(ui, agent)[0]);
  // Where the root is lost there is nothing more to come, whatever its first item names as its parent.
  older.end = !hasMore || after === before ? after : null;
}

/** New items stay joined to the older ones, though the workspace lets go of those between. */
export function keepJoined(ui: Ui, agent: AgentId, item: TranscriptItem): void {
  const older = ui.view.older.get(agent);
  if (older !== undefined && older.items.length > 0) older.items.push(item);
}

/** The end is followed again: what the workspace holds is enough. */
export function forgetOlder(ui: Ui, agent: Agent): void {
  const older = ui.view.older.get(agent.id);
  const place = placeOf(ui, agent.id);
  const isRead = place !== undefined && (ui.view.scroll.has(place.pane.pane) || ui.view.copies.has(place.pane.pane));
  if (older === undefined || older.isAsked || isRead) return;
  ui.view.older.delete(agent.id);
  // A path that the workspace does not hold has to be kept here.
  const path = pathItems(ui, agent);
  if (path.length < ITEMS_HELD / 2 && path[0]?.parent !== null) ui.view.older.set(agent.id, older);
}

function keyOf(first: TranscriptItem | undefined): string {
  return first?.id ?? "";
}
