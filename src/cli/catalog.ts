// `interpane catalog update`: newer providers and models into the user's own catalog file. Nothing changes unless all went well.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { wholeCatalog } from "../catalog/catalog.ts";
import { MODELS_DEV_URL, overrides } from "../catalog/overrides.ts";
import { type Updated, updateCatalog } from "../catalog/update.ts";
import { loadCatalog, writeUserCatalog } from "../catalog/user-catalog.ts";
import { messageOf } from "../domain/message-of.ts";
import { resolveHome } from "../link/home.ts";
import type { Flags } from "./flag-table.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";

const FETCH_MS = 60_000;
const SOURCE_MAX_BYTES = 64 * 1024 * 1024;

export type CatalogIo = Pick<Io, "env" | "cwd" | "stdout" | "stderr" | "fetchTo">;
export type CatalogFlags = Pick<Flags, "from" | "moonshot" | "accept">;

export async function runCatalogUpdate(flags: CatalogFlags, io: CatalogIo): Promise<ExitCode> {
  const { catalogFile } = resolveHome(io.env);
  const problem = await loadCatalog(catalogFile);
  if (problem !== null) complain(io, printable(problem));
  return updateWith(flags, io, (catalog) => {
    writeUserCatalog(catalogFile, catalog);
    return `${catalogFile}; a server that runs already uses it after its next start (interpane kill --all)`;
  });
}

/** `write` says where it now stands, or throws. */
export async function updateWith(
  flags: CatalogFlags,
  io: CatalogIo,
  write: (catalog: Extract<Updated, { ok: true }>["catalog"]) => string,
): Promise<ExitCode> {
  const api = await source(flags.from, io, { url: MODELS_DEV_URL, env: [] });
  if (!api.ok) return unchanged(io, api.problem, api.exit);
  const moonshot = await source(flags.moonshot, io, overrides.live.moonshotai);
  if (!moonshot.ok) return unchanged(io, moonshot.problem, moonshot.exit);
  const known = wholeCatalog();
  const asOf = `${new Date().toISOString().slice(0, 10)}, models.dev and Moonshot's own list`;
  const updated = updateCatalog({ api: api.value, moonshot: moonshot.value }, known, overrides, asOf);
  if (!updated.ok) return unchanged(io, updated.problem, EXIT.failed);
  const { catalog, changes } = updated;
  for (const line of changes.gains) io.stdout.write(`+ ${printable(line)}\n`);
  for (const line of changes.losses) io.stdout.write(`- ${printable(line)}\n`);
  if (changes.losses.length > 0 && !flags.accept) {
    const what = changes.losses.length === 1 ? "1 line begins" : `${changes.losses.length} lines begin`;
    return unchanged(io, `${what} with "-"; to take that, run it again with --accept`, EXIT.refused);
  }
  try {
    const where = write(catalog);
    const models = Object.entries(catalog.models).reduce((sum, [id, each]) => sum + (id === "demo" ? 0 : each.length), 0);
    const count = catalog.providers.filter((row) => row.wire !== "demo").length;
    io.stdout.write(`${count} providers, ${models} models: ${where}\n`);
    return EXIT.done;
  } catch (error) {
    return unchanged(io, `it could not be written: ${messageOf(error)}`, EXIT.failed);
  }
}

function unchanged(io: CatalogIo, problem: string, exit: ExitCode): ExitCode {
  complain(io, `the catalog is as it was: ${printable(problem)}`);
  return exit;
}

type Source = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string; readonly exit: ExitCode };

/** A file, or one request over the door; where `env` is not empty one of these variables must hold a key. */
async function source(file: string | undefined, io: CatalogIo, from: { url: string; env: readonly string[] }): Promise<Source> {
  if (file !== undefined) {
    const path = resolve(io.cwd, file);
    try {
      return parsed(readFileSync(path, "utf8"), path);
    } catch (error) {
      return { ok: false, problem: `${path} cannot be read: ${messageOf(error)}`, exit: EXIT.usage };
    }
  }
  const { origin } = new URL(from.url);
  const name = from.env.find((each) => (io.env[each] ?? "").trim() !== "");
  const key = name === undefined ? null : (io.env[name] ?? "").trim();
  if (from.env.length > 0 && key === null) {
    return {
      ok: false,
      problem: `${origin} wants a key: set ${from.env.join(" or ")}, or give its list with --moonshot FILE`,
      exit: EXIT.usage,
    };
  }
  try {
    const fetch = await io.fetchTo(origin, key);
    const response = await fetch(from.url, { signal: AbortSignal.timeout(FETCH_MS), headers: { accept: "application/json" } });
    if (!response.ok) {
      await response.body?.cancel();
      return { ok: false, problem: `${origin} answered ${response.status}`, exit: EXIT.provider };
    }
    return parsed(await boundedText(response), from.url);
  } catch (error) {
    return { ok: false, problem: messageOf(error), exit: EXIT.provider };
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > SOURCE_MAX_BYTES) throw new Error("the answer is too long to be a list of models");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string, where: string): Source {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, problem: `${where} is not JSON`, exit: EXIT.failed };
  }
}
