// The real side of `Io`: this process's streams, terminal and signals.

import { fstatSync, readlinkSync } from "node:fs";
import { isAbsolute } from "node:path";
import { createInterface } from "node:readline";
import type { ReadStream } from "node:tty";
import type { ServerProgram } from "../client/start-server.ts";
import { collectEnds } from "./ends.ts";
import { EXIT, type Io, type Output } from "./io.ts";
import { createLineQueue } from "./line-queue.ts";

/** What was typed before a question is read and dropped for this long before it is shown, ms. */
const DROP_MS = 30;

export interface ProcessIoOptions {
  readonly screenSettings: Io["screenSettings"];
  readonly profileTexts: Io["profileTexts"];
  readonly fetchTo: Io["fetchTo"];
  readonly program: ServerProgram;
  readonly packageDir: string;
  readonly version: string;
}

export function createProcessIo(options: ProcessIoOptions): Io {
  const closedHandlers = new Set<() => void>();
  const output = (stream: NodeJS.WriteStream): Output => {
    let isClosed = false;
    const onError = (error: NodeJS.ErrnoException): void => {
      // An answer that is not whole must not look like one: a full disk, most often.
      if (error.code !== "EPIPE" && error.code !== "EIO" && error.code !== "ERR_STREAM_DESTROYED") {
        if (stream !== process.stderr) {
          process.stderr.write(`interpane: standard output could not be written: ${error.message}\n`);
          process.exit(EXIT.failed);
        }
      }
      if (isClosed) return;
      isClosed = true;
      if (stream === process.stdout) for (const handler of closedHandlers) handler();
    };
    stream.on("error", onError);
    return {
      isTerminal: stream.isTTY,
      write(text) {
        // The callback comes first: the process may end before the event does.
        if (!isClosed) stream.write(text, (error) => error != null && onError(error));
      },
    };
  };
  const stderr = output(process.stderr);
  const kind = stdinKind();
  return {
    ...options,
    env: process.env,
    cwd: startFolder(options.packageDir),
    stdout: output(process.stdout),
    stderr,
    stdin: {
      kind,
      mayStaySilent: isSocket(0),
      read: readStdin,
      lines: stdinLines,
      readEnds: (limits, onFirst) => collectEnds(process.stdin, limits, onFirst),
    },
    ask: kind === "terminal" && stderr.isTerminal ? (question, { isSecret }) => askOnTerminal(question, isSecret, stderr) : null,
    onInterrupt(handler) {
      const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
      for (const signal of signals) process.on(signal, handler);
      return () => {
        for (const signal of signals) process.off(signal, handler);
      };
    },
    onOutputClosed: (handler) => void closedHandlers.add(handler),
  };
}

/** npm runs a script in the package's folder, and says in INIT_CWD where the user stood. */
function startFolder(packageDir: string): string {
  const { npm_lifecycle_event: script, INIT_CWD: stood } = process.env;
  const cwd = standingIn();
  return script !== undefined && stood !== undefined && stood !== "" && cwd === packageDir ? stood : cwd;
}

/** Where that is gone, its name: whoever needs the folder says so, and nobody else has to. */
function standingIn(): string {
  try {
    return process.cwd();
  } catch {
    const named = process.env["PWD"];
    return named !== undefined && isAbsolute(named) ? named : lastStoodIn();
  }
}

/** A shell on the way here may have taken PWD away. */
function lastStoodIn(): string {
  try {
    return readlinkSync("/proc/self/cwd").replace(/ \(deleted\)$/, "");
  } catch {
    return "/(a folder that is gone)";
  }
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}

/** A character device that is no terminal (/dev/null) has nothing to read. */
function stdinKind(): Io["stdin"]["kind"] {
  if (process.stdin.isTTY) return "terminal";
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile() || stat.isSocket() ? "stream" : "none";
  } catch {
    return "none";
  }
}

function stdinLines(): ReturnType<Io["stdin"]["lines"]> {
  // The terminal's own line editing: what is typed while an agent works waits.
  const reader = createInterface({ input: process.stdin, terminal: false, crlfDelay: Number.POSITIVE_INFINITY });
  const queue = createLineQueue(() => {
    reader.close();
    process.stdin.pause();
  });
  reader.on("line", queue.add);
  reader.on("close", queue.end);
  return queue;
}

async function readStdin(onFirst?: () => void): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) {
    if (chunks.length === 0) onFirst?.();
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  }
  return Buffer.concat(chunks);
}

/** Enter alone gives an empty line; an ended input too. Ctrl-C reaches the process as the signal. */
async function askOnTerminal(question: string, isSecret: boolean, stderr: Output): Promise<string> {
  const stdin: ReadStream = process.stdin;
  let isShown = false;
  let line = "";
  const answered = Promise.withResolvers<string>();
  const take = (chunk: Buffer): void => {
    if (!isShown) return;
    for (const character of chunk.toString("utf8")) {
      if (character === "\n" || character === "\r" || character === "\u0004") answered.resolve(line);
      else if (character === "\u0003") process.kill(process.pid, "SIGINT");
      else if (character === "\u007f" || character === "\b") line = line.slice(0, -1);
      else line += character;
    }
  };
  const end = (): void => answered.resolve("");
  stdin.on("data", take);
  stdin.on("end", end);
  // Raw: a secret is not echoed.
  if (isSecret) stdin.setRawMode(true);
  stdin.resume();
  await new Promise((resolve) => setTimeout(resolve, DROP_MS));
  stderr.write(question);
  isShown = true;
  try {
    return await answered.promise;
  } finally {
    if (isSecret) {
      stdin.setRawMode(false);
      stderr.write("\n");
    }
    stdin.off("data", take);
    stdin.off("end", end);
    stdin.pause();
  }
}
