// Which shell an agent gets, by config.toml and by profile.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadModels } from "../../src/catalog/catalog.ts";
import { parseConfig } from "../../src/host/config.ts";
import { makeWorld } from "./world.ts";

await loadModels();

test("a profile's shell wins over config.toml's; where neither says, it is left to the user's own", (context) => {
  const own = "provider: openai\nmodel: gpt-5.5\ncredential: none\n";
  const files = { "plain.yaml": own, "fishy.yaml": `${own}shell: fish\n` };
  const shellOf = (name: string, toml: string) => {
    const resolved = makeWorld(context, { files, toml }).profiles.resolve(name);
    assert.ok(resolved.ok);
    return resolved.profile.shell;
  };
  assert.deepEqual(
    [shellOf("plain", ""), shellOf("plain", 'shell = "zsh"'), shellOf("fishy", 'shell = "zsh"')],
    [undefined, "zsh", "fish"],
  );
});

test("a shell that no agent can have is named with those that it can", () => {
  assert.match(parseConfig('shell = "tcsh"', "config.toml").problems[0] ?? "", /shell.*"tcsh".*"bash", "zsh" or "fish"/);
});
