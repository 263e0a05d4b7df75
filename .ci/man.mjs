// The manual page, in man(7), from the tables of commands and flags; `.ci/docs.mjs` writes it.

/** A backslash, a leading dot or quote, and a hyphen that is to be copied as one, mean something to roff. */
function roff(text) {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^([.'])/u, "\\&$1")
    .replaceAll("…", "...")
    .replaceAll("“", '"')
    .replaceAll("”", '"');
}

const bold = (text) => `\\fB${roff(text)}\\fR`;
const paragraph = (term, ...lines) => [".TP", term, ...lines.map(roff)];

function flag(row) {
  const names = [row.alias === undefined ? [] : `-${row.alias}`, `--${row.name}`].flat().map(bold).join(", ");
  return paragraph(row.value === undefined ? names : `${names} \\fI${roff(row.value)}\\fR`, row.help);
}

function command(row, flags) {
  const own = flags.filter((each) => each.where.includes(row.name) && each.name !== "help" && each.name !== "version");
  return [
    `.SS ${bold(`interpane ${row.usage}`)}`,
    roff(row.help),
    ...(own.length === 0 ? [] : [".br", `Flags: ${own.map((each) => bold(`--${each.name}`)).join(", ")}`]),
    ...(row.promise ?? []).flatMap((line) => [".IP \\(bu 2", roff(line)]),
    ".PP",
    "Examples:",
    ".PP",
    ".nf",
    ...row.examples.map((example) => `    ${roff(example)}`),
    ".fi",
  ];
}

export function manPage({ commands, flags, slash }) {
  const lines = [
    '.\\" Made from src/cli/command-table.ts, src/cli/flag-table.ts and src/ui/commands.ts by .ci/docs.mjs.',
    '.TH INTERPANE 1 "" "Interpane" "User Commands"',
    ".SH NAME",
    "interpane, interpreter \\- many AI agents side by side in one terminal",
    ".SH SYNOPSIS",
    `${bold("interpane")} [\\fIflags\\fR] [\\fIprompt\\fR]`,
    ".br",
    `${bold("interpane")} \\fICOMMAND\\fR [\\fIflags\\fR] [\\fIwords\\fR]`,
    ".SH DESCRIPTION",
    roff(
      "Each pane is an agent with its own shell, profile and meter; all share one vault and one scheduler. Code runs on this machine, after it was allowed.",
    ),
    ".PP",
    roff("interpreter is the same program under another name. Underscores in a flag mean the same as hyphens."),
    ".SH COMMANDS",
    ...commands.flatMap((row) => command(row, flags)),
    ".SH FLAGS",
    ...flags.flatMap(flag),
    ".SH INSIDE",
    roff("Typed into an agent's message line; % works wherever / does, and underscores mean the same as hyphens."),
    ...slash.flatMap((row) => paragraph([row.slash, ...(row.aliases ?? [])].map((name) => bold(`/${name}`)).join(", "), row.help)),
    ".SH FILES",
    ...paragraph(bold("~/.config/interpane/config.toml"), "settings; only ever read"),
    ...paragraph(bold("~/.config/interpane/profiles/NAME.yaml"), "profiles of your own"),
    ...paragraph(bold("~/.local/share/interpane/"), "the vault, conversations, and what was spent"),
    ...paragraph(bold("~/.local/state/interpane/"), "what is remembered, logs, and the server's socket"),
    ".SH ENVIRONMENT",
    ...paragraph(bold("INTERPANE_HOME"), "one folder for all of these"),
    ...paragraph(`${bold("VISUAL")}, ${bold("EDITOR")}`, "the editor for messages, code and profiles"),
    ".SH EXIT STATUS",
    roff(
      "0 done; 1 the task failed; 2 usage or configuration; 3 the provider refused or could not be reached; 4 refused here; 130 interrupted.",
    ),
  ];
  return lines.join("\n");
}
