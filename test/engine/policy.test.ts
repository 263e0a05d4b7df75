// What may happen at once, what is asked about, and what is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action } from "../../src/domain/action.ts";
import type { ToolName } from "../../src/domain/profile.ts";
import { decide } from "../../src/engine/policy.ts";
import { profileOf } from "../support/fake-ports.ts";

const actions: Readonly<Record<string, Action>> = {
  exec: { type: "exec", language: "shell", code: "ls" },
  write: { type: "write", path: "a", content: "" },
  edit: { type: "edit", path: "a", edits: [{ old: "a", new: "b", all: false }] },
  read: { type: "read", path: "a" },
  search: { type: "search", kind: "files", pattern: "*" },
  other: { type: "other", name: "x", problem: "unknown" },
};

test("what the profile's tools leave out is refused, also where everything runs unasked", () => {
  const allowed = (tools: ToolName[]) =>
    Object.entries(actions)
      .filter(([, action]) => {
        const profile = { ...profileOf("p"), tools };
        const sandbox = { mode: "full", network: true, writable: [] } as const;
        return decide(action, { profile, sandbox: { ...sandbox, writable: [] }, isAutoRun: true, isOffline: false }).type === "allow";
      })
      .map(([name]) => name);
  assert.deepEqual(allowed(["interpreter"]), ["exec", "read", "search", "other"]);
  assert.deepEqual(allowed(["editor"]), ["write", "edit", "read", "search", "other"]);
  assert.deepEqual(allowed(["search"]), ["read", "search", "other"]);
  assert.deepEqual(allowed([]), ["other"]);
  assert.deepEqual(allowed(["interpreter", "editor"]), Object.keys(actions));
});
