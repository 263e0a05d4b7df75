// `interpane [prompt]`: the screen, on the workspace of the folder.

import { homedir } from "node:os";
import { join } from "node:path";
import { connectToServer } from "../client/connect.ts";
import type { StartedServer } from "../client/start-server.ts";
import { resolveHome } from "../link/home.ts";
import type { Flags } from "./args.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { fail, type Problem, problem } from "./problem.ts";
import { connectOptions, workspaceFolder } from "./reach-server.ts";

/** Why no screen can be opened here; null where one can. */
export function terminalProblem(io: Io): Problem | null {
  if (io.stdin.kind === "terminal" && io.stdout.isTerminal) return null;
  const which = io.stdin.kind === "terminal" ? "output" : "input";
  return problem(EXIT.usage, `the screen needs a terminal, and standard ${which} is none; for a task without a screen: interpane exec "…"`);
}

export async function openScreenHere(flags: Flags, words: readonly string[], io: Io, started: StartedServer | null): Promise<ExitCode> {
  const missing = terminalProblem(io);
  if (missing !== null) return fail(io, missing);
  const chosen = flags.resume === undefined ? null : await (await import("./session-choice.ts")).chooseSession(io, flags.resume);
  if (chosen?.ok === false) return fail(io, chosen);
  // A conversation is about its folder: that one's workspace is opened, unless another is named.
  const folder = workspaceFolder(io, flags.cwd ?? chosen?.row.folder);
  if (!folder.ok) {
    complain(io, folder.message);
    return EXIT.usage;
  }
  const options = connectOptions(io, {
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
    userHome: io.env.HOME ?? homedir(),
    opening: {
      prompt: words.length === 0 ? null : words.join(" "),
      profile: flags.profile ?? flags.model ?? null,
      autoRun: flags.autoRun,
      isContinuing: flags.continue,
      ...(chosen === null ? {} : { session: chosen.row.id }),
    },
    problems: settings.problems,
  });
  if (end.message !== null) complain(io, printable(end.message));
  return end.ok ? EXIT.done : EXIT.failed;
}
