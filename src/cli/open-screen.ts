// `interpane [prompt]`: the screen, on the workspace of the folder.

import { homedir } from "node:os";
import { join } from "node:path";
import { connectToServer } from "../client/connect.ts";
import type { StartedServer } from "../client/start-server.ts";
import { resolveHome } from "../link/home.ts";
import type { Flags } from "./args.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { connectOptions, workspaceFolder } from "./reach-server.ts";

export async function openScreenHere(flags: Flags, words: readonly string[], io: Io, started: StartedServer | null): Promise<ExitCode> {
  if (io.stdin.kind !== "terminal" || !io.stdout.isTerminal) {
    const which = io.stdin.kind === "terminal" ? "output" : "input";
    complain(io, `the screen needs a terminal, and standard ${which} is none; for a task without a screen: interpane exec "…"`);
    return EXIT.usage;
  }
  const folder = workspaceFolder(io, flags.cwd);
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
    },
    problems: settings.problems,
  });
  if (end.message !== null) complain(io, printable(end.message));
  return end.ok ? EXIT.done : EXIT.failed;
}
