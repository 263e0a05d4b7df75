// The picker: profiles first, then the models of the agent's provider, and of one that is typed with a slash.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Model } from "../../src/domain/profile.ts";
import type { Effect } from "../../src/ui/effects.ts";
import { frame, onAnswer, onPulse, onRefusal } from "../../src/ui/ui.ts";
import { frameRows } from "../support/frame-text.ts";
import { addAgent, commandsOf, openStage, press, type Stage, type as typeText } from "../support/ui-fixtures.ts";

const screen = (stage: Stage): string => frameRows(frame(stage.ui)).join("\n");

function asked(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => (effect.type === "query" && effect.query.type === "models" ? [effect.query.provider] : []));
}

const model = (id: string, over: Partial<Model> = {}): Model => ({
  id,
  name: id,
  contextWindow: 128_000,
  maxOutput: null,
  input: ["text"],
  reasoning: "none",
  price: { inputMicros: 500_000, outputMicros: 1_500_000 },
  ...over,
});

test("the models of the agent's provider follow the profiles, the present one is marked, and one is taken by provider and id", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  const { provider } = agent.profile;
  assert.deepEqual(asked(press(stage, "C-b", "m")), [provider]);
  assert.match(screen(stage), new RegExp(`asking ${provider} for its models`, "u"));
  const rows = [
    model("plain"),
    model("deep", { name: "Deep One", reasoning: "effort", input: ["text", "image"] }),
    model(agent.profile.model),
  ];
  onAnswer(stage.ui, `models ${provider}`, { type: "models", rows, problem: null });
  assert.match(screen(stage), new RegExp(`${provider}/deep Deep One +effort  images  128k? ?`, "iu"));
  assert.match(screen(stage), new RegExp(`● ${provider}/${agent.profile.model}`, "u"));
  typeText(stage, "deep");
  assert.deepEqual(commandsOf(press(stage, "enter")), [{ type: "agent.useProfile", agent: agent.id, profile: `${provider}/deep` }]);
});

test("a provider's name and a slash ask for its models once; a failure is one line that cannot be taken", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  press(stage, "C-b", "m");
  assert.deepEqual(
    [..."groq/x"].map((letter) => asked(press(stage, letter))),
    [[], [], [], [], ["groq"], []],
  );
  press(stage, "backspace");
  onAnswer(stage.ui, "models groq", { type: "models", rows: [model("fast")], problem: "Groq refused the key\u001b[2J (401)" });
  assert.match(screen(stage), /Groq refused the key \(401\)|Groq refused the key.*\(401\)/u);
  assert.match(screen(stage), /groq\/fast/u);
  assert.deepEqual(asked(press(stage, "C-u")), []);
  typeText(stage, "other/");
  onRefusal(stage.ui, "models other", "the server is busy");
  assert.match(screen(stage), /the server is busy/u);
});

test("how far a model is that is being fetched shows as a bar in the status line", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  onPulse(stage.ui, { type: "pull", provider: "ollama", model: "qwen3:4b", status: "pulling", done: 1_300_000_000, total: 2_600_000_000 });
  assert.match(screen(stage), /qwen3:4b █{10}░{10} 50% of 2\.6 GB/u);
  const pull = (text: string) => {
    for (const letter of text) press(stage, letter === " " ? "space" : letter);
    return commandsOf(press(stage, "enter"));
  };
  assert.deepEqual(pull("/pull ollama/qwen3:4b"), [{ type: "model.pull", provider: "ollama", model: "qwen3:4b" }]);
});
