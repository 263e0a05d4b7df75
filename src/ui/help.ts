// The list of keys, for the screen and for the printed manual: both are the command table, written out.

import type { CommandGroup, CommandRow, CommandTable } from "./command-row.ts";
import type { Line } from "./frame-types.ts";
import { keysOf } from "./palette.ts";
import { role } from "./theme.ts";
import type { Ui } from "./view.ts";
import { padToWidth } from "./width.ts";
import { wrapText } from "./wrap.ts";

const groupTitles: Readonly<Record<CommandGroup, string>> = {
  agents: "agents",
  panes: "panes and tabs",
  profiles: "profiles",
  approvals: "questions before something runs",
  message: "the message",
  looking: "looking back",
  lists: "lists",
  leaving: "leaving",
};

const groups = Object.keys(groupTitles) as CommandGroup[];

const KEY_COLS = 22;

export function helpLines(ui: Ui, table: CommandTable, width: number): Line[] {
  const { theme } = ui;
  const lines: Line[] = [];
  for (const group of groups) {
    const rows = table.filter((row) => row.group === group);
    if (rows.length === 0) continue;
    if (lines.length > 0) lines.push([]);
    lines.push([{ text: groupTitles[group], style: role(theme, "heading") }]);
    for (const row of rows) {
      const keys = [keysOf(ui, row), row.slash === undefined ? "" : `/${row.slash}`].filter((part) => part !== "").join("  ");
      const room = width - KEY_COLS - 1;
      const words = room >= 16 ? wrapText(row.help, room, role(theme, "text")) : [];
      const isNarrow = words.length === 0 || keys.length > KEY_COLS;
      if (isNarrow) {
        lines.push([{ text: keys, style: role(theme, "key") }]);
        lines.push(
          ...wrapText(row.help, Math.max(1, width - 2), role(theme, "text")).map((line): Line => [{ text: "  ", style: {} }, ...line]),
        );
        continue;
      }
      words.forEach((line, index) => {
        lines.push([{ text: `${padToWidth(index === 0 ? keys : "", KEY_COLS)} `, style: role(theme, "key") }, ...line]);
      });
    }
  }
  return lines;
}

/** The same list as a page of Markdown; `prefix` is written as it is by default, `C-b`. */
export function keyList(table: CommandTable): string {
  const cell = (text: string) => text.replace(/\|/g, "\\|");
  const code = (text: string) => `\`${text === "`" ? "` `" : cell(text)}\``;
  const line = (row: CommandRow) => {
    const keys = row.keys.map((key) => code(key.startsWith("prefix ") ? `C-b ${key.slice(7)}` : key)).join(" ");
    const names = [row.slash, ...(row.aliases ?? [])].flatMap((name) => (name === undefined ? [] : [code(`/${name}`)])).join(" ");
    return `| ${keys} | ${names} | ${cell(row.title)} | ${cell(row.help)} |`;
  };
  const parts = groups.flatMap((group) => {
    const rows = table.filter((row) => row.group === group);
    if (rows.length === 0) return [];
    const title = groupTitles[group];
    return [
      `## ${title.charAt(0).toUpperCase()}${title.slice(1)}`,
      "",
      "| Keys | Name | What | More |",
      "|---|---|---|---|",
      ...rows.map(line),
      "",
    ];
  });
  return ["# Keys and commands", "", "Made from `src/ui/commands.ts`; `%` works wherever `/` does.", "", ...parts].join("\n");
}
