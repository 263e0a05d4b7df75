// Lists that filter as one types: which rows the picker, the palette and the history show, and what choosing one does.

import { cleanLine } from "./clean.ts";
import { askBuffer, bufferRows, dropBuffer } from "./clipboard.ts";
import { type CommandTable, canRun } from "./command-row.ts";
import { setText } from "./composer.ts";
import type { Effect } from "./effects.ts";
import { fuzzyMatch } from "./fuzzy.ts";
import { openKeyEntry } from "./key-entry.ts";
import type { ListRow } from "./list-row.ts";
import { paletteRows } from "./palette.ts";
import { pickerRows, typedProvider } from "./picker.ts";
import { acceptPlace, placeRows } from "./places.ts";
import { useProfile } from "./profile-actions.ts";
import { purposeOf, query } from "./purpose.ts";
import { forkFrom, rewindRows, rewindTo } from "./rewind.ts";
import { dropRule, ruleRows } from "./rule-actions.ts";
import { closeOverlay, composerOf, focusedAgent, type Overlay, openOverlay, type PickerPart, topOverlay, type Ui } from "./view.ts";

type ListOverlay = Extract<Overlay, { type: "list" }>;

/** The rows that the filter leaves, best first. */
export function listRows(ui: Ui, overlay: ListOverlay, table: CommandTable): ListRow[] {
  const rows = allRows(ui, overlay, table);
  if (overlay.filter.trim() === "") return rows;
  const found = fuzzyMatch(
    overlay.filter,
    rows.map((row) => row.search),
  ).flatMap(({ index }) => rows[index] ?? []);
  const typed = found.length === 0 ? null : typedRow(overlay, rows);
  return typed === null ? found : [...found, typed];
}

/** A model that no list names may still be meant, though another one's name resembles it. */
function typedRow({ kind, part, filter }: ListOverlay, rows: readonly ListRow[]): ListRow | null {
  if (kind !== "picker" || part.type === "providers") return null;
  const id = typedName(part, filter);
  if (rows.some((row) => row.id === id) || id.endsWith("/")) return null;
  const text = `use “${cleanLine(filter.trim())}” as it is typed`;
  return { id, search: "", text, right: "", note: null, isMarked: false, isDisabled: false };
}

function typedName(part: PickerPart, filter: string): string {
  const typed = filter.trim();
  return part.type === "models" ? `${part.provider}/${typed}` : typed;
}

function allRows(ui: Ui, overlay: ListOverlay, table: CommandTable): ListRow[] {
  switch (overlay.kind) {
    case "palette":
      return paletteRows(ui, table);
    case "picker":
      return pickerRows(ui, overlay.agent, overlay.filter, overlay.part);
    case "history":
      return historyRows(ui);
    case "rewind":
      return rewindRows(ui, overlay.agent);
    case "places":
    case "join":
      return placeRows(ui, overlay.kind);
    case "buffers":
      return bufferRows(ui);
    case "rules":
      return ruleRows(ui);
    default:
      return overlay.kind satisfies never;
  }
}

/** Newest first, each once. */
function historyRows(ui: Ui): ListRow[] {
  return [...new Set([...ui.view.history].reverse())].map((text) => ({
    id: text,
    search: text,
    text: cleanLine(text),
    right: "",
    note: null,
    isMarked: false,
    isDisabled: false,
  }));
}

function openList(ui: Ui, kind: ListOverlay["kind"]): void {
  openOverlay(ui, {
    type: "list",
    kind,
    filter: "",
    selected: 0,
    problem: null,
    agent: focusedAgent(ui)?.id ?? null,
    part: { type: "profiles" },
  });
}

/** `/profile NAME`; without a name the picker. */
export function chooseProfile(ui: Ui, argument: string | undefined): Effect[] {
  const agent = focusedAgent(ui);
  const name = argument?.trim() ?? "";
  return agent === undefined || name === "" ? openPicker(ui) : useProfile(ui, agent.id, name);
}

/** The profiles for the focused agent; asks for them anew, so that a new key or a started server shows. */
export function openPicker(ui: Ui): Effect[] {
  openList(ui, "picker");
  const overlay = topOverlay(ui);
  if (overlay?.type === "list")
    overlay.selected = Math.max(
      0,
      pickerRows(ui, overlay.agent, "", overlay.part).findIndex((row) => row.isMarked),
    );
  const provider = focusedAgent(ui)?.profile.provider;
  const asked = [query({ type: "profiles" }, purposeOf("profiles")), query({ type: "providers" }, purposeOf("providers"))];
  return [...asked, ...(provider === undefined ? [] : askModels(ui, provider))];
}

/** Rows of the open picker are about to change: what is chosen stays so, and nothing but that is taken by the next Enter. */
export function keepChosen(ui: Ui, change: () => void): void {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "list" || overlay.kind !== "picker") return change();
  const before = listRows(ui, overlay, [])[overlay.selected];
  change();
  const rows = listRows(ui, overlay, []);
  // Where there was nothing to choose yet, what the agent uses now is chosen.
  const hadChoice = before !== undefined && !before.isDisabled;
  const at = rows.findIndex((row) => (hadChoice ? row.id === before.id : row.isMarked));
  if (at >= 0) overlay.selected = at;
}

/** Lists that were had are asked for anew when the picker opens; the server knows how old they may be. */
function askModels(ui: Ui, provider: string): Effect[] {
  if (!ui.view.models.has(provider)) ui.view.models.set(provider, null);
  return [query({ type: "models", provider }, purposeOf("models", provider))];
}

export function openPalette(ui: Ui): Effect[] {
  openList(ui, "palette");
  return [];
}

export function openHistory(ui: Ui): Effect[] {
  openList(ui, "history");
  return [];
}

export function moveSelection(ui: Ui, table: CommandTable, by: number): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "list") return [];
  const last = listRows(ui, overlay, table).length - 1;
  overlay.selected = Math.max(0, Math.min(last, overlay.selected + by));
  overlay.problem = null;
  return [];
}

/** Tab: the picker's other list; anywhere else the next row. */
export function switchList(ui: Ui, table: CommandTable): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "list" || overlay.kind !== "picker") return moveSelection(ui, table, 1);
  return showPart(ui, overlay, overlay.part.type === "profiles" ? { type: "providers" } : { type: "profiles" });
}

/** With what the agent uses now chosen, where it is among them. */
function showPart(ui: Ui, overlay: ListOverlay, part: PickerPart): Effect[] {
  overlay.part = part;
  overlay.filter = "";
  overlay.problem = null;
  overlay.selected = Math.max(
    0,
    pickerRows(ui, overlay.agent, "", part).findIndex((row) => row.isMarked),
  );
  return part.type === "models" ? askModels(ui, part.provider) : [];
}

/** In the picker a provider's name and a slash ask for its models. */
export function filterList(ui: Ui, change: (filter: string) => string): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "list") return [];
  overlay.filter = change(overlay.filter);
  overlay.selected = 0;
  overlay.problem = null;
  const provider = overlay.kind === "picker" && overlay.part.type === "profiles" ? typedProvider(overlay.filter) : null;
  return provider === null || ui.view.models.has(provider) ? [] : askModels(ui, provider);
}

/** Enter: takes the chosen row. */
export function acceptList(ui: Ui, table: CommandTable): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "list") return [];
  const row = listRows(ui, overlay, table)[overlay.selected];
  switch (overlay.kind) {
    case "picker":
      return overlay.part.type === "providers" ? acceptProvider(ui, overlay, row) : acceptProfile(ui, overlay, row);
    case "palette": {
      const found = table.find(({ id }) => id === row?.id);
      if (found === undefined) return [];
      closeOverlay(ui);
      return canRun(ui, found) ? found.run(ui) : [];
    }
    case "history":
      closeOverlay(ui);
      if (row !== undefined && overlay.agent !== null) setText(composerOf(ui, overlay.agent), row.id);
      return [];
    case "rewind":
      return rewindTo(ui, overlay.agent, row);
    case "places":
    case "join":
      return acceptPlace(ui, overlay.kind, row);
    case "buffers":
      if (row === undefined) return [];
      closeOverlay(ui);
      return askBuffer(ui, Number(row.id));
    case "rules":
      closeOverlay(ui);
      return [];
    default:
      return overlay satisfies never;
  }
}

/** In the list of the user's messages: forks from before the chosen one. */
export function forkChosen(ui: Ui, table: CommandTable): Effect[] {
  const overlay = topOverlay(ui);
  return overlay?.type === "list" ? forkFrom(ui, listRows(ui, overlay, table)[overlay.selected]) : [];
}

/** Its models; where only a key is missing, the place for one. */
function acceptProvider(ui: Ui, overlay: ListOverlay, row: ListRow | undefined): Effect[] {
  if (row === undefined) return [];
  if (!row.isDisabled) return showPart(ui, overlay, { type: "models", provider: row.id });
  const asked = askKey(ui, row.id);
  if (asked === null) overlay.problem = row.note;
  return asked ?? [];
}

/** While the providers are not known yet. */
function isAboutKey(note: string | null): boolean {
  return /\bkey\b|_KEY\b/i.test(note ?? "");
}

/** Null where a key would not help. */
function askKey(ui: Ui, provider: string): Effect[] | null {
  const row = ui.view.providers?.find(({ id }) => id === provider);
  return row?.takesKey === true && row.problem !== null ? openKeyEntry(ui, "", provider) : null;
}

/** In the list of what was copied: takes the chosen one away. */
export function dropChosen(ui: Ui, table: CommandTable): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "list" || (overlay.kind !== "buffers" && overlay.kind !== "rules")) return [];
  const row = listRows(ui, overlay, table)[overlay.selected];
  const effects = overlay.kind === "buffers" ? dropBuffer(ui, row?.id) : dropRule(ui, row?.id);
  overlay.selected = Math.max(0, Math.min(overlay.selected, listRows(ui, overlay, table).length - 1));
  return effects;
}

function acceptProfile(ui: Ui, overlay: ListOverlay, row: ListRow | undefined): Effect[] {
  if (overlay.agent === null) return [];
  if (row === undefined) {
    // Nothing of that name: the server knows more models than the profiles name.
    if (overlay.filter.trim() === "") return [];
    closeOverlay(ui);
    return useProfile(ui, overlay.agent, typedName(overlay.part, overlay.filter));
  }
  if (!row.isDisabled) {
    closeOverlay(ui);
    return useProfile(ui, overlay.agent, row.id);
  }
  // A row of words (why a list is not whole) is named by its provider and a slash.
  const provider = ui.view.profiles?.rows.find(({ id }) => id === row.id)?.provider ?? row.id.replace(/\/$/u, "");
  const asked = askKey(ui, provider) ?? (ui.view.providers === null && isAboutKey(row.note) ? openKeyEntry(ui, "", provider) : null);
  if (asked === null) overlay.problem = row.note;
  return asked ?? [];
}
