// The bundled catalog is the table that Open Interpreter's users know, row by row, and twelve newer providers.
// seed-table.json holds that table's columns: id, name, wire, environment name, number of models.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { z } from "zod";
import { findProvider, listProviders, loadModels, modelsOf } from "../../src/catalog/catalog.ts";
import { credentialSchema } from "../../src/domain/profile.ts";

const wire = z.enum(["responses", "chat", "messages"]);
const table = z
  .object({
    builtIn: z.array(z.tuple([z.string(), wire])),
    hosted: z.array(z.tuple([z.string(), z.string(), wire, z.string(), z.int()])),
    newer: z.array(z.string()),
  })
  .parse(JSON.parse(readFileSync(new URL("seed-table.json", import.meta.url), "utf8")));

/** Two names for one account: the maker renamed its variable, and the old one still counts. */
const renamed: Readonly<Record<string, string>> = { zai: "ZAI_API_KEY", "zai-coding-plan": "ZAI_API_KEY" };

before(loadModels);

test("each of the 104 rows has exactly the table's id, name, wire, environment name and number of models", () => {
  assert.equal(table.hosted.length, 104);
  for (const [id, name, wireName, env, count] of table.hosted) {
    const row = findProvider(id);
    assert.ok(row !== undefined, id);
    assert.deepEqual([row.name, row.wire, modelsOf(id).length], [name, wireName, count], id);
    assert.deepEqual(
      row.env.filter((each) => each !== renamed[id]),
      [env],
      id,
    );
  }
});

test("with the four built-in providers and the twelve newer ones there are 120 rows and 3,037 models", () => {
  for (const [id, wireName] of table.builtIn) assert.equal(findProvider(id)?.wire, wireName, id);
  const known = [...table.builtIn.map(([id]) => id), ...table.hosted.map(([id]) => id), ...table.newer];
  assert.deepEqual(
    listProviders()
      .filter((row) => row.wire !== "demo")
      .map((row) => row.id)
      .toSorted(),
    known.toSorted(),
  );
  assert.equal(known.length, 120);
  assert.equal(
    known.reduce((sum, id) => sum + modelsOf(id).length, 0),
    3037,
  );
});

test("every environment name of the catalog can be a credential", () => {
  for (const row of listProviders()) for (const name of row.env) assert.equal(credentialSchema.parse(`env:${name}`), `env:${name}`);
});

test("no reasoning level stands where the control is not one of levels", () => {
  for (const row of listProviders()) {
    for (const model of modelsOf(row.id)) {
      if (model.reasoning !== "effort")
        assert.deepEqual([model.efforts, model.defaultEffort], [undefined, undefined], `${row.id}/${model.id}`);
    }
  }
});
