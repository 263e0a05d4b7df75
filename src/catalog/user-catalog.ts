// The user's own catalog file, which `interpane catalog update` writes: read over the bundled rows, checked, and never trusted with
// more than facts (how a key travels and what a provider's oddities are is this program's to say).

import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { modelSchema, providerSchema } from "../domain/profile.ts";
import { authForWire } from "./auth.ts";
import { adoptCatalog, loadModels } from "./catalog.ts";
import { quirksOf } from "./generate.ts";
import { type CatalogFile, printCatalog } from "./update.ts";

const FILE_MAX_BYTES = 32 * 1024 * 1024;

const fileSchema = z.object({
  asOf: z.string().max(200),
  providers: z.array(
    providerSchema
      .pick({ id: true, name: true, wire: true, baseUrl: true, env: true })
      .extend({ wire: z.enum(["responses", "chat", "messages"]), baseUrl: z.url({ protocol: /^https$/ }) }),
  ),
  models: z.record(z.string(), z.array(modelSchema)),
});

/**
 * Loads the models, and the user's file over the bundled rows where there is one. A file that is not right is ignored whole;
 * resolves with what is wrong with it, or null.
 */
export async function loadCatalog(file: string): Promise<string | null> {
  await loadModels();
  let text: string;
  try {
    const bytes = readFileSync(file);
    if (bytes.length > FILE_MAX_BYTES) return ignored(file, "it is too long");
    text = bytes.toString("utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return isMissing ? null : ignored(file, "it cannot be read");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return ignored(file, "it is not JSON");
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return ignored(file, `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "wrong"}`);
  }
  const rows = parsed.data.providers.map((row) => ({ ...row, auth: authForWire(row.wire), isLocal: false, quirks: quirksOf(row.id) }));
  adoptCatalog({ asOf: parsed.data.asOf, providers: rows, models: parsed.data.models });
  return null;
}

function ignored(file: string, why: string): string {
  return `${file} is ignored, the bundled catalog is used: ${why}; mend it with: interpane catalog update`;
}

/** Whole or not at all: a reader never sees half a catalog. Throws what the system says. */
export function writeUserCatalog(file: string, catalog: CatalogFile): void {
  const { providers, models } = printCatalog({
    ...catalog,
    // What lives in the program (the demo, local servers, Bedrock) does not stand in the file.
    providers: catalog.providers.filter((row) => row.baseUrl.startsWith("https:") && !row.baseUrl.includes("{")),
    models: Object.fromEntries(Object.entries(catalog.models).filter(([id]) => id !== "demo")),
  });
  writeWhole(file, `${providers.trimEnd().replace(/\}$/, "")},"models":${models.trimEnd()}}\n`);
}

export function writeWhole(file: string, text: string, mode = 0o600): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString("hex")}.new`;
  try {
    const fd = openSync(draft, "wx", mode);
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
