// What damage does to a journal file: cuts, flipped bits, zeros, lost, repeated and swapped pieces.

import type { Chance } from "./chance.ts";

export type Mutation = (bytes: Buffer, chance: Chance) => Buffer;

const around = (bytes: Buffer, chance: Chance): [number, number] => {
  const from = chance.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + chance.below(200))];
};

function linesOf(bytes: Buffer): string[] {
  return bytes.toString("latin1").split(/(?<=\n)/);
}

const ofLines = (lines: readonly string[]): Buffer => Buffer.from(lines.join(""), "latin1");

export const mutations: Readonly<Record<string, Mutation>> = {
  "cut off": (bytes, chance) => bytes.subarray(0, chance.below(bytes.length + 1)),
  "head lost": (bytes, chance) => bytes.subarray(chance.below(Math.min(bytes.length, 400) + 1)),
  "bits flipped": (bytes, chance) => {
    const copy = Buffer.from(bytes);
    for (let left = 1 + chance.below(4); left > 0 && copy.length > 0; left -= 1) {
      const at = chance.below(copy.length);
      copy.writeUInt8((copy[at] ?? 0) ^ (1 << chance.below(8)), at);
    }
    return copy;
  },
  "zeros written over": (bytes, chance) => Buffer.from(bytes).fill(0, ...around(bytes, chance)),
  "a block of zeros": (bytes, chance) => {
    const from = 4096 * chance.below(Math.ceil(bytes.length / 4096) + 1);
    return Buffer.from(bytes).fill(0, Math.min(from, bytes.length), Math.min(from + 4096, bytes.length));
  },
  "zeros at the end": (bytes, chance) => Buffer.concat([bytes, Buffer.alloc(1 + chance.below(4096))]),
  "a piece lost": (bytes, chance) => {
    const [from, to] = around(bytes, chance);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  "a piece repeated": (bytes, chance) => {
    const [from, to] = around(bytes, chance);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  "lines repeated": (bytes, chance) => {
    const lines = linesOf(bytes);
    const from = chance.below(lines.length);
    const to = chance.below(lines.length + 1);
    return ofLines([...lines.slice(0, to), ...lines.slice(from, from + 1 + chance.below(4)), ...lines.slice(to)]);
  },
  "lines swapped": (bytes, chance) => {
    const lines = linesOf(bytes);
    const [a, b] = [chance.below(lines.length), chance.below(lines.length)];
    const [first, second] = [lines[a] ?? "", lines[b] ?? ""];
    return ofLines(lines.with(a, second).with(b, first));
  },
  "noise between": (bytes, chance) => {
    const at = chance.below(bytes.length + 1);
    const noise = Buffer.from(Array.from({ length: 1 + chance.below(60) }, () => chance.below(256)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
  "newlines as Windows has them": (bytes) => Buffer.from(bytes.toString("latin1").replaceAll("\n", "\r\n"), "latin1"),
};
