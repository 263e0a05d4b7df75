// What floods a pane: four kinds of output, the same in every run.

import { closeSync, openSync, writeSync } from "node:fs";

export const floodKinds = ["plain", "ls", "sgr", "unicode"] as const;
export type Flood = (typeof floodKinds)[number];

const BLOCK_BYTES = 4e6;
const words =
  "the quick brown fox jumps over lazy dog function return const import error warning build passed failed src/lib/index.ts 42 agent pane model".split(
    " ",
  );
const wide = [..."日本語端末多重化工具測試字元寬度한국어터미널漢字仮名交じり文"];
const emoji = ["😀", "🚀", "🔥", "👍", "✅", "🎉", "❌", "⚠️", "👩‍💻", "🇯🇵", "❤️", "👨‍👩‍👧"];

export function writeFlood(path: string, kind: Flood, megabytes: number): void {
  const random = randomFrom(0x9e3779b9);
  let text = "";
  while (text.length < BLOCK_BYTES) text += lineOf(kind, random);
  const block = Buffer.from(text);
  const file = openSync(path, "w");
  for (let written = 0; written < megabytes * 1e6; )
    written += writeSync(file, block, 0, Math.min(block.length, megabytes * 1e6 - written));
  closeSync(file);
}

type Random = (below: number) => number;

function randomFrom(start: number): Random {
  let seed = start;
  return (below) => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) % below;
  };
}

function lineOf(kind: Flood, random: Random): string {
  const word = (): string => words[random(words.length)] ?? "";
  switch (kind) {
    case "plain": {
      let text = "";
      for (const length = 20 + random(80); text.length < length; ) text += `${word()} `;
      return `${text.trimEnd()}\n`;
    }
    case "ls":
      return `-rw-r--r-- 1 root root ${String(random(1e6)).padStart(8)} Nov ${10 + random(20)} 07:${10 + random(50)} \x1b[0m\x1b[01;3${1 + random(6)}m${word()}-${random(9999)}\x1b[0m\n`;
    case "sgr": {
      let text = `\x1b[${1 + random(40)};${1 + random(100)}H`;
      for (let i = 0; i < 8; i += 1) {
        text += `\x1b[38;2;${random(256)};${random(256)};${random(256)};48;5;${random(256)}m${word()}\x1b[${1 + random(3)}C`;
      }
      return `${text}\x1b[0m\x1b[K`;
    }
    case "unicode": {
      let text = "";
      for (let i = 0; i < 12; i += 1) {
        const what = random(4);
        if (what < 2) for (let k = 0; k < 4; k += 1) text += wide[random(wide.length)] ?? "";
        else text += what === 2 ? `${emoji[random(emoji.length)] ?? ""} ` : "café naïve Ünïcode → ";
      }
      return `${text}\n`;
    }
    default:
      return kind satisfies never;
  }
}
