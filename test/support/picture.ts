// Makes a picture (SVG, and PNG where rsvg-convert is) of a terminal's screen: of an emulator's, or of `tmux capture-pane -pe` on stdin.
//
//   tmux capture-pane -pe -t NAME | node test/support/picture.ts docs/screen.svg --title interpane --png

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { paletteRgb } from "../../src/domain/cells.ts";
import { textWidth } from "../../src/ui/width.ts";
import { createOuterTerminal, type OuterCell, type OuterTerminal } from "./outer-terminal.ts";
import { shapeOf } from "./picture-shapes.ts";

export interface PictureOptions {
  /** In the window's bar; without one there is no bar. */
  readonly title?: string;
  readonly background?: string;
  readonly foreground?: string;
  readonly hasCursor?: boolean;
}

// A cell of DejaVu Sans Mono at 14 px: the advance is 0.602 em. Other fonts are fitted by textLength.
const FONT_PX = 14;
const CELL_WIDTH = 8.43;
const CELL_HEIGHT = 18;
const BASELINE = 13.5;
const FONTS = "'DejaVu Sans Mono','JetBrains Mono',Menlo,Consolas,'Liberation Mono',monospace";
const PADDING = 12;
const BAR_HEIGHT = 30;
const PALETTE_16: readonly string[] = [
  "#1d2026",
  "#e06c75",
  "#98c379",
  "#e5c07b",
  "#61afef",
  "#c678dd",
  "#56b6c2",
  "#c8ccd4",
  "#5c6370",
  "#ef7d87",
  "#a9d58a",
  "#f0cd88",
  "#74bdf8",
  "#d58be8",
  "#67c7d3",
  "#f2f4f8",
];

interface Look {
  readonly fg: string;
  readonly bg: string;
  readonly cell: OuterCell;
}

/** The same screen always gives the same text. */
export function pictureOf(terminal: OuterTerminal, options: PictureOptions = {}): string {
  const { title = "", background = "#14161b", foreground = "#d5d9e0" } = options;
  const barHeight = title === "" ? 0 : BAR_HEIGHT;
  const width = round(terminal.cols * CELL_WIDTH + 2 * PADDING);
  const height = terminal.rows * CELL_HEIGHT + 2 * PADDING + barHeight;
  const classes = new Map<string, string>();
  const classOf = (fill: string) => {
    const known = classes.get(fill) ?? `c${classes.size}`;
    classes.set(fill, known);
    return known;
  };
  const backs: string[] = [];
  const shapes: string[] = [];
  const texts: string[] = [];
  for (let y = 0; y < terminal.rows; y += 1) {
    const looks = Array.from({ length: terminal.cols }, (_, x) => lookOf(terminal.cell(x, y), foreground, background));
    backs.push(...backsOf(looks, y, background, classOf));
    for (const run of runsOf(looks)) {
      const at = { x: run.x * CELL_WIDTH, y: y * CELL_HEIGHT, width: run.cells * CELL_WIDTH, height: CELL_HEIGHT };
      const shape = shapeOf(run.text, at);
      if (shape !== null) shapes.push(`<g class="${classOf(run.look.fg)}">${shape}</g>`);
      else if (run.text.trim() !== "") texts.push(textElement(run, at.x, at.y, classOf(run.look.fg)));
      shapes.push(...rulesOf(run, at, classOf(run.look.fg)));
    }
  }
  if (options.hasCursor && terminal.modes().isCursorVisible) {
    const { x, y } = terminal.cursor();
    shapes.push(
      `<rect x="${round(x * CELL_WIDTH)}" y="${y * CELL_HEIGHT + 1}" width="2" height="${CELL_HEIGHT - 2}" color="${foreground}"/>`,
    );
  }
  const styles = [...classes].map(([fill, name]) => `.${name}{color:${fill}}`).join("");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    title === "" ? "" : `<title>${escapeXml(title)}</title>`,
    `<style>text{font-family:${FONTS};font-size:${FONT_PX}px;white-space:pre}text,g rect{fill:currentColor}.l{fill:none;stroke:currentColor;stroke-width:1.2}${styles}</style>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="9" fill="${background}" stroke="${mix(background, foreground, 0.25)}"/>`,
    barHeight === 0 ? "" : bar(title, width, background, foreground),
    `<g transform="translate(${PADDING} ${PADDING + barHeight})">`,
    ...backs,
    ...shapes,
    ...texts,
    "</g></svg>\n",
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function bar(title: string, width: number, background: string, foreground: string): string {
  const dim = mix(background, foreground, 0.3);
  const dots = [0, 1, 2].map((i) => `<circle cx="${18 + i * 16}" cy="${BAR_HEIGHT / 2 + 3}" r="5" fill="${dim}"/>`).join("");
  return `${dots}<text x="${width / 2}" y="${BAR_HEIGHT / 2 + 8}" text-anchor="middle" color="${mix(background, foreground, 0.6)}">${escapeXml(title)}</text>`;
}

function lookOf(cell: OuterCell, foreground: string, background: string): Look {
  const color = (value: number | string | null, own: string) =>
    value === null ? own : typeof value === "string" ? value : (PALETTE_16[value] ?? `#${paletteRgb(value).toString(16).padStart(6, "0")}`);
  let [fg, bg] = [color(cell.fg, foreground), color(cell.bg, background)];
  if (cell.isInverse) [fg, bg] = [bg, fg];
  return { fg: cell.isDim ? mix(bg, fg, 0.55) : fg, bg, cell };
}

function backsOf(looks: readonly Look[], y: number, background: string, classOf: (fill: string) => string): string[] {
  const rects: string[] = [];
  for (let x = 0; x < looks.length; ) {
    const from = x;
    const bg = looks[x]?.bg ?? background;
    while (x < looks.length && looks[x]?.bg === bg) x += 1;
    if (bg === background) continue;
    rects.push(
      `<rect class="${classOf(bg)}" x="${round(from * CELL_WIDTH)}" y="${y * CELL_HEIGHT}" width="${round((x - from) * CELL_WIDTH)}" height="${CELL_HEIGHT}" shape-rendering="crispEdges"/>`,
    );
  }
  return rects;
}

interface Run {
  readonly x: number;
  cells: number;
  text: string;
  readonly look: Look;
}

const LATIN = /^[\x21-\x7e\u00a1-\u024f]+$/;

/** Words of Latin letters in one style; every other character by itself, so that no font can shift its neighbours. */
function runsOf(looks: readonly Look[]): Run[] {
  const runs: Run[] = [];
  for (let x = 0; x < looks.length; x += 1) {
    const look = looks[x];
    if (look === undefined || look.cell.width === 0) continue;
    const text = look.cell.text || " ";
    const last = runs.at(-1);
    if (last !== undefined && last.x + last.cells === x && isSameStyle(last.look, look) && joins(last.text, text)) {
      last.text += text;
      last.cells += look.cell.width;
    } else {
      runs.push({ x, cells: look.cell.width, text, look });
    }
  }
  return runs;
}

/** Blanks stay apart from words, but with each other: an underline below them must not end. */
function joins(before: string, next: string): boolean {
  return (LATIN.test(next) && LATIN.test(before)) || (next === " " && before.trim() === "");
}

function isSameStyle(a: Look, b: Look): boolean {
  return (
    a.fg === b.fg &&
    a.bg === b.bg &&
    a.cell.isBold === b.cell.isBold &&
    a.cell.isItalic === b.cell.isItalic &&
    a.cell.isUnderline === b.cell.isUnderline &&
    a.cell.isStrike === b.cell.isStrike
  );
}

function textElement(run: Run, x: number, y: number, className: string): string {
  const { cell } = run.look;
  const font = `${cell.isBold ? ' font-weight="bold"' : ""}${cell.isItalic ? ' font-style="italic"' : ""}`;
  const fit = ` textLength="${round(run.cells * CELL_WIDTH)}" lengthAdjust="spacingAndGlyphs"`;
  return `<text class="${className}" x="${round(x)}" y="${y + BASELINE}"${font}${fit}>${escapeXml(run.text)}</text>`;
}

function rulesOf(run: Run, at: { x: number; y: number; width: number }, className: string): string[] {
  const rule = (y: number) => `<rect class="${className}" x="${round(at.x)}" y="${y}" width="${round(at.width)}" height="1"/>`;
  return [
    ...(run.look.cell.isUnderline ? [rule(at.y + CELL_HEIGHT - 3)] : []),
    ...(run.look.cell.isStrike ? [rule(at.y + CELL_HEIGHT / 2)] : []),
  ];
}

/** `share` of `b` in `a`; both `#rrggbb`. */
function mix(a: string, b: string, share: number): string {
  const part = (color: string, i: number) => Number.parseInt(color.slice(1 + 2 * i, 3 + 2 * i), 16);
  const parts = [0, 1, 2].map((i) => Math.round(part(a, i) * (1 - share) + part(b, i) * share));
  return `#${parts.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A terminal that shows captured lines with their escape sequences. */
export async function terminalOfCapture(capture: string, size: { cols?: number; rows?: number } = {}): Promise<OuterTerminal> {
  const lines = capture.replace(/\n$/, "").split("\n");
  const plain = lines.map((line) =>
    line.replace(/\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b\[[\d;:?]*[A-Za-z]|\x1b[()][0-9A-B]|[\x0e\x0f]/g, ""),
  );
  const terminal = createOuterTerminal(size.cols ?? Math.max(20, ...plain.map(textWidth)), size.rows ?? lines.length);
  await terminal.write(`\x1b[?7l${lines.join("\r\n")}\x1b[?25l`);
  return terminal;
}

/** Writes the SVG, and beside it a PNG if asked and possible. Returns the names of the files. */
export function savePicture(file: string, svg: string, hasPng: boolean): string[] {
  writeFileSync(file, svg);
  if (!hasPng) return [file];
  const png = `${file.replace(/\.svg$/, "")}.png`;
  const made = spawnSync("rsvg-convert", ["--zoom", "2", "-o", png, file], { stdio: ["ignore", "ignore", "inherit"] });
  return made.status === 0 ? [file, png] : [file];
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { title: { type: "string" }, cols: { type: "string" }, rows: { type: "string" }, png: { type: "boolean" } },
  });
  const [file] = positionals;
  if (file === undefined)
    throw new Error("no file given; run: tmux capture-pane -pe | node test/support/picture.ts FILE.svg [--title T] [--png]");
  const terminal = await terminalOfCapture(readFileSync(0, "utf8"), {
    ...(values.cols === undefined ? {} : { cols: Number(values.cols) }),
    ...(values.rows === undefined ? {} : { rows: Number(values.rows) }),
  });
  const svg = pictureOf(terminal, values.title === undefined ? {} : { title: values.title });
  console.log(savePicture(file, svg, values.png ?? false).join("\n"));
}
