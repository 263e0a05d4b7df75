// The rows of the profile picker: who would answer, with how much context, at which price, and why one cannot; after the profiles
// the models of the agent's provider, and of one that is typed with a slash.

import type { AgentId } from "../domain/ids.ts";
import type { Model } from "../domain/profile.ts";
import type { ProfileRow } from "../domain/protocol.ts";
import { findAgent } from "../domain/workspace.ts";
import { cleanLine } from "./clean.ts";
import { formatMoney, formatTokens } from "./format.ts";
import type { ListRow } from "./list-row.ts";
import type { PickerPart, Ui } from "./view.ts";
import { padToWidth, textWidth } from "./width.ts";

const ID_COLS = 14;
const ID_COLS_MOST = 24;

function idIn(id: string, cols: number): string {
  return textWidth(id) > cols ? id : padToWidth(id, cols);
}

/** As wide as the longest name needs, so that what follows stands in a column. */
function idCols(rows: readonly { readonly id: string }[]): number {
  return Math.min(ID_COLS_MOST, Math.max(ID_COLS, ...rows.map(({ id }) => textWidth(cleanLine(id)))));
}

/** `groq` where `groq/…` is typed; null where no provider is. */
export function typedProvider(filter: string): string | null {
  return /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\//u.exec(filter)?.[1] ?? null;
}

export function pickerRows(ui: Ui, agent: AgentId | null, filter: string, part: PickerPart): ListRow[] {
  switch (part.type) {
    case "profiles":
      return profileRows(ui, agent, filter);
    case "providers":
      return providerRows(ui, agent);
    case "models":
      return modelRows(ui, part.provider, presentModel(ui, agent, part.provider));
    default:
      return part satisfies never;
  }
}

function presentModel(ui: Ui, agent: AgentId | null, provider: string): string | undefined {
  const profile = agent === null || ui.workspace === null ? undefined : findAgent(ui.workspace, agent)?.profile;
  return profile?.provider === provider ? profile.model : undefined;
}

function providerRows(ui: Ui, agent: AgentId | null): ListRow[] {
  const present = agent === null || ui.workspace === null ? undefined : findAgent(ui.workspace, agent)?.profile.provider;
  const cols = idCols(ui.view.providers ?? []);
  return (ui.view.providers ?? []).map((row) => {
    const id = cleanLine(row.id);
    const count = row.models === 1 ? "1 model" : `${row.models} models`;
    return {
      id: row.id,
      search: `${id} ${cleanLine(row.name)}`,
      text: `${idIn(id, cols)} ${cleanLine(row.name)}`,
      right: [row.isOwn ? "your own" : "", row.isLocal ? "local" : "", count].filter((word) => word !== "").join("  "),
      note: row.problem === null ? null : cleanLine(row.problem),
      isMarked: row.id === present,
      isDisabled: row.problem !== null,
    };
  });
}

function profileRows(ui: Ui, agent: AgentId | null, filter: string): ListRow[] {
  const profile = agent === null || ui.workspace === null ? undefined : findAgent(ui.workspace, agent)?.profile;
  const current = profile?.id;
  const rows = ui.view.profiles?.rows ?? [];
  // What can be used at once first; within that what was used lately, then the order of the server.
  const recent = ui.view.profiles?.recent ?? [];
  const rank = (row: ProfileRow): number => (recent.includes(row.id) ? recent.indexOf(row.id) : recent.length);
  const usable = rows.filter((row) => row.problem === null).toSorted((a, b) => rank(a) - rank(b));
  const named = [...usable, ...rows.filter((row) => row.problem !== null)].map((row) =>
    profileListRow(row, row.id === current, idCols(rows)),
  );
  const providers = new Set([typedProvider(filter), profile?.provider ?? null]);
  const models = [...providers].flatMap((provider) => (provider === null ? [] : modelRows(ui, provider, profile?.model)));
  return [...named, ...models.filter((model) => !named.some((row) => row.id === model.id))];
}

function modelRows(ui: Ui, provider: string, current: string | undefined): ListRow[] {
  const list = ui.view.models.get(provider);
  if (list === undefined) return [];
  const said = list === null ? `asking ${provider} for its models` : list.problem;
  const words = said === null ? [] : [wordRow(provider, said)];
  return [...words, ...(list?.rows ?? []).map((model) => modelListRow(provider, model, model.id === current))];
}

/** Nothing to choose: why the list is not whole. */
function wordRow(provider: string, said: string): ListRow {
  const text = cleanLine(said);
  return { id: `${provider}/`, search: `${provider}/`, text, right: "", note: text, isMarked: false, isDisabled: true };
}

function modelListRow(provider: string, model: Model, isMarked: boolean): ListRow {
  const id = `${provider}/${model.id}`;
  const parts = [
    steering(model),
    model.input.includes("image") ? "images" : "",
    model.contextWindow === null ? "" : formatTokens(model.contextWindow),
    priceText(model.price?.inputMicros ?? null, model.price?.outputMicros ?? null, false),
  ];
  return {
    id,
    search: `${cleanLine(id)} ${cleanLine(model.name)}`,
    text: cleanLine(model.name) === cleanLine(model.id) ? cleanLine(id) : `${cleanLine(id)} ${cleanLine(model.name)}`,
    right: parts.filter((part) => part !== "").join("  "),
    note: null,
    isMarked,
    isDisabled: false,
  };
}

function steering({ reasoning }: Model): string {
  switch (reasoning) {
    case "none":
      return "";
    case "fixed":
      return "thinks";
    case "effort":
      return "effort";
    case "thinking_toggle":
    case "thinking_budget":
      return "thinking";
    default:
      return reasoning satisfies never;
  }
}

function profileListRow(row: ProfileRow, isMarked: boolean, cols: number): ListRow {
  const id = cleanLine(row.id);
  const name = `${cleanLine(row.providerName)} · ${cleanLine(row.modelName)}`;
  return {
    id: row.id,
    search: `${id} ${row.provider} ${cleanLine(row.providerName)} ${cleanLine(row.model)} ${cleanLine(row.modelName)}`,
    text: `${idIn(id, cols)} ${name}`,
    right: [row.contextWindow === null ? "" : formatTokens(row.contextWindow), price(row)].filter((part) => part !== "").join("  "),
    note: row.problem === null ? null : cleanLine(row.problem),
    isMarked,
    isDisabled: row.problem !== null,
  };
}

/** In and out, for a million tokens. */
function price(row: ProfileRow): string {
  if (row.isDemo) return "scripted";
  return priceText(row.inputMicros, row.outputMicros, row.isLocal);
}

function priceText(inputMicros: number | null, outputMicros: number | null, isLocal: boolean): string {
  if (inputMicros === null || outputMicros === null) return isLocal ? "local" : "price ?";
  if (inputMicros === 0 && outputMicros === 0) return isLocal ? "local" : "free";
  return `${formatMoney(inputMicros, false)}/${formatMoney(outputMicros, false)}`;
}
