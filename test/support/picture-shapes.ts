// Box-drawing and block characters as lines and rectangles that meet at the edges of their cells, which no font promises.

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Arms to the left, right, up and down: 0 none, 1 light, 2 heavy, 3 double. */
const ARMS: Readonly<Record<string, string>> = {
  "─": "1100",
  "│": "0011",
  "┌": "0101",
  "┐": "1001",
  "└": "0110",
  "┘": "1010",
  "├": "0111",
  "┤": "1011",
  "┬": "1101",
  "┴": "1110",
  "┼": "1111",
  "╴": "1000",
  "╶": "0100",
  "╵": "0010",
  "╷": "0001",
  "━": "2200",
  "┃": "0022",
  "┏": "0202",
  "┓": "2002",
  "┗": "0220",
  "┛": "2020",
  "┣": "0222",
  "┫": "2022",
  "┳": "2202",
  "┻": "2220",
  "╋": "2222",
  "╸": "2000",
  "╺": "0200",
  "╹": "0020",
  "╻": "0002",
  "═": "3300",
  "║": "0033",
  "╔": "0303",
  "╗": "3003",
  "╚": "0330",
  "╝": "3030",
  "╠": "0333",
  "╣": "3033",
  "╦": "3303",
  "╩": "3330",
  "╬": "3333",
  "┄": "1100",
  "┈": "1100",
  "╌": "1100",
  "┆": "0011",
  "┊": "0011",
  "╎": "0011",
};
const DASHED = "┄┈╌┆┊╎";
/** Which side of the middle the arc turns to: left −1 or right 1, up −1 or down 1. */
const ARCS: Readonly<Record<string, readonly [number, number]>> = { "╭": [1, 1], "╮": [-1, 1], "╰": [1, -1], "╯": [-1, -1] };
const SHADES: Readonly<Record<string, number>> = { "░": 0.25, "▒": 0.5, "▓": 0.75 };
/** Blocks as parts of a cell: x, y, width, height. */
const BLOCKS: Readonly<Record<string, readonly (readonly [number, number, number, number])[]>> = {
  "█": [[0, 0, 1, 1]],
  "▀": [[0, 0, 1, 0.5]],
  "▐": [[0.5, 0, 0.5, 1]],
  "▔": [[0, 0, 1, 1 / 8]],
  "▕": [[7 / 8, 0, 1 / 8, 1]],
  "▘": [[0, 0, 0.5, 0.5]],
  "▝": [[0.5, 0, 0.5, 0.5]],
  "▖": [[0, 0.5, 0.5, 0.5]],
  "▗": [[0.5, 0.5, 0.5, 0.5]],
  "▚": [
    [0, 0, 0.5, 0.5],
    [0.5, 0.5, 0.5, 0.5],
  ],
  "▞": [
    [0.5, 0, 0.5, 0.5],
    [0, 0.5, 0.5, 0.5],
  ],
  ...Object.fromEntries([..."▁▂▃▄▅▆▇"].map((char, i) => [char, [[0, 1 - (i + 1) / 8, 1, (i + 1) / 8]]] as const)),
  ...Object.fromEntries([..."▏▎▍▌▋▊▉"].map((char, i) => [char, [[0, 0, (i + 1) / 8, 1]]] as const)),
};

/** SVG of a character that is drawn rather than set, or null. Colours come from the group around it. */
export function shapeOf(char: string, area: Area): string | null {
  const shade = SHADES[char];
  if (shade !== undefined) return rect(area, 0, 0, 1, 1, ` opacity="${shade}"`);
  const blocks = BLOCKS[char];
  if (blocks !== undefined) return blocks.map(([x, y, width, height]) => rect(area, x, y, width, height)).join("");
  const arc = ARCS[char];
  if (arc !== undefined) return arcPath(area, arc);
  const arms = ARMS[char];
  return arms === undefined ? null : armLines(area, [...arms].map(Number), DASHED.includes(char));
}

function rect(area: Area, x: number, y: number, width: number, height: number, more = ""): string {
  return `<rect x="${fix(area.x + x * area.width)}" y="${fix(area.y + y * area.height)}" width="${fix(width * area.width)}" height="${fix(height * area.height)}"${more} shape-rendering="crispEdges"/>`;
}

function armLines(area: Area, [left = 0, right = 0, up = 0, down = 0]: readonly number[], isDashed: boolean): string {
  const [midX, midY] = middle(area);
  const [endX, endY] = [area.x + area.width, area.y + area.height];
  const lines: string[] = [];
  // A straight line is one path, or its halves would show a seam.
  if (left > 0 && left === right) lines.push(...strokes(area.x, midY, endX, midY, left, isDashed));
  else {
    if (left > 0) lines.push(...strokes(area.x, midY, midX, midY, left, isDashed));
    if (right > 0) lines.push(...strokes(midX, midY, endX, midY, right, isDashed));
  }
  if (up > 0 && up === down) lines.push(...strokes(midX, area.y, midX, endY, up, isDashed));
  else {
    if (up > 0) lines.push(...strokes(midX, area.y, midX, midY, up, isDashed));
    if (down > 0) lines.push(...strokes(midX, midY, midX, endY, down, isDashed));
  }
  return lines.join("");
}

function strokes(x1: number, y1: number, x2: number, y2: number, kind: number, isDashed: boolean): string[] {
  const offsets = kind === 3 ? [-1.5, 1.5] : [0];
  const style = kind === 2 ? ' style="stroke-width:2.4"' : isDashed ? ' stroke-dasharray="2 2"' : "";
  const isAcross = y1 === y2;
  return offsets.map((by) => {
    const [dx, dy] = isAcross ? [0, by] : [by, 0];
    return `<path class="l" d="M${fix(x1 + dx)} ${fix(y1 + dy)}L${fix(x2 + dx)} ${fix(y2 + dy)}"${style} stroke-linecap="square"/>`;
  });
}

function arcPath(area: Area, [toX, toY]: readonly [number, number]): string {
  const [midX, midY] = middle(area);
  const radius = area.width / 2;
  const endX = toX > 0 ? area.x + area.width : area.x;
  const endY = toY > 0 ? area.y + area.height : area.y;
  return `<path class="l" d="M${fix(endX)} ${fix(midY)}Q${fix(midX)} ${fix(midY)} ${fix(midX)} ${fix(midY + toY * radius)}L${fix(midX)} ${fix(endY)}"/>`;
}

/** On half a pixel across, so that a line of one pixel is sharp. */
function middle(area: Area): [number, number] {
  return [area.x + area.width / 2, area.y + area.height / 2 + 0.5];
}

function fix(value: number): number {
  return Math.round(value * 100) / 100;
}
