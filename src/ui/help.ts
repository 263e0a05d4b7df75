// The list of keys, for the screen and for the printed manual: both are the command table, written out.

import type { CommandGroup, CommandRow, CommandTable } from "./command-row.ts";
import type { Line } from "./frame-types.ts";
import { keysOf } from "./palette.ts";
import { role } from "./theme.ts";
import { tmuxKeys } from "./tmux-keys.ts";
import { topOverlay, type Ui } from "./view.ts";
import { padToWidth } from "./width.ts";
import { wrapText } from "./wrap.ts";

const groupTitles: Readonly<Record<CommandGroup, string>> = {
  agents: "agents",
  panes: "panes and tabs",
  profiles: "profiles",
  approvals: "questions before something runs",
  message: "the message",
  looking: "looking back",
  copying: "copying and pasting",
  lists: "lists",
  leaving: "leaving",
};

const groups = Object.keys(groupTitles) as CommandGroup[];

const KEY_COLS = 22;

/** Of the list of keys that is open. */
export function filterHelp(ui: Ui, change: (filter: string) => string): void {
  const overlay = topOverlay(ui);
  if (overlay?.type !== "text" || overlay.kind !== "help") return;
  overlay.filter = change(overlay.filter);
  overlay.top = 0;
}

/** Every word of the filter stands in its keys, its names or what it does. */
function fits(ui: Ui, row: CommandRow, filter: string): boolean {
  const names = [row.slash, ...(row.aliases ?? [])].map((name) => (name === undefined ? "" : `/${name}`));
  const text = [keysOf(ui, row), ...names, row.title, row.help, groupTitles[row.group]].join(" ").toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => text.includes(word));
}

export function helpLines(ui: Ui, table: CommandTable, width: number, filter: string): Line[] {
  const { theme } = ui;
  const lines: Line[] = [];
  for (const group of groups) {
    const rows = table.filter((row) => row.group === group && fits(ui, row, filter));
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
    return `| ${keys} | ${names} | ${cell(row.title)} | ${cell(row.help)} | ${code(row.id)} |`;
  };
  const parts = groups.flatMap((group) => {
    const rows = table.filter((row) => row.group === group);
    if (rows.length === 0) return [];
    const title = groupTitles[group];
    return [
      `## ${title.charAt(0).toUpperCase()}${title.slice(1)}`,
      "",
      "| Keys | Name | What | More | Id |",
      "|---|---|---|---|---|",
      ...rows.map(line),
      "",
    ];
  });
  const text = [
    "# Keys and commands",
    "",
    "Made from the table in `src/ui/commands.ts`; `%` works wherever `/` does. `C-` is Ctrl, `M-` Alt, `S-` Shift; `C-b` is the prefix key (inside tmux `C-a`).",
    "",
    ...ownKeys,
    ...parts,
    ...tmuxTable(table, code),
  ];
  return text.join("\n");
}

const ownKeys = [
  "Every key can be changed in [config.toml](configuration.md), by the command's id (the column at the right):",
  "",
  "```toml",
  'prefix = "C-a"',
  "",
  "[keys]",
  '"pane.zoom" = ["prefix Z", "f5"]   # these, in place of those of the table',
  '"pane.left" = ["prefix left", "prefix h"]',
  '"tab.close" = []                    # no key',
  "```",
  "",
  "A key is a character or a name (`enter tab escape backspace delete insert up down left right home end pageup pagedown space f1` … `f12`) with `C-`, `M-` or `S-` before it; `prefix` and a space before that mean the key after the prefix key. Without it a key counts where its command does: in the message, in a list, in scroll mode. A key that two commands want, a command that does not exist and a key that no terminal sends are each said with file and line; all else in the file still counts. The letters on a question (`y`, `n`, …) are written on it and are its own.",
  "",
  "For half a second after the prefix with an arrow (focus, border, swap) the same arrows work without it. A locked screen (`pane.lock`) passes every key on to the pane, the prefix key too, until `pane.unlock`.",
  "",
];

function tmuxTable(table: CommandTable, code: (text: string) => string): string[] {
  const rows = tmuxKeys.map(({ key, does, same, other, why }) => {
    const row = table.find((each) => each.id === (same ?? other));
    const here = row === undefined ? "–" : same !== undefined ? "the same" : row.title;
    return `| ${code(key)} | ${does} | ${here} | ${why ?? ""} |`;
  });
  return [
    "## Behind the prefix: tmux's keys",
    "",
    "tmux 3.3a's list, key by key; a window of tmux is a tab here.",
    "",
    "| Key | In tmux | Here | Why |",
    "|---|---|---|---|",
    ...rows,
    "",
  ];
}
