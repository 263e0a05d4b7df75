// Going back to before a message, forking from there, and transcripts longer than what the workspace holds.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ItemId } from "../../src/domain/ids.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import type { Agent } from "../../src/domain/workspace.ts";
import { composerText, setText } from "../../src/ui/composer.ts";
import type { Effect } from "../../src/ui/effects.ts";
import { onAnswer, onReply, onSnapshot } from "../../src/ui/ui.ts";
import { composerOf, pathItems } from "../../src/ui/view.ts";
import {
  addAgent,
  addItem,
  agentId,
  commandsOf,
  happen,
  openStage,
  paneId,
  press,
  type Stage,
  screenText,
  type as typeText,
} from "../support/ui-fixtures.ts";

function queriesOf(effects: readonly Effect[]): Extract<Effect, { type: "query" }>[] {
  return effects.filter((effect) => effect.type === "query");
}

function talk(stage: Stage, agent: Agent, count: number): TranscriptItem[] {
  return Array.from({ length: count }, (_, at) => addItem(stage, agent, { type: "user", text: `question ${at}` }));
}

test("the list shows one's messages, newest first, those at hand at once and all when the server has answered", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  talk(stage, agent, 3);
  const effects = press(stage, "C-b", "u");
  assert.match(screenText(stage), /question 2[\s\S]*question 1[\s\S]*question 0/u);
  const [asked] = queriesOf(effects);
  assert.deepEqual(asked?.query, { type: "messages", agent: agent.id });
  onAnswer(stage.ui, asked?.purpose ?? "", {
    type: "messages",
    rows: [
      { item: "item-3" as ItemId, text: "question 2", at: stage.now },
      { item: "old" as ItemId, text: "long before", at: stage.now - 3_600_000 },
    ],
  });
  assert.match(screenText(stage), /question 2[\s\S]*long before/u);
  typeText(stage, "long");
  assert.deepEqual(commandsOf(press(stage, "enter")), [{ type: "session.rewind", agent: agent.id, item: "old" }]);
  assert.deepEqual(stage.ui.view.overlays, []);
});

test("the message comes back into the composer; one that is being typed is not lost, and f may be searched for", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  talk(stage, agent, 2);
  press(stage, "C-b", "u");
  typeText(stage, "f");
  assert.match(screenText(stage), /nothing fits/u);
  press(stage, "backspace", "down");
  const [effect] = press(stage, "enter");
  assert.ok(effect?.type === "command");
  assert.deepEqual(effect.command, { type: "session.rewind", agent: agent.id, item: "item-1" });
  onReply(stage.ui, effect.purpose, { type: "reply", id: 1, ok: true, seq: 9, note: "question 0" });
  assert.equal(composerText(composerOf(stage.ui, agent.id)), "question 0");

  setText(composerOf(stage.ui, agent.id), "half");
  onReply(stage.ui, effect.purpose, { type: "reply", id: 2, ok: true, seq: 9, note: "question 1" });
  assert.equal(composerText(composerOf(stage.ui, agent.id)), "half");
  assert.equal(stage.ui.view.history.at(-1), "question 1");
});

test("C-f forks from before the chosen message; the fork gets the focus and the message", () => {
  const stage = openStage({ cols: 140 });
  const agent = addAgent(stage, { title: "one" });
  talk(stage, agent, 2);
  press(stage, "C-b", "u");
  const [effect] = press(stage, "C-f");
  assert.ok(effect?.type === "command");
  assert.deepEqual(effect.command, { type: "session.fork", agent: agent.id, item: "item-2" });
  addAgent(stage, { title: "two" });
  onReply(stage.ui, effect.purpose, { type: "reply", id: 1, ok: true, seq: 9, agent: agentId(2), pane: paneId(2), note: "question 1" });
  assert.equal(composerText(composerOf(stage.ui, agentId(2))), "question 1");
  assert.equal(composerText(composerOf(stage.ui, agent.id)), "");
  assert.equal(stage.ui.view.focus.get(stage.workspace.tabs.at(-1)?.id ?? assert.fail()), paneId(2));
});

test("/fork carries the whole conversation on; with nothing said the list says so", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  assert.deepEqual(commandsOf(press(stage, "C-b", "U")), [{ type: "session.fork", agent: agent.id }]);
  press(stage, "C-b", "u");
  assert.match(screenText(stage), /nothing was said yet/u);
  assert.deepEqual(press(stage, "enter"), []);
});

// Longer than what is held ------------------------------------------------------------------------------------------------

/** The server's side: pages of the agent's path out of all items. */
function answerItems(stage: Stage, all: readonly TranscriptItem[], effect: Extract<Effect, { type: "query" }>): void {
  const { query } = effect;
  assert.ok(query.type === "items");
  const byId = new Map(all.map((item) => [item.id, item]));
  const path: TranscriptItem[] = [];
  const head = stage.workspace.agents.find(({ id }) => id === query.agent)?.head;
  for (let item = byId.get(head ?? ("" as ItemId)); item !== undefined; item = byId.get(item.parent ?? ("" as ItemId))) path.unshift(item);
  const found = query.before === undefined ? path.length : path.findIndex(({ id }) => id === query.before);
  const start = Math.max(0, found - query.limit);
  onAnswer(stage.ui, effect.purpose, { type: "items", items: path.slice(start, found), hasMore: start > 0 });
}

test("scrolling up reaches the first message of a long transcript, page by page, and what comes meanwhile leaves no hole", () => {
  const stage = openStage({ cols: 100, rows: 14 });
  const agent = addAgent(stage, { title: "one" });
  const all = talk(stage, agent, 700);
  assert.equal(pathItems(stage.ui, agent).length, 200);
  press(stage, "C-b", "[");
  for (let at = 0; at < 10; at += 1) {
    for (const effect of queriesOf(press(stage, "g"))) answerItems(stage, all, effect);
    // The workspace lets go of as many as come in.
    for (let more = 0; more < 30; more += 1) all.push(addItem(stage, agent, { type: "user", text: `late ${all.length}` }));
  }
  press(stage, "g");
  assert.match(screenText(stage), /question 0/u);
  assert.equal(pathItems(stage.ui, agent).length, all.length);
  assert.deepEqual(queriesOf(press(stage, "g")), []);
});

test("back at the end what was fetched is let go of, and is fetched again when it is looked at again", () => {
  const stage = openStage({ cols: 100, rows: 14 });
  const agent = addAgent(stage, { title: "one" });
  const all = talk(stage, agent, 500);
  press(stage, "C-b", "[");
  for (const effect of queriesOf(press(stage, "g"))) answerItems(stage, all, effect);
  assert.equal(pathItems(stage.ui, agent).length, 400);
  press(stage, "G", "q");
  assert.equal(pathItems(stage.ui, agent).length, 200);
  press(stage, "C-b", "[");
  assert.equal(queriesOf(press(stage, "g")).length, 1);
});

test("after going back further than the workspace holds the path is asked for, also by a client that comes later", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  const all = talk(stage, agent, 400);
  stage.asked.length = 0;
  happen(stage, { type: "agent.headMoved", agent: agent.id, head: all[49]?.id ?? assert.fail() });
  const notice = addItem(stage, agent, { type: "notice", kind: "info", text: "went back" });
  const [asked, ...others] = queriesOf(stage.asked);
  assert.ok(asked !== undefined && others.length === 0);
  answerItems(stage, [...all, notice], asked);
  assert.match(screenText(stage), /question 49[\s\S]*went back/u);
  assert.doesNotMatch(screenText(stage), /question 50/u);

  const late = queriesOf(onSnapshot(stage.ui, structuredClone(stage.workspace), []));
  assert.equal(late.length, 1);
  answerItems(stage, [...all, notice], late[0] ?? assert.fail());
  assert.match(screenText(stage), /question 49[\s\S]*went back/u);
});

test("where the root is lost nothing is asked for again and again", () => {
  const stage = openStage({ cols: 100, rows: 14 });
  const agent = addAgent(stage, { title: "one" });
  const all = talk(stage, agent, 230).slice(5);
  press(stage, "C-b", "[");
  for (const effect of queriesOf(press(stage, "g"))) answerItems(stage, all, effect);
  press(stage, "g");
  assert.match(screenText(stage), /question 5/u);
  assert.deepEqual(queriesOf(press(stage, "g")), []);
});
