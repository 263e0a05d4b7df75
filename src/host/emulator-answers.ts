// What a program that asks its terminal gets to know beside what the library answers: colours, names, capabilities, sizes, the style of now.

import { type CursorShape, cursorShapes, PALETTE, paletteRgb, RGB } from "../domain/cells.ts";
import type { Attributes } from "./emulator-insides.ts";
import { attributesWords } from "./terminal-cells.ts";

type Params = (number | number[])[];

/** What is used of the library's public terminal. */
interface Terminal {
  readonly cols: number;
  readonly rows: number;
  readonly parser: {
    registerCsiHandler(id: { prefix?: string; intermediates?: string; final: string }, take: (params: Params) => boolean): unknown;
    registerDcsHandler(id: { intermediates?: string; final: string }, take: (data: string) => boolean): unknown;
    registerOscHandler(ident: number, take: (data: string) => boolean): unknown;
  };
}

/** 24 bits each. */
export interface TerminalColours {
  readonly foreground: number;
  readonly background: number;
}

export interface AnswerSources {
  readonly onAnswer: (data: string) => void;
  readonly colours: () => TerminalColours;
  /** Of the next character; null where the library's insides are not known. */
  readonly attributes: () => Attributes | null;
  readonly cursorShape: () => CursorShape;
}

/** Cells have no pixels here: a usual size, so that what is divided by it comes out as columns and rows. */
export const CELL_PIXELS = { width: 8, height: 16 } as const;
const OPEN_QUESTIONS_MAX = 256;

/** XTGETTCAP: of terminfo and of what programs ask beside it. */
const CAPABILITIES: Readonly<Record<string, string>> = {
  TN: "xterm-256color",
  name: "xterm-256color",
  Co: "256",
  colors: "256",
  RGB: "8/8/8",
  Tc: "",
  Su: "",
  Smulx: "\x1b[4:%p1%dm",
  Setulc: "\x1b[58:2::%p1%{65536}%/%d:%p1%{256}%/%{255}%&%d:%p1%{255}%&%dm",
  Ss: "\x1b[%p1%d q",
  Se: "\x1b[2 q",
  setrgbf: "\x1b[38:2:%p1%d:%p2%d:%p3%dm",
  setrgbb: "\x1b[48:2:%p1%d:%p2%d:%p3%dm",
};

export function answerPrograms(term: Terminal, sources: AnswerSources): void {
  const { parser } = term;
  const { onAnswer } = sources;
  const answered = (text: string): true => {
    onAnswer(text);
    return true;
  };
  answerColours(term, sources);
  // DA2 as a present xterm; XTVERSION says who it really is.
  parser.registerCsiHandler({ prefix: ">", final: "c" }, (params) => ((params[0] ?? 0) === 0 ? answered("\x1b[>41;377;0c") : true));
  parser.registerCsiHandler({ prefix: "=", final: "c" }, (params) => ((params[0] ?? 0) === 0 ? answered("\x1bP!|00000000\x1b\\") : true));
  parser.registerCsiHandler({ prefix: ">", final: "q" }, () => answered("\x1bP>|Interpane\x1b\\"));
  parser.registerDcsHandler({ intermediates: "+", final: "q" }, (data) => answered(capabilities(data)));
  // DECRQSS: the library always says that no style is set, and its option for the cursor's shape.
  parser.registerDcsHandler({ intermediates: "$", final: "q" }, (data) => {
    const attributes = sources.attributes();
    if (data === "m" && attributes !== null) return answered(`\x1bP1$r${sgrOf(attributes)}m\x1b\\`);
    if (data === " q") return answered(`\x1bP1$r${cursorShapes.indexOf(sources.cursorShape())} q\x1b\\`);
    return false;
  });
  parser.registerCsiHandler({ final: "t" }, ([what, of]) => {
    const { width, height } = CELL_PIXELS;
    if (what === 14 && of !== 2) return answered(`\x1b[4;${term.rows * height};${term.cols * width}t`);
    if (what === 16) return answered(`\x1b[6;${height};${width}t`);
    return false;
  });
}

function answerColours({ parser }: Terminal, { onAnswer, colours }: AnswerSources): void {
  const ofIdent = (ident: number): number => (ident === 11 ? colours().background : colours().foreground);
  // Is the colour scheme dark (1) or light (2)? Asked beside mode 2031.
  parser.registerCsiHandler({ prefix: "?", final: "n" }, (params) => {
    if (params[0] !== 996) return false;
    onAnswer(`\x1b[?997;${isDark(colours().background) ? 1 : 2}n`);
    return true;
  });
  // Each further question is for the next number: `10;?;?` asks for the text and the ground.
  for (const first of [10, 11, 12]) {
    parser.registerOscHandler(first, (data) => {
      for (const [at, part] of data.split(";").slice(0, 3).entries()) {
        if (part === "?" && first + at <= 12) onAnswer(`\x1b]${first + at};${rgbWords(ofIdent(first + at))}\x1b\\`);
      }
      return true;
    });
  }
  parser.registerOscHandler(4, (data) => {
    const parts = data.split(";").slice(0, 2 * OPEN_QUESTIONS_MAX);
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const index = Number(parts[at]);
      if (parts[at + 1] === "?" && /^\d{1,3}$/.test(parts[at] ?? "") && index < 256)
        onAnswer(`\x1b]4;${index};${rgbWords(paletteRgb(index))}\x1b\\`);
    }
    return true;
  });
}

export function isDark(rgb: number): boolean {
  return 0.2126 * (rgb >> 16) + 0.7152 * ((rgb >> 8) & 255) + 0.0722 * (rgb & 255) < 128;
}

/** `rgb:RRRR/GGGG/BBBB`. */
function rgbWords(rgb: number): string {
  const part = (shift: number): string => ((rgb >> shift) & 255).toString(16).padStart(2, "0").repeat(2);
  return `rgb:${part(16)}/${part(8)}/${part(0)}`;
}

/** One answer for each name, in hexadecimal as they came; `data` is at most as long as the guard lets through. */
function capabilities(data: string): string {
  return data
    .split(";", OPEN_QUESTIONS_MAX)
    .map((hex) => {
      if (!/^([\da-f]{2}){1,32}$/i.test(hex)) return "\x1bP0+r\x1b\\";
      const name = Buffer.from(hex, "hex").toString("latin1");
      const value = Object.hasOwn(CAPABILITIES, name) ? CAPABILITIES[name] : undefined;
      if (value === undefined) return `\x1bP0+r${hex}\x1b\\`;
      return `\x1bP1+r${hex}${value === "" ? "" : `=${Buffer.from(value, "latin1").toString("hex").toUpperCase()}`}\x1b\\`;
    })
    .join("");
}

function sgrOf(attributes: Attributes): string {
  const { fg, bg, weights, underline, underlineColour } = attributesWords(attributes);
  const codes = ["0", ...weights.map(String)];
  if (underline > 0) codes.push(underline === 1 ? "4" : `4:${underline}`);
  codes.push(...colourCodes(fg, 3), ...colourCodes(underlineColour, 5), ...colourCodes(bg, 4));
  return codes.join(";");
}

/** `tens`: 3 for the text, 4 for the ground, 5 for the underline. */
function colourCodes(colour: number, tens: 3 | 4 | 5): string[] {
  if (colour === 0) return [];
  if (colour & RGB) return [`${tens}8:2::${(colour >> 16) & 255}:${(colour >> 8) & 255}:${colour & 255}`];
  const index = colour & ~PALETTE & 255;
  if (index < 8 && tens !== 5) return [`${tens}${index}`];
  if (index < 16 && tens !== 5) return [`${tens + 6}${index - 8}`];
  return [`${tens}8:5:${index}`];
}
