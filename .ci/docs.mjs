// Writes the documents that are made from the sources, so that they cannot be stale; with --check only says which of them is.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { listProviders, loadModels, modelsOf } from "../src/catalog/catalog.ts";
import { commandTable as cliTable, flagTable } from "../src/cli/args.ts";
import { profileFileSchema } from "../src/domain/profile.ts";
import { configKeys } from "../src/host/config.ts";
import { profileAllowed } from "../src/host/profile-files.ts";
import { originOf } from "../src/net/origin.ts";
import { commandTable, keyListMarkdown } from "../src/ui/commands.ts";

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
    "`src/cli/args.ts` and `src/ui/commands.ts`",
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
      "A key from the environment or the vault is sent to that address only. `interpane providers ID` lists the models of one; " +
      "`[model_providers.<id>]` in [config.toml](configuration.md) adds your own.",
    table(
      ["Id", "Name", "Where the data goes", "Wire", "Key from the environment", "How the key travels", "Models"],
      rows.map((row) => [code(row.id), row.name, origin(row), row.wire, codes(row.env), how(row), modelsOf(row.id).length]),
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
    '```toml\ndefault_pair = ["work", "fast"]\nprefix = "C-a"\n\n[lanes]\nconcurrency = 4\n\n[model_providers.example]\nbase_url = "https://models.example.com/v1"\nenv_key = "EXAMPLE_API_KEY"\nwire_api = "chat"\n```',
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

const documents = {
  "docs/keys.md": keyListMarkdown,
  "docs/commands.md": commands,
  "docs/providers.md": providers,
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
