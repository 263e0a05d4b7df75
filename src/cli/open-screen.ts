// `interpane [prompt]`: the screen, on the workspace of the folder.

import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { connectToServer } from "../client/connect.ts";
import type { StartedServer } from "../client/start-server.ts";
import { resolveHome } from "../link/home.ts";
import type { Choice } from "./choose-profile.ts";
import type { Flags } from "./flag-table.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { fail, failWith, type Problem, problem } from "./problem.ts";
import { isProfileName } from "./profile-word.ts";
import { connectOptions, workspaceFolder } from "./reach-server.ts";

/** Why no screen can be opened here; null where one can. */
export function terminalProblem(io: Io): Problem | null {
  if (io.stdin.kind === "terminal" && io.stdout.isTerminal) return canMoveCursor(io) ? null : dumbProblem(io);
  const which = io.stdin.kind === "terminal" ? "output" : "input";
  const piped = io.stdin.kind === "stream" ? 'echo "…" | interpane --stdin, or ' : "";
  return problem(
    EXIT.usage,
    `the screen needs a terminal, and standard ${which} is none; for a task without a screen: ${piped}interpane exec "…"`,
  );
}

function canMoveCursor({ env }: Io): boolean {
  return (env.TERM ?? "") !== "" && env.TERM !== "dumb";
}

function dumbProblem({ env }: Io): Problem {
  const why = `TERM is "${env.TERM ?? ""}", and the screen needs a terminal that can move its cursor`;
  return problem(EXIT.usage, `${why}; set TERM to what yours is (xterm-256color, linux), or talk in lines: interpane --plain`);
}

/** `run`: a command that gets a pane of its own, in the folder the user stands in. */
export async function openScreenHere(
  flags: Flags,
  words: readonly string[],
  io: Io,
  started: StartedServer | null,
  run?: { readonly argv: readonly string[]; readonly leavesWithIt: boolean },
): Promise<ExitCode> {
  const missing = terminalProblem(io);
  if (missing !== null) return fail(io, missing);
  const chosen = flags.resume === undefined ? null : await (await import("./session-choice.ts")).chooseSession(io, flags.resume);
  if (chosen?.ok === false) return fail(io, chosen);
  // A conversation is about its folder: that one's workspace is opened, unless another is named.
  const folder = workspaceFolder(io, flags.cwd ?? chosen?.row.folder);
  if (!folder.ok) return failWith(io, EXIT.usage, folder.message);
  // A pane that shows the workspace that it stands in would show itself.
  if (io.env.INTERPANE_WORKSPACE === folder.folder) {
    const other = "interpane run -- CMD opens another pane; unset INTERPANE_WORKSPACE where this is none any more";
    return failWith(io, EXIT.usage, `this is a pane of the workspace of ${folder.folder} already; ${other}`);
  }
  const wished = await readWish(flags, folder.folder, io, started);
  if (!wished.ok) return fail(io, wished);
  const { choice, env } = wished;
  const options = connectOptions(io, {
    extraEnv: env,
    folder: folder.folder,
    role: "screen",
    startsServer: true,
    started,
    ...(flags.offline ? { isOffline: true } : {}),
  });
  // The server starts while the screen is loaded.
  const first = connectToServer(options);
  const [{ runScreen }, settings] = await Promise.all([import("../client/run-screen.ts"), io.screenSettings()]);
  let isFirst = true;
  const end = await runScreen({
    connect() {
      if (!isFirst) return connectToServer({ ...options, started: null });
      isFirst = false;
      return first;
    },
    env: io.env,
    input: process.stdin,
    output: process.stdout,
    themeFolders: [resolveHome(io.env).themesDir, join(io.packageDir, "themes")],
    theme: settings.theme,
    prefix: settings.prefix,
    keys: settings.keys,
    userHome: io.env.HOME ?? homedir(),
    opening: {
      prompt: words.length === 0 ? null : words.join(" "),
      images: flags.image.map((file) => resolve(io.cwd, file)),
      profile: choice.profile ?? null,
      ...(choice.settings === undefined ? {} : { settings: choice.settings }),
      ...(flags.verbose ? { isVerbose: true } : {}),
      autoRun: flags.autoRun,
      isContinuing: flags.continue,
      ...(chosen === null ? {} : { session: chosen.row.id }),
      ...(run === undefined ? {} : { run: { ...run, cwd: folder.folder } }),
    },
    problems: settings.problems,
  });
  if (end.message !== null) complain(io, printable(end.message));
  return end.ok ? EXIT.done : EXIT.failed;
}

/** What is wrong with one that is there can be mended on the screen: a key can be added. */
function isFound(io: Io, profile: string): boolean {
  return isAbsolute(profile) || isProfileName(io, profile);
}

interface Wished {
  readonly ok: true;
  readonly choice: Choice;
  readonly env: Readonly<Record<string, string>>;
}

/** Who is to answer, asked about before the screen covers the terminal. A server is asked only where flags need it. */
async function readWish(flags: Flags, folder: string, io: Io, started: StartedServer | null): Promise<Wished | Problem> {
  const { readRunSettings } = await import("./run-settings.ts");
  const run = readRunSettings(flags);
  if (!run.ok) return problem(EXIT.usage, run.message);
  const { env } = run.value;
  const isPlain = run.value.settings === null && !flags.local && !flags.fast && flags.saveProfile === undefined;
  const { profile } = flags;
  if (isPlain && (profile === undefined || isFound(io, profile)))
    return { ok: true, choice: profile === undefined ? {} : { profile }, env };
  const connected = await connectToServer(connectOptions(io, { folder, role: "task", startsServer: true, started, extraEnv: env }));
  if (!connected.ok) return problem(EXIT.failed, connected.message);
  const caller = (await import("../client/caller.ts")).createCaller(connected.connection);
  try {
    const { chooseProfile, unknownProblem } = await import("./choose-profile.ts");
    const unknown = profile === undefined ? null : await unknownProblem(profile, caller);
    if (unknown !== null) return unknown;
    const chosen = await chooseProfile(flags, run.value, io, caller);
    if (!chosen.ok) return chosen;
    if (flags.saveProfile !== undefined && chosen.file !== null) {
      const { profileNameProblem, saveProfile } = await import("./save-profile.ts");
      const wrong = profileNameProblem(flags.saveProfile);
      if (wrong !== null) return problem(EXIT.usage, wrong);
      const saved = await saveProfile({ name: flags.saveProfile, file: chosen.file, key: Object.values(env)[0] ?? null }, io, caller);
      if (!saved.ok) return saved;
    }
    return { ok: true, choice: chosen.choice, env };
  } finally {
    caller.close();
  }
}
