// Where things lie: one folder with INTERPANE_HOME, XDG without, a socket path that always fits.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { resolveHome } from "../../src/link/home.ts";

test("INTERPANE_HOME puts everything under one folder", () => {
  const paths = resolveHome({ INTERPANE_HOME: "/h/ip", HOME: "/h", XDG_CONFIG_HOME: "/x" });
  for (const [name, path] of Object.entries(paths)) assert.ok(path === "/h/ip" || path.startsWith("/h/ip/"), `${name}: ${path}`);
});

test("without it the XDG folders count, and relative ones are ignored", () => {
  const set = resolveHome({
    HOME: "/h",
    XDG_CONFIG_HOME: "/c",
    XDG_DATA_HOME: "/d",
    XDG_STATE_HOME: "/s",
  });
  assert.equal(set.configFile, "/c/interpane/config.toml");
  assert.equal(set.vaultFile, "/d/interpane/vault.json");
  assert.equal(set.stateFile, "/s/interpane/state.json");
  assert.equal(set.runDir, "/s/interpane/run");
  const unset = resolveHome({ HOME: "/h", XDG_CONFIG_HOME: "relative" });
  assert.equal(unset.profilesDir, "/h/.config/interpane/profiles");
  assert.equal(unset.sessionsDir, "/h/.local/share/interpane/sessions");
  assert.equal(unset.runDir, "/h/.local/state/interpane/run");
});

test("a home too deep for a socket gets a short run folder of its own", () => {
  const deep = `/h/${"x".repeat(120)}`;
  const { runDir } = resolveHome({ INTERPANE_HOME: deep });
  assert.ok(Buffer.byteLength(join(runDir, "server.sock")) <= 107);
  assert.notEqual(runDir, resolveHome({ INTERPANE_HOME: `${deep}y` }).runDir);
  assert.equal(runDir, resolveHome({ INTERPANE_HOME: deep }).runDir);
});
