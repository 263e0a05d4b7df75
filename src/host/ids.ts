// New names of things: `prefix-` + time + random, lower-case letters and digits only.

import { randomBytes } from "node:crypto";

/** Base 32 without look-alikes would buy nothing here; base 36 keeps ids short. */
const TIME_DIGITS = 9;
const RANDOM_BYTES = 8;

/**
 * `agent` gives `agent-0mhx3k2q1…`: ids of one prefix sort roughly by when they were made. 64 random bits a millisecond make a
 * repeat as good as impossible. Throws on a prefix that is not lower-case letters, digits and hyphens, 1 to 24 of them.
 */
export function newId(prefix: string): string {
  if (!/^[a-z0-9-]{1,24}$/.test(prefix)) throw new Error(`newId: prefix "${prefix}" is not 1 to 24 of a-z, 0-9 and -`);
  const time = Date.now().toString(36).padStart(TIME_DIGITS, "0");
  const random = BigInt(`0x${randomBytes(RANDOM_BYTES).toString("hex")}`)
    .toString(36)
    .padStart(13, "0");
  return `${prefix}-${time}${random}`;
}
