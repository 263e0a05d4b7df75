// Where every process of the program begins. Chooses what it becomes, and loads no more than that needs.
// Nothing but Node's own modules may be imported at the top: an older Node must get as far as the sentence below.

import { existsSync, readFileSync } from "node:fs";
import nodeModule from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_LEAST = 24;
/** The first argument of a process that becomes the server. Not for users. */
const SERVER_WORD = "__server";
/** The first argument by which a shell's completion asks (`cli/completion-scripts.ts`). Not for users. */
const COMPLETE_WORD = "__complete";
/** `client/start-server.ts` waits for this descriptor to be closed. */
const READY_FD = 3;

const mainFile = fileURLToPath(import.meta.url);
/**
 * What is made during a start is not looked through by the collector again and again: some 20 ms less of either process, for 6 MB.
 * The build's main.js has its first lines give it to the client.
 */
const YOUNG_FLAG = "--min-semi-space-size=16";

const packageDir = dirname(dirname(mainFile));

async function main(): Promise<number | null> {
  // A key on the command line is read by every `ps`: it is gone from there before anything else is done.
  if (process.argv.some((word) => /^(--api[_-]key|-ak)(=|$)/.test(word))) process.title = "interpane";
  const [first] = process.argv.slice(2);
  if (process.argv.length === 3 && (first === "--version" || first === "-V" || first === "version")) {
    process.stdout.write(`${readVersion()}\n`);
    return 0;
  }
  const major = Number.parseInt(process.versions.node, 10);
  if (major < NODE_LEAST) {
    process.stderr.write(`interpane: needs Node ${NODE_LEAST} or newer, and was started with ${process.version} (${process.execPath})\n`);
    return 2;
  }
  const { resolveHome } = await import("./link/home.ts");
  const home = resolveHome(process.env);
  // In a folder of our own: the default lies in /tmp under a name that anybody could have taken first.
  nodeModule.enableCompileCache(join(home.cacheDir, "compiled"));
  if (first === SERVER_WORD) {
    process.title = "interpane server";
    const { runServer } = await import("./server/server.ts");
    await runServer({ home, packageDir, readyFd: READY_FD });
    return null;
  }
  process.title = "interpane";
  if (first === COMPLETE_WORD) {
    const { complete, completionLines } = await import("./cli/completion.ts");
    process.stdout.write(completionLines(await complete(process.argv.slice(3), { env: process.env, packageDir })));
    return 0;
  }
  const [{ createProcessIo }, { runCli }] = await Promise.all([import("./cli/process-io.ts"), import("./cli/run-cli.ts")]);
  const program = { command: process.execPath, args: [YOUNG_FLAG, mainFile, SERVER_WORD] };
  // The command line may not reach into the server's rooms; the format of its settings is known there.
  const screenSettings = async () => {
    if (!existsSync(home.configFile)) return { theme: null, prefix: null, keys: [], problems: [] };
    const { config, problems } = (await import("./host/config.ts")).readConfig(home.configFile);
    return { theme: config.theme, prefix: config.prefix, keys: config.keys, problems };
  };
  const fetchTo = async (origin: string, key: string | null) => (await import("./net/fetch-to.ts")).fetchTo(origin, key);
  const profileTexts = async () => (await import("./host/profile-texts.ts")).profileTexts;
  return runCli(
    process.argv.slice(2),
    createProcessIo({ program, packageDir, version: readVersion(), screenSettings, profileTexts, fetchTo }),
  );
}

function readVersion(): string {
  const text = readFileSync(join(packageDir, "package.json"), "utf8");
  const found: unknown = JSON.parse(text);
  return typeof found === "object" && found !== null && "version" in found ? String(found.version) : "unknown";
}

const code = await main().catch((error: unknown) => {
  process.stderr.write(`interpane: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
});
// A silent standard input or a timer must not hold a finished command back; what was written is out first.
if (code !== null) process.stdout.write("", () => process.exit(code));
