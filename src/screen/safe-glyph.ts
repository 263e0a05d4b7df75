// What of a cell's text may be written to a terminal: no control, bidi or zero-width character; and an ASCII stand-in where UTF-8 is off.

/** `risky`: terminals disagree about its width, so the cursor is unknown after it. `unsafe`: never written. */
export type GlyphKind = "plain" | "risky" | "unsafe";

// Alone in a cell none of these moves the cursor as a cell should. U+1160…11FF are the joining vowels and finals of Hangul.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{M}\u1160-\u11ff\ufffe\uffff]/u;
const RISKY = /[\p{Emoji_Presentation}\p{Extended_Pictographic}\p{Co}\p{Cn}\p{Regional_Indicator}]/u;
const kinds = new Map<number, GlyphKind>();
const KINDS_MAX = 20_000;

export function glyphKind(codePoint: number): GlyphKind {
  if (codePoint < 0x300) return codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0) || codePoint === 0xad ? "unsafe" : "plain";
  if (isKnownPlain(codePoint)) return "plain";
  const known = kinds.get(codePoint);
  if (known !== undefined) return known;
  const text = codePoint > 0x10ffff ? "\ufffe" : String.fromCodePoint(codePoint);
  const kind = UNSAFE.test(text) ? "unsafe" : RISKY.test(text) ? "risky" : "plain";
  if (kinds.size < KINDS_MAX) kinds.set(codePoint, kind);
  return kind;
}

/** What most screens hold, without the regular expressions, whose sets take V8 milliseconds to build: dashes, arrows, lines, shapes, Han. */
function isKnownPlain(codePoint: number): boolean {
  return (
    (codePoint >= 0x2500 && codePoint <= 0x25a9) ||
    (codePoint >= 0x4e00 && codePoint <= 0x9fff) ||
    (codePoint >= 0x2010 && codePoint <= 0x2027) ||
    (codePoint >= 0x2030 && codePoint <= 0x203b) ||
    (codePoint >= 0x2190 && codePoint <= 0x2193) ||
    (codePoint >= 0x25c1 && codePoint <= 0x25fa) ||
    codePoint === 0x2713 ||
    codePoint === 0x2717
  );
}

/**
 * A vowel sign or the like that fills a cell of its own (Devanagari, Tamil, Burmese): terminals that know whole syllables put it into the
 * cell of its letter, the others behind it. Both need the letter just before it.
 */
export function isSpacingMark(codePoint: number): boolean {
  // Most of what is drawn lies elsewhere.
  const isNear = (codePoint >= 0x900 && codePoint <= 0x1cff) || (codePoint >= 0xa800 && codePoint <= 0xabff);
  if (!isNear && (codePoint < 0x11000 || codePoint > 0x1d172)) return false;
  return /^\p{Mc}$/u.test(String.fromCodePoint(codePoint));
}

/** Such marks stand on these, and never on a border that happens to be at their left. */
export function takesMarks(codePoint: number): boolean {
  return codePoint >= 0x900 && codePoint <= 0x10ffff && /^[\p{L}\p{N}]$/u.test(String.fromCodePoint(codePoint));
}

const CLUSTER_CODE_POINTS_MAX = 24;
/** Joiners and variation selectors, which have a meaning inside a cluster only. */
const JOINS = /^(?:\u200c|\u200d|\ufe0e|\ufe0f)$/;

/** The writable part of a cluster, or empty. Tag characters stand only after the black flag, where they spell a region. */
export function safeCluster(text: string): string {
  const codePoints = [...text].slice(0, CLUSTER_CODE_POINTS_MAX);
  const isFlag = codePoints[0] === "\u{1f3f4}";
  let safe = "";
  for (const char of codePoints) {
    const codePoint = char.codePointAt(0) ?? 0;
    if (safe === "") {
      if (glyphKind(codePoint) !== "unsafe") safe = char;
    } else if (
      JOINS.test(char) ||
      /^\p{M}$/u.test(char) ||
      glyphKind(codePoint) !== "unsafe" ||
      (codePoint >= 0x1160 && codePoint <= 0x11ff)
    ) {
      safe += char;
    } else if (isFlag && codePoint >= 0xe0020 && codePoint <= 0xe007f) {
      safe += char;
    }
  }
  return safe;
}

const STAND_INS = new Map<string, string>(
  Object.entries({
    "*": "●•∙★☆✱",
    "!": "◆◈⚠",
    o: "○◯◦",
    ".": "◌·",
    x: "✗✘×✕",
    v: "✓✔▾▼↓⌄",
    ">": "›▸▶→»❯",
    "<": "‹◂◀←«❮",
    "^": "▴▲↑",
    "-": "−–—‐‑─━╌┄┈═╴╶",
    "|": "│┃║╎┆┊╵╷▏▎▍▌▕▐",
    "#": "█▓▇▆▅",
    "=": "▄▃▂▁",
    ":": "▒░",
    "~": "…≈",
    "'": "‘’",
    '"': "“”",
    " ": "\u00a0",
    "+": "┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬",
  }).flatMap(([ascii, chars]) => [...chars].map((char): [string, string] => [char, ascii])),
);

/** One ASCII character for a cell that is written without UTF-8; accents are dropped. */
export function asciiFor(text: string): string {
  const first = text.codePointAt(0) ?? 0x20;
  if (first >= 0x20 && first < 0x7f) return String.fromCharCode(first);
  const char = String.fromCodePoint(first);
  const stand = STAND_INS.get(char);
  if (stand !== undefined) return stand;
  const base = char.normalize("NFD").charCodeAt(0);
  return base > 0x20 && base < 0x7f ? String.fromCharCode(base) : "?";
}
