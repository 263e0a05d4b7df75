// Untrusted text made fit to show: `cleanText` takes out what could act on the terminal or hide, `revealText` makes it visible.

const plain = /^[\n\x20-\x7e]*$/;

// Escape sequences, whole. A string sequence (OSC, DCS, SOS, PM, APC) without its end loses only its introducer, so that
// an open one cannot swallow the text after it. ECMA-48 5.4 and 5.6; both the ESC and the C1 spelling.
const stringBody = "[^\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f]*";
const escapes = new RegExp(
  [
    `(?:\\u001b[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])${stringBody}(?:\\u0007|\\u001b\\\\|\\u009c)`,
    "(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]",
    "\\u001b[\\]PX^_\\[]",
    "\\u001b[ -/]*[0-~]",
  ].join("|"),
  "gu",
);

const lineEnds = /\r\n?|[\u0085\u2028\u2029]/gu;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;

// What shows nothing or reorders its neighbours. U+200D and U+FE0E/F are left to `joiners`, which keeps them inside emoji.
const hiddenRanges = [
  "\\u00ad", // soft hyphen
  "\\u034f\\u17b4\\u17b5\\u180b-\\u180f", // joiners, vowels and selectors without a look
  "\\u115f\\u1160\\u3164\\uffa0", // Hangul fillers
  "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069", // bidi marks, embeddings, overrides, isolates
  "\\u200b\\u200c\\u2060-\\u2065\\u206a-\\u206f\\ufeff", // zero width
  "\\ufe00-\\ufe0d", // variation selectors
  "\\ufff0-\\ufffb\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}", // annotation, shorthand and music controls
  "\\u{e0000}-\\u{e0fff}", // tags, more variation selectors
];
const hidden = new RegExp(`[${hiddenRanges.join("")}]`, "gu");
const joiners =
  /(?<=\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]*)\u200d(?=\p{Extended_Pictographic})|(?<=\p{Extended_Pictographic})[\ufe0e\ufe0f]|(?<=[0-9#*])\ufe0f(?=\u20e3)|([\u200d\ufe0e\ufe0f])/gu;
const nonCharacters = /[\ufdd0-\ufdef\ufffe\uffff]/gu;
const loneSurrogate = /\p{Surrogate}/gu;
/** More marks than any script stacks on one letter: they would paint over other lines. */
const markFlood = /(\p{M}{6})\p{M}+/gu;

const TAB_CELLS = 4;

/**
 * Safe to show: no control character but `\n`, no escape sequence, nothing invisible or reordering, no lone surrogate.
 * Tabs become spaces up to the next stop, `\r\n` and a lone `\r` become `\n`.
 */
export function cleanText(text: string): string {
  if (plain.test(text)) return text;
  return expandTabs(
    text
      .replace(escapes, "")
      .replace(lineEnds, "\n")
      .replace(controls, "")
      .replace(hidden, "")
      .replace(loneSurrogate, "\ufffd")
      .replace(nonCharacters, "\ufffd")
      .replace(joiners, (whole: string, stray: string | undefined) => (stray === undefined ? whole : ""))
      .replace(markFlood, "$1"),
  );
}

/** `cleanText` in one line: every run of white space is one space. For titles and labels. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/gu, " ").trim();
}

function expandTabs(text: string): string {
  if (!text.includes("\t")) return text;
  return text
    .split("\n")
    .map((line) => {
      let out = "";
      for (const part of line.split(/(\t)/u)) out += part === "\t" ? " ".repeat(TAB_CELLS - (out.length % TAB_CELLS)) : part;
      return out;
    })
    .join("\n");
}

// All that cannot be seen for what it is: controls, format characters, blanks that are not the space, marks that change
// their neighbour's look, surrogates, unassigned and private code points.
const concealed = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

/**
 * For approvals: nothing is dropped. `\n` stays a line end; every other character that hides, blanks or reorders is spelled
 * out (`␛`, `\r`, `\u202e`, `\u{e0041}`). Runs of spaces stay as they are: wrap the result (`wrapHard`), never cut it.
 */
export function revealText(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(concealed, spellOut).replace(markFlood, (run: string) => run.replace(/\p{M}/gu, spellOut));
}

function spellOut(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x0a) return "\n";
  if (code === 0x0d) return "\\r";
  if (code === 0x09) return "\\t";
  // U+2400 … U+241F and U+2421 are the pictures of the C0 controls and of DEL.
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  const hex = code.toString(16);
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`;
}
