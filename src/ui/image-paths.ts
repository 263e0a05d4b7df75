// Recognises what terminals paste when image files are dropped on them: paths, quoted, escaped or as file URLs. Prose is left alone.

export interface PastedPath {
  /** Absolute, or from `~`, `.` or `..`. */
  readonly path: string;
  /** As it stood in the paste. */
  readonly raw: string;
}

const imageEnding = /\.(?:png|jpe?g|gif|webp)$/i;
const pathBeginning = /^(?:\/|~\/|\.{1,2}\/)/;
/** A paste longer than this is no list of files. */
const CHARS_MAX = 16_384;

/** The paths, where the paste is nothing but paths of images; else null. Only spaces, tabs and line ends part them: macOS puts others into names. */
export function imagePathsIn(paste: string): PastedPath[] | null {
  const text = paste.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  if (text === "" || text.length > CHARS_MAX) return null;
  return asImages(words(text)) ?? asImages(text.split(/\r?\n/).map((line) => ({ value: line, raw: line })));
}

interface Word {
  /** Without quotes and escapes. */
  readonly value: string;
  readonly raw: string;
}

function asImages(given: readonly Word[] | null): PastedPath[] | null {
  if (given === null || given.length === 0) return null;
  const paths: PastedPath[] = [];
  for (const { value, raw } of given) {
    const path = value.startsWith("file://") ? fromUrl(value) : value;
    if (path === null || !pathBeginning.test(path) || !imageEnding.test(path)) return null;
    paths.push({ path, raw });
  }
  return paths;
}

/** As a shell parts them: quotes of both kinds, backslashes. Null where a quote is left open. */
function words(text: string): Word[] | null {
  const found: Word[] = [];
  for (let at = 0; at < text.length; ) {
    if (/[ \t\r\n]/.test(text[at] ?? "")) {
      at += 1;
      continue;
    }
    const start = at;
    let value = "";
    let quote = "";
    for (; at < text.length; at += 1) {
      const char = text[at] ?? "";
      if (quote === "" && /[ \t\r\n]/.test(char)) break;
      if (char === "\\" && quote !== "'") {
        at += 1;
        value += text[at] ?? "";
      } else if (quote === "" && (char === "'" || char === '"')) quote = char;
      else if (char === quote) quote = "";
      else value += char;
    }
    if (quote !== "") return null;
    found.push({ value, raw: text.slice(start, at) });
  }
  return found;
}

/** `file:///a%20b.png`, also with the machine's name before the path. */
function fromUrl(url: string): string | null {
  const path = /^file:\/\/[^/]*(\/.*)$/s.exec(url)?.[1];
  if (path === undefined) return null;
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
