// From the arguments to the command that they name.

import type { StartedServer } from "../client/start-server.ts";
import { type Arguments, parseArguments } from "./args.ts";
import { helpText } from "./help.ts";
import { complain, EXIT, type ExitCode, type Io, processEnv } from "./io.ts";

/** Never rejects for an expected failure. Each command is loaded when it is run. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const parsed = parseArguments(argv);
  if (!parsed.ok) {
    complain(io, parsed.message);
    return EXIT.usage;
  }
  let asked = withoutScreen(parsed.value, io.stdin.kind === "terminal" && io.stdout.isTerminal);
  for (const note of asked.notes) complain(io, note);
  const { command, flags } = asked;
  if (flags.profile !== undefined) {
    const named = (await import("./profile-word.ts")).profileWord(io, flags.profile);
    if (!named.ok) {
      complain(io, named.message);
      return EXIT.usage;
    }
    asked = { ...asked, flags: { ...flags, profile: named.name } };
  }
  const needsServer =
    (command === "exec" && !flags.inWorkspace) || (command === "screen" && io.stdin.kind === "terminal" && io.stdout.isTerminal);
  const started = needsServer ? await startServerEarly(io) : null;
  try {
    return await runCommand(asked, io, started);
  } finally {
    started?.release();
  }
}

/** At the top, what only a task without a screen can do means one. */
function withoutScreen(asked: Arguments, hasTerminal: boolean): Arguments {
  const { flags } = asked;
  // Without a terminal a profile can be saved all the same.
  const savesOnly = flags.saveProfile !== undefined && !hasTerminal;
  const isTask = savesOnly || flags.stdin || flags.json || flags.outputSchema !== undefined || flags.timeout !== undefined;
  return asked.command === "screen" && isTask ? { ...asked, command: "exec" } : asked;
}

async function startServerEarly(io: Io): Promise<StartedServer | null> {
  const [{ resolveHome }, { startEarly }] = await Promise.all([import("../link/home.ts"), import("../client/start-early.ts")]);
  const home = resolveHome(io.env);
  return startEarly(io.program, home, processEnv(io.env, home));
}

async function runCommand({ command, verb, flags, words }: Arguments, io: Io, started: StartedServer | null): Promise<ExitCode> {
  switch (command) {
    case "help": {
      const text = helpText(words[0]);
      if (text === null) complain(io, `there is no command "${words[0]}"; interpane help names them all`);
      else io.stdout.write(text);
      return text === null ? EXIT.usage : EXIT.done;
    }
    case "version":
      io.stdout.write(`${io.version}\n`);
      return EXIT.done;
    case "screen":
      if (flags.plain || flags.noAltScreen) return (await import("./line-mode.ts")).runLines(flags, words, io, started);
      return (await import("./open-screen.ts")).openScreenHere(flags, words, io, started);
    case "run":
      return (await import("./run-in-pane.ts")).runInPane(flags, words, io);
    case "exec":
      return (await import("./exec.ts")).runExec(flags, words, io, started);
    case "sessions":
      return (await import("./sessions.ts")).runSessions(flags, verb, words[0], io);
    case "attach":
      return (await import("./attach.ts")).runAttach(flags, words[0], io);
    case "send":
      return (await import("./send.ts")).runSend(flags, words, io);
    case "capture":
      return (await import("./capture.ts")).runCapture(flags, words, io);
    case "wait":
      return (await import("./wait.ts")).runWait(flags, words, io);
    case "profile":
      return (await import("./profile.ts")).runProfile(io, verb, words, flags);
    case "login":
      return (await import("./login.ts")).runLogin(io, words[0], flags);
    case "logout":
      return (await import("./login.ts")).runLogout(io, words[0], flags);
    case "providers":
      return (await import("./models.ts")).listCatalog(io, words[0], flags.json);
    case "models":
      return verb === "pull"
        ? (await import("./pull.ts")).pullModel(words[0], io)
        : (await import("./models.ts")).listModels(io, flags.provider ?? words[0], flags.json);
    case "catalog":
      return (await import("./catalog.ts")).runCatalogUpdate(flags, io);
    case "ls":
      if (flags.recent) return (await import("./recent-folders.ts")).listRecentFolders(io, flags.json);
      return flags.workspace === undefined
        ? (await import("./lists.ts")).listWorkspaces(io, flags.json)
        : (await import("./list-agents.ts")).listAgents(io, flags);
    case "vault":
      return (await import("./vault.ts")).runVault(io, verb, words[0], flags);
    case "rules":
      return (await import("./rules.ts")).runRules(io, verb, words[0], flags);
    case "usage":
      return (await import("./usage.ts")).runUsage(io, flags);
    case "doctor":
      return (await import("./doctor.ts")).runDoctor(io, flags);
    case "completion": {
      const { completionScripts } = await import("./completion-scripts.ts");
      io.stdout.write(completionScripts[verb === "zsh" || verb === "fish" ? verb : "bash"]);
      return EXIT.done;
    }
    case "kill":
      return (await import("./kill.ts")).runKill(io, { isAll: flags.all, cwd: flags.cwd });
    default:
      return command satisfies never;
  }
}
