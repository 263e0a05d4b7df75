// A flood of what does harm to terminals, through real ptys into the host's emulators: how long the event loop stood, what memory grew.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { FULL, makeGround, until } from "../host-terminal/ground.ts";
import { type Chance, chanceOf } from "./chance.ts";
import { HOSTILE } from "./hostile.ts";

export interface FloodEnd {
  /** The longest time in which nothing else was done. */
  readonly stallMs: number;
  readonly grownMb: number;
  readonly seconds: number;
}

const COLS = 120;
const ROWS = 40;
/** As often as a client is sent rows. */
const LOOK_MS = 16;

const EVIL: readonly string[] = [
  "\x1b[2147483647S",
  "\x1b[99999999999999999999L",
  "\x1b[999999999b",
  "\x1b[2147483647;2147483647H",
  `\x1b[${"1;".repeat(3000)}m`,
  `\x1b[${"9".repeat(4000)}m`,
  `\x1b]0;${"t".repeat(90_000)}`,
  `\x1bP+q${"544e;".repeat(2000)}\x1b\\`,
  `\x1b]4;${"1;?;".repeat(2000)}\x1b\\`,
  `\x1b]8;;http://x/${"y".repeat(1900)}\x1b\\`,
  "\x1bPq".concat("#0!999999~".repeat(500)),
  "\x1b[?2026h\x1b[?2026l".repeat(100),
  "\x1b[>1u\x1b[?1049h\x1b[?1049l".repeat(50),
  "\x1b[?u\x1b[c\x1b[6n".repeat(200),
  `a${"\u0301".repeat(500)}`,
  "👩‍".repeat(100),
  "\x1b#8\x1bc",
  "\x07".repeat(500),
  "\x1b[?2026h",
];

/** Random bytes, the 200 hostile sequences and worse, cut and mixed. */
export function hostileBytes(chance: Chance, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let length = 0; length < size; ) {
    const kind = chance.below(10);
    const text = kind < 3 ? chance.pick(EVIL) : chance.pick(HOSTILE);
    const part =
      kind < 7 ? Buffer.from(text).subarray(0, chance.below(4) === 0 ? chance.below(60) : undefined) : Buffer.from(randomBytes(chance));
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat(parts).subarray(0, size);
}

function randomBytes(chance: Chance): number[] {
  return Array.from({ length: 1 + chance.below(200) }, () => chance.below(256));
}

/** Rejects where a terminal does not live on. */
export async function floodTerminals(options: {
  readonly panes: number;
  readonly bytes: number;
  readonly seed: number;
}): Promise<FloodEnd> {
  await using ground = makeGround();
  const { terminals } = ground;
  const ids = Array.from({ length: options.panes }, (_, n) => {
    const file = join(ground.folder, `flood-${n}`);
    writeFileSync(file, hostileBytes(chanceOf(options.seed + n), options.bytes));
    // CAN and ST end whatever is open; then it starts anew, and what is said must stand there.
    const code = `stty raw -echo; printf ready; head -c 1 >/dev/null; cat "$1"; printf '\\030\\033\\\\\\033c\\033[?2026lit lives'; exec sleep 600`;
    return ground.open({ program: { type: "command", argv: ["sh", "-c", code, "flood", file] }, cols: COLS, rows: ROWS, sandbox: FULL });
  });
  const versions = new Map<string, number>();
  const looking = setInterval(() => {
    for (const { id } of ids) versions.set(id, terminals.rowsSince(id, versions.get(id) ?? 0)?.version ?? versions.get(id) ?? 0);
  }, LOOK_MS);
  const delay = monitorEventLoopDelay({ resolution: 2 });
  const before = process.memoryUsage().rss;
  let most = before;
  let from = 0;
  try {
    await until("all programs run", () => ids.every((terminal) => terminal.text(1) === "ready"));
    delay.enable();
    from = performance.now();
    for (const terminal of ids) terminal.write("x");
    await until(
      "all terminals live",
      () => {
        most = Math.max(most, process.memoryUsage().rss);
        return ids.every((terminal) => terminal.text(ROWS) === "it lives");
      },
      120_000,
    );
  } finally {
    delay.disable();
    clearInterval(looking);
  }
  return { stallMs: delay.max / 1e6, grownMb: (most - before) / 2 ** 20, seconds: (performance.now() - from) / 1000 };
}
