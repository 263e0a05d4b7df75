// What programs in a terminal ask of the server, through a real pty and the link: keys in another protocol, focus, colours, the bell, whole frames.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TerminalId } from "../../src/domain/ids.ts";
import { GUARD_MS } from "../support/until.ts";
import { type Member, makeGround } from "./ground.ts";

/** Says what it asks for, then shows every byte that it gets. */
const PROGRAM = (asks: string): string[] => ["sh", "-c", `stty raw -echo; printf '${asks}'; printf ready; exec cat -v`];

async function openProgram(member: Member, asks: string): Promise<TerminalId> {
  const { terminal } = await member.command({ type: "terminal.open", place: { type: "tab" }, argv: PROGRAM(asks) });
  assert.ok(terminal !== undefined);
  return terminal;
}

test("a program gets the keys, the focus and the colours that it asked for, and its bell is told to all", async () => {
  const ground = makeGround();
  try {
    const member = await ground.join();
    const other = await ground.join();
    await member.until("the first agent", () => (member.workspace()?.agents.length ?? 0) > 0);
    const seen = async (terminal: TerminalId, what: string): Promise<void> => {
      const end = performance.now() + GUARD_MS;
      for (;;) {
        const answered = await member.caller.query<"terminal.text">({ type: "terminal.text", terminal, lines: 20 });
        const shown = answered.ok ? answered.value.text : answered.reason;
        if (shown.includes(what)) return;
        assert.ok(performance.now() < end, `waited in vain for ${what}: ${shown}`);
      }
    };
    const shown = { cols: 60, rows: 5 };
    const plain = await openProgram(member, "");
    const asking = await openProgram(member, "\\033[>1u\\033[?1004h\\033[?u\\033]11;?\\033\\\\");
    await member.show({
      terminals: [plain, asking].map((terminal) => ({ terminal, ...shown })),
      colours: { foreground: 1, background: 0x102030 },
    });
    await seen(plain, "ready");
    await seen(asking, "^[[?1u");
    for (const terminal of [plain, asking]) member.type(terminal, "\u0001", "C-a");
    await seen(plain, "^A");
    await seen(asking, "^[[97;5u");
    await member.show({ focused: asking });
    await seen(asking, "^[[I");
    // Somebody else has it too: it is lost only with the last.
    await other.show({ focused: asking });
    await member.show({ focused: plain });
    await other.show({ focused: null });
    await seen(asking, "^[[O");
    const late = await openProgram(member, "\\033]11;?\\033\\\\\\007");
    await seen(late, "rgb:1010/2020/3030");
    for (const each of [member, other])
      await each.until("the bell", () => each.pulses.some((pulse) => pulse.type === "bell" && pulse.terminal === late));
  } finally {
    await ground.close();
  }
});

test("with two clients of different colours a program is told those of the one that typed last, and of a change where it asked", async () => {
  const ground = makeGround();
  try {
    const dark = await ground.join();
    const light = await ground.join();
    await dark.until("the first agent", () => (dark.workspace()?.agents.length ?? 0) > 0);
    const seen = async (terminal: TerminalId, what: string): Promise<void> => {
      const end = performance.now() + 15_000;
      for (;;) {
        const answered = await dark.caller.query<"terminal.text">({ type: "terminal.text", terminal, lines: 20 });
        const shown = answered.ok ? answered.value.text : answered.reason;
        if (shown.replaceAll("\n", "").includes(what)) return;
        assert.ok(performance.now() < end, `waited in vain for ${what}: ${shown}`);
      }
    };
    const [onDark, onLight] = [
      { foreground: 0xffffff, background: 0x000000 },
      { foreground: 0x000000, background: 0xfafafa },
    ];
    await dark.show({ colours: onDark });
    await light.show({ colours: onLight, isActive: false });
    // Opened by the dark one: what it asks at once is answered in its colours.
    await dark.command({ type: "tab.rename", tab: dark.workspace()?.tabs[0]?.id ?? ("" as never), name: "x" });
    const asks = "\\033[?2031h\\033[?2048h\\033]11;?\\033\\\\";
    const terminal = await openProgram(dark, asks);
    await seen(terminal, "^[]11;rgb:0000/0000/0000");
    const terminals = [{ terminal, cols: 60, rows: 5 }];
    await dark.show({ colours: onDark, terminals });
    await light.show({ colours: onLight, terminals: [{ terminal, cols: 50, rows: 4 }], isActive: false });
    await seen(terminal, "^[[48;5;60;80;480t");
    light.type(terminal, "L");
    await seen(terminal, "^[[?997;2n");
    await seen(terminal, "^[[48;4;50;64;400t");
    dark.type(terminal, "D");
    await seen(terminal, "^[[?997;1n");
  } finally {
    await ground.close();
  }
});

test("a plain terminal's title, and what runs in its shell, are told to who shows anything, also to who comes later", async () => {
  const ground = makeGround();
  try {
    const member = await ground.join();
    await member.show({});
    const { terminal } = await member.command({
      type: "terminal.open",
      place: { type: "tab" },
      argv: ["bash", "--norc", "--noprofile", "-i"],
    });
    assert.ok(terminal !== undefined);
    const isCalled = (each: Member, title: string) => () =>
      each.pulses.flatMap((pulse) => (pulse.type === "title" && pulse.terminal === terminal ? [pulse.title] : [])).at(-1) === title;
    const type = (data: string) => member.type(terminal, data);
    type("printf '\\033]2;of the shell\\007'\r");
    await member.until("the title", isCalled(member, "of the shell"));
    type("sleep 600\r");
    await member.until("what runs", isCalled(member, "sleep"));
    const late = await ground.join();
    await late.show({});
    await late.until("what runs", isCalled(late, "sleep"));
    type("\u0003");
    for (const each of [member, late]) await each.until("the title again", isCalled(each, "of the shell"));
    await member.command({ type: "terminal.rename", terminal, title: "mine" });
    const again = await member.command({ type: "terminal.respawn", terminal });
    await member.until("the name", () => member.workspace()?.terminals.some((each) => each.id === again.terminal) === true);
    const info = member.workspace()?.terminals.find((each) => each.id === again.terminal);
    assert.deepEqual([info?.title, info?.isNamed], ["mine", true]);
  } finally {
    await ground.close();
  }
});
