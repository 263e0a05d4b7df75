// What the demo can do: a table of scripts, each with what it understands, what it runs, and how it reads the true result.

import { SUMMARY_REQUEST } from "../domain/context.ts";
import type { ItemOf, TranscriptItem } from "../domain/item.ts";
import type { ToolSpec } from "../domain/stream.ts";
import { markdownShow, story } from "./showpieces.ts";

export interface Reply {
  readonly text: string;
  readonly call?: { readonly name: string; readonly arguments: string };
  readonly tokensPerSecond?: number;
}

type Result = ItemOf<"result">;

interface Script {
  /** How to ask for it, as the help prints it. */
  readonly example: string;
  readonly pattern: RegExp;
  /** What it says first, and what it wants to run, if anything. */
  readonly ask: (match: RegExpMatchArray, tools: readonly ToolSpec[]) => Reply;
  /** The answer, from a result whose outcome is `ok`. */
  readonly tell?: (output: string, match: RegExpMatchArray) => string;
}

/** Code that bash, zsh and fish read alike, with programs that Linux and macOS both have. */
const shell = (text: string, code: string): Reply => execReply(text, "shell", code);

const scripts: readonly Script[] = [
  {
    // First: what follows the colon is the user's and is never read as a question.
    example: "run: ls -la",
    pattern: /^\s*(?:run|shell|\$)\s*:\s*([\s\S]*\S)/i,
    ask: ([, code = ""]) => shell("Running exactly what you wrote.", code),
    tell: (output) => `Done. It printed:\n\n${fenced(output)}`,
  },
  {
    example: "python: print(6 * 7)",
    pattern: /^\s*(python|javascript|js|node|ruby)\s*:\s*([\s\S]*\S)/i,
    ask: ([, name = "", code = ""]) => execReply("Running exactly what you wrote.", languageOf(name), code),
    tell: (output) => `Done. It printed:\n\n${fenced(output)}`,
  },
  {
    example: "write a file NAME with TEXT",
    pattern:
      /\b(?:write|create|make)\s+(?:a\s+|the\s+)?file\s+(?:called\s+|named\s+)?["'`]?([^\s"'`]+)["'`]?\s+(?:with|containing|saying)\s*:?\s*([\s\S]*\S)/i,
    ask: ([, name = "", text = ""], tools) => writeReply(name, unquoted(text), tools),
    tell: (_output, [, name = ""]) => `The file \`${name}\` is written. Ask me to list the files and you will see it.`,
  },
  {
    example: "what OS am I using?",
    pattern: /\b(os|operating system|distro|distribution|kernel|uname|platform)\b/i,
    ask: () => shell("I will ask the system itself rather than guess.", "uname -srm; cat /etc/os-release 2>/dev/null || sw_vers"),
    tell: tellSystem,
  },
  {
    example: "show git status",
    pattern: /\bgit\b/i,
    ask: () => shell("Looking at the state of the repository.", "git status --short --branch"),
    tell: tellGit,
  },
  {
    example: "how much disk space is left?",
    pattern: /\b(disk|space|storage)\b/i,
    ask: () => shell("Asking the file system of this folder.", "df -Pk ."),
    tell: tellDisk,
  },
  {
    example: "how many files are here?",
    pattern: /\b(?:how many|count)\b[^.?!]*\bfiles?\b/i,
    ask: () => shell("Counting the files below this folder.", "find . -type f -not -path './.git/*' | wc -l"),
    tell: (output) => {
      const count = /^\s*(\d+)\s*$/m.exec(output)?.[1];
      return count === undefined ? unread(output) : `There are **${count}** files below this folder (\`.git\` not counted).`;
    },
  },
  {
    example: "list the files",
    pattern: /\b(list|show|see|which|what)\b[^.?!]*\b(files?|folder|directory)\b|^\s*ls\b/i,
    ask: () => shell("Listing this folder.", "ls -la"),
    tell: tellList,
  },
  {
    example: "what time is it?",
    pattern: /\b(time|date|clock|day is it|today)\b/i,
    ask: () => shell("Asking this machine's clock.", "date"),
    tell: (output) => `By this machine's clock it is **${clockLine(output)}**.`,
  },
  {
    example: "tell me a long story 400",
    pattern: /\bstory\b(?:\D*?(\d{1,6}))?(?:\D*?\bat\s+(\d{1,4}))?/i,
    ask: ([, words, rate]) => ({
      text: story(Math.min(Number(words ?? 400), 100_000)),
      ...(rate === undefined ? {} : { tokensPerSecond: Math.max(1, Number(rate)) }),
    }),
  },
  {
    example: "show me a table",
    pattern: /\b(table|markdown|showcase)\b/i,
    ask: () => ({ text: markdownShow }),
  },
];

/** What to say and do next, from the newest message of the user and what has happened since. */
export function planReply(items: readonly TranscriptItem[], tools: readonly ToolSpec[]): Reply {
  const asked = items.findLastIndex((item) => item.type === "user");
  const prompt = items[asked];
  if (prompt?.type !== "user") return { text: introduction() };
  if (prompt.text.startsWith(SUMMARY_REQUEST)) return { text: summarise(items.slice(0, asked)) };
  const found = findScript(prompt.text);
  if (found === null) return { text: introduction() };
  const result = items.slice(asked).findLast((item) => item.type === "result");
  if (result !== undefined) return { text: tellResult(result, found.script, found.match) };
  const reply = found.script.ask(found.match, tools);
  if (reply.call === undefined || tools.some((tool) => tool.name === reply.call?.name)) return reply;
  return {
    text: "I could only do that by running code, and this profile offers me no tool to run code with. Add `interpreter` to its `tools`.",
  };
}

/** A list of what was asked and run: no AI is needed to count. */
function summarise(items: readonly TranscriptItem[]): string {
  const earlier = items.flatMap((item) => (item.type === "summary" ? [item.text] : []));
  const asked = items.flatMap((item) => (item.type === "user" ? [`- ${firstWords(item.text)}`] : []));
  const ran = items.flatMap((item) =>
    item.type === "call" && item.action.type === "exec" ? [`- \`${firstWords(item.action.code)}\``] : [],
  );
  return [
    ...earlier,
    ...(asked.length === 0 ? [] : ["## What the user wants", asked.join("\n")]),
    ...(ran.length === 0 ? [] : ["## What was done", ran.join("\n")]),
    "Listed by the demo, which is a scripted model and not an AI.",
  ].join("\n\n");
}

function firstWords(text: string): string {
  const line = text.trim().split(/\s+/).join(" ").replaceAll("`", "'");
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
}

function findScript(prompt: string): { script: Script; match: RegExpMatchArray } | null {
  for (const script of scripts) {
    const match = prompt.match(script.pattern);
    if (match !== null) return { script, match };
  }
  return null;
}

function tellResult(result: Result, script: Script, match: RegExpMatchArray): string {
  switch (result.outcome) {
    case "ok":
      return script.tell?.(result.text, match) ?? `Done.\n\n${fenced(result.text)}`;
    case "failed": {
      const code = result.exitCode === undefined ? "" : ` with exit code ${result.exitCode}`;
      return `That failed${code}, so I have no answer from it. What it said:\n\n${fenced(result.text)}\n\nYou could mend what it names and ask again.`;
    }
    case "refused":
      return "You refused, so nothing was run and I do not know the answer. Ask again and press `y` to let it run, or `e` to change the code first.";
    case "interrupted":
      return "It was interrupted before it ended, so I will not guess. Ask again to start it anew.";
    case "timeout":
      return "It ran longer than its time limit and was stopped. Try something smaller.";
    case "unknown":
      return "The server stopped while it ran, so nobody knows how it ended. I do not run it a second time by myself; ask again if you want that.";
    default:
      return result.outcome satisfies never;
  }
}

function introduction(): string {
  return [
    "I am the demo: a scripted model, **not an AI**. I know a few scripts by heart, but what they run is real, in this agent's own terminal, after you allow it:",
    "",
    ...scripts.map((script) => `- \`${script.example}\``),
    "",
    "To work with a real model, do one of these and choose it with `C-b m`:",
    "",
    "- set a key in the environment before starting, such as `OPENAI_API_KEY` or `ANTHROPIC_API_KEY`",
    "- store one in the vault: `interpane vault add openai`",
    "- start Ollama or LM Studio on this machine; no key is needed and nothing leaves it",
  ].join("\n");
}

// Calls ---------------------------------------------------------------------------------------------------------------

function execReply(text: string, language: string, code: string): Reply {
  return { text, call: { name: "exec", arguments: JSON.stringify({ language, code }) } };
}

function writeReply(name: string, text: string, tools: readonly ToolSpec[]): Reply {
  const say = `Writing \`${name}\`.`;
  const content = text.endsWith("\n") ? text : `${text}\n`;
  const tool = tools.find((each) => ["write", "write_file", "Write", "WriteFile"].includes(each.name));
  if (tool === undefined) return shell(say, `printf '%s' ${shellQuoted(content)} > ${shellQuoted(name)}`);
  const properties = tool.parameters["properties"];
  const key = typeof properties === "object" && properties !== null && "file_path" in properties ? "file_path" : "path";
  return { text: say, call: { name: tool.name, arguments: JSON.stringify({ [key]: name, content }) } };
}

/** Single quotes, with quotes and backslashes outside of them: only so do bash, zsh and fish read the same. */
function shellQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, (character) => `'\\${character}'`)}'`;
}

function languageOf(name: string): string {
  const lower = name.toLowerCase();
  return lower === "js" || lower === "node" ? "javascript" : lower;
}

function unquoted(text: string): string {
  return /^(["'`])([\s\S]*)\1$/.exec(text)?.[2] ?? text;
}

// Reading true output -------------------------------------------------------------------------------------------------

function tellSystem(output: string): string {
  const kernel = /^(Linux|Darwin|\w*BSD|SunOS)\s+(\S+)\s+(\S+)\s*$/m.exec(output);
  const pretty = /^PRETTY_NAME="?([^"\n]+?)"?\s*$/m.exec(output)?.[1] ?? /^NAME="?([^"\n]+?)"?\s*$/m.exec(output)?.[1];
  const product = /^ProductName:\s*(.+?)\s*$/m.exec(output)?.[1];
  const version = /^ProductVersion:\s*(.+?)\s*$/m.exec(output)?.[1];
  const name = pretty ?? (product === undefined ? kernel?.[1] : `${product}${version === undefined ? "" : ` ${version}`}`);
  if (name === undefined) return unread(output);
  if (kernel === null) return `You are using **${name}**.`;
  return `You are using **${name}**: kernel ${kernel[1]} ${kernel[2]}, architecture ${kernel[3]}.`;
}

function tellGit(output: string): string {
  const lines = output
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  const branch = lines.find((line) => line.startsWith("## "))?.slice(3);
  if (branch === undefined) return unread(output);
  const changes = lines.filter((line) => !line.startsWith("## "));
  if (changes.length === 0) return `On \`${branch}\`, and the working tree is clean.`;
  const many = changes.length === 1 ? "**1** path differs" : `**${changes.length}** paths differ`;
  return `On \`${branch}\`; ${many} from the last commit:\n\n${fenced(changes.join("\n"))}`;
}

function tellDisk(output: string): string {
  const row = /\s(\d+)\s+(\d+)\s+(\d+)\s+(\d+)%\s+(\/.*?)\s*$/m.exec(output);
  if (row === null) return unread(output);
  const gigabytes = (kilobytes: string | undefined): string => `${(Number(kilobytes) / 1024 ** 2).toFixed(1)} GB`;
  return `**${gigabytes(row[3])}** of ${gigabytes(row[1])} are free on \`${row[5]}\` (${row[4]} % used).`;
}

function tellList(output: string): string {
  const lines = output.split("\n").filter((line) => /^[-dlbcps][-rwxsStT]{9}/.test(line));
  const entries = lines.filter((line) => !/\s\.\.?$/.test(line));
  if (lines.length === 0) return unread(output);
  const folders = entries.filter((line) => line.startsWith("d")).length;
  return `This folder holds **${entries.length}** entries, ${folders} of them folders:\n\n${fenced(output)}`;
}

function unread(output: string): string {
  return `It ran, but I could not make sense of the output. Here it is:\n\n${fenced(output)}`;
}

function clockLine(output: string): string {
  const lines = output.trim().split("\n");
  return (lines.find((line) => /\d:\d\d/.test(line)) ?? lines[0] ?? "").trim();
}

/** Output as a code block that it cannot close itself, cut to a screenful. */
function fenced(output: string): string {
  const lines = output.trimEnd().split("\n");
  const shown = lines.length > 40 ? [...lines.slice(0, 30), `… ${lines.length - 38} lines …`, ...lines.slice(-8)] : lines;
  const longest = Math.max(2, ...[...output.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return output.trim() === "" ? "(no output)" : `${fence}\n${shown.join("\n")}\n${fence}`;
}
