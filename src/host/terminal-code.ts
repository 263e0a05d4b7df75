// From a request to run code to the line that is typed into the shell: as it is, in braces, or through a private file.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecRequest } from "../engine/ports.ts";
import { checkSyntax } from "./shell-check.ts";
import type { FoundShell } from "./shell-kinds.ts";
import { fileText, LANGUAGE_NAMES, languageOf } from "./terminal-languages.ts";
import { missingProgram } from "./terminal-packages.ts";

export type Prepared =
  | {
      readonly type: "line";
      readonly text: string /** Removed when the run is over. */;
      readonly file: string | null;
      /** Of another language, and what to say where it is not there. */
      readonly program: { readonly name: string; readonly missing: string } | null;
    }
  /** Nothing is run. */
  | { readonly type: "answer"; readonly outcome: "ok" | "failed"; readonly output: string; readonly note?: string };

export interface CodeSurroundings {
  /** Private, readable in the shell's sandbox. */
  readonly folder: string;
  readonly number: number;
  /** Where the shell stands; null where it is not known. */
  readonly shellFolder: string | null;
  /** Shows it to the user where that is possible, and completes the sentence about it. */
  readonly openDocument: (extension: string, file: string) => Promise<string>;
  readonly shell: Extract<FoundShell, { ok: true }>;
}

/** Above this readline's echo costs too much (20,000 characters: 78 ms). */
const PASTE_CHARS_MAX = 4000;

export async function prepareCode(request: ExecRequest, at: CodeSurroundings): Promise<Prepared> {
  const { kind } = at.shell;
  const language = languageOf(request.language, kind.name);
  if (language === null) {
    return refused(`code in "${request.language}" cannot be run here; known are: ${LANGUAGE_NAMES.join(", ")}`);
  }
  let enter = "";
  if (request.cwd !== undefined && request.cwd !== at.shellFolder) {
    if (!existsSync(request.cwd)) return refused(`the folder ${request.cwd} does not exist; nothing was run`);
    enter = `cd -- ${kind.quote(request.cwd)}`;
  }
  switch (language.type) {
    case "shell":
      return shellLine(request, enter, at);
    case "document": {
      const file = join(at.folder, `document-${at.number}.${language.extension}`);
      writeFileSync(file, fileText(language, request.code), { mode: 0o600 });
      return {
        type: "answer",
        outcome: "ok",
        output: "",
        note: `${request.language} is not run: it was written to ${file}, where it stays while this terminal is open${await at.openDocument(language.extension, file)}`,
      };
    }
    case "file": {
      const file = join(at.folder, `cell-${at.number}.${language.extension}`);
      writeFileSync(file, fileText(language, request.code), { mode: 0o600 });
      const command = language.command.replace("FILE", () => kind.quote(file));
      return {
        type: "line",
        text: enter === "" ? command : `${enter} && ${command}`,
        file,
        program: { name: language.program, missing: missingProgram(language.program, language.packages) },
      };
    }
    default:
      return language satisfies never;
  }
}

async function shellLine(request: ExecRequest, enter: string, at: CodeSurroundings): Promise<Prepared> {
  const { kind } = at.shell;
  const code = request.code.replaceAll("\r\n", "\n").replace(/^\n+|[\s]+$/g, "");
  const isEmpty = code.split("\n").every((line) => /^\s*(#.*)?$/.test(line));
  if (isEmpty) return { type: "answer", outcome: "ok", output: "" };
  if (code.includes("\0")) return refused("the code holds a NUL character, which no shell takes; nothing was run");
  const isSimple = isSurelyComplete(code);
  const isForFile =
    code.length > PASTE_CHARS_MAX || /[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f]/.test(code) || (!kind.takesTabs && code.includes("\t"));
  if (isSimple) return { type: "line", text: enter === "" ? code : `${enter} && ${code}`, file: null, program: null };
  const file = join(at.folder, `code-${at.number}.${kind.name === "bash" ? "sh" : kind.name}`);
  writeFileSync(file, `${code}\n`, { mode: 0o600 });
  const complaint = await checkSyntax(file, code, at.shell);
  if (complaint !== null) {
    const other = kind.name === "fish" ? "; this shell is fish: write fish code, or name the language bash" : "";
    return {
      ...refused(
        `the shell cannot read this code as it is, so nothing was run; send it again, complete and with its quotes closed${other}`,
      ),
      output: `${complaint}\n`,
    };
  }
  if (isForFile) {
    const line = `source ${kind.quote(file)}`;
    return { type: "line", text: enter === "" ? line : `${enter} && ${line}`, file, program: null };
  }
  // Several lines in braces are read whole: else Ctrl-C would end one of them and bash would go on with the next (measured, 5.2).
  const body = code.includes("\n") || enter !== "" ? kind.block(code) : code;
  return { type: "line", text: enter === "" ? body : `${enter} && ${body}`, file, program: null };
}

function refused(note: string): Extract<Prepared, { type: "answer" }> {
  return { type: "answer", outcome: "failed", output: "", note };
}

/** One line of plain words that cannot be incomplete: saves the check, which costs a process. */
function isSurelyComplete(code: string): boolean {
  return (
    code.length <= 1000 &&
    /^[\w./:=,@%+~ -]+$/.test(code) &&
    !/\b(if|for|while|until|case|select|function|do|then|else|elif|fi|done|esac|in|time|coproc|begin|switch|end|and|or|not|repeat|foreach)\b/.test(
      code,
    )
  );
}
