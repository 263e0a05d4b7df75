// "Always" on a question: the rule is shown whole, and kept by the key that says so alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuleOffer } from "../../src/domain/workspace.ts";
import { SETTLE_MS } from "../../src/ui/approval-actions.ts";
import { LASTING_QUIET_MS } from "../../src/ui/rule-actions.ts";
import { onAnswer, onResize } from "../../src/ui/ui.ts";
import { topOverlay } from "../../src/ui/view.ts";
import {
  addAgent,
  ask,
  commandsOf,
  openStage,
  paste,
  press,
  type Stage,
  screenText,
  show,
  startTurn,
  type as typeText,
  wait,
} from "../support/ui-fixtures.ts";

const npm: RuleOffer = { words: ["npm", "test", "a b"], program: "/usr/lib/npm-cli.js", cwd: "/work", canBeOpen: false };
const ls: RuleOffer = { words: ["ls", "-l"], program: "/usr/bin/ls", cwd: "/work", canBeOpen: true };

function asked(over: { rule?: RuleOffer; noRule?: string }, size?: { cols: number; rows: number }): Stage {
  const stage = openStage(size);
  const agent = addAgent(stage, { title: "planner" });
  startTurn(stage, agent);
  stage.now += 10_000;
  ask(stage, agent, "npm test 'a b'", over);
  show(stage);
  wait(stage, 1_000);
  return stage;
}

const answers = (stage: Stage) => commandsOf(stage.asked).filter((command) => command.type === "approval.answer");
const open = (stage: Stage): void => {
  press(stage, "a");
  show(stage);
  wait(stage, SETTLE_MS);
};

test("the box says what always would mean; a shows the rule whole and grants nothing; y there keeps it", () => {
  const stage = asked({ rule: npm });
  assert.match(screenText(stage), /e edit {2}a always: npm test 'a b'/u);
  open(stage);
  assert.deepEqual(answers(stage), []);
  const shown = screenText(stage);
  for (const part of ["npm test 'a b'", "/usr/lib/npm-cli.js", "only in", "sandbox", "y these words and no others"])
    assert.ok(shown.includes(part), part);
  assert.doesNotMatch(shown, /w npm/u);
  press(stage, "enter", "tab", "space", "a", "w", "S-tab", "C-y");
  paste(stage, "y");
  assert.deepEqual(answers(stage), []);
  wait(stage, LASTING_QUIET_MS);
  press(stage, "y");
  const [answer] = answers(stage);
  assert.deepEqual(
    [answer?.type === "approval.answer" && answer.answer, answer?.type === "approval.answer" && answer.keep],
    ["yes", "exact"],
  );
  assert.equal(topOverlay(stage.ui), undefined);
});

test("a key that comes before the rule could be read keeps nothing", () => {
  const stage = asked({ rule: npm });
  press(stage, "a", "y");
  assert.deepEqual(answers(stage), []);
  show(stage);
  wait(stage, LASTING_QUIET_MS - 1);
  press(stage, "y");
  assert.deepEqual(answers(stage), []);
  wait(stage, LASTING_QUIET_MS);
  press(stage, "y");
  assert.equal(answers(stage).length, 1);
});

test("a message that begins with a, typed at a question, keeps no rule", () => {
  const stage = asked({ rule: ls });
  press(stage, "a");
  show(stage);
  for (const key of "ctually why?") {
    wait(stage, 700);
    press(stage, key === " " ? "space" : key);
    show(stage);
  }
  assert.deepEqual(answers(stage), []);
});

test("any words are let through only where that was offered, by a key of its own", () => {
  const stage = asked({ rule: ls });
  open(stage);
  assert.match(screenText(stage), /w ls … with any words/u);
  press(stage, "w");
  const [answer] = answers(stage);
  assert.equal(answer?.type === "approval.answer" && answer.keep, "open");
});

test("from the list of all questions the rule of the chosen one is shown and kept", () => {
  const stage = asked({ rule: npm });
  press(stage, "C-b", "A");
  assert.equal(topOverlay(stage.ui)?.type, "inbox");
  show(stage);
  wait(stage, 1_000);
  open(stage);
  assert.match(screenText(stage), /y these words and no others/u);
  press(stage, "y");
  const [answer] = answers(stage);
  assert.equal(answer?.type === "approval.answer" && answer.keep, "exact");
  assert.equal(topOverlay(stage.ui), undefined, "with no question left there is no list");
});

test("n and Esc lead back to the question, which can still be answered; a question without a rule says why", () => {
  const stage = asked({ rule: npm });
  open(stage);
  press(stage, "n");
  open(stage);
  press(stage, "escape");
  assert.deepEqual(answers(stage), []);
  press(stage, "y");
  const [answer] = answers(stage);
  assert.equal(answer?.type === "approval.answer" && answer.keep, undefined);
  const none = asked({ noRule: "it is more than one line" });
  assert.doesNotMatch(screenText(none), /always/u);
  press(none, "a");
  assert.match(screenText(none), /no rule for this: it is more than one line/u);
  assert.equal(topOverlay(none.ui), undefined);
});

test("where the rule does not fit the screen no key keeps it", () => {
  const words = ["npm", ...Array.from({ length: 30 }, (_, at) => `word-${at}`)];
  const stage = asked({ rule: { ...npm, words } }, { cols: 60, rows: 14 });
  press(stage, "a");
  assert.equal(topOverlay(stage.ui)?.type, "confirm");
  show(stage);
  wait(stage, 5_000);
  press(stage, "y");
  assert.deepEqual(answers(stage), []);
  onResize(stage.ui, 160, 48);
  show(stage);
  wait(stage, LASTING_QUIET_MS);
  press(stage, "y");
  assert.equal(answers(stage).length, 1);
});

test("/rules lists what is kept, and C-x takes a rule away; Enter does not", () => {
  const stage = openStage();
  addAgent(stage, { title: "planner" });
  typeText(stage, "/rules");
  const [query] = press(stage, "enter");
  assert.ok(query?.type === "query" && query.query.type === "rules");
  const rule = {
    isOpen: false,
    program: "/usr/bin/x",
    cwd: "/w",
    sandbox: { mode: "workspace-write" as const, network: true, writable: ["/w"] },
    at: 1,
  };
  const rows = [
    { ...rule, id: "r1", words: ["make", "check"] },
    { ...rule, id: "r2", words: ["ls"], isOpen: true },
  ];
  onAnswer(stage.ui, query.purpose, { type: "rules", rows });
  assert.match(screenText(stage), /ls …[\s\S]*make check[\s\S]*r2: .*any words may follow/u);
  press(stage, "down");
  const effects = press(stage, "C-x");
  assert.deepEqual(
    effects.map((effect) => (effect.type === "command" ? effect.command : null)),
    [{ type: "rule.remove", rule: "r1" }],
  );
  assert.doesNotMatch(screenText(stage), /make check/u);
  assert.deepEqual(press(stage, "enter"), []);
});
