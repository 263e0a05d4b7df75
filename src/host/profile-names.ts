// What a name means: a profile's file, `provider/model`, or a bare model's name, and the draft that comes of it.

import { isAbsolute } from "node:path";
import type { ProfileFile } from "../domain/profile.ts";
import type { Profiles } from "../engine/ports.ts";
import { originOf } from "../net/origin.ts";
import { isLocalId, janRow } from "./local-servers.ts";
import { type Built, buildProfile, type Draft } from "./profile-build.ts";
import type { FoundProfile, ParsedProfile } from "./profile-files.ts";
import { isUnmistakable } from "./profile-keys.ts";
import type { FoundDraft } from "./profile-settings.ts";
import { findRow, modelsOfProvider, type ProfileWorld, type ProviderRow } from "./profile-world.ts";
import { nearest } from "./settings-problem.ts";

export type Resolved = ReturnType<Profiles["resolve"]>;

/** In this order: a profile; `provider/model`; the active profile's provider; the only provider that has both model and key. */
export function findDraft(name: string, active: string | null, profiles: readonly FoundProfile[], world: ProfileWorld): FoundDraft {
  const wanted = name.trim();
  const file = profiles.find((profile) => isNamed(profile, wanted));
  if (file === undefined) return findModel(wanted, active, profiles, world);
  const parsed = file.parsed();
  const strange = parsed.ok && file.path === wanted ? strangeKey(file.path, parsed.file) : null;
  if (!parsed.ok || strange !== null) return { ok: false, problem: strange ?? problemsOf(parsed).join("\n"), candidates: [] };
  const notice = foreignNotice(parsed);
  return { ok: true, draft: { id: file.id, from: file.from, file: parsed.file, ...(notice === null ? {} : { notice }) } };
}

export function isNamed(profile: FoundProfile, wanted: string): boolean {
  return profile.id === wanted || profile.path === wanted;
}

/** As the command line hands one over: absolute, with the ending of a profile's file. */
export function isProfilePath(name: string): boolean {
  return isAbsolute(name) && /\.(ya?ml|json|py)$/u.test(name);
}

/** A file from anywhere is not yet the user's own: it must not choose which of his keys goes to which address. */
function strangeKey(path: string, file: ProfileFile): string | null {
  if (file.base_url === undefined || file.credential?.startsWith("env:") !== true) return null;
  const name = file.credential.slice("env:".length);
  return `${path}: it would send ${name} to ${originOf(file.base_url)}; if that is what you want, make it yours: interpane profile import ${path}`;
}

function foreignNotice(parsed: Extract<ParsedProfile, { ok: true }>): string | null {
  const { left, secret } = parsed.foreign ?? { left: [], secret: null };
  const parts = [
    ...(left.length === 0 ? [] : [`left out: ${left.map((line) => line.split(":")[0]).join(", ")}`]),
    ...(secret === null ? [] : ["its api_key is not used (interpane vault add keeps one)"]),
  ];
  return parts.length === 0 ? null : `written for Open Interpreter; ${parts.join("; ")}; interpane profile import says more`;
}

export function findModel(wanted: string, active: string | null, profiles: readonly FoundProfile[], world: ProfileWorld): FoundDraft {
  const knows = (provider: string, model: string): boolean => modelsOfProvider(world, provider).some((each) => each.id === model);
  const slash = wanted.indexOf("/");
  const provider = slash > 0 ? wanted.slice(0, slash) : "";
  const model = wanted.slice(slash + 1);
  const isProvider = provider !== "" && model !== "" && findRow(world, provider) !== undefined;
  // `anthropic/claude-opus-4.5` is also how OpenRouter names one: whoever knows exactly this model is meant.
  const isActives = active !== null && knows(active, wanted);
  if (isProvider && (knows(provider, model) || !isActives)) return { ok: true, draft: adhocDraft(provider, model, world) };
  if (active !== null && isActives) return { ok: true, draft: adhocDraft(active, wanted, world) };
  return findBare(wanted, profiles, world, active);
}

function findBare(model: string, profiles: readonly FoundProfile[], world: ProfileWorld, active: string | null): FoundDraft {
  const holders = allRows(world).filter((row) => modelsOfProvider(world, row.id).some((each) => each.id === model));
  const usable = holders.filter((row) => adhoc(row.id, model, world).problem === null && (isLocalId(row.id) || isUnmistakable(row, world)));
  const [only] = usable;
  if (only !== undefined && usable.length === 1) return { ok: true, draft: adhocDraft(only.id, model, world) };
  const namesOf = (rows: readonly ProviderRow[]): string[] => rows.map((row) => `${row.id}/${model}`);
  const list = (rows: readonly ProviderRow[]): string => {
    const names = namesOf(rows).slice(0, 8).join(", ");
    return rows.length > 8 ? `${names} and ${rows.length - 8} more` : names;
  };
  if (usable.length > 1) {
    return {
      ok: false,
      problem: `"${model}" is a model of several providers; write one of: ${list(usable)}`,
      candidates: namesOf(usable),
    };
  }
  if (holders.length > 0) {
    const similar = holders.some((row) => MAKERS.includes(row.id)) ? [] : similarModels(model, active, world);
    const others = similar.length === 0 ? "" : `; similar: ${similar.join(", ")}`;
    return {
      ok: false,
      problem: `"${model}" is a model of ${holders.length === 1 ? "a provider" : "providers"} without a key of its own; write one of: ${list(holders)}${others}; a key is added by: interpane vault add PROVIDER`,
      candidates: [...similar, ...namesOf(holders)],
    };
  }
  const meant = nearest(
    model,
    profiles.map((profile) => profile.id),
  );
  const similar = meant === null ? similarModels(model, active, world) : [];
  const hint = meant === null ? (similar.length === 0 ? "" : `; similar: ${similar.join(", ")}`) : ` (did you mean "${meant}"?)`;
  const how = active === null ? "PROVIDER/MODEL" : `${active}/${model}`;
  return {
    ok: false,
    problem: `"${model}" is no profile and no known model${hint}; to use it all the same, write ${how}`,
    candidates: similar,
  };
}

/** Whose short names people know, with a key or without. */
const MAKERS: readonly string[] = ["openai", "anthropic"];
const SIMILAR_MOST = 5;

/** What a short name (`claude-3-5-sonnet`) or a slip (`gpt-4oo`) was meant for; of one that differs in its numbers nothing: it is a newer one. */
function similarModels(model: string, active: string | null, world: ProfileWorld): string[] {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[._]/gu, "-");
  const numbers = (name: string): string => name.replaceAll(/\D+/gu, "");
  const rows = allRows(world).filter((row) => row.id === active || MAKERS.includes(row.id) || isUnmistakable(row, world));
  const known = rows.flatMap((row) => modelsOfProvider(world, row.id).map((each) => ({ id: each.id, name: `${row.id}/${each.id}` })));
  const longer = known.filter(({ id }) => plain(id).startsWith(`${plain(model)}-`) || plain(id) === plain(model));
  if (longer.length > 0) return longer.slice(0, SIMILAR_MOST).map(({ name }) => name);
  const slip = nearest(
    model,
    known.map(({ id }) => id),
  );
  if (slip === null || numbers(slip) !== numbers(model)) return [];
  return known.filter(({ id }) => id === slip).map(({ name }) => name);
}

export function resolveDraft(found: FoundDraft, world: ProfileWorld): Resolved {
  return found.ok ? toResolved(buildProfile(found.draft, world)) : { ok: false, problem: found.problem };
}

function toResolved({ profile, problem, notice, id }: Built): Resolved {
  if (problem !== null || profile === null) return { ok: false, problem: problem ?? `profile "${id}" cannot be used` };
  return { ok: true, profile, ...(notice === null ? {} : { notice }) };
}

export function adhoc(provider: string, model: string, world: ProfileWorld): Built {
  return buildProfile(adhocDraft(provider, model, world), world);
}

/** A profile made on the spot; the two picks of a provider are each other's pair. */
export function adhocDraft(provider: string, model: string, world: ProfileWorld): Draft {
  const pick = pairOf(provider, world);
  const other =
    pick === null || pick.fast === pick.smart ? undefined : model === pick.fast ? pick.smart : model === pick.smart ? pick.fast : undefined;
  const file = { provider, model, ...(other === undefined ? {} : { pair: `${provider}/${other}` }) };
  return { id: `${provider}/${model}`, from: "adhoc", file };
}

export function allRows(world: ProfileWorld): ProviderRow[] {
  const own = Object.keys(world.config.modelProviders);
  return [
    ...own,
    janRow.id,
    ...world.catalog
      .listProviders()
      .map((row) => row.id)
      .filter((id) => !own.includes(id)),
  ].flatMap((id) => findRow(world, id) ?? []);
}

export function problemsOf(parsed: ParsedProfile): readonly string[] {
  return parsed.ok ? [] : parsed.problems;
}

export function pairOf(provider: string, world: ProfileWorld): { fast: string; smart: string } | null {
  const server = world.local.find((each) => each.provider === provider);
  if (server === undefined) return world.catalog.preferredPair(provider, modelsOfProvider(world, provider));
  return server.fast === null || server.smart === null ? null : { fast: server.fast, smart: server.smart };
}
