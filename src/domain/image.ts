// Pictures that a model is shown: what is known of one, what its bytes say it is, what it costs in tokens. The bytes lie elsewhere.

import { z } from "zod";

const imageMimes = ["image/png", "image/jpeg", "image/gif", "image/webp"] as const;
export const imageMimeSchema = z.enum(imageMimes);
/** The four kinds that all three APIs take. */
export type ImageMime = z.infer<typeof imageMimeSchema>;

/** One with its bytes: what a request holds. Facts of older versions may hold one too. */
export const imageSchema = z.object({
  mime: z.string(),
  base64: z.string(),
  name: z.string().optional(),
  /** Pixels, where they are known. */
  width: z.int().nonnegative().optional(),
  height: z.int().nonnegative().optional(),
});
export type Image = z.infer<typeof imageSchema>;

/** One whose bytes are kept beside the session's journal, under their digest: what facts hold. */
export const keptImageSchema = z.object({
  mime: imageMimeSchema,
  /** SHA-256 of the bytes, hexadecimal. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().positive(),
  /** Pixels. */
  width: z.int().positive(),
  height: z.int().positive(),
  /** The file's own name. */
  name: z.string(),
  /** Where it was read, absolute; it may have changed or gone since. */
  path: z.string(),
});
export type KeptImage = z.infer<typeof keptImageSchema>;

export const itemImageSchema = z.union([keptImageSchema, imageSchema]);
export type ItemImage = z.infer<typeof itemImageSchema>;

/** Images of one message. */
export const IMAGES_MAX = 20;
/** Anthropic refuses more than 5 MiB in base64, which is a third longer than the bytes (its docs, General limits, 2026-11). */
export const IMAGE_BYTES_MAX = (5 * 1024 * 1024 * 3) / 4;
/** Anthropic's longest side, pixels (the same page). */
const IMAGE_SIDE_MAX = 8_000;

export function isKept(image: ItemImage): image is KeptImage {
  return "digest" in image;
}

// What the bytes are --------------------------------------------------------------------------------------------------

export interface ImageFacts {
  readonly mime: ImageMime;
  readonly width: number;
  readonly height: number;
}

/** Read from the bytes, whatever the file is called; null where they are no PNG, JPEG, GIF or WebP with a size. */
export function imageFacts(bytes: Uint8Array): ImageFacts | null {
  const facts = pngFacts(bytes) ?? gifFacts(bytes) ?? webpFacts(bytes) ?? jpegFacts(bytes);
  return facts === null || facts.width === 0 || facts.height === 0 ? null : facts;
}

/** By the first bytes: is it meant to be one of the four? */
export function beginsAsImage(bytes: Uint8Array): boolean {
  const head = latin(bytes, 0, 12);
  return (
    head.startsWith("\u0089PNG\r\n\u001a\n") ||
    /^GIF8[79]a/.test(head) ||
    (head.startsWith("RIFF") && head.endsWith("WEBP")) ||
    head.startsWith("\u00ff\u00d8\u00ff")
  );
}

function latin(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

function big(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

function little(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

function pngFacts(bytes: Uint8Array): ImageFacts | null {
  if (bytes.length < 24 || latin(bytes, 0, 8) !== "\u0089PNG\r\n\u001a\n" || latin(bytes, 12, 16) !== "IHDR") return null;
  return { mime: "image/png", width: big(bytes, 16, 4), height: big(bytes, 20, 4) };
}

function gifFacts(bytes: Uint8Array): ImageFacts | null {
  if (bytes.length < 10 || !/^GIF8[79]a$/.test(latin(bytes, 0, 6))) return null;
  return { mime: "image/gif", width: little(bytes, 6, 2), height: little(bytes, 8, 2) };
}

/** The three forms of a WebP: lossy, lossless, extended. */
function webpFacts(bytes: Uint8Array): ImageFacts | null {
  if (bytes.length < 30 || latin(bytes, 0, 4) !== "RIFF" || latin(bytes, 8, 12) !== "WEBP") return null;
  const mime = "image/webp";
  switch (latin(bytes, 12, 16)) {
    case "VP8 ":
      return { mime, width: little(bytes, 26, 2) & 0x3fff, height: little(bytes, 28, 2) & 0x3fff };
    case "VP8L": {
      const bits = little(bytes, 21, 4);
      return { mime, width: (bits & 0x3fff) + 1, height: (Math.floor(bits / 0x4000) & 0x3fff) + 1 };
    }
    case "VP8X":
      return { mime, width: little(bytes, 24, 3) + 1, height: little(bytes, 27, 3) + 1 };
    default:
      return null;
  }
}

/** The size stands in the first frame header, after segments of any length (a camera's preview may be one). */
function jpegFacts(bytes: Uint8Array): ImageFacts | null {
  if (latin(bytes, 0, 3) !== "\u00ff\u00d8\u00ff") return null;
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { mime: "image/jpeg", width: big(bytes, at + 7, 2), height: big(bytes, at + 5, 2) };
    if (marker === 0xd9 || marker === 0xda) return null;
    at += isAlone ? 2 : 2 + Math.max(2, big(bytes, at + 2, 2));
  }
  return null;
}

// Words and figures ---------------------------------------------------------------------------------------------------

/** Why these bytes cannot be shown to a model; null where they can. */
export function imageProblem(name: string, byteCount: number, facts: ImageFacts | null): string | null {
  if (facts === null) return `${name} is no PNG, JPEG, GIF or WebP image, whatever it is called; convert it first`;
  if (byteCount > IMAGE_BYTES_MAX)
    return `${name} has ${byteText(byteCount)}; an image may have at most ${byteText(IMAGE_BYTES_MAX)}: make it smaller, or save it as JPEG`;
  if (Math.max(facts.width, facts.height) > IMAGE_SIDE_MAX)
    return `${name} is ${facts.width}×${facts.height} pixels; a side may have at most ${IMAGE_SIDE_MAX}: make it smaller`;
  return null;
}

/** `plot.png, PNG 640×480, 12.3 KB`, or as much of it as is known. */
export function describeImage(image: ItemImage, as: "name" | "path" = "name"): string {
  if (!isKept(image)) return image.name === undefined ? image.mime : `${image.name}, ${image.mime}`;
  const kind = image.mime.slice("image/".length);
  const called = as === "path" ? image.path : image.name;
  return `${called}, ${kind === "webp" ? "WebP" : kind.toUpperCase()} ${image.width}×${image.height}, ${byteText(image.bytes)}`;
}

function byteText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? `${Number(kilobytes.toFixed(1))} KB` : `${Number((kilobytes / 1024).toFixed(2))} MB`;
}

/** Where the size is unknown: about what a screenshot costs. */
const UNSIZED_TOKENS = 1_500;

/**
 * An estimate. Messages: one token for each patch of 28×28 pixels, scaled to 1568 pixels and about 1,600 tokens before (Anthropic's
 * docs, Vision; newer models see more). Else: 85, and 170 for each tile of 512×512 once scaled into 2048×2048 and to 768 pixels on
 * the short side (OpenAI's docs, Calculating costs, GPT-4o). Other models count otherwise; the provider's own figure follows.
 */
export function imageTokens(image: Pick<Image, "width" | "height">, wire: string): number {
  const { width = 0, height = 0 } = image;
  if (width === 0 || height === 0) return UNSIZED_TOKENS;
  if (wire === "messages") {
    const scale = Math.min(1, 1568 / Math.max(width, height));
    return Math.min(1_600, Math.ceil((width * scale) / 28) * Math.ceil((height * scale) / 28));
  }
  const fit = Math.min(1, 2048 / Math.max(width, height));
  const scale = fit * Math.min(1, 768 / (Math.min(width, height) * fit));
  return 85 + 170 * Math.ceil((width * scale) / 512) * Math.ceil((height * scale) / 512);
}
