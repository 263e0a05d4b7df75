// `interpane providers` and `interpane models`: the catalog's rows; a provider that is not in it is asked through the server.

import { readFileSync } from "node:fs";
import { findProvider, listProviders, modelsOf } from "../catalog/catalog.ts";
import { loadCatalog } from "../catalog/user-catalog.ts";
import type { Model } from "../domain/profile.ts";
import { resolveHome } from "../link/home.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { ask, printJson, printTable } from "./lists.ts";
import { nearest } from "./nearest.ts";
import { printable } from "./printable.ts";

type Row = readonly string[];

const head = ["MODEL", "NAME", "CONTEXT", "OUTPUT", "TAKES", "REASONING", "$ IN/M", "$ OUT/M"];

/** `interpane providers [ID]`. */
export async function listCatalog(io: Io, id: string | undefined, isJson: boolean): Promise<ExitCode> {
  if (id !== undefined) return listOne(io, id, isJson, (models) => models);
  await load(io);
  // The demo is no provider: it is the program itself.
  const rows = listProviders()
    .filter((row) => row.wire !== "demo")
    .map(({ id: key, name, wire, baseUrl, env }) => ({ id: key, name, wire, baseUrl, env, models: modelsOf(key).length }));
  if (isJson) return printJson(io, rows);
  const table = rows.map((row): Row => [row.id, row.name, row.wire, String(row.models), row.env.join(" ")]);
  return printTable(io, ["PROVIDER", "NAME", "API", "MODELS", "KEY FROM"], table, "no providers");
}

/** `interpane models [--provider ID]`. */
export async function listModels(io: Io, id: string | undefined, isJson: boolean): Promise<ExitCode> {
  if (id !== undefined) return listOne(io, id, isJson, (models) => models.map((model) => ({ provider: id, ...model })));
  await load(io);
  const rows = listProviders()
    .filter((row) => row.wire !== "demo")
    .flatMap((row) => modelsOf(row.id).map((model) => ({ provider: row.id, ...model })));
  if (isJson) return printJson(io, rows);
  const table = rows.map((row): Row => [row.provider, ...modelCells(row)]);
  return printTable(io, ["PROVIDER", ...head], table, "no models");
}

type Shape = (models: readonly Model[]) => readonly unknown[];

async function listOne(io: Io, id: string, isJson: boolean, shape: Shape): Promise<ExitCode> {
  await load(io);
  const row = findProvider(id);
  if (row !== undefined && !row.isLocal) return print(io, id, modelsOf(id), isJson, shape);
  if (row === undefined && id !== "jan" && !isNamedInConfig(io, id)) {
    const meant = meantProvider(id);
    const hint = meant === null ? "interpane providers lists them" : `did you mean "${meant}"?`;
    complain(io, `provider "${printable(id)}" is not in the catalog; ${hint}`);
    return EXIT.usage;
  }
  // What is on this machine, or in the user's own config.toml, the server knows.
  const answer = await ask<"models">(io, { type: "models", provider: id }, "task");
  const problem = answer.ok ? (answer.value.problem ?? null) : answer.reason;
  if (problem !== null) complain(io, printable(problem));
  const rows = answer.ok ? answer.value.rows : [];
  if (rows.length === 0 && problem !== null) return row === undefined ? EXIT.usage : EXIT.failed;
  return print(io, id, rows, isJson, shape);
}

/** A look, not a reading: the server says whether the table is right. */
function isNamedInConfig(io: Io, id: string): boolean {
  try {
    const text = readFileSync(resolveHome(io.env).configFile, "utf8");
    return text.includes("model_providers") && text.includes(id);
  } catch {
    return false;
  }
}

function meantProvider(id: string): string | null {
  return nearest(
    id,
    listProviders().map((row) => row.id),
    3,
  );
}

function print(io: Io, id: string, models: readonly Model[], isJson: boolean, shape: Shape): ExitCode {
  if (isJson) return printJson(io, shape(models));
  return printTable(io, head, models.map(modelCells), `no models of ${printable(id)} are known here; any name can be given`);
}

function modelCells(model: Model): Row {
  return [
    model.id,
    model.name,
    model.contextWindow === null ? "?" : String(model.contextWindow),
    model.maxOutput === null ? "?" : String(model.maxOutput),
    model.input.join("+"),
    model.efforts === undefined ? model.reasoning : `${model.reasoning} ${model.efforts.join("/")}`,
    dollars(model.price?.inputMicros),
    dollars(model.price?.outputMicros),
  ];
}

async function load(io: Io): Promise<void> {
  const problem = await loadCatalog(resolveHome(io.env).catalogFile);
  if (problem !== null) complain(io, printable(problem));
}

function dollars(micros: number | undefined): string {
  return micros === undefined ? "?" : (micros / 1_000_000).toFixed(2);
}
