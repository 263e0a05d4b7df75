// The manual's short list of Open Interpreter, each line typed as it stands at a shell's prompt: on a real screen where it opens one,
// through a pipe where it is one. One home and one model server for all.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { mainFile, makeHome } from "../support/home.ts";
import { call, type ModelServer, type RecordedRequest, say as reply, startModelServer } from "../support/model-server.ts";
import { type Program, type ProgramEnd, startProgram } from "../support/pty-driver.ts";
import { until } from "../support/until.ts";
import { answer, say } from "./trip.ts";

const bodySchema = z.object({ model: z.string(), max_output_tokens: z.number().optional(), input: z.array(z.unknown()) });

function asked(request: RecordedRequest): { model: string; maxTokens: number | undefined; last: string; items: number } {
  const { model, max_output_tokens: maxTokens, input } = bodySchema.parse(request.body);
  return { model, maxTokens, last: JSON.stringify(input.at(-1)), items: input.length };
}

/** Runs what a message asks for as `run: CODE`; to all else it says that all is well. */
const script = (request: RecordedRequest) => {
  const { last } = asked(request);
  const code = /"run: ([^"]+)"/.exec(last)?.[1];
  return code === undefined ? reply("All-is-well.") : call("exec", { language: "shell", code });
};

interface Ground {
  readonly server: ModelServer;
  readonly folder: (name: string) => string;
  /** A line as it is typed at a shell's prompt, in a folder of its own. */
  readonly open: (line: string, folder: string) => Program;
}

async function ground(t: TestContext): Promise<Ground> {
  const server = await startModelServer(script, { models: ["local-8b", "gpt-4o"] });
  t.after(server.close);
  const home = makeHome({
    config: 'default_profile = "big"\ndefault_pair = ["small", "big"]\n',
    profiles: { big: "provider: lmstudio\nmodel: big-70b\n", small: "provider: lmstudio\nmodel: small-1b\n" },
    env: { INTERPANE_LMSTUDIO_URL: server.url },
  });
  t.after(home.close);
  const bin = home.write("bin/README", "");
  symlinkSync(mainFile, join(bin, "../interpreter"));
  const programs: Program[] = [];
  t.after(() => Promise.all(programs.map((program) => program.close())));
  const env = { ...home.env, PATH: `${join(bin, "..")}:${home.env["PATH"] ?? ""}` };
  return {
    server,
    folder(name) {
      const folder = join(home.folder, name);
      mkdirSync(folder);
      writeFileSync(join(folder, "my_profile.yaml"), "provider: lmstudio\nmodel: mine-3b\nmax_tokens: 77\n");
      return folder;
    },
    open(line, folder) {
      const program = startProgram({ argv: ["/bin/bash", "--norc", "-c", line], cwd: folder, cols: 120, rows: 36, env });
      programs.push(program);
      return program;
    },
  };
}

interface Line {
  readonly line: string;
  readonly model: string;
  readonly maxTokens?: number;
  readonly runsUnasked?: true;
}

const lines: readonly Line[] = [
  { line: "interpreter -y", model: "big-70b", runsUnasked: true },
  { line: "interpreter --model gpt-4o", model: "gpt-4o" },
  { line: "interpreter --local", model: "local-8b" },
  { line: "interpreter --fast", model: "small-1b" },
  { line: "interpreter --local --max_tokens 1000 --context_window 3000", model: "local-8b", maxTokens: 1000 },
  { line: "interpreter --profile my_profile.yaml", model: "mine-3b", maxTokens: 77 },
];

test("each line opens a screen that keeps its words: which model is asked, how much it may say, whether code is asked about", async (t) => {
  const { server, folder, open } = await ground(t);
  const tries = lines.map(async ({ line, model, maxTokens, runsUnasked = false }, index) => {
    const cwd = folder(`line-${index}`);
    const program = open(line, cwd);
    // A slow start has made the agent before the words were understood; then a line says what they changed.
    await program.waitFor(/type what should be done|profile \S+ → /);
    say(program, `run: echo $((400+${index})) > ran`);
    await program.waitFor(runsUnasked ? /All-is-well/ : /needs you/);
    const request = server.requests.find(({ body }) => JSON.stringify(body).includes(`400+${index}`));
    assert.ok(request !== undefined, line);
    assert.deepEqual([asked(request).model, asked(request).maxTokens], [model, maxTokens], line);
    assert.equal(existsSync(join(cwd, "ran")), runsUnasked, line);
    if (runsUnasked) assert.equal(readFileSync(join(cwd, "ran"), "utf8"), `${400 + index}\n`);
  });
  await Promise.all(tries);

  // A pipe: the answer and nothing else on standard output, which is a terminal here; what led to it on standard error.
  const cwd = folder("piped");
  const piped = open('echo "What OS am I using?" | interpreter --stdin -y 2> progress', cwd);
  const { exitCode }: ProgramEnd = await piped.exited;
  assert.deepEqual([exitCode, piped.text().trim()], [0, "All-is-well."], readFileSync(join(cwd, "progress"), "utf8"));
});

test("in a session every % command of Open Interpreter does what it did", async (t) => {
  const { server, folder, open } = await ground(t);
  const cwd = folder("session");
  const program = open("interpreter", cwd);
  await program.waitFor(/type what should be done/);
  const last = () => asked(server.requests.at(-1) ?? assert.fail("nothing was asked"));

  say(program, "run: kept=1; echo said-$((40+2))");
  await answer(program, "y");
  await program.waitFor(/✓ 1 line[\s\S]*All-is-well/);
  assert.match(last().last, /said-42/);
  assert.equal(last().model, "big-70b");
  const items = last().items;

  say(program, "%tokens what comes next?");
  await program.waitFor(/next request: context ~[\d.]+k? \+ \d+ of the prompt/);
  say(program, "%undo");
  await program.waitFor(/took back[\s\S]*run: kept/i);
  say(program, "%verbose true");
  say(program, "hello");
  await program.waitFor(/← 200 after[\s\S]*All-is-well/);
  assert.ok(last().items < items, "what was taken back was sent again");
  say(program, "%verbose false");
  say(program, "%auto_run true");
  say(program, "run: echo unasked-$((40+3)) $kept.");
  await program.waitFor((text) => text.split("✓ 1 line").length === 2);
  await until("the model was told", () => /unasked-43 1\./.test(last().last));
  say(program, "%save_message");
  await program.waitFor(/messages\.json/);
  assert.match(readFileSync(join(cwd, "messages.json"), "utf8"), /unasked-/);
  say(program, "%markdown");
  await program.waitFor(/conversation\.md/);
  say(program, "%% echo own-$((40+4))");
  await program.waitFor(/own-44/);
  say(program, "%%shell echo own-$((40+5))");
  await program.waitFor(/own-45/);
  say(program, "%reset");
  await program.waitFor((text) => !text.includes("own-45"));
  say(program, "run: echo anew-$((40+6)) ${kept:-gone}");
  await program.waitFor(/✓ 1 line[\s\S]*All-is-well/);
  assert.match(last().last, /anew-46 gone/);
  say(program, "%load_message");
  await program.waitFor(/loaded 6 items/);
  say(program, "%info");
  await program.waitFor(/sandbox/);
  program.key("escape");
  await program.waitFor((text) => !text.includes("about this agent"));
  say(program, "%help");
  await program.waitFor(/\/undo/);
});

test("in lines the % commands are the same; what was typed before a question is no answer to it, and other code may be typed in its place", async (t) => {
  const { server, folder, open } = await ground(t);
  const cwd = folder("lines");
  const typed = [
    "hello",
    "%%shell echo own-$((40+1))",
    "! seq 1 60",
    "%tokens what next?",
    '"""two',
    'lines"""',
    "%undo",
    "%auto_run true",
    "run: echo unasked-$((40+2))",
    "%info",
    "%save_message",
    "%resett",
    "%jupyter",
    "%",
    "%%",
    "%%shell",
    "!",
    "my key is sk-proj-Never0Sent1To2Anybody3",
    "%reset",
    "last",
  ];
  writeFileSync(join(cwd, "typed"), `${typed.join("\n")}\n`);
  const piped = open("interpreter --plain < typed 2> said > answers", cwd);
  assert.equal((await piped.exited).exitCode, 0);
  const said = readFileSync(join(cwd, "said"), "utf8");
  for (const wanted of [
    /^ {2}own-41$/m,
    /^ {2}12\n {2}… 36 lines more\n {2}49$/m,
    /next request: context ~\d+ \+ \d+ of the prompt.*; used so far: 100 tokens in, 20 out/,
    /took back “two/,
    /^ {2}unasked-42$/m,
    /^asking +code runs without asking$/m,
    /messages\.json/,
    /no command %resett in lines; did you mean %reset\?/,
    /%jupyter is not here: %markdown writes the conversation with its code/,
    /^%reset +the conversation/m,
    /say which command: ! COMMAND/,
    /not sent: there is an API key in it/,
  ])
    assert.match(said, wanted);
  assert.equal(readFileSync(join(cwd, "answers"), "utf8"), "All-is-well.\n".repeat(4));
  const bodies = server.requests.map(({ body }) => JSON.stringify(body));
  assert.ok(bodies.some((body) => body.includes(String.raw`"two\nlines"`)));
  assert.ok(!bodies.some((body) => body.includes("Anybody3")));
  assert.deepEqual([asked(server.requests.at(-1) ?? assert.fail()).items, existsSync(join(cwd, "messages.json"))], [1, true]);

  const program = open("interpreter --plain", cwd);
  await program.waitFor(/%help lists commands/);
  program.type("run: sleep 0.3; echo asked > asked\rno\r");
  await program.waitFor(/run it\? y, n, or e for other code:/);
  program.type("e\r");
  await program.waitFor(/a dot alone/);
  program.type("echo changed > changed\recho said-$((40+3))\r.\r");
  // The `no` from before the question was a message of its own.
  await program.waitFor(/ {2}said-43[\s\S]*All-is-well[\s\S]*All-is-well/);
  assert.deepEqual([existsSync(join(cwd, "asked")), readFileSync(join(cwd, "changed"), "utf8")], [false, "changed\n"]);
  program.type("\u0004");
  assert.equal((await program.exited).exitCode, 0);
});
