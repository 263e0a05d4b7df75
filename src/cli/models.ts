// `interpane providers` and `interpane models`: the catalog's rows, without asking anybody.

import { findProvider, listProviders, modelsOf } from "../catalog/catalog.ts";
import { loadCatalog } from "../catalog/user-catalog.ts";
import type { Model } from "../domain/profile.ts";
import { resolveHome } from "../link/home.ts";
import { nearest } from "./args.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { printJson, printTable } from "./lists.ts";
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

async function listOne(io: Io, id: string, isJson: boolean, shape: (models: readonly Model[]) => readonly unknown[]): Promise<ExitCode> {
  await load(io);
  if (findProvider(id) === undefined) {
    const meant = nearest(
      id,
      listProviders().map((row) => row.id),
      3,
    );
    complain(
      io,
      `provider "${printable(id)}" is not in the catalog; ${meant === null ? "interpane providers lists them" : `did you mean "${meant}"?`}`,
    );
    return EXIT.usage;
  }
  const models = modelsOf(id);
  if (isJson) return printJson(io, shape(models));
  return printTable(io, head, models.map(modelCells), `no models of ${id} are known here; any name can be given`);
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
