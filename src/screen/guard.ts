// A small shell that outlives this process: when it is killed, the shell gives the terminal back.

import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Environment } from "./terminal-traits.ts";

export interface Guard {
  /** Resolves when the terminal's settings have been read (before that nothing may change them), or cannot be. */
  readonly ready: Promise<void>;
  /** `on`: the terminal is in our state. `off`: somebody else has it. `bye`: there is nothing left to guard. */
  say(word: "on" | "off" | "bye"): void;
}

/**
 * Descriptors: 0 our pipe, 1 the terminal to write to, 3 the one whose settings matter, 4 tells that it is ready. The settings are put back
 * only while they are still those that we made, and after a moment: an interactive shell makes its own as soon as its job has died, and
 * setting ours over them would leave its line editor with the kernel's echo.
 * The terminal is opened again because ours is non-blocking, and shared: a full one would refuse what we have to say. (Within `$( )`
 * descriptor 1 is another one, hence 5.)
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM TSTP TTIN TTOU PIPE
saved=$(stty -g <&3); echo >&4; exec 4>&-
exec 5>&1; own=$(tty <&5) && exec >"$own"; exec 5>&-
state=off
while read -r word; do
  case $word in
    on) ours=$(stty -g <&3); state=on;;
    off) state=off;;
    bye) exit 0;;
  esac
done
[ $state = on ] || exit 0
printf '%b' "$1"
sleep 0.1 || sleep 1
[ "$(stty -g <&3)" = "$ours" ] && stty "$saved" <&3
`;

const READY_LIMIT_MS = 300;

/** Never fails: where no `sh` can be started there is simply no guard. Its session is its own, so no signal of the terminal reaches it. */
export function startGuard(inputFd: number, outputFd: number, restore: string, env: Environment): Guard {
  const escaped = restore.replace(/[^\x20-\x7e]|[\\%]/g, (char) => `\\0${char.charCodeAt(0).toString(8).padStart(3, "0")}`);
  const child = spawn("/bin/sh", ["-c", SCRIPT, "interpane-guard", escaped], {
    stdio: ["pipe", outputFd, "ignore", inputFd, "pipe"],
    env: { PATH: env["PATH"] ?? "/usr/bin:/bin" },
    cwd: "/",
    detached: true,
  });
  const { stdin } = child;
  const readiness = child.stdio[4];
  const ready = new Promise<void>((resolve) => {
    const limit = setTimeout(resolve, READY_LIMIT_MS);
    const settle = () => {
      clearTimeout(limit);
      resolve();
    };
    child.once("error", settle);
    child.once("exit", settle);
    readiness?.once("data", settle);
  });
  // None of this may keep us alive, and a guard that has died is no reason to fail.
  child.unref();
  for (const stream of [stdin, readiness]) {
    stream?.on("error", () => undefined);
    unrefStream(stream);
  }
  return {
    ready,
    say(word) {
      if (stdin?.writable) stdin.write(`${word}\n`);
    },
  };
}

function unrefStream(stream: unknown): void {
  const hasUnref = (value: unknown): value is Socket => typeof value === "object" && value !== null && "unref" in value;
  if (hasUnref(stream)) stream.unref();
}
