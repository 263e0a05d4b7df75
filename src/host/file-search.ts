// Search through a folder for names and for lines: bounded in hits, files and time, and unable to stop the server's loop.

import { closeSync, type Dirent, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { createContext, Script } from "node:vm";
import { type DoorOptions, FileProblem, openForReading, readUpTo } from "./file-door.ts";
import { globToRegExp, isIgnored, parseIgnore } from "./glob.ts";
import { withoutBom } from "./text-edit.ts";

const MAX_HITS = 200;
const MAX_LINE_CHARS = 300;
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_ENTRIES = 100_000;
/** Of one search as a whole, and of one file within it. */
const MAX_SEARCH_MS = 10_000;
const MAX_FILE_MS = 200;
const SKIPPED = new Set([".git", "node_modules", ".hg", ".svn"]);

export interface SearchOptions extends DoorOptions {
  /** Paths in the answer are relative to it where they lie inside. */
  readonly cwd: string;
  /** How the agent knows a path. */
  readonly nameOf: (path: string) => string;
}

interface Found {
  readonly path: string;
  /** Relative to where the search began. */
  readonly name: string;
}

/** `path:line: text` for each line that matches, or a sentence that there is none. Throws `FileProblem`. */
export async function searchLines(root: string, pattern: string, glob: string | undefined, options: SearchOptions): Promise<string> {
  const matcher = createMatcher(pattern);
  const wanted = glob === undefined ? null : nameMatcher(glob);
  const hits: string[] = [];
  const notes = new Set<string>();
  const deadline = performance.now() + MAX_SEARCH_MS;
  const single = statSync(root, { throwIfNoEntry: false })?.isFile() === true;
  const files = single ? [{ path: root, name: root }] : walk(root, notes);
  for await (const { path, name } of files) {
    if (!single && wanted !== null && !wanted.test(name)) continue;
    if (performance.now() > deadline) {
      notes.add(`the search was ended after ${MAX_SEARCH_MS / 1000} s; search a smaller folder`);
      break;
    }
    const text = readText(path, options, single);
    if (text === null) continue;
    const lines = matcher(text, MAX_HITS - hits.length + 1);
    if (lines === null) {
      notes.add(`the pattern took too long on ${shown(path, options)}, which was left out; simplify it`);
      continue;
    }
    for (const [number, line] of lines) {
      const cut = line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS)}…` : line;
      hits.push(`${shown(path, options)}:${number}: ${cut}`);
    }
    if (hits.length > MAX_HITS) {
      hits.length = MAX_HITS;
      notes.add(`only the first ${MAX_HITS} matches are shown; narrow the pattern or the folder`);
      break;
    }
  }
  return answer(hits, `no line matches ${JSON.stringify(pattern)}`, notes);
}

/** Names that match the glob, last changed first. A glob without `/` matches at every depth. Throws `FileProblem`. */
export async function searchNames(root: string, pattern: string, options: SearchOptions): Promise<string> {
  const wanted = nameMatcher(pattern);
  const notes = new Set<string>();
  const found: { path: string; changedAt: number }[] = [];
  const deadline = performance.now() + MAX_SEARCH_MS;
  for await (const { path, name } of walk(root, notes)) {
    if (performance.now() > deadline) {
      notes.add(`the search was ended after ${MAX_SEARCH_MS / 1000} s; search a smaller folder`);
      break;
    }
    if (wanted.test(name)) found.push({ path, changedAt: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 });
  }
  found.sort((a, b) => b.changedAt - a.changedAt || (a.path < b.path ? -1 : 1));
  if (found.length > MAX_HITS) notes.add(`only the ${MAX_HITS} last changed of ${found.length} files are shown; narrow the pattern`);
  const hits = found.slice(0, MAX_HITS).map(({ path }) => shown(path, options));
  return answer(hits, `no file matches ${JSON.stringify(pattern)}`, notes);
}

function answer(hits: readonly string[], nothing: string, notes: ReadonlySet<string>): string {
  const lines = hits.length === 0 ? [nothing] : hits;
  return [...lines, ...[...notes].map((note) => `[${note}]`)].join("\n");
}

function nameMatcher(glob: string): RegExp {
  const bare = glob.replace(/^\.\//, "");
  const matcher = globToRegExp(bare.includes("/") ? bare : `**/${bare}`);
  if (matcher === null) throw new FileProblem(`${JSON.stringify(glob)} is not a glob that can be used; try one with fewer braces`);
  return matcher;
}

function shown(path: string, { cwd, nameOf }: SearchOptions): string {
  const name = nameOf(path);
  const near = relative(cwd, name);
  return near === "" || near.startsWith("..") ? name : near;
}

type Matcher = (text: string, limit: number) => [number: number, line: string][] | null;

/** Runs in a context whose only variables are these three; they are copied first, since a context's own are slow to reach. */
const MATCH_SOURCE = `((pattern, text, limit) => {
  const hits = [];
  let number = 1;
  for (let at = 0; at < text.length && hits.length < 2 * limit; number += 1) {
    let end = text.indexOf("\\n", at);
    if (end === -1) end = text.length;
    const line = text.slice(at, end > at && text[end - 1] === "\\r" ? end - 1 : end);
    if (pattern.test(line)) hits.push(number, line.slice(0, ${MAX_LINE_CHARS + 1}));
    at = end + 1;
  }
  return JSON.stringify(hits);
})(pattern, text, limit)`;

/**
 * A pattern of a model's can backtrack for ever, and a regular expression cannot be interrupted from within: it runs as a script
 * with a time limit, which V8 does enforce inside it. Null: the limit was reached.
 */
function createMatcher(pattern: string): Matcher {
  // ripgrep's way of asking for any case, which JavaScript does not read at the front.
  const inline = /^\(\?([is]+)\)/.exec(pattern);
  const body = inline === null ? pattern : pattern.slice(inline[0].length);
  let compiled: RegExp;
  try {
    compiled = new RegExp(body, inline?.[1]?.replaceAll("s", "") ?? "");
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : "";
    throw new FileProblem(
      `${JSON.stringify(pattern)} is not a regular expression (JavaScript's): ${reason}; escape special characters with \\`,
    );
  }
  const context = createContext({ pattern: compiled, text: "", limit: 0 });
  const script = new Script(MATCH_SOURCE);
  return (text, limit) => {
    context.text = text;
    context.limit = limit;
    let found: unknown;
    try {
      found = JSON.parse(String(script.runInContext(context, { timeout: MAX_FILE_MS })));
    } catch {
      return null;
    }
    const hits: [number, string][] = [];
    if (!Array.isArray(found)) return hits;
    for (let i = 0; i + 1 < found.length; i += 2) hits.push([Number(found[i]), String(found[i + 1])]);
    return hits;
  };
}

/** Null for what is no text, too large, or not to be opened; said only where it was asked for by name. */
function readText(path: string, options: DoorOptions, isAskedFor: boolean): string | null {
  let fd: number | null = null;
  try {
    const opened = openForReading(path, options);
    fd = opened.fd;
    const bytes = readUpTo(fd, MAX_FILE_BYTES);
    if (bytes.length > MAX_FILE_BYTES)
      throw new FileProblem(`${path} is larger than ${MAX_FILE_BYTES / 1024 / 1024} MB; search it with the shell`);
    if (bytes.subarray(0, 8192).includes(0)) throw new FileProblem(`${path} is not a text file`);
    return withoutBom(bytes.toString());
  } catch (error) {
    if (isAskedFor || !(error instanceof FileProblem)) throw error;
    return null;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

interface Rules {
  /** Relative to `root`, with a closing slash; empty at the top. */
  readonly base: string;
  readonly rules: ReturnType<typeof parseIgnore>;
}

/** Every file below `root` that is not ignored, by name; links are not followed. Lets other work in between. */
async function* walk(root: string, notes: Set<string>): AsyncGenerator<Found> {
  let entries: Dirent[];
  try {
    entries = readdirSync(root, { withFileTypes: true });
  } catch {
    throw new FileProblem(`${root} is not a folder that can be read`);
  }
  const stack: { dir: string; rules: readonly Rules[]; entries: Dirent[] | null }[] = [{ dir: "", rules: [], entries }];
  let seen = 0;
  let turnEnds = performance.now() + 5;
  for (let folder = stack.pop(); folder !== undefined; folder = stack.pop()) {
    const { dir } = folder;
    const list = (folder.entries ?? tryReadDir(join(root, dir))).sort((a, b) => (a.name < b.name ? -1 : 1));
    const rules = list.some((entry) => entry.name === ".gitignore" && entry.isFile())
      ? [...folder.rules, { base: dir, rules: readIgnore(join(root, dir, ".gitignore")) }]
      : folder.rules;
    const below: typeof stack = [];
    for (const entry of list) {
      seen += 1;
      if (seen > MAX_ENTRIES) {
        notes.add(`only the first ${MAX_ENTRIES} entries were looked at; search a smaller folder`);
        return;
      }
      const name = dir + entry.name;
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name) && !isLeftOut(rules, name, true)) below.push({ dir: `${name}/`, rules, entries: null });
      } else if (entry.isFile() && !isLeftOut(rules, name, false)) {
        yield { path: join(root, name), name };
      }
      if (performance.now() > turnEnds) {
        await new Promise((resolve) => setImmediate(resolve));
        turnEnds = performance.now() + 5;
      }
    }
    stack.push(...below.reverse());
  }
}

/** The innermost `.gitignore` with an opinion decides. */
function isLeftOut(rules: readonly Rules[], name: string, isFolder: boolean): boolean {
  for (let i = rules.length - 1; i >= 0; i -= 1) {
    const one = rules[i];
    if (one === undefined) continue;
    const verdict = isIgnored(one.rules, name.slice(one.base.length), isFolder);
    if (verdict !== null) return verdict;
  }
  return false;
}

function tryReadDir(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

function readIgnore(path: string): ReturnType<typeof parseIgnore> {
  try {
    const opened = openForReading(path, { privatePaths: [] });
    try {
      return parseIgnore(readUpTo(opened.fd, 256 * 1024).toString());
    } finally {
      closeSync(opened.fd);
    }
  } catch {
    return [];
  }
}
