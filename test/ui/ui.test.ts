// The interface as a value: what comes in, what is asked for, what the client is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TranscriptItem } from "../../src/domain/item.ts";
import { composerText } from "../../src/ui/composer.ts";
import {
  frame,
  nextWakeMs,
  onAnswer,
  onEdited,
  onInput,
  onPulse,
  onRefusal,
  onReply,
  onSnapshot,
  startEffects,
  viewCommand,
} from "../../src/ui/ui.ts";
import { composerOf } from "../../src/ui/view.ts";
import { frameRows } from "../support/frame-text.ts";
import {
  addAgent,
  addItem,
  agentId,
  click,
  commandsOf,
  demoProfile,
  endTurn,
  happen,
  openStage,
  openTerminal,
  paneId,
  paste,
  press,
  send,
  show,
  startTurn,
  stream,
  testSource,
  type as typeText,
  wait,
} from "../support/ui-fixtures.ts";

const text = (rows: string[]) => rows.join("\n");

test("at rest nothing has to be drawn; while an agent works, once a second, with its own seconds", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  show(stage);
  assert.equal(nextWakeMs(stage.ui), null);
  startTurn(stage, agent);
  wait(stage, 1_300);
  assert.equal(nextWakeMs(stage.ui), 700);
  endTurn(stage, agent);
  assert.equal(nextWakeMs(stage.ui), null);
});

test("an alert goes by itself, and asks for the frame without it", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  onPulse(stage.ui, { type: "alert", text: "the disk is full" });
  assert.equal(nextWakeMs(stage.ui), 8_000);
  assert.match(text(frameRows(frame(stage.ui))), /the disk is full/u);
  wait(stage, 8_000);
  assert.doesNotMatch(text(frameRows(frame(stage.ui))), /the disk is full/u);
});

test("the view names the visible terminals with the sizes of their boxes", () => {
  const stage = openStage({ cols: 140, rows: 40 });
  addAgent(stage, { title: "one" });
  const two = addAgent(stage, { title: "two" });
  openTerminal(stage, 1, two.id);
  assert.deepEqual(viewCommand(stage.ui).terminals, []);
  press(stage, "C-b", "o", "C-b", "t");
  const view = viewCommand(stage.ui);
  const box = frame(stage.ui).boxes.find((each) => each.id === `${paneId(2)}:grid`);
  assert.deepEqual(view.terminals, [{ terminal: "term-1", cols: box?.rect.width, rows: box?.rect.height }]);
  assert.deepEqual(view.agents, [agentId(1), agentId(2)]);
});

test("streamed text is put together by offset, gives way to its item, and goes with the turn", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  startTurn(stage, agent);
  const turn = agent.turn ?? assert.fail();
  stream(stage, agent, "Hello wor");
  onPulse(stage.ui, { type: "stream", agent: agent.id, turn, part: 0, kind: "text", offset: 9, text: "ld" });
  onPulse(stage.ui, {
    type: "stream",
    agent: agent.id,
    turn,
    part: 1,
    kind: "call",
    name: "exec",
    offset: 0,
    text: "{",
  });
  assert.deepEqual(
    stage.ui.streams.get(agent.id)?.map((part) => part.text),
    ["Hello world", "{"],
  );
  addItem(stage, agent, { type: "text", text: "Hello world", source: testSource });
  assert.deepEqual(
    stage.ui.streams.get(agent.id)?.map((part) => part.kind),
    ["call"],
  );
  onPulse(stage.ui, { type: "streamEnded", agent: agent.id });
  assert.equal(stage.ui.streams.get(agent.id), undefined);
});

test("Esc interrupts a working agent, and a program in a terminal gets it instead", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  startTurn(stage, agent);
  assert.deepEqual(commandsOf(press(stage, "escape")), [{ type: "turn.interrupt", agent: agent.id }]);
  openTerminal(stage, 1, agent.id);
  press(stage, "C-b", "t");
  assert.deepEqual(commandsOf(press(stage, "escape")), [{ type: "terminal.input", terminal: "term-1", data: "\u001b", chord: "escape" }]);
  assert.deepEqual(commandsOf(press(stage, "C-c")), [{ type: "terminal.input", terminal: "term-1", data: "\u0003", chord: "C-c" }]);
});

test("Esc closes what is open before it interrupts", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  startTurn(stage, agent);
  press(stage, "C-b", "P");
  assert.deepEqual(commandsOf(press(stage, "escape")), []);
  typeText(stage, "/re");
  assert.deepEqual(commandsOf(press(stage, "escape")), []);
  assert.equal(commandsOf(press(stage, "escape")).length, 1);
});

test("Ctrl+C clears, then twice quits; with work going on it asks", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  typeText(stage, "hello");
  assert.deepEqual(press(stage, "C-c"), []);
  assert.equal(composerText(composerOf(stage.ui, agent.id)), "");
  assert.deepEqual(press(stage, "C-c"), []);
  wait(stage, 3_000);
  assert.deepEqual(press(stage, "C-c"), []);
  assert.deepEqual(press(stage, "C-c"), [{ type: "quit" }]);
  startTurn(stage, agent);
  assert.deepEqual(press(stage, "C-c", "C-c", "enter", "d"), [{ type: "detach" }]);
});

test("Ctrl+D detaches with an empty message only", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  typeText(stage, "a");
  assert.deepEqual(press(stage, "C-d"), []);
  press(stage, "backspace");
  assert.deepEqual(press(stage, "C-d"), [{ type: "detach" }]);
});

test("a message that was refused comes back, one that is being typed is kept", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  typeText(stage, "hello");
  const [effect] = onInput(stage.ui, { type: "key", chord: "enter", raw: "\r" });
  assert.ok(effect?.type === "command");
  onReply(stage.ui, effect.purpose, { type: "reply", id: 1, ok: false, reason: "no" });
  assert.equal(composerText(composerOf(stage.ui, agent.id)), "hello");
  const [again] = onInput(stage.ui, { type: "key", chord: "enter", raw: "\r" });
  assert.ok(again?.type === "command");
  typeText(stage, "next");
  onReply(stage.ui, again.purpose, { type: "reply", id: 2, ok: false, reason: "no" });
  assert.equal(composerText(composerOf(stage.ui, agent.id)), "next");
  assert.equal(stage.ui.view.history.at(-1), "hello");
});

const keys = [
  "sk-ant-api03-AAAABBBBCCCC1111",
  "sk-or-v1-0123456789abcdef",
  "gsk_abcdefghijklmnop",
  "nvapi-ABCDEFGHIJKLMNOP",
  "sk-test-key-abcdef",
  "AIzaSyA-1234567890abcdef",
];

test("a key is never sent as a prompt, shown or kept in the history, however it is put in", () => {
  for (const key of keys) {
    for (const put of [paste, typeText]) {
      const stage = openStage();
      addAgent(stage, { title: "one" });
      put(stage, key);
      assert.ok(!text(frameRows(frame(stage.ui))).includes(key), key);
      press(stage, ...(stage.ui.view.overlays.length === 0 ? ["enter"] : []));
      assert.equal(stage.ui.view.overlays.at(-1)?.type, "key", key);
      assert.ok(!text(frameRows(frame(stage.ui))).includes(key.slice(-8)), key);
      assert.ok(!commandsOf(stage.asked).some((command) => command.type === "prompt.send"), key);
      press(stage, "escape");
      assert.ok(
        !JSON.stringify([stage.ui.view.history, [...stage.ui.view.composers.values()], stage.ui.view.overlays]).includes(key.slice(-8)),
        key,
      );
    }
  }
});

test("a key of no known shape, pasted into the demo, is asked about too, and no provider is chosen for it", () => {
  const stage = openStage();
  addAgent(stage, { title: "one", profile: demoProfile });
  paste(stage, "0123456789abcdef0123456789abcdef.AbCdEfGh");
  press(stage, "enter");
  assert.deepEqual(commandsOf(stage.asked), []);
  press(stage, "down", "enter");
  assert.equal(commandsOf(stage.asked)[0]?.type, "credential.add");
});

test("the chosen provider stays chosen when the profiles come in", () => {
  const stage = openStage();
  addAgent(stage, { title: "one", profile: demoProfile });
  const effects = onInput(stage.ui, { type: "paste", text: "sk-or-v1-0123456789abcdef" });
  onAnswer(stage.ui, effects[0]?.type === "query" ? effects[0].purpose : "", {
    type: "profiles",
    rows: [],
    problems: [],
    defaultPair: ["demo", "demo"],
  });
  const [command] = commandsOf(press(stage, "enter"));
  assert.ok(command?.type === "credential.add" && command.provider === "openrouter");
});

test("words that only look a little like keys are messages", () => {
  for (const words of ["use sk-learn for this", "the sk-prefix is documented", "hf_hub downloads are slow", "explain nvapi- prefixes"]) {
    const stage = openStage();
    addAgent(stage, { title: "one" });
    typeText(stage, words);
    press(stage, "enter");
    assert.deepEqual(
      commandsOf(stage.asked).map((command) => command.type),
      ["prompt.send"],
      words,
    );
  }
});

test("offers answer to Enter and numbers only while nothing is typed or said", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one", profile: demoProfile });
  onAnswer(stage.ui, "offers", {
    type: "offers",
    rows: [
      { profile: "a", label: "A", reason: "r", isLocal: true },
      { profile: "b", label: "B", reason: "r", isLocal: false },
    ],
  });
  assert.deepEqual(commandsOf(onInput(stage.ui, { type: "key", chord: "2", raw: "2" })), [
    { type: "agent.useProfile", agent: agent.id, profile: "b" },
  ]);
  typeText(stage, "x2");
  assert.equal(composerText(composerOf(stage.ui, agent.id)), "x2");
});

test("a slash name runs with its argument; a path is a message", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  typeText(stage, "/rename the fixer");
  assert.deepEqual(commandsOf(press(stage, "enter")), [{ type: "agent.rename", agent: agent.id, title: "the fixer" }]);
  typeText(stage, "%undo");
  assert.deepEqual(commandsOf(press(stage, "enter")), [{ type: "session.undo", agent: agent.id }]);
  typeText(stage, "/etc/hosts is what?");
  assert.equal(commandsOf(press(stage, "enter"))[0]?.type, "prompt.send");
});

test("a name that is only resembled is written out, not run", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  typeText(stage, "/st");
  press(stage, "down", "up");
  typeText(stage, "t");
  assert.deepEqual(commandsOf(press(stage, "enter")), []);
  assert.ok(composerText(composerOf(stage.ui, agent.id)).startsWith("/"));
});

test("a new pane gets the focus when its reply comes", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  press(stage, "C-b", "%");
  assert.equal(stage.ui.view.focus.get(stage.workspace.tabs[0]?.id ?? assert.fail()), paneId(2));
});

test("a click focuses, a second one on a tool line unfolds it, the wheel scrolls what it is over", () => {
  const stage = openStage({ cols: 140, rows: 20 });
  addAgent(stage, { title: "one" });
  const two = addAgent(stage, { title: "two" });
  const item = addItem(stage, two, {
    type: "call",
    callId: "c",
    name: "exec",
    arguments: "{}",
    action: { type: "exec", language: "shell", code: "ls" },
    source: testSource,
  });
  addItem(stage, two, { type: "result", callId: "c", outcome: "ok", text: "a\nb", exitCode: 0 });
  const row = frameRows(frame(stage.ui)).findIndex((line) => line.includes("▸ shell"));
  click(stage, 100, row);
  assert.equal(stage.ui.view.unfolded.size, 0);
  wait(stage, 500);
  click(stage, 100, row);
  assert.deepEqual([...stage.ui.view.unfolded], [item.id]);
  for (let at = 0; at < 30; at += 1) addItem(stage, two, { type: "user", text: `q${at}` });
  send(stage, {
    type: "mouse",
    action: "wheelup",
    button: "none",
    x: 100,
    y: 8,
    hasCtrl: false,
    hasShift: false,
    hasAlt: false,
  });
  assert.ok(stage.ui.view.scroll.has(paneId(2)));
  click(stage, 5, 2);
  assert.equal(stage.ui.view.focus.get(stage.workspace.tabs[0]?.id ?? assert.fail()), paneId(1));
});

test("what is in sight stays when older items come in above, and they are asked for once", () => {
  const stage = openStage({ cols: 100, rows: 14 });
  const agent = addAgent(stage, { title: "one" });
  for (let at = 0; at < 20; at += 1) addItem(stage, agent, { type: "user", text: `question ${at}` });
  const items = stage.workspace.items[agent.id] ?? assert.fail();
  const older = items.splice(0, 10) as TranscriptItem[];
  const effects = [...press(stage, "C-b", "["), ...press(stage, "g"), ...press(stage, "g")].filter((effect) => effect.type === "query");
  assert.equal(effects.length, 1);
  // In the corner stands which row of how many it is.
  const second = () =>
    frameRows(frame(stage.ui))[2]
      ?.replace(/copy \d+\/\d+/u, "")
      .trimEnd();
  const before = second();
  onAnswer(stage.ui, effects[0]?.type === "query" ? effects[0].purpose : "", {
    type: "items",
    items: older,
    hasMore: false,
  });
  assert.equal(second(), before);
  press(stage, "g");
  assert.match(frameRows(frame(stage.ui))[2] ?? "", /question 0/u);
});

test("items that an undo left are not shown", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  const first = addItem(stage, agent, { type: "user", text: "keep me" });
  addItem(stage, agent, { type: "user", text: "undo me" });
  happen(stage, { type: "agent.headMoved", agent: agent.id, head: first.id });
  const rows = text(frameRows(frame(stage.ui)));
  assert.match(rows, /keep me/u);
  assert.doesNotMatch(rows, /undo me/u);
});

test("a new snapshot keeps what is typed, brings the history, and names what was found", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  addItem(stage, agent, { type: "user", text: "said before" });
  addItem(stage, agent, { type: "user", text: "my key is sk-ant-api03-AAAABBBBCCCC1111" });
  typeText(stage, "half");
  onSnapshot(stage.ui, structuredClone(stage.workspace), ["a torn line was cut"]);
  assert.equal(composerText(composerOf(stage.ui, agent.id)), "half");
  assert.deepEqual(stage.ui.view.history, ["said before"]);
  assert.match(text(frameRows(frame(stage.ui))), /a torn line was cut/u);
});

test("focus settles when its pane or tab goes", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  addAgent(stage, { title: "two" });
  press(stage, "C-b", "o", "C-b", "x", "y");
  assert.equal(commandsOf(stage.asked).at(-1)?.type, "agent.close");
  typeText(stage, "hi");
  assert.equal(composerText(composerOf(stage.ui, agentId(1))), "hi");
});

test("what comes back from an editor goes where it came from; a lost one changes nothing", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  typeText(stage, "draft");
  const [effect] = press(stage, "C-g");
  assert.ok(effect?.type === "edit" && effect.text === "draft");
  onEdited(stage.ui, effect.purpose, null);
  assert.equal(composerText(composerOf(stage.ui, agent.id)), "draft");
  onEdited(stage.ui, effect.purpose, "longer\ndraft\n");
  assert.equal(composerText(composerOf(stage.ui, agent.id)), "longer\ndraft");
});

test("what was spent today is the server's figure, marked where it is estimated, and nothing once the day is over", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  const top = (): string => frameRows(frame(stage.ui))[0] ?? "";
  assert.match(top(), / \$0\.00$/u);
  const until = stage.now + 1_000;
  onPulse(stage.ui, { type: "spent", costMicros: 1_500_000, isEstimated: false, until });
  assert.match(top(), / \$1\.50 today$/u);
  onPulse(stage.ui, { type: "spent", costMicros: 1_500_001, isEstimated: true, until });
  assert.match(top(), / ~\$1\.50 today$/u);
  wait(stage, 1_000);
  assert.match(top(), / \$0\.00 today$/u);
});

test("what was spent is shown by day, profile and model, and what has no price is named", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  const [asked] = press(stage, "C-b", "S");
  assert.ok(asked?.type === "query" && asked.query.type === "usage");
  assert.match(frameRows(frame(stage.ui)).join("\n"), /what was spent[\s\S]*asking/);
  const row = {
    provider: "openai",
    model: "gpt-5.5",
    requests: 2,
    inputTokens: 41_200,
    outputTokens: 900,
    unpriced: 0,
    isEstimated: false,
  };
  onAnswer(stage.ui, asked.purpose, {
    type: "usage",
    today: "2026-11-20",
    rows: [
      { ...row, day: "2026-11-20", profile: "smart", costMicros: 620_000 },
      { ...row, day: "2026-11-20", profile: "mine", costMicros: null, unpriced: 2 },
      { ...row, day: "2026-11-19", profile: "", costMicros: 10_000, isEstimated: true },
    ],
  });
  const lines = frameRows(frame(stage.ui)).join("\n");
  assert.match(lines, /last 30 days {2}6 requests +~\$0\.63/);
  assert.match(lines, /today {2}4 requests +\$0\.62/);
  assert.match(lines, /smart +openai\/gpt-5\.5 +41\.2k in {2}900 out +\$0\.62/);
  assert.match(lines, /mine +openai\/gpt-5\.5 .* price unknown/);
  assert.match(lines, /2026-11-19 {2}2 requests +~\$0\.01/);
  assert.match(lines, /2 requests of models without a known price/);
});

test("at the start the profiles and the offers are asked for, and a refusal is said", () => {
  const stage = openStage();
  assert.deepEqual(
    startEffects().map((effect) => (effect.type === "query" ? effect.query.type : "")),
    ["profiles", "offers"],
  );
  onRefusal(stage.ui, "profiles", "the server is leaving");
  assert.match(text(frameRows(frame(stage.ui))), /the server is leaving/u);
});

test("that a message waits is seen in its queue; it is not said besides, where it would stay", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  startTurn(stage, agent);
  typeText(stage, "and then this");
  press(stage, "enter");
  const effect = stage.asked.findLast((each) => each.type === "command");
  assert.ok(effect?.type === "command");
  onReply(stage.ui, effect.purpose, { type: "reply", id: 1, ok: true, seq: 1, note: "queued" });
  endTurn(stage, agent);
  assert.doesNotMatch(text(frameRows(frame(stage.ui))), /─ queued/);
});
