// Writes the documents that are made from the sources, so that they cannot be stale; with --check only says which of them is.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { catalogAsOf, listProviders, loadModels, modelsOf } from "../src/catalog/catalog.ts";
import { commandTable as cliTable } from "../src/cli/command-table.ts";
import { flagTable } from "../src/cli/flag-table.ts";
import { keptFlags, keptMagic, oldFlags } from "../src/cli/old-flags.ts";
import { profileFileSchema } from "../src/domain/profile.ts";
import { factSchema } from "../src/domain/protocol.ts";
import { configKeys } from "../src/host/config.ts";
import { profileAllowed } from "../src/host/profile-files.ts";
import { originOf } from "../src/net/origin.ts";
import { commandTable, keyListMarkdown } from "../src/ui/commands.ts";
import { manPage } from "./man.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const code = (text) => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);
const codes = (list) => (list.length === 0 ? "–" : list.map(code).join(" "));

function table(heads, rows) {
  // Outside of code a `<` would begin a tag.
  const text = (cell) => String(cell).replace(/`[^`]*`|</g, (part) => (part === "<" ? "&lt;" : part));
  const line = (cells) => `| ${cells.map((cell) => text(cell).replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(heads), `|${heads.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

function page(title, source, ...parts) {
  return `${[`# ${title}`, `Made from ${source} by \`.ci/docs.mjs\`: change those, then run \`node .ci/docs.mjs\`.`, ...parts].join("\n\n")}\n`;
}

function commands() {
  const where = (flag) =>
    flag.where.length === cliTable.length
      ? "everywhere"
      : flag.where.map((name) => (name === "screen" ? code("interpane") : code(`interpane ${name}`))).join(", ");
  const named = commandTable.filter((row) => row.slash !== undefined);
  return page(
    "Commands",
    "`src/cli/command-table.ts`, `src/cli/flag-table.ts` and `src/ui/commands.ts`",
    "## From the shell",
    "`interpreter` is the same program under another name. Underscores in a flag mean the same as hyphens.",
    table(
      ["Command", "What it does"],
      cliTable.map((row) => [code(`interpane ${row.usage}`), row.help]),
    ),
    "### What scripts can rely on",
    ...cliTable
      .filter((row) => row.promise !== undefined)
      .map((row) => [code(`interpane ${row.usage}`), ...row.promise.map((line) => `- ${line.replaceAll("|", "or")}`)].join("\n")),
    "### Flags",
    table(
      ["Flag", "What it does", "Works with"],
      flagTable.map((flag) => {
        const names = [flag.alias === undefined ? [] : `-${flag.alias}`, `--${flag.name}`].flat();
        return [names.map((name) => code(flag.value === undefined ? name : `${name} ${flag.value}`)).join(" "), flag.help, where(flag)];
      }),
    ),
    "## Inside",
    "Typed into an agent's message line, or chosen from the palette (`C-b P`). `%` works wherever `/` does. All keys: [keys.md](keys.md).",
    table(
      ["Name", "What it does", "Keys"],
      named.map((row) => [
        codes([row.slash, ...(row.aliases ?? [])].map((name) => `/${name}`)),
        row.help,
        codes(row.keys.map((key) => key.replace(/^prefix /, "C-b "))),
      ]),
    ),
  );
}

async function providers() {
  await loadModels();
  const how = ({ auth }) => (auth.type === "none" ? "no key" : code(`${auth.header}: ${auth.prefix ?? ""}KEY`));
  // An address with a hole in it, such as a region, has no origin yet.
  const origin = (row) => (row.wire === "demo" ? "nowhere: runs inside the program" : code(originOf(row.baseUrl) ?? row.baseUrl));
  const rows = listProviders();
  const real = rows.filter((row) => row.wire !== "demo");
  return page(
    "Providers",
    "the catalog in `src/catalog/`",
    `${real.length} providers, ${real.reduce((sum, row) => sum + modelsOf(row.id).length, 0)} models, and the demo. An agent's data goes to the address of its profile's provider and nowhere else. ` +
      "A key from the environment or the vault is sent to that address only. `interpane providers ID` lists the models of one, and [models.md](models.md) all of them; " +
      "`[model_providers.<id>]` in [config.toml](configuration.md) adds your own.",
    table(
      ["Id", "Name", "Where the data goes", "Wire", "Key from the environment", "How the key travels", "Models"],
      rows.map((row) => [code(row.id), row.name, origin(row), row.wire, codes(row.env), how(row), modelsOf(row.id).length]),
    ),
  );
}

/** 1,050,000 as `1.05M`, 200,000 as `200k`, 131,072 as `131k`: what a model holds is seldom told more exactly. */
function short(tokens) {
  if (tokens === null) return "?";
  if (tokens >= 1_000_000) return `${Number((tokens / 1e6).toFixed(2))}M`;
  return tokens >= 1000 ? `${Math.round(tokens / 1000)}k` : String(tokens);
}

/** USD for a million tokens in and out. */
const dollars = (micros) => String(Number((micros / 1e6).toPrecision(3)));
const price = (model) => (model.price === null ? "?" : `${dollars(model.price.inputMicros)} / ${dollars(model.price.outputMicros)}`);

async function models() {
  await loadModels();
  const rows = listProviders().filter((row) => row.wire !== "demo");
  const known = rows.map((row) => ({ row, models: modelsOf(row.id) }));
  const count = known.reduce((sum, { models }) => sum + models.length, 0);
  return page(
    "Models",
    "the catalog in `src/catalog/`",
    `${count} models of ${known.filter(({ models }) => models.length > 0).length} providers, as of ${catalogAsOf()}. Facts from [models.dev](https://models.dev) (MIT); what is not known is \`?\`. ` +
      "The picker (`C-b m`) asks the provider itself first; `interpane models --provider ID --json` prints what is known here, `interpane catalog update` fetches newer facts. " +
      "A model that is not listed can be used all the same: its context and price are then unknown.",
    "Context and output are in tokens. Reasoning: *fixed* cannot be steered, *effort* takes levels, *toggle* is on or off, *budget* takes a number of tokens. " +
      "The price is in US dollars for a million tokens, in / out.",
    ...known.flatMap(({ row, models }) =>
      models.length === 0
        ? [`## ${row.id}`, `${row.name}: whatever its server holds.`]
        : [
            `## ${row.id}`,
            table(
              ["Model", "Context", "Output", "Takes", "Reasoning", "Price"],
              models.map((model) => [
                code(model.id),
                short(model.contextWindow),
                short(model.maxOutput),
                model.input.join(", "),
                model.reasoning === "none" ? "–" : model.reasoning.replace("thinking_", ""),
                price(model),
              ]),
            ),
          ],
    ),
  );
}

function keyRows(name, schemas, allowed) {
  return Object.entries(schemas).map(([key, schema]) => {
    const { description } = schema;
    if (description === undefined) throw new Error(`${name}: the key ${key} says nothing of itself; give its schema a describe()`);
    const [meaning, byDefault = "–"] = description.split("; default: ");
    return [code(key), meaning, allowed[key], byDefault];
  });
}

function configuration() {
  const heads = ["Key", "What it means", "What is allowed", "Default"];
  const { top, lanes, signIn, provider, auth, aws, refused, reserved } = configKeys;
  return page(
    "Configuration",
    "the schemas in `src/host/config.ts`, `src/host/model-provider.ts` and `src/domain/profile.ts`",
    "Files that you write, and that Interpane only reads, lie in `~/.config/interpane/` (or `$XDG_CONFIG_HOME/interpane/`, or `$INTERPANE_HOME/`). " +
      "A wrong key or value is one message with file and line; every other setting still counts.",
    "## config.toml",
    '```toml\ndefault_pair = ["work", "fast"]\nprefix = "C-a"\n\n[keys]\n"pane.zoom" = ["prefix Z", "f5"]\n\n[lanes]\nconcurrency = 4\n\n[model_providers.example]\nbase_url = "https://models.example.com/v1"\nenv_key = "EXAMPLE_API_KEY"\nwire_api = "chat"\n```',
    table(heads, keyRows("config.toml", top.schemas, top.allowed)),
    "### [lanes]",
    table(heads, keyRows("[lanes]", lanes.schemas, lanes.allowed)),
    "### [openai_sign_in]",
    table(heads, keyRows("[openai_sign_in]", signIn.schemas, signIn.allowed)),
    "### [model_providers.ID]",
    `A provider of your own. The id is letters, digits, dots, hyphens and underscores; these are taken: ${codes(reserved)}.`,
    table(heads, keyRows("[model_providers]", provider.schemas, provider.allowed)),
    "### [model_providers.ID.auth]",
    table(heads, keyRows("[model_providers.ID.auth]", auth.schemas, auth.allowed)),
    "### [model_providers.amazon-bedrock.aws]",
    table(heads, keyRows("[model_providers.amazon-bedrock.aws]", aws.schemas, aws.allowed)),
    "Open Interpreter knows more keys. These say what to do instead:",
    table(
      ["Key", "Instead"],
      Object.entries(refused).map(([key, instead]) => [code(key), instead]),
    ),
    "## profiles/NAME.yaml",
    "A profile is who answers an agent. The file's name is the profile's name; one of yours takes the place of a bundled one of the same name.",
    "```yaml\n# profiles/work.yaml\nprovider: anthropic\nmodel: claude-opus-4-7\npair: fast\nmax_budget: 5.00\n```",
    table(heads, keyRows("a profile", profileFileSchema.shape, profileAllowed)),
  );
}

function fromOpenInterpreter() {
  const typed = ({ name, short }) => [`--${name.replaceAll("-", "_")}`, ...(short === undefined ? [] : [`-${short}`])].map(code).join(" ");
  return page(
    "From Open Interpreter",
    "`src/cli/old-flags.ts`",
    "`interpreter` is Interpane under the name that you know: type what you always typed. Hyphens and underscores mean the same, at the top and on `exec`; switches may stand together (`-yv`), and a number right behind its letter (`-x1000`).",
    '```sh\ninterpreter                                   # a session, in a pane\ninterpreter -y                                # code runs without asking\ninterpreter --model gpt-4o\ninterpreter --local\ninterpreter --fast\ninterpreter --local --max_tokens 1000 --context_window 3000\ninterpreter --profile my_profile.yaml\necho "What OS am I using?" | interpreter --stdin -y\n```',
    "A flag wins over a profile, a profile over config.toml. What a flag says holds for the agent that starts with it; a profile chosen later, in the session, counts as it is.",
    "## Flags that are flags here",
    table(
      ["Open Interpreter", "Here"],
      keptFlags.map((flag) => [typed(flag), flag.here]),
    ),
    "## Flags that are none",
    "Those marked with “goes on” are passed over with a note; the others end with exit code 2 and say what to do.",
    table(
      ["Open Interpreter", "Here", ""],
      oldFlags.map((flag) => [typed(flag), flag.instead, flag.isNeedless === true ? "goes on" : ""]),
    ),
    "An unknown flag ends with exit code 2 (it was 1), and the nearest known one is named.",
    "## In the session",
    "`/` does the same as `%`. All of it works on the screen and in lines (`--plain`, where `%help` lists what there is).",
    table(
      ["Open Interpreter", "Here"],
      keptMagic.map(([name, here]) => [code(name), here]),
    ),
    "Questions about code are answered with `y`, `n` and `e` as before; on the screen `e` edits the code in place, in lines you type other code. " +
      '`"""` begins and ends a message of several lines in lines mode.',
  );
}

function execEvents() {
  const facts = factSchema._zod.def.right._zod.def.options.map((option) => [...option._zod.def.shape.type._zod.def.values][0]);
  return page(
    "Events of `interpane exec --json`",
    "`src/domain/protocol.ts`",
    "One JSON object a line on standard output: every fact of the task's agent, in order. Nothing else is written there; problems stand on standard error. " +
      "[exec-events.schema.json](exec-events.schema.json) is the JSON Schema of one line. Fields may be added; a reader passes over those it does not know, and types it does not know.",
    "`seq` grows from line to line (not by one: other agents of the workspace count too), `at` is milliseconds since 1970. The answer is the last `item.added` whose item has the type `text`; " +
      "the task is over with `turn.ended`, whose `outcome` is done, interrupted, failed or crashed.",
    '```json\n{"type":"item.added","agent":"a-1","item":{"type":"text","text":"You are using Debian 12."},"seq":9,"at":1790000000000}\n{"type":"turn.ended","agent":"a-1","turn":"t-1","outcome":"done","durationMs":812,"seq":11,"at":1790000000100}\n```',
    "Types of a line: ".concat(codes(facts)),
  );
}

function execEventsSchema() {
  return JSON.stringify({ title: "One line of interpane exec --json", ...z.toJSONSchema(factSchema, { reused: "ref" }) }, null, 1);
}

const documents = {
  "docs/from-open-interpreter.md": fromOpenInterpreter,
  "docs/exec-events.md": execEvents,
  "docs/exec-events.schema.json": execEventsSchema,
  "man/interpane.1": () => manPage({ commands: cliTable, flags: flagTable, slash: commandTable.filter((row) => row.slash !== undefined) }),
  "docs/keys.md": keyListMarkdown,
  "docs/commands.md": commands,
  "docs/providers.md": providers,
  "docs/models.md": models,
  "docs/configuration.md": configuration,
};

const isCheck = process.argv.includes("--check");
let stale = 0;
for (const [name, make] of Object.entries(documents)) {
  const file = join(root, name);
  const text = `${(await make()).trimEnd()}\n`;
  let kept = null;
  try {
    kept = readFileSync(file, "utf8");
  } catch {
    // Not written yet.
  }
  if (kept === text) continue;
  if (isCheck) {
    process.stderr.write(`${name} is stale; run: node .ci/docs.mjs\n`);
    stale += 1;
    continue;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`${name}\n`);
}
process.exitCode = stale === 0 ? 0 : 1;
