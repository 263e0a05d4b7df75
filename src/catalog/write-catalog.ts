// Run by hand: `node src/catalog/write-catalog.ts FACTS.json` writes the two bundled data files from collected facts.

import { readFileSync, writeFileSync } from "node:fs";
import { factsSchema, generateCatalog } from "./generate.ts";

const source = process.argv[2];
if (source === undefined) {
  process.stderr.write("usage: node src/catalog/write-catalog.ts FACTS.json\n");
  process.exitCode = 2;
} else {
  const facts = factsSchema.parse(JSON.parse(readFileSync(source, "utf8")));
  const { providers, models } = generateCatalog(facts);
  // One row a line: compact, and a change shows as the rows that changed.
  const rows = providers.map((row) => JSON.stringify(row)).join(",\n");
  const lists = Object.entries(models).map(([id, list]) => {
    const lines = list.map((model) => JSON.stringify(model)).join(",\n");
    return `${JSON.stringify(id)}:[${lines === "" ? "" : `\n${lines}\n`}]`;
  });
  writeFileSync(new URL("providers.data.json", import.meta.url), `{"asOf":${JSON.stringify(facts.as_of)},"providers":[\n${rows}\n]}\n`);
  writeFileSync(new URL("models.data.json", import.meta.url), `{\n${lists.join(",\n")}\n}\n`);
}
