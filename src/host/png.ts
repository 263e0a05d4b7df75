// Pictures of a screen as PNG: read, a part cut out, made larger or smaller, written. Only what screenshot programs write.

import { crc32, deflateSync, inflateSync } from "node:zlib";

/** Three bytes for a pixel: red, green, blue; rows from the top. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const RGB = 2;
const RGBA = 6;
/** Of any screen, 16K on both sides included; more is no screenshot. */
const PIXELS_MAX = 16_384 * 16_384;

/** Throws where it is no whole PNG of eight bits a channel, red, green and blue, with or without alpha, not interlaced. */
export function readPng(bytes: Uint8Array): Pixels {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 33 || !file.subarray(0, 8).equals(SIGNATURE)) throw new Error("it is no PNG");
  const width = file.readUInt32BE(16);
  const height = file.readUInt32BE(20);
  const kind = file[25];
  if (width === 0 || height === 0 || width * height > PIXELS_MAX) throw new Error(`its size is ${width}×${height}`);
  if (file[24] !== 8 || (kind !== RGB && kind !== RGBA) || file[28] !== 0)
    throw new Error("it is not eight bits a channel in red, green and blue");
  const channels = kind === RGB ? 3 : 4;
  const rowBytes = width * channels;
  const packed: Buffer[] = [];
  for (let at = 8; at + 8 <= file.length; ) {
    const length = file.readUInt32BE(at);
    if (at + 12 + length > file.length) throw new Error("it is cut off");
    if (file.toString("latin1", at + 4, at + 8) === "IDAT") packed.push(file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const rows = inflateSync(Buffer.concat(packed), { maxOutputLength: (rowBytes + 1) * height });
  if (rows.length !== (rowBytes + 1) * height) throw new Error("it is cut off");
  return { width, height, rgb: toRgb(unfilter(rows, rowBytes, height, channels), width * height, channels) };
}

/** PNG, section 9: each row says how it was written in terms of its left and upper neighbours. */
function unfilter(rows: Buffer, rowBytes: number, height: number, channels: number): Uint8Array {
  const out = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (rowBytes + 1)] ?? 0;
    const to = y * rowBytes;
    out.set(rows.subarray(y * (rowBytes + 1) + 1, (y + 1) * (rowBytes + 1)), to);
    const row = out.subarray(to, to + rowBytes);
    const above = y === 0 ? new Uint8Array(rowBytes) : out.subarray(to - rowBytes, to);
    unfilterRow(filter, row, above, channels);
  }
  return out;
}

function unfilterRow(filter: number, row: Uint8Array, above: Uint8Array, channels: number): void {
  const left = (x: number): number => (x < channels ? 0 : (row[x - channels] ?? 0));
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let x = channels; x < row.length; x++) row[x] = (row[x] ?? 0) + (row[x - channels] ?? 0);
      return;
    case 2:
      for (let x = 0; x < row.length; x++) row[x] = (row[x] ?? 0) + (above[x] ?? 0);
      return;
    case 3:
      for (let x = 0; x < row.length; x++) row[x] = (row[x] ?? 0) + ((left(x) + (above[x] ?? 0)) >> 1);
      return;
    case 4:
      for (let x = 0; x < row.length; x++)
        row[x] = (row[x] ?? 0) + paeth(left(x), above[x] ?? 0, x < channels ? 0 : (above[x - channels] ?? 0));
      return;
    default:
      throw new Error(`it has a row of the unknown kind ${filter}`);
  }
}

function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const toLeft = Math.abs(estimate - left);
  const toUp = Math.abs(estimate - up);
  const toUpLeft = Math.abs(estimate - upLeft);
  return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
}

/** What is behind a see-through screen is not known: alpha is left out. */
function toRgb(data: Uint8Array, pixels: number, channels: number): Uint8Array {
  if (channels === 3) return data;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    rgb[i * 3] = data[i * 4] ?? 0;
    rgb[i * 3 + 1] = data[i * 4 + 1] ?? 0;
    rgb[i * 3 + 2] = data[i * 4 + 2] ?? 0;
  }
  return rgb;
}

export function writePng({ width, height, rgb }: Pixels): Uint8Array {
  const rowBytes = width * 3;
  const rows = Buffer.alloc((rowBytes + 1) * height);
  for (let y = 0; y < height; y++) {
    const to = y * (rowBytes + 1);
    // The difference to the left neighbour: a screen's plain areas become zeros.
    rows[to] = 1;
    for (let x = 0; x < rowBytes; x++) {
      const at = y * rowBytes + x;
      rows[to + 1 + x] = (rgb[at] ?? 0) - (x < 3 ? 0 : (rgb[at - 3] ?? 0));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = RGB;
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", deflateSync(rows, { level: 6 })), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** The part as far as it lies in the picture. */
export function cutOut({ width, height, rgb }: Pixels, region: Region): Pixels {
  const left = Math.max(0, Math.min(width - 1, region.left));
  const top = Math.max(0, Math.min(height - 1, region.top));
  const cols = Math.max(1, Math.min(width - left, region.width));
  const rows = Math.max(1, Math.min(height - top, region.height));
  const out = new Uint8Array(cols * rows * 3);
  for (let y = 0; y < rows; y++) {
    const from = ((top + y) * width + left) * 3;
    out.set(rgb.subarray(from, from + cols * 3), y * cols * 3);
  }
  return { width: cols, height: rows, rgb: out };
}

/** To exactly this size; a pixel is the mean of what it covers, weighted by nearness. */
export function resize(from: Pixels, width: number, height: number): Pixels {
  if (from.width === width && from.height === height) return from;
  const across = weigh(from.width, width);
  const down = weigh(from.height, height);
  const wide = new Float32Array(width * from.height * 3);
  for (let y = 0; y < from.height; y++) {
    for (let x = 0; x < width; x++) {
      const { first, weights } = across[x] ?? NONE;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let i = 0; i < weights.length; i++) {
        const at = (y * from.width + first + i) * 3;
        const weight = weights[i] ?? 0;
        red += weight * (from.rgb[at] ?? 0);
        green += weight * (from.rgb[at + 1] ?? 0);
        blue += weight * (from.rgb[at + 2] ?? 0);
      }
      const to = (y * width + x) * 3;
      wide[to] = red;
      wide[to + 1] = green;
      wide[to + 2] = blue;
    }
  }
  const rgb = new Uint8Array(width * height * 3);
  const rowValues = width * 3;
  for (let y = 0; y < height; y++) {
    const { first, weights } = down[y] ?? NONE;
    for (let x = 0; x < rowValues; x++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += (weights[i] ?? 0) * (wide[(first + i) * rowValues + x] ?? 0);
      rgb[y * rowValues + x] = Math.round(sum);
    }
  }
  return { width, height, rgb };
}

interface Weights {
  readonly first: number;
  readonly weights: readonly number[];
}
const NONE: Weights = { first: 0, weights: [] };

/** For each pixel of the new side: which of the old it is made of, and how much of each; they sum up to one. */
function weigh(from: number, to: number): Weights[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(from - 1, Math.floor(centre + reach));
    const raw: number[] = [];
    for (let at = first; at <= last; at++) raw.push(Math.max(0, 1 - Math.abs(at - centre) / reach));
    const sum = raw.reduce((total, each) => total + each, 0);
    return sum > 0
      ? { first, weights: raw.map((each) => each / sum) }
      : { first: Math.min(from - 1, Math.max(0, Math.round(centre))), weights: [1] };
  });
}
