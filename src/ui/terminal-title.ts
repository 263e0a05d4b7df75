// How a terminal is called: as its user has named it, else by its program's title or what runs in it, else as what was started.

import type { TerminalInfo } from "../domain/workspace.ts";
import { cleanLine } from "./clean.ts";
import type { Ui } from "./view.ts";

export function terminalTitle(ui: Ui, info: TerminalInfo | undefined): string {
  if (info === undefined) return "terminal";
  // Of one that has ended it counts what would be run again.
  const own = info.isNamed === true || info.exitCode !== null ? "" : cleanLine(ui.titles.get(info.id) ?? "");
  return own || cleanLine(info.title);
}
