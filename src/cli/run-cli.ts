// From the arguments to the command that they name.

import type { StartedServer } from "../client/start-server.ts";
import { type Arguments, helpText, parseArguments } from "./args.ts";
import { complain, EXIT, type ExitCode, type Io, processEnv } from "./io.ts";

/** Never rejects for an expected failure. Each command is loaded when it is run. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const parsed = parseArguments(argv);
  if (!parsed.ok) {
    complain(io, parsed.message);
    return EXIT.usage;
  }
  const { command, flags } = parsed.value;
  const needsServer =
    (command === "exec" && !flags.inWorkspace) || (command === "screen" && io.stdin.kind === "terminal" && io.stdout.isTerminal);
  const started = needsServer ? await startServerEarly(io) : null;
  try {
    return await runCommand(parsed.value, io, started);
  } finally {
    started?.release();
  }
}

async function startServerEarly(io: Io): Promise<StartedServer | null> {
  const [{ resolveHome }, { startEarly }] = await Promise.all([import("../link/home.ts"), import("../client/start-early.ts")]);
  const home = resolveHome(io.env);
  return startEarly(io.program, home, processEnv(io.env, home));
}

async function runCommand({ command, verb, flags, words }: Arguments, io: Io, started: StartedServer | null): Promise<ExitCode> {
  switch (command) {
    case "help":
      io.stdout.write(helpText(words[0]));
      return EXIT.done;
    case "version":
      io.stdout.write(`${io.version}\n`);
      return EXIT.done;
    case "screen":
      return (await import("./open-screen.ts")).openScreenHere(flags, words, io, started);
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
      if (verb === "preset") return (await import("./preset.ts")).writePreset(io, words[0]);
      return (await import("./lists.ts")).listProfiles(io, flags.json);
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
      return flags.workspace === undefined
        ? (await import("./lists.ts")).listWorkspaces(io, flags.json)
        : (await import("./list-agents.ts")).listAgents(io, flags);
    case "vault":
      return (await import("./vault.ts")).runVault(io, verb, words[0], flags);
    case "doctor":
      return (await import("./doctor.ts")).runDoctor(io, flags);
    case "kill":
      return (await import("./kill.ts")).runKill(io, { isAll: flags.all, cwd: flags.cwd });
    default:
      return command satisfies never;
  }
}
