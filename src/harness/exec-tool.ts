// Running code under our own name, offered by every dialect that is not bare; and saying things as shell commands where a dialect lacks words.

import { z } from "zod";
import { computerWords } from "../domain/computer.ts";
import { own } from "../domain/own.ts";
import { type ActionOf, type Problem, problem, type SaidAction, spoken, type Tool, tool } from "./dialect.ts";
import type { Spoken } from "./harness.ts";
import { planLines } from "./plan-tools.ts";

/** One name for each language, whatever a model calls it. */
const LANGUAGES: Readonly<Record<string, string>> = {
  shellscript: "shell",
  terminal: "shell",
  console: "shell",
  command: "shell",
  py: "python",
  python3: "python",
  ipython: "python",
  js: "javascript",
  node: "javascript",
  nodejs: "javascript",
  ecmascript: "javascript",
  ts: "typescript",
  rb: "ruby",
  pwsh: "powershell",
  ps1: "powershell",
  osascript: "applescript",
};

function languageOf(name: string): string {
  const folded = name.trim().toLowerCase();
  return own(LANGUAGES, folded) ?? folded;
}

const schema = z.object({
  language: z
    .string()
    .min(1)
    .describe(
      "shell (the user's own shell, named below), python or javascript (each keeps its variables between calls), or another that is installed: ruby, r, powershell, applescript, …",
    ),
  code: z.string().min(1).describe("The code, whole, as it would be typed or saved."),
  timeout_ms: z.int().positive().describe("Milliseconds after which it is interrupted; leave it out unless it must run long.").optional(),
  cwd: z.string().min(1).describe("The folder to run in; left out: where the shell stands now.").optional(),
});

export const execTool: Tool = tool({
  name: "exec",
  group: "interpreter",
  description:
    "Runs code on the user's machine, visibly, in your own terminal, and returns its output and exit code. State lasts between calls: " +
    "the shell keeps its folder and variables, python and javascript theirs. The user may be asked first and may refuse.",
  schema,
  toAction: ({ language, code, timeout_ms: timeoutMs, cwd }) => exec(languageOf(language), code, timeoutMs, cwd),
});

export function exec(language: string, code: string, timeoutMs?: number, cwd?: string): ActionOf<"exec"> {
  return { type: "exec", language, code, ...(cwd === undefined ? {} : { cwd }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

export function speakExec(action: ActionOf<"exec">): Spoken {
  return spoken("exec", { language: action.language, code: action.code, timeout_ms: action.timeoutMs, cwd: action.cwd });
}

/** Every dialect has a flag for it under some name; none is offered, since the terminal does it better. */
export function inBackground(parameter: string): Problem {
  return problem(`\`${parameter}\` is not available here; start it with \`command > /tmp/name.log 2>&1 &\` and look at the file later`);
}

// Things said in shell ----------------------------------------------------------------------------------------------------

export function quote(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const PROGRAMS: Readonly<Record<string, string>> = {
  python: "python3 -",
  javascript: "node -",
  typescript: "node --input-type=module-typescript -",
  ruby: "ruby -",
  r: "Rscript -",
  sh: "sh -s",
  bash: "bash -s",
  zsh: "zsh -s",
  fish: "fish",
};

/** Any action as one command, for dialects that have nothing but a shell: the model reads in it what was done. */
export function asCommand(action: SaidAction): string {
  switch (action.type) {
    case "exec": {
      const program = own(PROGRAMS, action.language) ?? `${action.language} -`;
      const code = action.language === "shell" ? action.code : heredoc(program, action.code);
      return action.cwd === undefined ? code : `cd -- ${quote(action.cwd)} && ${code}`;
    }
    case "read": {
      const first = action.offset ?? 1;
      if (action.offset === undefined && action.limit === undefined) return `cat -- ${quote(action.path)}`;
      return `sed -n '${first},${action.limit === undefined ? "$" : first + action.limit - 1}p' -- ${quote(action.path)}`;
    }
    case "write":
      return heredoc(`cat ${action.append === true ? ">>" : ">"} ${quote(action.path)}`, action.content);
    case "edit":
      return heredoc(
        "python3 -",
        [
          "from pathlib import Path",
          `path = Path(${JSON.stringify(action.path)})`,
          "text = path.read_text()",
          ...action.edits.map((e) => `text = text.replace(${JSON.stringify(e.old)}, ${JSON.stringify(e.new)}${e.all ? "" : ", 1"})`),
          "path.write_text(text)",
        ].join("\n"),
      );
    case "search": {
      const where = quote(action.path ?? ".");
      if (action.kind === "files") return `find ${where} -path ${quote(`*${action.pattern}`)}`;
      return `grep -rnE ${action.glob === undefined ? "" : `--include=${quote(action.glob)} `}-e ${quote(action.pattern)} -- ${where}`;
    }
    case "todo":
    case "ask":
      return heredoc("cat", planLines(action).join("\n"));
    case "computer":
      return heredoc("cat", computerWords(action.does));
    default:
      return action satisfies never;
  }
}

/** The end mark is lengthened until no line of the text is it. */
function heredoc(command: string, text: string): string {
  let mark = "EOF";
  const lines = new Set(text.split("\n"));
  while (lines.has(mark)) mark += "_";
  return `${command} <<'${mark}'\n${text}${text.endsWith("\n") ? "" : "\n"}${mark}`;
}
