// Seeded random text for property tests: the same seed gives the same text.

import type { Line } from "../../src/ui/frame-types.ts";
import { textWidth } from "../../src/ui/width.ts";

export type Random = () => number;

export function pick<T>(random: Random, from: readonly [T, ...T[]]): T {
  return from[Math.floor(random() * from.length)] ?? from[0];
}

const hostile: readonly [string, ...string[]] = [
  "\u001b[31m",
  "\u001b]0;title\u0007",
  "\u001b]52;c;aGk=\u001b\\",
  "\u001bP1$r",
  "\u009b2J",
  "\u009d0;x",
  "\u001b",
  "\u0000",
  "\r",
  "\r\n",
  "\t",
  "\u0007",
  "\u007f",
  "\u202e",
  "\u2066",
  "\u200b",
  "\u200d",
  "\u00ad",
  "\u{e0041}",
  "\ufe0f",
  "\ud800",
  "\udc00",
  "\ufeff",
  "\u2028",
  "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
  "\u3164",
  "\ufffe",
];
const ordinary: readonly [string, ...string[]] = [
  "word",
  "a",
  "longer-word",
  "x".repeat(45),
  "时间",
  "日本語。",
  "👩‍👩‍👧‍👦",
  "❤️",
  "🇩🇪",
  "1️⃣",
  "é",
  "e\u0301",
  "한국",
  "ｆｕｌｌ",
  "ไทย",
  "नमस्ते",
  "(",
  ").",
  ",",
  "/usr/bin/env",
];
const markup: readonly [string, ...string[]] = [
  "**",
  "*",
  "_",
  "`",
  "``",
  "~~",
  "[",
  "](https://a.example/x)",
  "](javascript:alert)",
  "![",
  "# ",
  "### ",
  "- ",
  "  - ",
  "1. ",
  "10) ",
  "> ",
  "```",
  "```ts",
  "| ",
  " | ",
  "|---|:-:|",
  "---",
  "===",
  "<b>",
  "<!--",
  "-->",
  "&lt;",
  "&#27;",
  "&#x202e;",
  "- [x] ",
  "    ",
  "<br>",
  "\\*",
  "$x$",
  "[a]: http://b.example",
];

export function anyText(random: Random, pieces: number): string {
  let text = "";
  for (let at = 0; at < pieces; at++) {
    const kind = random();
    text +=
      kind < 0.45
        ? pick(random, ordinary)
        : kind < 0.6
          ? pick(random, markup)
          : kind < 0.7
            ? pick(random, hostile)
            : kind < 0.9
              ? " "
              : "\n";
    if (random() < 0.05) text += "\n\n";
  }
  return text;
}

const blocks: readonly [(random: Random) => string, ...((random: Random) => string)[]] = [
  (random) => `${sentence(random)} **${sentence(random)}** and \`code\` ${sentence(random)}`,
  (random) => `## ${sentence(random)}`,
  (random) =>
    Array.from(
      { length: 1 + Math.floor(random() * 12) },
      (_, at) => `- item ${at} ${sentence(random)}${random() < 0.2 ? "\n  - nested" : ""}`,
    ).join("\n"),
  (random) =>
    Array.from({ length: 1 + Math.floor(random() * 14) }, (_, at) => `${at + 1}. step ${sentence(random)}`).join(
      random() < 0.3 ? "\n\n" : "\n",
    ),
  (random) =>
    `\`\`\`ts\n${Array.from({ length: 1 + Math.floor(random() * 40) }, (_, at) => `const x${at} = "${at}"; // ${sentence(random)}`).join("\n")}\n\n\`y\`\n\`\`\``,
  (random) => `| a | b |\n|---|---|\n${Array.from({ length: 3 }, () => `| ${sentence(random)} | 1 |`).join("\n")}`,
  (random) => `> ${sentence(random)}\n> ${sentence(random)}`,
  () => "---",
  (random) => `Here:\n- ${sentence(random)}\n- ${sentence(random)}`,
];

function sentence(random: Random): string {
  return Array.from({ length: 1 + Math.floor(random() * 9) }, () =>
    pick(random, ["the", "clock", "reads", "twice", "时间", "in", "tests,"]),
  ).join(" ");
}

/** Well-formed Markdown, blocks apart by an empty line. */
export function anyDocument(random: Random, count: number): string {
  return Array.from({ length: count }, () => `${pick(random, blocks)(random)}\n\n`).join("");
}

export function plainLines(lines: readonly Line[]): string[] {
  return lines.map((line) => line.map((span) => span.text).join(""));
}

/** What must hold for all that is shown: the first fault, or null. */
export function faultOf(lines: readonly Line[], width: number): string | null {
  for (const line of lines) {
    const text = line.map((span) => span.text).join("");
    const cells = line.reduce((sum, span) => sum + textWidth(span.text), 0);
    if (cells > width) return `${cells} cells in ${width}: ${JSON.stringify(text)}`;
    const bad =
      /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e0fff}]|\p{Surrogate}/u.exec(text);
    if (bad !== null) return `U+${(bad[0].codePointAt(0) ?? 0).toString(16)} in ${JSON.stringify(text)}`;
    const link = line.find((span) => span.link !== undefined && !/^(https?:\/\/|mailto:)[\x21-\x7e]+$/iu.test(span.link));
    if (link !== undefined) return `link ${JSON.stringify(link.link)}`;
  }
  return null;
}
