// A unified diff of two texts by lines: Myers' greedy algorithm, bounded, with exact counts.

export interface LineDiff {
  readonly added: number;
  readonly removed: number;
  /** Hunks without file headers; cut with a note where longer than `MAX_PATCH_CHARS`. Empty where nothing differs. */
  readonly patch: string;
}

const CONTEXT = 3;
/** Differences searched for; beyond it what lies between the common ends counts as replaced. 1500² / 2 integers are 9 MB for a moment. */
const MAX_EDITS = 1500;
const MAX_PATCH_CHARS = 64 * 1024;

type Op = { readonly type: "same" | "gone" | "new"; readonly line: string };

export function diffLines(before: string, after: string): LineDiff {
  if (before === after) return { added: 0, removed: 0, patch: "" };
  const a = linesOf(before);
  const b = linesOf(after);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  const ops: Op[] = [
    ...a.slice(Math.max(0, start - CONTEXT), start).map((line): Op => ({ type: "same", line })),
    ...middle(a.slice(start, endA), b.slice(start, endB)),
    ...a.slice(endA, endA + CONTEXT).map((line): Op => ({ type: "same", line })),
  ];
  const first = Math.max(0, start - CONTEXT);
  return {
    added: ops.filter((op) => op.type === "new").length,
    removed: ops.filter((op) => op.type === "gone").length,
    patch: print(ops, first),
  };
}

/** Lines with their line ends, so that a missing last one is a difference. */
function linesOf(text: string): string[] {
  const lines: string[] = [];
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf("\n", at);
    const end = next === -1 ? text.length : next + 1;
    lines.push(text.slice(at, end));
    at = end;
  }
  return lines;
}

function replaced(a: readonly string[], b: readonly string[]): Op[] {
  return [...a.map((line): Op => ({ type: "gone", line })), ...b.map((line): Op => ({ type: "new", line }))];
}

function middle(a: readonly string[], b: readonly string[]): Op[] {
  if (a.length === 0 || b.length === 0) return replaced(a, b);
  const trace = search(a, b);
  return trace === null ? replaced(a, b) : walkBack(a, b, trace);
}

/** For each number of edits, how far each diagonal `k = x - y` reaches; null where more than `MAX_EDITS` are needed. */
function search(a: readonly string[], b: readonly string[]): Int32Array[] | null {
  const max = Math.min(a.length + b.length, MAX_EDITS);
  const reach = new Int32Array(2 * max + 3);
  const middleIndex = max + 1;
  const trace: Int32Array[] = [];
  for (let d = 0; d <= max; d += 1) {
    // Only the diagonals that a step of this round can read.
    trace.push(reach.slice(middleIndex - d - 1, middleIndex + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const down = reach[middleIndex + k + 1] ?? 0;
      const right = (reach[middleIndex + k - 1] ?? 0) + 1;
      let x = k === -d || (k !== d && right <= down) ? down : right;
      let y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x += 1;
        y += 1;
      }
      reach[middleIndex + k] = x;
      if (x >= a.length && y >= b.length) return trace;
    }
  }
  return null;
}

function walkBack(a: readonly string[], b: readonly string[], trace: readonly Int32Array[]): Op[] {
  const ops: Op[] = [];
  let x = a.length;
  let y = b.length;
  for (let d = trace.length - 1; d >= 0; d -= 1) {
    const reach = trace[d];
    if (reach === undefined) break;
    const at = (k: number): number => reach[k + d + 1] ?? 0;
    const k = x - y;
    const goesDown = k === -d || (k !== d && at(k - 1) + 1 <= at(k + 1));
    const fromK = goesDown ? k + 1 : k - 1;
    const fromX = d === 0 ? 0 : at(fromK);
    const fromY = d === 0 ? 0 : fromX - fromK;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      ops.push({ type: "same", line: a[x] ?? "" });
    }
    if (d === 0) break;
    if (goesDown) {
      y -= 1;
      ops.push({ type: "new", line: b[y] ?? "" });
    } else {
      x -= 1;
      ops.push({ type: "gone", line: a[x] ?? "" });
    }
  }
  return ops.reverse();
}

/** `firstLine` is the index of the line of the first op, the same in both texts. */
function print(ops: readonly Op[], firstLine: number): string {
  const hunks: string[] = [];
  let chars = 0;
  let oldLine = firstLine + 1;
  let newLine = firstLine + 1;
  let at = 0;
  while (at < ops.length) {
    const change = ops.findIndex((op, index) => index >= at && op.type !== "same");
    if (change === -1) break;
    const begin = Math.max(at, change - CONTEXT);
    oldLine += begin - at;
    newLine += begin - at;
    const end = hunkEnd(ops, change);
    const hunk = ops.slice(begin, end);
    const olds = hunk.filter((op) => op.type !== "new").length;
    const news = hunk.filter((op) => op.type !== "gone").length;
    const text = [`@@ -${range(oldLine, olds)} +${range(newLine, news)} @@`, ...hunk.map(printOp)].join("\n");
    if (chars + text.length > MAX_PATCH_CHARS) {
      hunks.push(`${text.slice(0, MAX_PATCH_CHARS - chars)}\n… the rest of this diff is left out`);
      break;
    }
    hunks.push(text);
    chars += text.length;
    oldLine += olds;
    newLine += news;
    at = end;
  }
  return hunks.join("\n");
}

/** After the last change that has no more than twice the context between itself and the one before, and its context. */
function hunkEnd(ops: readonly Op[], firstChange: number): number {
  let last = firstChange;
  for (let i = firstChange + 1; i < ops.length && i - last <= 2 * CONTEXT + 1; i += 1) {
    if (ops[i]?.type !== "same") last = i;
  }
  return Math.min(ops.length, last + 1 + CONTEXT);
}

/** As `diff -u` counts: an empty range names the line before it. */
function range(line: number, count: number): string {
  if (count === 0) return `${line - 1},0`;
  return count === 1 ? `${line}` : `${line},${count}`;
}

function printOp({ type, line }: Op): string {
  const sign = type === "same" ? " " : type === "gone" ? "-" : "+";
  return line.endsWith("\n") ? `${sign}${line.slice(0, -1)}` : `${sign}${line}\n\\ No newline at end of file`;
}
