// `interpane vault`: what is kept; `add`: a key is typed unseen or piped in, never given as an argument, tested, and kept by the server; `remove`.
// What opens the vault itself: `vault-lock.ts`.

import { findProvider, listProviders } from "../catalog/catalog.ts";
import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { listVault } from "./lists.ts";
import { nearest } from "./nearest.ts";
import { printable } from "./printable.ts";
import { fail, failWith } from "./problem.ts";
import { openLockedVault } from "./unlock.ts";
import { lockVault, protectVault, unlockVault } from "./vault-lock.ts";
import { withServer } from "./with-server.ts";

const SECRET_MAX_BYTES = 16 * 1024;

export async function runVault(io: Io, verb: string | null, word: string | undefined, flags: Flags): Promise<ExitCode> {
  if (verb === "list" || verb === null) return listVault(io, flags.json);
  if (verb === "protect") return protectVault(io, word, flags);
  if (verb === "unlock" || verb === "lock") {
    // Not repeated: it may be the passphrase, typed where every process list shows it.
    if (word !== undefined) return failWith(io, EXIT.usage, `vault ${verb} takes no word: a passphrase is typed unseen or piped in`);
    return verb === "unlock" ? unlockVault(io, flags) : lockVault(io, flags);
  }
  if (word === undefined) return failWith(io, EXIT.usage, `say which: interpane vault ${verb} ${verb === "add" ? "PROVIDER" : "ID"}`);
  return verb === "add" ? addToVault(io, word, flags) : removeFromVault(io, word, flags);
}

function removeFromVault(io: Io, id: string, flags: Flags): Promise<ExitCode> {
  return withServer(io, { cwd: flags.cwd, role: "task" }, async (caller) => {
    const reply = await caller.command({ type: "credential.remove", id });
    if (!reply.ok) return failWith(io, EXIT.usage, reply.reason);
    io.stderr.write(`removed the key "${printable(id)}"\n`);
    return EXIT.done;
  });
}

async function addToVault(io: Io, provider: string, flags: Flags): Promise<ExitCode> {
  const row = findProvider(provider);
  const known = listProviders().map(({ id }) => id);
  const meant = row === undefined ? nearest(provider, known, 3) : null;
  if (meant !== null) return failWith(io, EXIT.usage, `provider "${provider}" is not in the catalog; did you mean "${meant}"?`);
  return withServer(io, { cwd: flags.cwd, role: "task" }, async (caller) => {
    const secret = await readSecret(io, row?.name ?? provider);
    if (secret === null)
      return failWith(io, EXIT.usage, "there is no terminal to type the key on; pipe it in: interpane vault add PROVIDER < FILE");
    if (secret === "") return failWith(io, EXIT.usage, "no key was given");
    const opened = await openLockedVault(caller, io);
    if (!opened.ok) return fail(io, opened);
    const reply = await caller.command({ type: "credential.add", provider, secret, isUntested: flags.untested });
    if (!reply.ok) return failWith(io, EXIT.provider, reply.reason);
    const note = reply.note === undefined ? "" : `: ${printable(reply.note)}`;
    io.stderr.write(`kept the key of ${row?.name ?? printable(provider)}${note}\n`);
    return EXIT.done;
  });
}

async function readSecret(io: Io, name: string): Promise<string | null> {
  if (io.stdin.kind === "stream") {
    const bytes = await io.stdin.read();
    return bytes.length > SECRET_MAX_BYTES ? "" : new TextDecoder().decode(bytes).trim();
  }
  return io.ask === null ? null : (await io.ask(`key for ${printable(name)} (not shown): `, { isSecret: true })).trim();
}
