// The picker: profiles first, then the models of the agent's provider, and of one that is typed with a slash.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Model } from "../../src/domain/profile.ts";
import type { ProviderRow } from "../../src/domain/protocol.ts";
import type { Effect } from "../../src/ui/effects.ts";
import { frame, onAnswer, onPulse, onRefusal } from "../../src/ui/ui.ts";
import { assertSound } from "../support/frame-text.ts";
import { addAgent, commandsOf, openStage, paste, press, screenText, testRows, type as typeText } from "../support/ui-fixtures.ts";

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
  assert.match(screenText(stage), new RegExp(`asking ${provider} for its models`, "u"));
  const rows = [
    model("plain"),
    model("deep", { name: "Deep One", reasoning: "effort", input: ["text", "image"] }),
    model(agent.profile.model),
  ];
  onAnswer(stage.ui, `models ${provider}`, { type: "models", rows, problem: null });
  assert.match(screenText(stage), new RegExp(`${provider}/deep Deep One +effort  images  128k? ?`, "iu"));
  assert.match(screenText(stage), new RegExp(`● ${provider}/${agent.profile.model}`, "u"));
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
  assert.match(screenText(stage), /Groq refused the key \(401\)|Groq refused the key.*\(401\)/u);
  assert.match(screenText(stage), /groq\/fast/u);
  assert.deepEqual(asked(press(stage, "C-u")), []);
  typeText(stage, "other/");
  onRefusal(stage.ui, "models other", "the server is busy");
  assert.match(screenText(stage), /the server is busy/u);
});

test("how far a model is that is being fetched shows as a bar in the status line", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  onPulse(stage.ui, { type: "pull", provider: "ollama", model: "qwen3:4b", status: "pulling", done: 1_300_000_000, total: 2_600_000_000 });
  assert.match(screenText(stage), /qwen3:4b █{10}░{10} 50% of 2\.6 GB/u);
  const pull = (text: string) => {
    for (const letter of text) press(stage, letter === " " ? "space" : letter);
    return commandsOf(press(stage, "enter"));
  };
  assert.deepEqual(pull("/pull ollama/qwen3:4b"), [{ type: "model.pull", provider: "ollama", model: "qwen3:4b" }]);
});

test("what was used lately comes first among what can be used", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  press(stage, "C-b", "m");
  const recent = ["demo", "smart", "gone"];
  onAnswer(stage.ui, "profiles", { type: "profiles", rows: testRows, problems: [], defaultPair: ["fast", "smart"], recent });
  const text = screenText(stage);
  const ids = testRows.filter((row) => row.problem === null).map((row) => row.id);
  const at = (id: string): number => text.search(new RegExp(`^.*││[ ●]+${id} `, "mu"));
  assert.ok(ids.includes("fast") && at("demo") > 0, text);
  assert.ok(at("demo") < at("smart") && at("smart") < at("fast"), text);
});

test("rows that come while the picker is open leave the chosen row chosen", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  const answer = (recent: string[]) =>
    onAnswer(stage.ui, "profiles", { type: "profiles", rows: testRows, problems: [], defaultPair: ["fast", "smart"], recent });
  answer([]);
  press(stage, "C-b", "m");
  press(stage, "down");
  answer(["demo", "ollama"]);
  const [taken] = commandsOf(press(stage, "enter"));
  assert.equal(taken?.type === "agent.useProfile" && taken.profile, testRows[1]?.id);
});

const provider = (id: string, over: Partial<ProviderRow> = {}): ProviderRow => ({
  id,
  name: id.toUpperCase(),
  models: 3,
  isLocal: false,
  isOwn: false,
  takesKey: true,
  problem: null,
  ...over,
});

test("Tab lists all providers; Enter on one shows its models, of which one is taken; Tab leads back", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  press(stage, "C-b", "m", "tab");
  assert.match(screenText(stage), /─ providers ─.*asking for the providers/su);
  onAnswer(stage.ui, "providers", {
    type: "providers",
    rows: [provider("groq"), provider("mine", { isOwn: true, models: 1 }), provider("other", { problem: "OTHER_KEY is not set" })],
  });
  assert.match(screenText(stage), /groq +GROQ +3 models.*mine +MINE +your own {2}1 model.*other +OTHER +OTHER_KEY is not set/su);
  typeText(stage, "gro");
  assert.deepEqual(asked(press(stage, "enter")), ["groq"]);
  assert.match(screenText(stage), /─ models of groq ─.*asking groq for its models/su);
  onAnswer(stage.ui, "models groq", { type: "models", rows: [model("small"), model("large")], problem: null });
  typeText(stage, "lar");
  assert.deepEqual(commandsOf(press(stage, "enter")), [{ type: "agent.useProfile", agent: agent.id, profile: "groq/large" }]);
  press(stage, "C-b", "m", "tab", "tab");
  assert.match(screenText(stage), /─ profile ─/u);
});

test("a model that no list has is used by its name, at the provider whose models are shown", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  press(stage, "C-b", "m", "tab");
  onAnswer(stage.ui, "providers", { type: "providers", rows: [provider("groq", { models: 0 })] });
  press(stage, "enter");
  onAnswer(stage.ui, "models groq", { type: "models", rows: [], problem: null });
  assert.match(screenText(stage), /no model is known; type its name/u);
  typeText(stage, "brand-new");
  assert.deepEqual(commandsOf(press(stage, "enter")), [{ type: "agent.useProfile", agent: agent.id, profile: "groq/brand-new" }]);
});

test("where a key is missing Enter asks for it, also for a provider that no profile names; where none would help it says what is missing", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  const rows = [
    provider("deepseek", { name: "DeepSeek", problem: "DEEPSEEK_API_KEY is not set" }),
    provider("mine", { isOwn: true, takesKey: false, problem: "MINE_KEY is not set; ask the platform team" }),
  ];
  onAnswer(stage.ui, "providers", { type: "providers", rows });
  press(stage, "C-b", "m", "tab", "enter");
  assert.match(screenText(stage), /─ add an API key ─.*› DeepSeek/su);
  typeText(stage, "sk-123");
  assert.deepEqual(commandsOf(press(stage, "enter")), [{ type: "credential.add", provider: "deepseek", secret: "sk-123" }]);
  press(stage, "escape", "C-b", "m");
  typeText(stage, "deepseek/");
  onAnswer(stage.ui, "models deepseek", { type: "models", rows: [], problem: "DEEPSEEK_API_KEY is not set" });
  press(stage, "enter");
  assert.match(screenText(stage), /─ add an API key ─.*› DeepSeek/su);
  press(stage, "escape", "C-b", "m", "tab", "down", "enter");
  assert.match(screenText(stage), /─ providers ─.*MINE_KEY is not set; ask the platform team/su);
});

test("a typed name that only resembles those of the list can be used as it is: the last row says so", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  const { provider } = agent.profile;
  press(stage, "C-b", "m");
  onAnswer(stage.ui, `models ${provider}`, { type: "models", rows: [model("turbo-large"), model("turbo")], problem: null });
  typeText(stage, `${provider}/turbo`);
  assert.doesNotMatch(screenText(stage), /as it is typed/u);
  for (let letter = 0; letter < 2; letter += 1) press(stage, "backspace");
  assert.match(screenText(stage), new RegExp(`use “${provider}/tur” as it is typed`, "u"));
  for (let row = 0; row < 9; row += 1) press(stage, "down");
  assert.deepEqual(commandsOf(press(stage, "enter")), [{ type: "agent.useProfile", agent: agent.id, profile: `${provider}/tur` }]);
});

test("what is pasted into a list's filter is one clean line", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  press(stage, "C-b", "m");
  paste(stage, "a\u001b]52;c;aGk=\u0007b\u0000 \u202e c\nd");
  assert.match(screenText(stage), /ab c d/u);
  assertSound(frame(stage.ui));
});
