// Panes and tabs as the engine keeps them: whatever is done to them, the journal gives the same layout back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { apply } from "../../src/domain/apply.ts";
import type { PaneId, TabId, TerminalId } from "../../src/domain/ids.ts";
import { layoutNodeSchema, leaves, PANES_MAX } from "../../src/domain/layout.ts";
import { presets } from "../../src/domain/layout-moves.ts";
import { type Command, factSchema } from "../../src/domain/protocol.ts";
import { emptyWorkspace, type Workspace } from "../../src/domain/workspace.ts";
import { runCommand } from "../../src/engine/commands.ts";
import type { WorkspaceEngine } from "../../src/engine/workspace-engine.ts";
import { chanceOf } from "../support/chance.ts";
import { fakeWorld } from "../support/fake-ports.ts";

const client = 1;
const folder = "workspace /work";

async function ask(engine: WorkspaceEngine, command: Command) {
  const reply = await runCommand(engine, client, command);
  assert.ok(reply.ok, `${JSON.stringify(command)}: ${JSON.stringify(reply)}`);
  return reply;
}

async function openPane(engine: WorkspaceEngine, argv: string[] | undefined, beside?: PaneId, direction: "row" | "column" = "row") {
  const place = beside === undefined ? ({ type: "tab" } as const) : ({ type: "beside", pane: beside, direction } as const);
  const { pane, terminal } = await ask(engine, { type: "terminal.open", place, ...(argv === undefined ? {} : { argv }) });
  assert.ok(pane !== undefined && terminal !== undefined);
  return { pane, terminal };
}

const panesIn = (workspace: Workspace) => workspace.tabs.map((tab) => leaves(tab.root).map((leaf) => leaf.pane));
const infoOf = (engine: WorkspaceEngine, id: TerminalId) => engine.workspace.terminals.find((info) => info.id === id);

/** One of all that can be done to the panes and tabs that stand. */
function randomCommand(workspace: Workspace, random: (below: number) => number): Command {
  const panes = panesIn(workspace).flat();
  const pane = panes[random(panes.length)];
  const other = panes[random(panes.length)];
  const tab = workspace.tabs[random(workspace.tabs.length)]?.id;
  const direction = random(2) === 0 ? "row" : "column";
  const argv = ["sleep", "1"];
  if (pane === undefined || other === undefined || tab === undefined) return { type: "terminal.open", place: { type: "tab" }, argv };
  const commands: Command[] = [
    { type: "terminal.open", place: { type: "beside", pane, direction }, argv },
    { type: "terminal.open", place: { type: "beside", pane: other, direction }, argv },
    { type: "terminal.open", place: { type: "tab" }, argv },
    { type: "agent.spawn", place: { type: "beside", pane, direction } },
    { type: "pane.close", pane },
    { type: "pane.zoom", pane },
    { type: "pane.resize", pane, direction, share: (random(200) - 100) / 100 },
    { type: "pane.moveBorder", before: pane, after: other, at: random(100) / 100 },
    { type: "pane.spread", pane },
    { type: "pane.swap", pane, other },
    { type: "pane.move", pane, place: { type: "beside", pane: other, direction } },
    { type: "pane.move", pane, place: { type: "tab" } },
    { type: "tab.arrange", tab, preset: presets[random(presets.length)] ?? "tiled" },
    { type: "tab.rotate", tab, by: random(2) === 0 ? 1 : -1 },
    { type: "tab.rename", tab, name: `tab ${random(9)}` },
    { type: "tab.move", tab, to: random(4) },
    { type: "tab.sync", tab, isSynced: random(2) === 0 },
  ];
  return commands[random(commands.length)] ?? { type: "tab.tile", tab };
}

test("whatever is done to panes and tabs, the journal replayed gives exactly what stands", async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = chanceOf(seed).below;
    const world = fakeWorld();
    const engine = await world.engine();
    for (let step = 0; step < 60; step++) {
      const before = panesIn(engine.workspace).flat().length;
      const command = randomCommand(engine.workspace, random);
      const seqBefore = engine.workspace.seq;
      const reply = await runCommand(engine, client, command);
      if (!reply.ok) assert.equal(engine.workspace.seq, seqBefore, `${seed}.${step}: a refusal changes nothing`);
      const panes = panesIn(engine.workspace).flat();
      const where = `seed ${seed}, step ${step}: ${JSON.stringify(command)}`;
      assert.equal(new Set(panes).size, panes.length, `${where}: no pane stands twice`);
      if (/^(pane\.(?!close)|tab\.)/.test(command.type)) assert.equal(panes.length, before, `${where}: no pane is lost`);
      for (const tab of engine.workspace.tabs) layoutNodeSchema.parse(tab.root);
    }
    const replayed = emptyWorkspace("/work");
    for (const fact of world.disk.get(folder) ?? []) apply(replayed, factSchema.parse(JSON.parse(JSON.stringify(fact))));
    assert.deepEqual(replayed.tabs, engine.workspace.tabs, `seed ${seed}`);
    assert.deepEqual(replayed.terminals, engine.workspace.terminals, `seed ${seed}`);
    const tabs = structuredClone(engine.workspace.tabs);
    // No goodbye: the server is simply gone.
    const again = await fakeWorld({ disk: world.disk }).engine();
    assert.deepEqual(again.workspace.tabs, tabs, `seed ${seed}: the layout after a killed server`);
  }
});

test("a pane goes into a tab of its own and back beside another one, in one fact each", async () => {
  const world = fakeWorld();
  const engine = await world.engine();
  const a = await openPane(engine, ["a"]);
  const b = await openPane(engine, ["b"], a.pane);
  const seq = engine.workspace.seq;
  await ask(engine, { type: "pane.move", pane: b.pane, place: { type: "tab" } });
  assert.equal(engine.workspace.seq, seq + 1);
  assert.deepEqual(panesIn(engine.workspace), [[a.pane], [b.pane]]);
  const alone = await runCommand(engine, client, { type: "pane.move", pane: b.pane, place: { type: "tab" } });
  assert.deepEqual(alone, { ok: false, reason: "this pane has the tab to itself already" });
  await ask(engine, { type: "pane.move", pane: a.pane, place: { type: "beside", pane: b.pane, direction: "column" } });
  assert.deepEqual(panesIn(engine.workspace), [[b.pane, a.pane]], "the tab that it left empty is gone");
  assert.equal(engine.workspace.seq, seq + 2);
});

test("panes swap within a tab and between tabs, and rotate", async () => {
  const engine = await fakeWorld().engine();
  const a = await openPane(engine, ["a"]);
  const b = await openPane(engine, ["b"], a.pane);
  const c = await openPane(engine, ["c"], b.pane);
  const d = await openPane(engine, ["d"]);
  const [first] = engine.workspace.tabs;
  assert.ok(first !== undefined);
  await ask(engine, { type: "pane.swap", pane: a.pane, other: c.pane });
  assert.deepEqual(panesIn(engine.workspace)[0], [c.pane, b.pane, a.pane]);
  await ask(engine, { type: "pane.swap", pane: b.pane, other: d.pane });
  assert.deepEqual(panesIn(engine.workspace), [[c.pane, d.pane, a.pane], [b.pane]]);
  await ask(engine, { type: "tab.rotate", tab: first.id, by: -1 });
  assert.deepEqual(panesIn(engine.workspace)[0], [d.pane, a.pane, c.pane], "the first goes to the end, as with tmux's C-o");
  await ask(engine, { type: "tab.rotate", tab: first.id, by: 1 });
  assert.deepEqual(panesIn(engine.workspace)[0], [c.pane, d.pane, a.pane]);
});

test("tabs move among each other, and closing one closes all that is in it", async () => {
  const engine = await fakeWorld().engine();
  const a = await openPane(engine, ["a"]);
  await openPane(engine, ["b"]);
  const c = await openPane(engine, ["c"]);
  await openPane(engine, ["d"], c.pane);
  const ids = (): TabId[] => engine.workspace.tabs.map((tab) => tab.id);
  const [one, two, three] = ids();
  assert.ok(one !== undefined && three !== undefined);
  await ask(engine, { type: "tab.move", tab: three, to: 0 });
  assert.deepEqual(ids(), [three, one, two]);
  await ask(engine, { type: "tab.move", tab: three, to: 99 });
  assert.deepEqual(ids(), [one, two, three]);
  await ask(engine, { type: "tab.close", tab: three });
  assert.deepEqual(ids(), [one, two]);
  assert.equal(engine.workspace.terminals.length, 2);
  assert.equal(infoOf(engine, a.terminal)?.exitCode, null);
});

test("a program that ends leaves its pane with the exit code; running it again takes a new terminal in the same pane", async () => {
  const world = fakeWorld();
  const engine = await world.engine();
  const a = await openPane(engine, ["make", "all"]);
  world.endTerminal(a.terminal, 3);
  assert.equal(infoOf(engine, a.terminal)?.exitCode, 3);
  assert.deepEqual(panesIn(engine.workspace), [[a.pane]]);
  const { terminal } = await ask(engine, { type: "terminal.respawn", terminal: a.terminal });
  assert.ok(terminal !== undefined && terminal !== a.terminal);
  assert.deepEqual(panesIn(engine.workspace), [[a.pane]]);
  assert.equal(infoOf(engine, a.terminal), undefined);
  assert.deepEqual(infoOf(engine, terminal)?.argv, ["make", "all"]);
  assert.deepEqual(
    world.opened.map((spec) => spec.program),
    [
      { type: "command", argv: ["make", "all"] },
      { type: "command", argv: ["make", "all"] },
    ],
  );
});

test("a shell that is left closes its pane; one that cannot start stays and says so", async () => {
  const world = fakeWorld();
  const engine = await world.engine({ shellEnv: () => ({ SHELL: "/bin/zsh" }) });
  const a = await openPane(engine, undefined);
  assert.equal(infoOf(engine, a.terminal)?.title, "zsh");
  const b = await openPane(engine, undefined, a.pane);
  world.endTerminal(b.terminal, 0);
  await world.until((fact) => fact.type === "terminal.closed");
  assert.deepEqual(panesIn(engine.workspace), [[a.pane]]);
  world.endTerminal(a.terminal, 127);
  assert.equal(infoOf(engine, a.terminal)?.exitCode, 127);
  assert.deepEqual(panesIn(engine.workspace), [[a.pane]]);
});

test("after the server was lost shells begin anew in their panes, and a program waits to be run again", async () => {
  const world = fakeWorld();
  const engine = await world.engine();
  const shell = await openPane(engine, undefined);
  const program = await openPane(engine, ["./deploy"], shell.pane, "column");
  const ended = await openPane(engine, ["true"], shell.pane);
  world.endTerminal(ended.terminal, 0);
  const next = fakeWorld({ disk: world.disk });
  const again = await next.engine();
  assert.deepEqual(panesIn(again.workspace), panesIn(engine.workspace));
  assert.deepEqual(
    next.opened.map((spec) => spec.program),
    [{ type: "command", argv: ["/bin/sh"] }],
    "nothing but the shell was started",
  );
  assert.equal(infoOf(again, shell.terminal), undefined);
  assert.equal(infoOf(again, program.terminal)?.isLost, true);
  assert.equal(infoOf(again, ended.terminal)?.exitCode, 0, "what is known of it stays known");
  const { terminal } = await ask(again, { type: "terminal.respawn", terminal: program.terminal });
  assert.ok(terminal !== undefined);
  assert.equal(infoOf(again, terminal)?.isLost, undefined);
});

test("a terminal of an older journal, which does not say what ran in it, goes with its pane", async () => {
  const world = fakeWorld();
  const engine = await world.engine();
  const kept = await openPane(engine, ["x"]);
  await openPane(engine, ["y"], kept.pane);
  const facts = world.disk.get(folder) ?? [];
  for (const fact of facts) if (fact.type === "terminal.opened" && fact.terminal.argv?.[0] === "y") delete fact.terminal.argv;
  const again = await fakeWorld({ disk: world.disk }).engine();
  assert.deepEqual(panesIn(again.workspace), [[kept.pane]]);
});

test("a workspace that is closed and opened again has its shells and programs where they were", async () => {
  const world = fakeWorld();
  const engine = await world.engine();
  const shell = await openPane(engine, undefined);
  await openPane(engine, ["htop"], shell.pane);
  const panes = panesIn(engine.workspace);
  await engine.close();
  const again = await fakeWorld({ disk: world.disk }).engine();
  assert.deepEqual(panesIn(again.workspace), panes);
});

test("in a synchronised tab keys go to every terminal on show there, elsewhere to one", async () => {
  const world = fakeWorld();
  const engine = await world.engine();
  const a = await openPane(engine, ["a"]);
  const b = await openPane(engine, ["b"], a.pane);
  const far = await openPane(engine, ["c"]);
  const { agent, pane } = await ask(engine, { type: "agent.spawn", place: { type: "beside", pane: b.pane, direction: "row" } });
  const { agent: hidden } = await ask(engine, { type: "agent.spawn", place: { type: "beside", pane: b.pane, direction: "row" } });
  assert.ok(agent !== undefined && pane !== undefined && hidden !== undefined);
  await ask(engine, { type: "pane.face", pane, face: "terminal" });
  const own = engine.workspace.agents.find((each) => each.id === agent)?.terminal;
  const [tab] = engine.workspace.tabs;
  assert.ok(tab !== undefined && own != null);
  await ask(engine, { type: "terminal.input", terminal: a.terminal, data: "1" });
  await ask(engine, { type: "tab.sync", tab: tab.id, isSynced: true });
  await ask(engine, { type: "terminal.input", terminal: a.terminal, data: "2" });
  await ask(engine, { type: "terminal.input", terminal: far.terminal, data: "3" });
  assert.deepEqual(
    world.typed.map(({ terminal, data }) => `${terminal} ${data}`).toSorted(),
    [`${a.terminal} 1`, `${a.terminal} 2`, `${b.terminal} 2`, `${own} 2`, `${far.terminal} 3`].toSorted(),
  );
});

test("a full tab takes no more panes: the next one gets a tab of its own, and a move is refused", async () => {
  const engine = await fakeWorld().engine();
  const first = await openPane(engine, ["x"]);
  for (let count = 1; count < PANES_MAX; count++) await openPane(engine, ["x"], first.pane);
  const next = await openPane(engine, ["x"], first.pane);
  assert.deepEqual(panesIn(engine.workspace)[1], [next.pane]);
  const moved = await runCommand(engine, client, {
    type: "pane.move",
    pane: next.pane,
    place: { type: "beside", pane: first.pane, direction: "row" },
  });
  assert.ok(!moved.ok);
  assert.match(moved.reason, /full/);
});

test("a plain terminal knows its workspace, so that interpane in it does not nest", async () => {
  const world = fakeWorld();
  const engine = await world.engine({ ownEnv: () => ({ INTERPANE_HOME: "/home/x" }) });
  const { terminal } = await openPane(engine, ["a"]);
  assert.deepEqual(world.opened[0]?.env, { INTERPANE_HOME: "/home/x", INTERPANE_WORKSPACE: "/work", INTERPANE_TERMINAL: terminal });
});
