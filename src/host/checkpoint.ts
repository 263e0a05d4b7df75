// A journal's checkpoint: what its entries up to a point amount to, so that an opening reads only what came after. Disposable:
// whatever is wrong with it, it is as if it were not there.
//
// The file is one line `interpane-checkpoint <format> <layout> <json bytes> <index bytes> <crc32>\n`, the JSON, and the item index.

import { randomBytes } from "node:crypto";
import { constants, rmSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { factBodySchema } from "../domain/protocol.ts";
import { sessionStateSchema } from "../domain/session-state.ts";
import { workspaceSchema } from "../domain/workspace.ts";
import { type FileOps, writeFully } from "./file-ops.ts";
import { ItemIndex, layoutName } from "./journal-index.ts";

/** Raised when `apply` makes something else of the same facts. */
const FORMAT = 1;
const HEAD_MAX = 120;
/** Written at a time; other work gets its turn between. */
const SLICE = 1024 * 1024;

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** How far a segment had been read; its last entry proves that it is still the same file. */
export const segmentMarkSchema = z.object({
  segment: z.int().positive(),
  length: z.int().nonnegative(),
  /** Where the last entry's line begins, and its CRC. */
  lastStart: z.int().nonnegative(),
  lastCrc: z.int().nonnegative(),
});
export type SegmentMark = z.infer<typeof segmentMarkSchema>;

export const sessionNameSchema = z.object({
  folder: z.string(),
  title: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  items: z.int(),
});
/** What a list says of a session. */
export type SessionName = z.infer<typeof sessionNameSchema>;

const summarySchema = z.object({
  /** Every segment, in order; only the last one may have grown since. */
  segments: z.array(segmentMarkSchema).min(1),
  entries: z.int().nonnegative(),
  /** Entries that this version cannot read: type and how often. */
  unknown: z.array(z.tuple([z.string(), z.int()])),
  name: sessionNameSchema.nullable(),
});
const checkpointSchema = z.discriminatedUnion("type", [
  summarySchema.extend({ type: z.literal("workspace"), state: workspaceSchema }),
  summarySchema.extend({ type: z.literal("session"), state: sessionStateSchema }),
]);
export type Checkpoint = z.infer<typeof checkpointSchema>;
export type CheckpointSummary = z.infer<typeof summarySchema>;

/** A version that knows other facts, or other parts of them, has skipped or dropped other things: it makes its own checkpoints. */
function layout(): string {
  knownLayout ??= crc32(JSON.stringify([layoutName, shapeOf(factBodySchema), shapeOf(checkpointSchema)])).toString(16);
  return knownLayout;
}
let knownLayout: string | null = null;

/** The names of all that a schema takes, at any depth. */
function shapeOf(schema: unknown): unknown {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape).map(([key, value]) => [key, shapeOf(value)]);
  if (schema instanceof z.ZodDiscriminatedUnion || schema instanceof z.ZodUnion) return schema.options.map(shapeOf);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return [schema.type, shapeOf(schema.unwrap())];
  if (schema instanceof z.ZodArray) return shapeOf(schema.element);
  if (schema instanceof z.ZodRecord) return shapeOf(schema.valueType);
  if (schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral) return [...schema._zod.values].map(String);
  return schema instanceof z.ZodType ? schema.type : null;
}

function checkpointPath(stem: string): string {
  return `${stem}.checkpoint`;
}

export interface EncodedCheckpoint {
  readonly parts: readonly Buffer[];
}

/** A copy: what it was made of may change at once. */
export function encodeCheckpoint(checkpoint: Checkpoint, index: ItemIndex | null): EncodedCheckpoint {
  const json = Buffer.from(JSON.stringify(checkpoint));
  const items = index?.encode() ?? Buffer.alloc(0);
  const crc = crc32(items, crc32(json));
  const head = `interpane-checkpoint ${FORMAT} ${layout()} ${json.length} ${items.length} ${crc.toString(16).padStart(8, "0")}\n`;
  return { parts: [Buffer.from(head), json, items] };
}

/** Null where there is none that is whole and of this version. */
export async function readCheckpoint(stem: string): Promise<{ checkpoint: Checkpoint; index: ItemIndex | null } | null> {
  try {
    const bytes = await readFile(checkpointPath(stem), { flag: O_RDONLY | O_NOFOLLOW });
    const head = parseHead(bytes);
    if (head === null || bytes.length !== head.start + head.jsonBytes + head.indexBytes) return null;
    if (crc32(bytes.subarray(head.start)) !== head.crc) return null;
    const indexStart = head.start + head.jsonBytes;
    const parsed = checkpointSchema.safeParse(JSON.parse(bytes.toString("utf8", head.start, indexStart)));
    if (!parsed.success) return null;
    if (head.indexBytes === 0) return { checkpoint: parsed.data, index: null };
    const index = ItemIndex.decode(bytes.subarray(indexStart));
    return index === null ? null : { checkpoint: parsed.data, index };
  } catch {
    // Missing, not ours to read, a disk that fails: the journal itself will say what matters.
    return null;
  }
}

/** What a list needs of it, checked less: neither the index nor the CRC is read. */
export async function readSummary(stem: string): Promise<CheckpointSummary | null> {
  try {
    const file = await open(checkpointPath(stem), O_RDONLY | O_NOFOLLOW);
    try {
      const first = Buffer.alloc(HEAD_MAX);
      const { bytesRead } = await file.read(first, 0, HEAD_MAX, 0);
      const head = parseHead(first.subarray(0, bytesRead));
      if (head === null) return null;
      const json = Buffer.alloc(head.jsonBytes);
      await file.read(json, 0, json.length, head.start);
      const parsed = summarySchema.safeParse(JSON.parse(json.toString("utf8")));
      return parsed.success ? parsed.data : null;
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

function parseHead(bytes: Buffer): { start: number; jsonBytes: number; indexBytes: number; crc: number } | null {
  const end = bytes.subarray(0, HEAD_MAX).indexOf("\n");
  const [name, format, madeFor, jsonBytes, indexBytes, crc] = bytes.toString("latin1", 0, Math.max(0, end)).split(" ");
  if (name !== "interpane-checkpoint" || format !== String(FORMAT) || madeFor !== layout() || crc === undefined) return null;
  const sizes = { jsonBytes: Number(jsonBytes), indexBytes: Number(indexBytes) };
  if (!Number.isSafeInteger(sizes.jsonBytes) || !Number.isSafeInteger(sizes.indexBytes)) return null;
  return { start: end + 1, ...sizes, crc: Number.parseInt(crc, 16) };
}

/** Replaces the checkpoint or leaves it as it was and rejects with what the system said. */
export async function writeCheckpoint(stem: string, encoded: EncodedCheckpoint, ops: FileOps): Promise<void> {
  const path = checkpointPath(stem);
  const temp = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const fd = ops.openSync(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      for (const part of encoded.parts) {
        for (let at = 0; at < part.length; at += SLICE) {
          writeFully(ops, fd, part.subarray(at, at + SLICE));
          if (part.length > SLICE) await new Promise((resolve) => setImmediate(resolve));
        }
      }
      await ops.fdatasync(fd);
    } finally {
      ops.closeSync(fd);
    }
    // The folder is not synced: after a power cut the old checkpoint serves as well.
    ops.renameSync(temp, path);
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
}

/** Never throws: one that stays is found out when it is read. */
export function removeCheckpoint(stem: string): void {
  try {
    rmSync(checkpointPath(stem), { force: true });
  } catch {
    // See above.
  }
}
