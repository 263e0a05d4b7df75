// All about the focused agent, as a text to read.

import { agentInfo } from "../domain/agent-info.ts";
import { cleanLine } from "./clean.ts";
import { formatTokens } from "./format.ts";
import type { Line } from "./frame-types.ts";
import { role } from "./theme.ts";
import { focusedAgent, type Ui } from "./view.ts";
import { wrapText } from "./wrap.ts";

export function infoLines(ui: Ui, width: number): Line[] {
  const agent = focusedAgent(ui);
  if (agent === undefined || ui.workspace === null) return [];
  const rows = agentInfo(ui.workspace, agent, formatTokens);
  return rows.flatMap(([name, value]) => wrapText(`${name.padEnd(13)}${cleanLine(value)}`, width, role(ui.theme, "text")));
}
