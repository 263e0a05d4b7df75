// From a request to run code to the line that is typed into the shell: as it is, in braces, or through a private file.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecRequest } from "../engine/ports.ts";
import { openPty } from "./pty.ts";
import { fileText, LANGUAGE_NAMES, languageOf, shellQuoted } from "./terminal-languages.ts";

export type Prepared =
  | {
      readonly type: "line";
      readonly text: string /** Removed when the run is over. */;
      readonly file: string | null;
      readonly missing: string | null;
    }
  /** Nothing is run. */
  | { readonly type: "answer"; readonly outcome: "ok" | "failed"; readonly output: string; readonly note?: string };

export interface CodeSurroundings {
  /** Private, readable in the shell's sandbox. */
  readonly folder: string;
  readonly number: number;
  /** Where the shell stands; null where it is not known. */
  readonly shellFolder: string | null;
  readonly bash: string;
}

/** Above this readline's echo costs too much (20,000 characters: 78 ms). */
const PASTE_CHARS_MAX = 4000;
/** One argument of a program may have 128 KB (MAX_ARG_STRLEN). */
const ARGUMENT_BYTES_MAX = 100_000;
const CHECK_TIMEOUT_MS = 5000;

export async function prepareCode(request: ExecRequest, at: CodeSurroundings): Promise<Prepared> {
  const language = languageOf(request.language);
  if (language === null) {
    return refused(`code in "${request.language}" cannot be run here; known are: ${LANGUAGE_NAMES.join(", ")}`);
  }
  let enter = "";
  if (request.cwd !== undefined && request.cwd !== at.shellFolder) {
    if (!existsSync(request.cwd)) return refused(`the folder ${request.cwd} does not exist; nothing was run`);
    enter = `cd -- ${shellQuoted(request.cwd)}`;
  }
  switch (language.type) {
    case "shell":
      return shellLine(request.code, enter, at);
    case "document": {
      const file = join(at.folder, `document-${at.number}.${language.extension}`);
      writeFileSync(file, fileText(language, request.code), { mode: 0o600 });
      return {
        type: "answer",
        outcome: "ok",
        output: "",
        note: `${request.language} is not run; it lies in ${file} while this terminal is open`,
      };
    }
    case "file": {
      const file = join(at.folder, `cell-${at.number}.${language.extension}`);
      const text = fileText(language, request.code);
      writeFileSync(file, text, { mode: 0o600 });
      const isTooLong = language.command.includes("-e ") && Buffer.byteLength(text) > ARGUMENT_BYTES_MAX;
      const command = (isTooLong ? `${language.program} FILE` : language.command).replace("FILE", () => shellQuoted(file));
      const missing = `${language.program} was not found on the shell's PATH; on Debian or Ubuntu it comes with the package ${language.install}`;
      return { type: "line", text: enter === "" ? command : `${enter} && ${command}`, file, missing };
    }
    default:
      return language satisfies never;
  }
}

async function shellLine(given: string, enter: string, at: CodeSurroundings): Promise<Prepared> {
  const code = given.replaceAll("\r\n", "\n").replace(/^\n+|[\s]+$/g, "");
  const isEmpty = code.split("\n").every((line) => /^\s*(#.*)?$/.test(line));
  if (isEmpty) return { type: "answer", outcome: "ok", output: "" };
  if (code.includes("\0")) return refused("the code holds a NUL character, which no shell takes; nothing was run");
  const isSimple = isSurelyComplete(code);
  const isForFile = code.length > PASTE_CHARS_MAX || /[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f]/.test(code);
  if (isSimple) return { type: "line", text: enter === "" ? code : `${enter} && ${code}`, file: null, missing: null };
  const file = join(at.folder, `code-${at.number}.sh`);
  writeFileSync(file, `${code}\n`, { mode: 0o600 });
  const complaint = await checkSyntax(file, at.bash);
  if (complaint !== null) {
    return {
      ...refused("the shell cannot read this code as it is, so nothing was run; send it again, complete and with its quotes closed"),
      output: `${complaint}\n`,
    };
  }
  if (isForFile) {
    const line = `source ${shellQuoted(file)}`;
    return { type: "line", text: enter === "" ? line : `${enter} && ${line}`, file, missing: null };
  }
  // Several lines in braces are read whole: else Ctrl-C would end one of them and bash would go on with the next (measured, 5.2).
  const body = code.includes("\n") || enter !== "" ? `{\n${code}\n}` : code;
  return { type: "line", text: enter === "" ? body : `${enter} && ${body}`, file, missing: null };
}

function refused(note: string): Extract<Prepared, { type: "answer" }> {
  return { type: "answer", outcome: "failed", output: "", note };
}

/** One line of plain words that cannot be incomplete: saves the check, which costs a process. */
function isSurelyComplete(code: string): boolean {
  return (
    code.length <= 1000 &&
    /^[\w./:=,@%+~ -]+$/.test(code) &&
    !/\b(if|for|while|until|case|select|function|do|then|else|elif|fi|done|esac|in|time|coproc)\b/.test(code)
  );
}

/** What `bash -n` says against the file, or null. Runs nothing of it. */
async function checkSyntax(file: string, bash: string): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let exitCode = 0;
  const pty = await openPty(
    {
      argv: [bash, "--noprofile", "--norc", "-O", "extglob", "-n", file],
      cwd: "/",
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" },
      cols: 400,
      rows: 24,
    },
    {
      onData: (bytes) => {
        if (size < 8000) chunks.push(bytes);
        size += bytes.length;
      },
      onExit: (code) => {
        exitCode = code;
      },
    },
  );
  const timer = setTimeout(() => void pty.close(), CHECK_TIMEOUT_MS);
  await pty.ended;
  clearTimeout(timer);
  const said = Buffer.concat(chunks).toString("utf8").replaceAll("\r\n", "\n").replaceAll(`${file}: `, "").trim();
  // An unfinished here-document is only warned of; at a prompt the shell would wait for its end.
  return exitCode !== 0 || said.includes("here-document") ? said.slice(0, 2000) || `bash -n ended with ${exitCode}` : null;
}
