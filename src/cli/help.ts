// What `--help` and `interpane help` print: from the tables, so that it cannot be stale.

import { type CommandName, type CommandRow, commandGroups, commandTable } from "./command-table.ts";
import { type FlagRow, flagTable } from "./flag-table.ts";

const WIDTH = 80;

/** The first page, on 80×24; or one command with all of its own; or `flags`: every flag of the screen and of `exec`. Null: no such page. */
export function helpText(of?: string): string | null {
  if (of === "flags") return page(columns(flagsOf("screen", "exec").map(flagLine)));
  if (of === undefined || of === "interpane") return page(firstPage());
  const row = commandTable.find(({ name }) => name === of && name !== "screen");
  return row === undefined ? null : page(aboutCommand(row));
}

function firstPage(): string[] {
  const starts = commandTable.filter((row) => row.group === "start");
  const groups = Object.entries(commandGroups).map(([group, title]) => {
    const names = commandTable.filter((row) => row.group === group).map((row) => row.name);
    return [title, names.join(" ")] as const;
  });
  const flags = flagsOf("screen", "exec");
  const others = flags.filter((row) => row.isCommon !== true && row.key !== "help" && row.key !== "version");
  return [
    ...columns(starts.map(commandLine)),
    "",
    ...columns(groups),
    "",
    ...columns(flags.filter((row) => row.isCommon === true).map(flagLine)),
    ...wrapped(others.map((row) => `--${row.name}`).join(" "), "    ", "    "),
    "",
    "interpane help COMMAND: all about it, with examples; interpane help flags",
  ];
}

function aboutCommand(row: CommandRow): string[] {
  const flags = flagsOf(row.name).map(flagLine);
  return [
    ...columns([commandLine(row)]),
    "",
    ...columns(flags),
    ...(row.promise === undefined ? [] : ["", ...row.promise.flatMap((line) => wrapped(line, "- ", "  "))]),
    "",
    ...row.examples.map((line, index) => `${index === 0 ? "examples: " : "          "}${line}`),
  ];
}

function flagsOf(...commands: CommandName[]): FlagRow[] {
  return flagTable.filter((row) => commands.some((name) => row.where.includes(name)));
}

function commandLine(row: CommandRow): readonly [string, string] {
  return [`interpane ${row.usage}`, row.help];
}

function flagLine(row: FlagRow): readonly [string, string] {
  const alias = row.alias === undefined ? "    " : `-${row.alias}, `;
  const value = row.value === undefined ? "" : ` ${row.value}`;
  return [`${alias}--${row.name}${value}`, row.help];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.flatMap(([left, right]) => wrapped(right, left.padEnd(width), " ".repeat(width)));
}

/** At words; one that is wider than a line stays whole. */
function wrapped(text: string, first: string, indent: string): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

function page(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
