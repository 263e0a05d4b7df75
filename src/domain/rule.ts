// A saved rule: one plain command that runs without asking. Read as strictly as can be: what is not surely one command whose words stand
// there as they are is asked about.

import { z } from "zod";
import { type RuleOffer, type Sandbox, sandboxSchema } from "./workspace.ts";

export const ruleIdSchema = z.string().regex(/^r[0-9]{1,9}$/);

export const ruleSchema = z.strictObject({
  id: ruleIdSchema,
  /** The command's words; the first is the program as it was called. */
  words: z.array(z.string()).min(1),
  /** Any words may follow these. */
  isOpen: z.boolean(),
  /** Absolute, with all links followed. */
  program: z.string(),
  /** The folder it runs in, this one alone. */
  cwd: z.string(),
  /** The sandbox it was allowed under; under another it does not count. */
  sandbox: sandboxSchema,
  /** When it was kept. */
  at: z.number(),
});
export type Rule = z.infer<typeof ruleSchema>;

export type PlainCommand = { readonly ok: true; readonly words: readonly string[] } | { readonly ok: false; readonly problem: string };

const CODE_CHARS_MAX = 400;
const WORDS_MAX = 40;

/** Languages whose code is a command line. */
export function isShellLanguage(language: string): boolean {
  return ["shell", "bash", "sh", "zsh", "console", "terminal"].includes(language);
}

const refused = (problem: string): PlainCommand => ({ ok: false, problem });

/** The words of one command in which nothing stands for anything else. */
export function plainWords(code: string): PlainCommand {
  const line = code.replace(/^ +| *\n?$/g, "");
  if (line === "") return refused("there is no command");
  if (line.length > CODE_CHARS_MAX) return refused("the command is long");
  if (line.includes("\n")) return refused("it is more than one line");
  if (/[^\x20-\x7e]/.test(line)) return refused("it holds a character that is not plain ASCII");
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    if (line[at] === " ") {
      at += 1;
      continue;
    }
    const word = readWord(line, at);
    if (word === null) return refused("it is more than one plain command: there are signs in it that the shell would act on");
    words.push(word.text);
    at = word.end;
  }
  const [name = ""] = words;
  if (words.length > WORDS_MAX) return refused("the command has many words");
  if (!/^[A-Za-z0-9_./+-]+$/.test(name) || name.startsWith("-")) return refused("its first word is no program's name");
  return { ok: true, words };
}

/** Bare signs that mean themselves to every shell; a word made of them, of '…' and of "…" without anything special. */
const PIECE = /(?:[A-Za-z0-9_@%+=:,./-]+|'[^']*'|"[^"$`\\!]*")/y;

function readWord(line: string, from: number): { text: string; end: number } | null {
  let text = "";
  let end = from;
  while (end < line.length && line[end] !== " ") {
    PIECE.lastIndex = end;
    const piece = PIECE.exec(line)?.[0];
    if (piece === undefined) return null;
    text += /^['"]/.test(piece) ? piece.slice(1, -1) : piece;
    end += piece.length;
  }
  return { text, end };
}

/** These run what they are given or what lies in a file: a rule for one would be a rule for everything. */
const runners = new Set(
  (
    "sh bash dash zsh fish ksh mksh csh tcsh ash busybox toybox env sudo doas su pkexec runuser setpriv setsid nohup nice ionice chrt timeout " +
    "time xargs parallel watch entr script expect stdbuf unbuffer chroot unshare nsenter bwrap firejail systemd-run at batch crontab " +
    "ssh scp sftp rsync docker podman nerdctl kubectl curl wget nc ncat netcat socat telnet ftp node nodejs deno bun npx bunx pnpx tsx ts-node " +
    "perl ruby irb php lua luajit rscript r julia java jshell groovy scala guile awk gawk mawk nawk original-awk sed ed ex vi vim nvim emacs " +
    "find fd fdfind eval exec source command builtin . gdb lldb strace ltrace ld.so tclsh wish osascript pwsh tmux screen interpane interpreter"
  ).split(" "),
);

function isRunner(name: string): boolean {
  const base = name.slice(name.lastIndexOf("/") + 1).toLowerCase();
  const plain = base.replace(/[0-9.]+[a-z]*$/, "");
  return (
    runners.has(base) || runners.has(plain) || /^(?:i?python|pypy|ld-|ld\.)/.test(base) || /\.(?:sh|bash|zsh|fish|py|pl|rb)$/.test(base)
  );
}

/** These read files, as an agent may without asking, and print; no word given to them makes them write or run anything. */
const readers = new Set("ls cat head tail wc stat nl cut grep du df basename dirname realpath readlink".split(" "));

/** The rule that a plain command could have; of `program` and `cwd` all links are followed. */
export function offerRule({ words, program, cwd }: Omit<RuleCase, "sandbox">): RuleOffer | { readonly problem: string } {
  const [name = ""] = words;
  const base = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
  if (isRunner(name) || isRunner(program)) return { problem: `${base(name)} runs other code, which a rule could not know` };
  return { words: [...words], program, cwd, canBeOpen: readers.has(name) && readers.has(base(program)) };
}

export interface RuleCase {
  readonly words: readonly string[];
  readonly program: string;
  readonly cwd: string;
  readonly sandbox: Sandbox;
}

export function isAllowedBy(rule: Rule, { words, program, cwd, sandbox }: RuleCase): boolean {
  if (rule.program !== program || rule.cwd !== cwd || !isSameSandbox(rule.sandbox, sandbox)) return false;
  if (!rule.words.every((word, at) => words[at] === word)) return false;
  // A file may have been edited by hand: what is open is decided here, not there.
  return rule.words.length === words.length || (rule.isOpen && rule.words.length === 1 && readers.has(rule.words[0] ?? ""));
}

/** Where nothing holds programs back no rule counts. */
function isSameSandbox(a: Sandbox, b: Sandbox): boolean {
  if (a.mode === "full" || b.mode === "full") return false;
  const folders = (sandbox: Sandbox): string => JSON.stringify([...sandbox.writable].sort());
  return a.mode === b.mode && a.network === b.network && folders(a) === folders(b);
}

/** As it could be typed. */
export function ruleText(words: readonly string[], isOpen = false): string {
  const shown = words.map((word) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`));
  return [...shown, ...(isOpen ? ["…"] : [])].join(" ");
}
