// Which package brings a program, as the machine's own package manager calls it.

import { readFileSync } from "node:fs";

export type PackageManager = "apt" | "dnf" | "pacman" | "apk" | "brew";

/** Names of the package; a manager that is left out calls it as `apt` does. A sentence where no manager has it. */
export type Packages = { readonly apt: string } & Partial<Readonly<Record<PackageManager, string>>>;

const INSTALL: Readonly<Record<PackageManager, string>> = {
  apt: "sudo apt-get install",
  dnf: "sudo dnf install",
  pacman: "sudo pacman -S",
  apk: "sudo apk add",
  brew: "brew install",
};

/** One sentence for model and user: what is not there, and what to type. */
export function missingProgram(program: string, packages: Packages | string, manager: PackageManager = managerHere()): string {
  const isSentence = typeof packages === "string";
  const how = isSentence ? packages : `install it with: ${INSTALL[manager]} ${packages[manager] ?? packages.apt}`;
  return `${program} was not found on the shell's PATH; ${how}`;
}

let known: PackageManager | null = null;

function managerHere(): PackageManager {
  known ??= process.platform === "darwin" ? "brew" : managerOf(osRelease());
  return known;
}

function osRelease(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}

/** From the text of os-release(5): `ID` and `ID_LIKE`. */
export function managerOf(release: string): PackageManager {
  const ids = [...release.matchAll(/^ID(?:_LIKE)?=["']?([^"'\n]*)/gm)].flatMap(([, words = ""]) => words.split(/\s+/));
  if (ids.some((id) => ["fedora", "rhel", "centos", "rocky", "almalinux", "amzn"].includes(id))) return "dnf";
  if (ids.some((id) => id === "arch" || id === "manjaro")) return "pacman";
  if (ids.includes("alpine")) return "apk";
  return "apt";
}
