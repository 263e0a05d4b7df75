// The rows of the profile picker: who would answer, with how much context, at which price, and why one cannot.

import type { AgentId } from "../domain/ids.ts";
import type { ProfileRow } from "../domain/protocol.ts";
import { findAgent } from "../domain/workspace.ts";
import { cleanLine } from "./clean.ts";
import { formatMoney, formatTokens } from "./format.ts";
import type { ListRow } from "./list-row.ts";
import type { Ui } from "./view.ts";
import { padToWidth } from "./width.ts";

const ID_COLS = 14;

export function pickerRows(ui: Ui, agent: AgentId | null): ListRow[] {
  const current = agent === null || ui.workspace === null ? undefined : findAgent(ui.workspace, agent)?.profile.id;
  const rows = ui.view.profiles?.rows ?? [];
  // What can be used at once first; within that the order of the server.
  const usable = rows.filter((row) => row.problem === null);
  return [...usable, ...rows.filter((row) => row.problem !== null)].map((row) => profileListRow(row, row.id === current));
}

function profileListRow(row: ProfileRow, isMarked: boolean): ListRow {
  const id = cleanLine(row.id);
  const name = `${cleanLine(row.providerName)} · ${cleanLine(row.modelName)}`;
  return {
    id: row.id,
    search: `${id} ${row.provider} ${cleanLine(row.providerName)} ${cleanLine(row.model)} ${cleanLine(row.modelName)}`,
    text: `${id.length > ID_COLS ? id : padToWidth(id, ID_COLS)} ${name}`,
    right: [row.contextWindow === null ? "" : formatTokens(row.contextWindow), price(row)].filter((part) => part !== "").join("  "),
    note: row.problem === null ? null : cleanLine(row.problem),
    isMarked,
    isDisabled: row.problem !== null,
  };
}

/** In and out, for a million tokens. */
function price(row: ProfileRow): string {
  if (row.isDemo) return "scripted";
  if (row.inputMicros === null || row.outputMicros === null) return row.isLocal ? "local" : "price ?";
  if (row.inputMicros === 0 && row.outputMicros === 0) return row.isLocal ? "local" : "free";
  return `${formatMoney(row.inputMicros, false)}/${formatMoney(row.outputMicros, false)}`;
}
