// A locked vault and those who wait for it: asked once, released together, never left hanging.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createVaultGate, isVaultCommand, type VaultGate } from "../../src/server/vault-gate.ts";

interface Ground {
  readonly gate: VaultGate;
  readonly told: boolean[];
  screens: number;
  isLocked: boolean;
}

function ground(): Ground {
  const it: Omit<Ground, "gate"> = { told: [], screens: 1, isLocked: true };
  const done = { ok: true } as const;
  const gate = createVaultGate({
    get isLocked() {
      return it.isLocked;
    },
    unlock: async (passphrase) => {
      if (passphrase !== "right") return { ok: false, problem: "this passphrase does not open the vault" };
      it.isLocked = false;
      return done;
    },
    lock: async () => {
      it.isLocked = true;
      return done;
    },
    protect: async (_, current) => {
      if (current !== "right") return { ok: false, problem: "give the present one first" };
      it.isLocked = false;
      return done;
    },
  });
  gate.serve({ hasScreen: () => it.screens > 0, onWanted: (isWanted) => it.told.push(isWanted) });
  return Object.assign(it, { gate });
}

/** Whether it has settled by now. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);
}

test("all who need a key wait for one question; a wrong answer keeps them waiting, the right one lets them go", async () => {
  const it = ground();
  const signal = new AbortController().signal;
  const waiting = [it.gate.want(signal), it.gate.want(signal)];
  assert.deepEqual(it.told, [true]);
  const wrong = await it.gate.run({ type: "vault.unlock", passphrase: "wrong" }, 1);
  assert.equal(wrong.ok, false);
  assert.ok(it.gate.isWanted && !(await isSettled(Promise.race(waiting))));
  assert.equal((await it.gate.run({ type: "vault.unlock", passphrase: "right" }, 1)).ok, true);
  await Promise.all(waiting);
  assert.deepEqual(it.told, [true, false]);
  await it.gate.want(signal);
  assert.deepEqual(it.told, [true, false], "an open vault is not asked about");
  await it.gate.run({ type: "vault.lock" }, 1);
  void it.gate.want(signal);
  assert.ok(it.gate.isWanted);
  assert.equal((await it.gate.run({ type: "vault.protect", place: "file", current: "right" }, 1)).ok, true);
  assert.equal(it.gate.isWanted, false, "who takes the passphrase away opens it too");
});

test("nobody waits after a no, an abort, or the last screen; without a screen nobody is asked", async () => {
  const it = ground();
  const abort = new AbortController();
  const one = it.gate.want(abort.signal);
  const two = it.gate.want(new AbortController().signal);
  abort.abort();
  await one;
  assert.ok(it.gate.isWanted, "the other one still waits");
  await it.gate.run({ type: "vault.decline" }, 1);
  await two;
  const three = it.gate.want(new AbortController().signal);
  it.screens = 0;
  it.gate.screenGone();
  await three;
  await it.gate.want(new AbortController().signal);
  it.screens = 1;
  await it.gate.want(AbortSignal.abort());
  assert.deepEqual(it.told, [true, false, true, false]);
});

test("a new passphrase is not made up where none was given", async () => {
  const it = ground();
  assert.equal((await it.gate.run({ type: "vault.protect", place: "passphrase", current: "right" }, 1)).ok, false);
  assert.ok(it.isLocked);
  assert.ok(isVaultCommand({ type: "vault.lock" }) && !isVaultCommand({ type: "credential.remove", id: "a" }));
});
