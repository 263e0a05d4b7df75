// How code in a language is run: the shell takes its own, the others go through a private file and a command that all can see.

import type { ShellName } from "../domain/profile.ts";
import { INTERPRETED } from "./interpreters.ts";
import type { Packages } from "./terminal-packages.ts";

export type Language =
  | { readonly type: "shell" }
  | {
      readonly type: "file";
      readonly extension: string /** `FILE` stands for the quoted path. */;
      readonly command: string;
      readonly program: string;
      readonly packages: Packages | string;
    }
  /** Nothing to run: the file is the result. */
  | { readonly type: "document"; readonly extension: string };

function byFile(extension: string, command: string, packages: Packages | string): Language {
  const program = command.split(" ").find((word) => !word.includes("=")) ?? command;
  return { type: "file", extension, command, program, packages };
}

const SHELL: Language = { type: "shell" };
const APPLE_SCRIPT = byFile("applescript", "osascript FILE", "AppleScript comes with macOS and runs nowhere else");
const POWER_SHELL = byFile("ps1", "pwsh -NoLogo -NoProfile -NonInteractive -File FILE", {
  apt: "powershell (from packages.microsoft.com)",
  dnf: "powershell (from packages.microsoft.com)",
  pacman: "powershell-bin (from the AUR)",
  brew: "powershell",
});

const LANGUAGES: Readonly<Record<string, Language | undefined>> = {
  shell: SHELL,
  console: SHELL,
  terminal: SHELL,
  sh: byFile("sh", "sh FILE", { apt: "dash" }),
  bash: byFile("bash", "bash FILE", { apt: "bash" }),
  zsh: byFile("zsh", "zsh FILE", { apt: "zsh" }),
  fish: byFile("fish", "fish FILE", { apt: "fish" }),
  ruby: byFile("rb", "ruby -I. FILE", { apt: "ruby" }),
  rb: byFile("rb", "ruby -I. FILE", { apt: "ruby" }),
  perl: byFile("pl", "perl -I. FILE", { apt: "perl" }),
  php: byFile("php", "php FILE", { apt: "php-cli", brew: "php", pacman: "php", apk: "php" }),
  r: byFile("R", "Rscript FILE", { apt: "r-base-core", dnf: "R", brew: "r", pacman: "r", apk: "R" }),
  lua: byFile("lua", "lua FILE", { apt: "lua5.4", dnf: "lua", brew: "lua", pacman: "lua" }),
  go: byFile("go", "go run FILE", { apt: "golang-go", dnf: "golang", brew: "go", pacman: "go", apk: "go" }),
  java: byFile("java", "java FILE", {
    apt: "default-jdk",
    dnf: "java-latest-openjdk-devel",
    brew: "openjdk",
    pacman: "jdk-openjdk",
    apk: "openjdk21",
  }),
  powershell: POWER_SHELL,
  pwsh: POWER_SHELL,
  applescript: APPLE_SCRIPT,
  osascript: APPLE_SCRIPT,
  html: { type: "document", extension: "html" },
  css: { type: "document", extension: "css" },
  markdown: { type: "document", extension: "md" },
  json: { type: "document", extension: "json" },
};

/** A shell's own name means the agent's shell where that is it; plain sh is near enough to bash and zsh, not to fish. */
export function languageOf(name: string, shell: ShellName): Language | null {
  if (name === shell || (name === "sh" && shell !== "fish")) return SHELL;
  return Object.hasOwn(LANGUAGES, name) ? (LANGUAGES[name] ?? null) : null;
}

export const LANGUAGE_NAMES = ["shell", ...INTERPRETED, ...Object.keys(LANGUAGES).slice(1)];

/** PHP code comes without its opening tag from most models. */
export function fileText(language: Language, code: string): string {
  const text = language.type === "file" && language.program === "php" && !/^\s*<\?/.test(code) ? `<?php\n${code}` : code;
  return text.endsWith("\n") ? text : `${text}\n`;
}
