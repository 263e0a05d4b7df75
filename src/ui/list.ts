// Lists that filter as one types: which rows the picker, the palette and the history show, and what choosing one does.

import { openKeyEntry, useProfile } from "./agent-actions.ts";
import { cleanLine } from "./clean.ts";
import { type CommandTable, canRun } from "./command-row.ts";
import { setText } from "./composer.ts";
import type { Effect } from "./effects.ts";
import { fuzzyMatch } from "./fuzzy.ts";
import type { ListRow } from "./list-row.ts";
import { paletteRows } from "./palette.ts";
import { pickerRows, typedProvider } from "./picker.ts";
import { purposeOf, query } from "./purpose.ts";
import { forkFrom, rewindRows, rewindTo } from "./rewind.ts";
import { closeOverlay, composerOf, focusedAgent, type Overlay, openOverlay, topOverlay, type Ui } from "./view.ts";

type ListOverlay = Extract<Overlay, { type: "list" }>;

/** The rows that the filter leaves, best first. */
export function listRows(ui: Ui, overlay: ListOverlay, table: CommandTable): ListRow[] {
  const rows = allRows(ui, overlay, table);
  if (overlay.filter.trim() === "") return rows;
  return fuzzyMatch(
    overlay.filter,
    rows.map((row) => row.search),
  ).flatMap(({ index }) => rows[index] ?? []);
}

function allRows(ui: Ui, overlay: ListOverlay, table: CommandTable): ListRow[] {
  switch (overlay.kind) {
    case "palette":
      return paletteRows(ui, table);
    case "picker":
      return pickerRows(ui, overlay.agent, overlay.filter);
    case "history":
      return historyRows(ui);
    case "rewind":
      return rewindRows(ui, overlay.agent);
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
  openOverlay(ui, { type: "list", kind, filter: "", selected: 0, problem: null, agent: focusedAgent(ui)?.id ?? null });
}

/** The profiles for the focused agent; asks for them anew, so that a new key or a started server shows. */
export function openPicker(ui: Ui): Effect[] {
  openList(ui, "picker");
  const overlay = topOverlay(ui);
  if (overlay?.type === "list")
    overlay.selected = Math.max(
      0,
      pickerRows(ui, overlay.agent, "").findIndex((row) => row.isMarked),
    );
  const provider = focusedAgent(ui)?.profile.provider;
  return [query({ type: "profiles" }, purposeOf("profiles")), ...(provider === undefined ? [] : askModels(ui, provider))];
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

/** In the picker a provider's name and a slash ask for its models. */
export function filterList(ui: Ui, change: (filter: string) => string): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "list") return [];
  overlay.filter = change(overlay.filter);
  overlay.selected = 0;
  overlay.problem = null;
  const provider = overlay.kind === "picker" ? typedProvider(overlay.filter) : null;
  return provider === null || ui.view.models.has(provider) ? [] : askModels(ui, provider);
}

/** Enter: takes the chosen row. */
export function acceptList(ui: Ui, table: CommandTable): Effect[] {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "list") return [];
  const row = listRows(ui, overlay, table)[overlay.selected];
  switch (overlay.kind) {
    case "picker":
      return acceptProfile(ui, overlay, row);
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
    default:
      return overlay satisfies never;
  }
}

/** In the list of the user's messages: forks from before the chosen one. */
export function forkChosen(ui: Ui, table: CommandTable): Effect[] {
  const overlay = topOverlay(ui);
  return overlay?.type === "list" ? forkFrom(ui, listRows(ui, overlay, table)[overlay.selected]) : [];
}

function acceptProfile(ui: Ui, overlay: ListOverlay, row: ListRow | undefined): Effect[] {
  if (overlay.agent === null) return [];
  if (row === undefined) {
    // Nothing of that name: the server knows more models than the profiles name.
    const name = overlay.filter.trim();
    if (name === "") return [];
    closeOverlay(ui);
    return useProfile(ui, overlay.agent, name);
  }
  if (!row.isDisabled) {
    closeOverlay(ui);
    return useProfile(ui, overlay.agent, row.id);
  }
  const profile = ui.view.profiles?.rows.find(({ id }) => id === row.id);
  if (profile !== undefined && !profile.isLocal && /\bkey\b|_KEY\b/i.test(row.note ?? "")) return openKeyEntry(ui, "", profile.provider);
  overlay.problem = row.note;
  return [];
}
