// Writes the bundled catalog: from models.dev and Moonshot's list (--from FILE, --moonshot FILE, --accept), or from collected facts (--facts FILE).
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadModels } from "../src/catalog/catalog.ts";
import { factsSchema, generateCatalog } from "../src/catalog/generate.ts";
import { printCatalog } from "../src/catalog/update.ts";
import { writeWhole } from "../src/catalog/user-catalog.ts";
import { updateWith } from "../src/cli/catalog.ts";
import { fetchTo } from "../src/net/fetch-to.ts";

const dir = join(dirname(dirname(fileURLToPath(import.meta.url))), "src/catalog");

function write(catalog) {
  const { providers, models } = printCatalog(catalog);
  writeWhole(join(dir, "models.data.json"), models, 0o644);
  writeWhole(join(dir, "providers.data.json"), providers, 0o644);
  return `${dir}; run node .ci/docs.mjs, and look at the difference`;
}

const { values } = parseArgs({
  options: {
    from: { type: "string" },
    moonshot: { type: "string" },
    facts: { type: "string" },
    accept: { type: "boolean", default: false },
  },
});

if (values.facts !== undefined) {
  const facts = factsSchema.parse(JSON.parse(readFileSync(values.facts, "utf8")));
  process.stdout.write(`${write({ asOf: facts.as_of, ...generateCatalog(facts) })}\n`);
} else {
  await loadModels();
  const out = (stream) => ({ isTerminal: false, write: (text) => void stream.write(text) });
  const io = { env: process.env, cwd: process.cwd(), stdout: out(process.stdout), stderr: out(process.stderr), fetchTo };
  process.exitCode = await updateWith(values, io, write);
}
