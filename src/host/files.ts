// The file tools behind the engine's `Files` port: read, write, edit, preview, search, for one agent within its sandbox.

import { closeSync, readSync, type Stats } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { Replacement } from "../domain/action.ts";
import { beginsAsImage, IMAGE_BYTES_MAX, imageFacts, imageProblem } from "../domain/image.ts";
import type { FileDiff } from "../domain/item.ts";
import type { FileContext, FileResult, Files } from "../engine/ports.ts";
import {
  checkWritable,
  type DoorOptions,
  FileProblem,
  type HeldDir,
  holdParent,
  type OpenedFile,
  openForReading,
  openInDir,
  readUpTo,
  replaceInDir,
} from "./file-door.ts";
import { plainReason } from "./file-ops.ts";
import { type SearchOptions, searchLines, searchNames } from "./file-search.ts";
import { diffLines } from "./line-diff.ts";
import { newImages } from "./new-images.ts";
import { asSeen, type OwnTmp, resolveSeen, SEEN_TMP } from "./own-tmp.ts";
import type { Paths } from "./paths.ts";
import { editText, inMannerOf, toLf, withoutBom } from "./text-edit.ts";

const MAX_READ_LINES = 2000;
const MAX_READ_BYTES = 64 * 1024;
/** Larger files are not edited in memory. */
const MAX_EDIT_BYTES = 16 * 1024 * 1024;
/** Bytes looked at for a zero, which no text has. */
const SNIFF_BYTES = 8192;

type Change = { content: string; append: boolean } | { edits: readonly Replacement[] };

/** What of ours no tool may open, in any sandbox. */
export function privatePathsOf(paths: Paths): string[] {
  return [paths.vaultFile, paths.vaultKeyFile, paths.stateFile, paths.runDir];
}

/** Nothing throws or rejects; every failure is a sentence for the model. */
export function createFiles(options: DoorOptions): Files {
  async function guarded(at: FileContext, job: (door: DoorOptions) => FileResult | Promise<FileResult>): Promise<FileResult> {
    try {
      return await job({ ...options, ownTmp: at.tmpFolder });
    } catch (error) {
      const problem = error instanceof FileProblem ? error.message : plainReason(error);
      return { ok: false, problem: at.tmpFolder === undefined ? problem : problem.replaceAll(at.tmpFolder, SEEN_TMP) };
    }
  }
  const change = (path: string, at: FileContext, wanted: Change, mode: "do" | "preview") =>
    guarded(at, (door) => changeFile(path, at, wanted, mode, door));

  return {
    read: (path, at, offset, limit) =>
      guarded(at, (door) => {
        const opened = openForReading(pathOf(path, at), door);
        try {
          const image = readImage(opened, path);
          if (image !== null) return { ok: true, text: "", image: { bytes: image, path: seenOf(opened.real, at) } };
          return { ok: true, text: readLines(opened.fd, path, offset ?? 1, limit ?? MAX_READ_LINES) };
        } finally {
          closeSync(opened.fd);
        }
      }),
    write: (path, at, content, append) => change(path, at, { content, append }, "do"),
    edit: (path, at, edits) => change(path, at, { edits }, "do"),
    preview: (path, at, wanted) => change(path, at, wanted, "preview"),
    searchText: (pattern, at, path, glob) =>
      guarded(at, async (door) => ({
        ok: true,
        text: await searchLines(pathOf(path ?? ".", at), pattern, glob, { ...door, ...shownTo(at) }),
      })),
    searchFiles: (pattern, at, path) =>
      guarded(at, async (door) => {
        const absolute = splitAbsolute(pattern);
        const root = pathOf(absolute?.root ?? path ?? ".", at);
        return { ok: true, text: await searchNames(root, absolute?.glob ?? pattern, { ...door, ...shownTo(at) }) };
      }),
    newImages,
  };
}

/** On this machine: what a sandboxed agent calls /tmp is a folder of its own. */
function pathOf(path: string, at: FileContext): string {
  if (path === "") throw new FileProblem("the path is empty");
  if (path.includes("\0")) throw new FileProblem("the path holds a zero byte");
  const said = path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : resolve(at.cwd, path);
  const tmp = ownTmpOf(at);
  if (tmp === null) return said;
  const real = resolveSeen(said, tmp);
  if (real === null) throw new FileProblem(`${path} leads through too many links`);
  return real;
}

function ownTmpOf({ tmpFolder, sandbox }: FileContext): OwnTmp | null {
  return tmpFolder === undefined ? null : { folder: tmpFolder, writable: sandbox.writable };
}

function seenOf(real: string, at: FileContext): string {
  const tmp = ownTmpOf(at);
  return tmp === null ? real : asSeen(real, tmp);
}

function shownTo(at: FileContext): Pick<SearchOptions, "cwd" | "nameOf"> {
  return { cwd: at.cwd, nameOf: (path) => seenOf(path, at) };
}

/** `/a/b/*.ts` begins in `/a/b`. */
function splitAbsolute(pattern: string): { root: string; glob: string } | null {
  if (!pattern.startsWith("/")) return null;
  const fixed = /^(?:\/[^/*?[{\\]+(?=\/))*/.exec(pattern)?.[0] ?? "";
  return { root: fixed === "" ? "/" : fixed, glob: pattern.slice(fixed.length + 1) };
}

/** All of a picture, or null where it is none; the descriptor then stands where it stood. */
function readImage({ fd, stat }: OpenedFile, path: string): Buffer | null {
  const head = Buffer.alloc(12);
  const count = readSync(fd, head, 0, head.length, 0);
  if (!beginsAsImage(head.subarray(0, count))) return null;
  const bytes = readUpTo(fd, IMAGE_BYTES_MAX);
  if (stat.size <= IMAGE_BYTES_MAX) return bytes;
  throw new FileProblem(imageProblem(path, stat.size, imageFacts(bytes)) ?? `${path} is too large`);
}

// Reading -------------------------------------------------------------------------------------------------------------

/**
 * Plain lines, without numbers: what a model copies from them into an edit must match exactly. Line ends become LF and a byte order
 * mark is left out (an edit puts both back); a last line in brackets says what was left out and how to go on.
 */
function readLines(fd: number, path: string, offset: number, limit: number): string {
  const wanted = Math.min(limit, MAX_READ_LINES);
  const decoder = new StringDecoder("utf8");
  const chunk = Buffer.allocUnsafe(64 * 1024);
  const lines: string[] = [];
  let bytes = 0;
  let line = 1;
  let rest = "";
  let position = 0;
  let cutAt: "no" | "lines" | "bytes" | "in line" = "no";

  /** False where no more fits. */
  function take(text: string): boolean {
    if (line >= offset) {
      if (lines.length >= wanted) {
        cutAt = "lines";
        return false;
      }
      const size = Buffer.byteLength(text) + 1;
      if (bytes + size > MAX_READ_BYTES) {
        cutAt = lines.length === 0 ? "in line" : "bytes";
        if (cutAt === "in line") lines.push(clip(text));
        return false;
      }
      bytes += size;
      lines.push(text);
    }
    line += 1;
    return true;
  }

  for (let hasRoom = true; hasRoom; ) {
    const count = readSync(fd, chunk, 0, chunk.length, null);
    if (position === 0 && chunk.subarray(0, Math.min(count, SNIFF_BYTES)).includes(0)) {
      throw new FileProblem(`${path} is not a text file; look at it with the shell`);
    }
    let text = rest + (count === 0 ? decoder.end() : decoder.write(chunk.subarray(0, count)));
    if (position === 0) text = withoutBom(text);
    position += count;
    const parts = text.split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      hasRoom = take(part.endsWith("\r") ? part.slice(0, -1) : part);
      if (!hasRoom) break;
    }
    if (hasRoom && count === 0) {
      if (rest !== "") take(rest);
      break;
    }
    // A line without end is held no longer than it could be shown.
    if (hasRoom && rest.length > MAX_READ_BYTES && line >= offset) hasRoom = take(rest);
    else if (rest.length > MAX_READ_BYTES) rest = rest.slice(-1);
  }
  return withNote(lines, path, offset, line, cutAt);
}

function clip(text: string): string {
  return Buffer.from(text)
    .subarray(0, MAX_READ_BYTES)
    .toString()
    .replace(/\u{fffd}$/u, "");
}

function withNote(
  lines: readonly string[],
  path: string,
  offset: number,
  next: number,
  cutAt: "no" | "lines" | "bytes" | "in line",
): string {
  const text = lines.join("\n");
  switch (cutAt) {
    case "no":
      if (lines.length > 0) return text;
      return next === 1 ? `[${path} is empty]` : `[${path} has ${next - 1} lines; there is no line ${offset}]`;
    case "lines":
    case "bytes":
      return `${text}\n[lines ${offset} to ${next - 1} of ${path}; there is more: go on with offset ${next}]`;
    case "in line":
      return `${text}\n[line ${next} of ${path} is longer than ${MAX_READ_BYTES / 1024} KB and was cut here; see the rest of it with the shell]`;
    default:
      return cutAt satisfies never;
  }
}

// Changing ------------------------------------------------------------------------------------------------------------

function changeFile(path: string, at: FileContext, wanted: Change, mode: "do" | "preview", options: DoorOptions): FileResult {
  const absolute = pathOf(path, at);
  if (mode === "preview") return preview(path, absolute, at, wanted, options);
  const { dir, name } = holdParent(absolute, at, "content" in wanted, options);
  try {
    const before = readExisting(dir, name, options);
    const after = contentAfter(path, before?.text ?? null, wanted);
    replaceInDir(dir, name, Buffer.from(after), before?.stat ?? null);
    return describe(path, before?.text ?? null, after, "changed");
  } finally {
    closeSync(dir.fd);
  }
}

/** Makes no folder: where the file's folder is missing, all of it would be new. */
function preview(path: string, absolute: string, at: FileContext, wanted: Change, options: DoorOptions): FileResult {
  let held: { dir: HeldDir; name: string };
  try {
    held = holdParent(absolute, at, false, options);
  } catch (error) {
    if (!(error instanceof FileProblem) || !error.message.endsWith("does not exist") || !("content" in wanted)) throw error;
    checkWritable(absolute, at, options);
    return describe(path, null, wanted.content, "would change");
  }
  try {
    const before = readExisting(held.dir, held.name, options);
    return describe(path, before?.text ?? null, contentAfter(path, before?.text ?? null, wanted), "would change");
  } finally {
    closeSync(held.dir.fd);
  }
}

function readExisting(dir: HeldDir, name: string, options: DoorOptions): { text: string; stat: Stats } | null {
  const opened = openInDir(dir, name, options);
  if (opened === null) return null;
  try {
    if (opened.stat.size > MAX_EDIT_BYTES) {
      throw new FileProblem(`${opened.real} is larger than ${MAX_EDIT_BYTES / 1024 / 1024} MB; change it with the shell`);
    }
    const bytes = readUpTo(opened.fd, MAX_EDIT_BYTES);
    if (bytes.subarray(0, SNIFF_BYTES).includes(0)) throw new FileProblem(`${opened.real} is not a text file; change it with the shell`);
    try {
      return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), stat: opened.stat };
    } catch {
      throw new FileProblem(`${opened.real} is not UTF-8, and writing it would damage it; change it with the shell`);
    }
  } finally {
    closeSync(opened.fd);
  }
}

function contentAfter(path: string, before: string | null, wanted: Change): string {
  if ("edits" in wanted) {
    if (before === null && wanted.edits[0]?.old !== "") throw new FileProblem(`${path} does not exist`);
    const result = editText(before ?? "", wanted.edits);
    if (!result.ok) throw new FileProblem(`${path}: ${result.problem}`);
    return result.text;
  }
  if (before === null) return wanted.content;
  if (!wanted.append) return inMannerOf(before, wanted.content);
  return before + withoutBom(inMannerOf(before, wanted.content));
}

function describe(path: string, before: string | null, after: string, verb: "changed" | "would change"): FileResult {
  const { added, removed, patch } = diffLines(toLf(withoutBom(before ?? "")), toLf(withoutBom(after)));
  const diff: FileDiff = { path, added, removed, patch };
  const counts = `+${added} −${removed} lines`;
  if (before === null) return { ok: true, text: verb === "changed" ? `made ${path} (${counts})` : `would make ${path} (${counts})`, diff };
  if (before === after) return { ok: true, text: `${path} already has this content`, diff };
  return { ok: true, text: `${verb} ${path} (${counts})`, diff };
}
