// Is this code that the shell can read whole? Asked before it is typed, since a shell that waits for the rest waits for ever.

import { writeFileSync } from "node:fs";
import { openPty } from "./pty.ts";
import type { FoundShell } from "./shell-kinds.ts";

const CHECK_TIMEOUT_MS = 5000;
const COMPLAINT_CHARS_MAX = 2000;

/** What the shell says against the code in `file`, or null. Runs nothing of it; a second file may be written beside it. */
export async function checkSyntax(file: string, code: string, shell: Extract<FoundShell, { ok: true }>): Promise<string | null> {
  const complaint = await readWith([shell.program, ...shell.kind.checkArgs], file);
  if (complaint !== null || !shell.kind.isBlockChecked(code)) return complaint;
  writeFileSync(file, `${shell.kind.block(code)}\n`, { mode: 0o600 });
  const inBlock = await readWith([shell.program, ...shell.kind.checkArgs], file);
  writeFileSync(file, `${code}\n`, { mode: 0o600 });
  return inBlock === null ? null : `a here-document, quote or bracket is not closed (${inBlock})`;
}

async function readWith(argv: readonly string[], file: string): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let exitCode = 0;
  const pty = await openPty(
    { argv: [...argv, file], cwd: "/", env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent", LC_ALL: "C.UTF-8" }, cols: 400, rows: 24 },
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
  const said = Buffer.concat(chunks)
    .toString("utf8")
    .replaceAll("\r\n", "\n")
    .replace(/^warning: Error while reading file .*$/gm, "")
    .replaceAll(`${file}: `, "")
    .replaceAll(`${file}:`, "line ")
    .replaceAll(`${file} (`, "(")
    .trim();
  // An unfinished here-document is only warned of; at a prompt the shell would wait for its end.
  if (exitCode === 0 && !said.includes("here-document")) return null;
  return said.slice(0, COMPLAINT_CHARS_MAX) || `${argv[0]} ended with ${exitCode}`;
}
