// The server's own log file: append-only, bounded in size, redacted, and never a reason to fail.

import { closeSync, constants, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensurePrivateDir } from "./paths.ts";

export interface Log {
  /** One entry, stamped and redacted; line breaks inside it are shown as `⏎`. Never throws. */
  write(text: string): void;
  close(): void;
}

const DEFAULT_MAX_BYTES = 2 * 1024 * 1024;
const MAX_ENTRY_CHARS = 8000;

export interface LogOptions {
  /** Above this the file becomes `<name>.1` (the one before it goes) and a new one is begun. */
  readonly maxBytes?: number;
  readonly now?: () => number;
}

/** Opens `logsDir/name` at the first entry. `redact` takes secrets out of every line. */
export function openLog(logsDir: string, name: string, redact: (text: string) => string, options: LogOptions = {}): Log {
  const path = join(logsDir, name);
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const now = options.now ?? Date.now;
  let fd: number | null = null;
  let size = 0;
  let isClosed = false;

  function open(): number {
    ensurePrivateDir(dirname(path));
    const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
    const opened = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    size = fstatSync(opened).size;
    return opened;
  }

  function write(text: string): void {
    if (isClosed) return;
    try {
      // Redacted before it is cut: half a secret would no longer be known as one.
      const safe = redact(text);
      const whole = safe.length > MAX_ENTRY_CHARS ? `${safe.slice(0, MAX_ENTRY_CHARS)} … (${safe.length} characters)` : safe;
      const line = Buffer.from(`${new Date(now()).toISOString()} ${whole.replaceAll(/\r?\n|\r/g, "⏎")}\n`);
      fd ??= open();
      if (size > 0 && size + line.length > maxBytes) {
        closeSync(fd);
        fd = null;
        renameSync(path, `${path}.1`);
        fd = open();
      }
      size += writeSync(fd, line);
    } catch {
      // A log that cannot be written is no reason to stop working; whoever wrote the entry says it elsewhere too.
    }
  }

  return {
    write,
    close() {
      isClosed = true;
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
}
