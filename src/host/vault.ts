// Secrets at rest: AES-256-GCM, one record each, bound by its additional data to the one origin that may be sent it.

import { type FileOps, realFileOps } from "./file-ops.ts";
import type { Keyring } from "./keyring.ts";
import type { Paths } from "./paths.ts";
import { openStore, StoreError } from "./safe-file.ts";
import {
  checkName,
  emptyVaultFile,
  openSecret,
  opensFile,
  type SealedRecord,
  sealAnew,
  sealCheck,
  sealSecret,
  type VaultFile,
  vaultFileSchema,
} from "./vault-file.ts";
import {
  createFirstKey,
  createKey,
  type KeyPlace,
  type KeyRecord,
  type KeyResult,
  type KeySources,
  type LeftKey,
  removeLeftKey,
  unlockKey,
} from "./vault-key.ts";
import { ARGON2, type Argon2Cost } from "./vault-passphrase.ts";

export type VaultOpened = { readonly ok: true; readonly secret: string } | { readonly ok: false; readonly problem: string };
export type VaultDone = { readonly ok: true } | { readonly ok: false; readonly problem: string };
export type Protection = KeyRecord["type"];

export interface VaultRow {
  readonly id: string;
  readonly origin: string;
  readonly label: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** No method but `remove` throws or rejects, and no problem holds a secret. What needs the key runs one after the other. */
export interface Vault {
  /** Keeps `secret` under `id`, for `origin` alone; replaces what `id` was before. `origin` is exact: scheme, host and port. */
  add(id: string, origin: string, secret: string, label?: string): Promise<VaultDone>;
  /** Refuses any origin but the one the secret was kept for. A keyring may first ask the user; a passphrase is not waited for. */
  open(id: string, origin: string): Promise<VaultOpened>;
  /** With `origin`: and it may be sent there. Asks for no key, so a locked vault answers too. */
  has(id: string, origin?: string): boolean;
  list(): VaultRow[];
  /** False where there was no such id. Rejects with `StoreError` where it could not be taken out of the file. */
  remove(id: string): Promise<boolean>;
  /** What keeps the vault's key; null before the first. */
  readonly protection: Protection | null;
  /** A passphrase has to be given first. */
  readonly isLocked: boolean;
  unlock(passphrase: string): Promise<VaultDone>;
  /** Forgets the key until the passphrase is given again. */
  lock(): Promise<VaultDone>;
  /**
   * A new data key, kept in `place`, under which every secret is sealed anew; the former one is taken away. Whenever it is interrupted,
   * the vault opens by the old way or by the new. `current`: the passphrase, where there is one, though the vault may be open.
   */
  protect(place: KeyPlace, current: string | null): Promise<VaultDone>;
  /** Tries to get the key where no passphrase is needed; what went wrong is `warning`. */
  reach(): Promise<void>;
  /** To be shown for as long as it stands: how weakly the key is kept, or why the vault cannot be opened. */
  readonly warning: string | null;
  /** What happened to the file; one line each. */
  readonly problems: readonly string[];
  /** Wipes the key from memory. */
  close(): void;
}

export interface VaultOptions {
  /** The system's; left out or null: there is none. */
  readonly keyring?: () => Keyring | null;
  /** False: the first key does not go there by itself. */
  readonly triesKeyring?: boolean;
  readonly ops?: FileOps;
  /** Of new passphrases; left out: `ARGON2`. */
  readonly cost?: Argon2Cost;
  readonly now?: () => number;
}

type Key =
  | { type: "open"; key: Buffer; record: KeyRecord; notice: string | null }
  /** `problem`: why it could not be had when it was tried last. */
  | { type: "shut"; record: KeyRecord; problem: string | null }
  | { type: "none" }
  | { type: "stuck"; problem: string };

/** Opens the vault without making anything: file and key come with the first secret. Rejects with `StoreError` where the file cannot be read. */
export async function openVault(paths: Pick<Paths, "vaultFile" | "vaultKeyFile">, options: VaultOptions = {}): Promise<Vault> {
  const ops = options.ops ?? realFileOps;
  const now = options.now ?? Date.now;
  const sources: KeySources = { keyFile: paths.vaultKeyFile, keyring: options.keyring ?? (() => null), ops, cost: options.cost ?? ARGON2 };
  const store = await openStore(paths.vaultFile, vaultFileSchema, emptyVaultFile, { ops, now });
  const leftProblems: string[] = [];
  let key = firstState(store.data());
  const inTurn = createTurns();
  // A file is read at once: it asks nobody, and what is wrong with it is to be said. The others wait until a key is needed.
  if (key.type === "shut" && key.record.type === "file") await dataKey(null);
  // Before anything that needs the key, but not before the server may start: a keyring may take its time.
  if (store.data().left !== undefined) void inTurn(tidy);

  /** The open key, or why there is none. */
  async function dataKey(passphrase: string | null): Promise<KeyResult> {
    if (key.type === "open") return { ok: true, key: key.key, record: key.record, notice: null };
    if (key.type === "none") return { ok: false, problem: "the vault holds no key" };
    if (key.type === "stuck") return { ok: false, problem: key.problem };
    const { record } = key;
    const result = checked(await unlockKey(record, sources, passphrase), store.data(), paths.vaultKeyFile);
    // It may have been closed meanwhile.
    if (key.type !== "shut") {
      if (result.ok) result.key.fill(0);
      return { ok: false, problem: CLOSED };
    }
    key = result.ok
      ? { type: "open", key: result.key, record: result.record, notice: result.notice }
      : { type: "shut", record, problem: record.type === "passphrase" ? null : result.problem };
    return result;
  }

  async function add(id: string, origin: string, secret: string, label: string): Promise<VaultDone> {
    const wrong = checkName(id, origin, secret);
    if (wrong !== null) return { ok: false, problem: wrong };
    const made = key.type === "none" ? await createFirstKey(sources, options.triesKeyring ?? true) : await dataKey(null);
    if (!made.ok) return made;
    const record: SealedRecord = { id, origin, ...sealSecret(made.key, secret, { id, origin }), createdAt: now(), label };
    try {
      await store.update((file) => {
        if (!opensFile(made.key, file)) throw new StoreError("the vault was made anew by another process; start again");
        file.key ??= made.record;
        file.check ??= sealCheck(made.key);
        file.records = [...file.records.filter((other) => other.id !== id), record];
      });
    } catch (error) {
      if (key.type === "none" && made.record.type === "keyring") await removeLeftKey(made.record, sources);
      return { ok: false, problem: reasonOf(error) };
    }
    if (key.type === "none") key = { type: "open", key: made.key, record: made.record, notice: made.notice };
    return { ok: true };
  }

  async function open(id: string, origin: string): Promise<VaultOpened> {
    const record = store.data().records.find((other) => other.id === id);
    if (record === undefined) {
      return { ok: false, problem: `the vault has no key "${id}"; run: interpane vault add ${id}` };
    }
    if (record.origin !== origin) {
      return {
        ok: false,
        problem: `the vault's key "${id}" is kept for ${record.origin} and is not sent to ${origin}; add one for it: interpane vault add`,
      };
    }
    const had = await dataKey(null);
    if (!had.ok) return had;
    const secret = openSecret(had.key, record);
    if (secret !== null) return { ok: true, secret };
    return {
      ok: false,
      problem: `the vault's key "${id}" was changed or moved and cannot be opened; run: interpane vault add ${id}`,
    };
  }

  async function protect(place: KeyPlace, current: string | null): Promise<VaultDone> {
    if (key.type === "stuck") return { ok: false, problem: key.problem };
    const before = key.type === "none" ? null : key.record;
    if (before?.type === place.type && place.type !== "passphrase") return { ok: false, problem: `the vault's key is kept so already` };
    const old = before === null ? null : await provenKey(before, current);
    if (old?.ok === false) return old;
    const made = await createKey(place, sources);
    if (!made.ok) return made;
    try {
      await store.update((file) => sealAnew(file, old?.key ?? null, made, before));
    } catch (error) {
      // A key file stays where another key may have been in it before: it opens nothing yet.
      if (made.record.type === "keyring") await removeLeftKey(made.record, sources);
      made.key.fill(0);
      return { ok: false, problem: reasonOf(error) };
    }
    if (key.type === "open") key.key.fill(0);
    key = { type: "open", key: made.key, record: made.record, notice: made.notice };
    await tidy();
    return { ok: true };
  }

  /** Whoever takes a passphrase away or changes it has to know it, also while the vault is open. */
  async function provenKey(record: KeyRecord, current: string | null): Promise<KeyResult> {
    if (record.type !== "passphrase") return dataKey(null);
    if (current === null) return { ok: false, problem: "the vault has a passphrase: give the present one first" };
    return checked(await unlockKey(record, sources, current), store.data(), paths.vaultKeyFile);
  }

  /** Ends a change: the copy of the file gets the new key too, then the former keys go, then their names. Never fails: it is tried again. */
  async function tidy(): Promise<void> {
    try {
      await store.update(() => {});
      const remaining: LeftKey[] = [];
      for (const left of store.data().left ?? []) {
        const isUsed = left.type === "file" && store.data().key?.type === "file";
        const problem = isUsed ? null : await removeLeftKey(left, sources);
        if (problem === null) continue;
        remaining.push(left);
        leftProblems.push(
          `a former key of the vault could not be taken away (${problem}); it opens nothing any more but old copies of vault.json`,
        );
      }
      await store.update((file) => {
        if (remaining.length > 0) file.left = remaining;
        else delete file.left;
      });
    } catch (error) {
      leftProblems.push(reasonOf(error));
    }
  }

  async function remove(id: string): Promise<boolean> {
    if (!has(id)) return false;
    // Twice, so that the record leaves the `.bak` as well.
    for (let times = 0; times < 2; times += 1) {
      await store.update((file) => {
        file.records = file.records.filter((other) => other.id !== id);
      });
    }
    return true;
  }

  function has(id: string, origin?: string): boolean {
    return store.data().records.some((record) => record.id === id && (origin === undefined || record.origin === origin));
  }

  return {
    add: (id, origin, secret, label = "") => inTurn(() => add(id, origin, secret, label)),
    open: (id, origin) => inTurn(() => open(id, origin)),
    remove,
    has,
    list: () => store.data().records.map(({ id, origin, label, createdAt }) => ({ id, origin, label, createdAt })),
    get protection() {
      return key.type === "open" || key.type === "shut" ? key.record.type : null;
    },
    get isLocked() {
      return key.type === "shut" && key.record.type === "passphrase";
    },
    unlock: (passphrase) =>
      inTurn(async () => {
        const had = await dataKey(passphrase);
        return had.ok ? { ok: true } : had;
      }),
    lock: () => inTurn(async () => lockKey()),
    reach: () =>
      inTurn(async () => {
        if (key.type === "shut" && key.record.type !== "passphrase") await dataKey(null);
      }),
    protect: (place, current) => inTurn(() => protect(place, current)),
    get warning() {
      return warningOf(key, store.data().records.length === 0 ? null : paths.vaultKeyFile);
    },
    get problems() {
      return [...store.problems, ...leftProblems];
    },
    close() {
      if (key.type === "open") key.key.fill(0);
      key = { type: "stuck", problem: CLOSED };
    },
  };

  function lockKey(): VaultDone {
    if (key.type === "shut" && key.record.type === "passphrase") return { ok: true };
    if (key.type !== "open" || key.record.type !== "passphrase") {
      return { ok: false, problem: "the vault has no passphrase, so nothing locks it; to give it one: interpane vault protect passphrase" };
    }
    key.key.fill(0);
    key = { type: "shut", record: key.record, problem: null };
    return { ok: true };
  }
}

const CLOSED = "the vault is closed";

function firstState(file: VaultFile): Key {
  if (file.key !== null) return { type: "shut", record: file.key, problem: null };
  if (file.records.length === 0) return { type: "none" };
  return { type: "stuck", problem: "vault.json does not say how its key is kept; put a whole copy back" };
}

/** One job after the other; a job never rejects. */
function createTurns(): <R>(job: () => Promise<R>) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const mine = last.then(job, job);
    last = mine;
    return mine;
  };
}

/** A key that does not open this file is none. */
function checked(result: KeyResult, file: VaultFile, keyFile: string): KeyResult {
  if (!result.ok || opensFile(result.key, file)) return result;
  result.key.fill(0);
  const problem =
    result.record.type === "file"
      ? `the key in ${keyFile} is not the one this vault was made with; put the right file back. Nothing was changed`
      : "vault.json and its key do not belong together; put a whole copy back (vault.json.bak may be one). Nothing was changed";
  return { ok: false, problem };
}

/** `keyFile`: null where it guards nothing. */
function warningOf(key: Key, keyFile: string | null): string | null {
  switch (key.type) {
    case "stuck":
      return key.problem;
    case "shut":
      return key.problem;
    case "none":
      return null;
    case "open": {
      if (key.record.type !== "file") return null;
      if (keyFile === null) return key.notice;
      const weak = `the vault's key lies in a file (${keyFile}): whoever can read your files can read your API keys`;
      const remedy = "to protect it: interpane vault protect passphrase, or interpane vault protect keyring";
      return [key.notice, weak, remedy].filter((part) => part !== null).join("; ");
    }
    default:
      return key satisfies never;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof StoreError ? error.message : "the vault could not be saved; see the log";
}
