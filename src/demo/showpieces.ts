// Long and rich texts of the demo: a story of any length, and one page with all that Markdown can show.

const openings = [
  "Early that week",
  "By noon",
  "A little later",
  "On the third day",
  "Towards evening",
  "Before anyone noticed",
  "In the end",
  "Quietly",
];
const actors = [
  "the old compiler",
  "a patient shell",
  "the second agent",
  "a tired scheduler",
  "the night build",
  "one stray pointer",
  "the careful parser",
];
const deeds = ["walked through", "counted", "kept watch over", "wrote down", "mended", "measured", "carried"];
const objects = [
  "every open file",
  "the long queue",
  "seven small errors",
  "a folder of letters",
  "the last green test",
  "what the clock had said",
  "the quiet terminal",
];
const endings = [
  "and told nobody.",
  "and was glad of it.",
  "until the light changed.",
  "while the others slept.",
  "without losing a single line.",
  "as it had promised.",
];

/** Exactly `words` words, always the same ones: sentences from five short lists, four to a paragraph. */
export function story(words: number): string {
  const parts: string[] = [];
  for (let index = 0, count = 0; count < words; index += 1) {
    const at = (list: readonly string[], step: number): string =>
      list[(index * step + Math.floor(index / list.length)) % list.length] ?? "";
    const sentence = `${at(openings, 3)}, ${at(actors, 2)} ${at(deeds, 5)} ${at(objects, 3)} ${at(endings, 1)}`.split(" ");
    const taken = sentence.slice(0, words - count);
    count += taken.length;
    parts.push(taken.join(" "), count < words && index % 4 === 3 ? "\n\n" : " ");
  }
  return parts.join("").trimEnd();
}

export const markdownShow = `# What a reply can look like

Text may be **strong**, *slanted*, ~~struck~~ or \`code\`, and may [link](https://example.com/).

| Pane | Profile | Tokens | Cost |
|:-----|:-------:|-------:|-----:|
| planner | smart | 41.2k | $0.62 |
| fixer | fast | 8.1k | $0.01 |
| 日本語 | local | 900 | – |

1. Lists are numbered
2. or nested
   - like this
   - [x] with a box ticked
   - [ ] and one open

> A quotation stands apart,
> over two lines.

\`\`\`typescript
// Code keeps its colours and does not wrap.
export function greet(name: string): string {
  return \`hello, \${name}\`;
}
\`\`\`

\`\`\`diff
- const now = Date.now();
+ const now = clock.now();
\`\`\`

---

That is all. The demo is scripted; this page is always the same.
`;
