// The shells that an agent can have: how each is started with our marks, how its code is checked, and where its syntax differs.

import { basename } from "node:path";
import type { ShellName } from "../domain/profile.ts";
import { fishStartFile, mirrorFishConfig } from "./shell-fish.ts";
import { bashStartFile } from "./shell-marks.ts";
import { fishQuoted, shellQuoted } from "./shell-quoting.ts";
import { zshStartFiles } from "./shell-zsh.ts";
import { programOnPath } from "./terminal-program.ts";

type Env = Readonly<Record<string, string>>;

export interface ShellStart {
  /** What is written into a private folder, by name; removed when the first prompt has come. */
  readonly files: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** Added to the environment that the shell itself begins with. */
  readonly env: Env;
}

export interface ShellKind {
  readonly name: ShellName;
  /** Where a mistake in the user's own settings would be. */
  readonly startsWith: string;
  /** `folder` is where the files will lie; `tmpFolder` what the shell will see as /tmp, null without a sandbox. */
  start(nonce: string, folder: string, env: Env, tmpFolder: string | null): ShellStart;
  /** Reads a file and says what is wrong with it, runs nothing. */
  readonly checkArgs: readonly string[];
  /** True where the check alone lets code pass that the shell would wait behind; then the code in its block is checked too. */
  readonly isBlockChecked: (code: string) => boolean;
  /** A tab in a paste is a tab in the code. */
  readonly takesTabs: boolean;
  /** Keys that empty the line, whatever answers to a program's questions have made of it. */
  readonly emptyLine: string;
  quote(text: string): string;
  /** Several lines as one command, so that Ctrl-C ends all of it. */
  block(code: string): string;
}

const bash: ShellKind = {
  name: "bash",
  startsWith: "~/.bashrc",
  start: (nonce, folder) => ({ files: { "start.bash": bashStartFile(nonce) }, args: ["--rcfile", `${folder}/start.bash`, "-i"], env: {} }),
  checkArgs: ["--noprofile", "--norc", "-O", "extglob", "-n"],
  isBlockChecked: () => false,
  takesTabs: true,
  // ESC P, with which some answers begin, opens a search: Ctrl-G leaves it.
  emptyLine: "\x07\x15",
  quote: shellQuoted,
  block: (code) => `{\n${code}\n}`,
};

const zsh: ShellKind = {
  name: "zsh",
  startsWith: "~/.zshrc and ~/.zshenv",
  start: (nonce, folder, env) => ({ files: zshStartFiles(nonce, env["ZDOTDIR"] ?? null), args: ["-i"], env: { ZDOTDIR: folder } }),
  checkArgs: ["-f", "-o", "extended_glob", "-n"],
  // An unfinished here-document takes the closing brace in; by itself it is no mistake to zsh.
  isBlockChecked: (code) => code.includes("<<"),
  takesTabs: true,
  emptyLine: "\x15",
  quote: shellQuoted,
  block: (code) => `{\n${code}\n}`,
};

const fish: ShellKind = {
  name: "fish",
  startsWith: "~/.config/fish/config.fish",
  start: (nonce, folder, env, tmpFolder) => {
    const given = env["XDG_CONFIG_HOME"] ?? null;
    const mirror = tmpFolder === null ? null : `fish-${basename(folder)}`;
    if (tmpFolder !== null && mirror !== null) mirrorFishConfig(given ?? `${env["HOME"] ?? ""}/.config`, `${tmpFolder}/${mirror}`);
    return {
      files: { "start.fish": mirror === null ? fishStartFile(nonce) : fishStartFile(nonce, given) },
      args: ["-i", "-C", `source ${fishQuoted(`${folder}/start.fish`)}`],
      env: mirror === null ? {} : { XDG_CONFIG_HOME: `/tmp/${mirror}` },
    };
  },
  checkArgs: ["-n"],
  isBlockChecked: () => false,
  takesTabs: false,
  emptyLine: "\x15",
  quote: fishQuoted,
  block: (code) => `begin\n${code}\nend`,
};

const KINDS: Readonly<Record<ShellName, ShellKind>> = { bash, zsh, fish };

export type FoundShell =
  | { readonly ok: true; readonly kind: ShellKind; readonly program: string }
  | { readonly ok: false; readonly problem: string };

/** The one that was asked for; else the user's own (`SHELL`) where it is one of them and there, else bash. */
export function findShell(wanted: ShellName | undefined, env: Env): FoundShell {
  const path = `${env["PATH"] ?? ""}:/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin`;
  const own = env["SHELL"] ?? "";
  const programOf = (name: ShellName): string | null =>
    (own.startsWith("/") && basename(own) === name ? programOnPath(own, "") : null) ?? programOnPath(name, path);
  if (wanted !== undefined) {
    const program = programOf(wanted);
    if (program !== null) return { ok: true, kind: KINDS[wanted], program };
    return {
      ok: false,
      problem: `the agent's shell is set to ${wanted}, which is not on the PATH; install the package ${wanted}, or set \`shell\` to another`,
    };
  }
  for (const name of [basename(own), "bash"]) {
    if (name !== "bash" && name !== "zsh" && name !== "fish") continue;
    const program = programOf(name);
    if (program !== null) return { ok: true, kind: KINDS[name], program };
  }
  return {
    ok: false,
    problem: "an agent's shell needs bash 4.4 or newer, zsh or fish, and there is none on the PATH; install the package bash",
  };
}
