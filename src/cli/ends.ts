// The beginning and the end of an input of any length, with no more of it in memory than that.

import type { Ends } from "./io.ts";

/** Throws what the input throws. */
export async function collectEnds(
  chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  limits: { readonly headBytes: number; readonly tailBytes: number },
  onFirst?: () => void,
): Promise<Ends> {
  const { headBytes, tailBytes } = limits;
  const head: Uint8Array[] = [];
  let headLength = 0;
  let tail: Uint8Array[] = [];
  let tailLength = 0;
  let total = 0;
  for await (const chunk of chunks) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (total === 0 && bytes.length > 0) onFirst?.();
    total += bytes.length;
    const forHead = bytes.subarray(0, Math.max(0, headBytes - headLength));
    if (forHead.length > 0) head.push(forHead);
    headLength += forHead.length;
    const rest = bytes.subarray(forHead.length);
    if (rest.length === 0) continue;
    tail.push(rest);
    tailLength += rest.length;
    // Now and then, so that small chunks do not make it slow.
    if (tailLength > 4 * tailBytes + 64 * 1024) {
      tail = [Buffer.concat(tail).subarray(-tailBytes)];
      tailLength = tailBytes;
    }
  }
  const end = Buffer.concat(tail);
  const kept = end.length > tailBytes ? end.subarray(end.length - tailBytes) : end;
  const leftOutBytes = total - headLength - kept.length;
  if (leftOutBytes === 0) return { head: Buffer.concat([...head, kept]), tail: new Uint8Array(), leftOutBytes };
  return { head: Buffer.concat(head), tail: kept, leftOutBytes };
}
