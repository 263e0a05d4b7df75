// `interpane vault`: what is kept; `add`: a key is typed unseen or piped in, never given as an argument, tested, and kept by the server; `remove`.
// What opens the vault itself: `vault-lock.ts`.

import { findProvider, listProviders } from "../catalog/catalog.ts";
import { createCaller } from "../client/caller.ts";
import type { Flags } from "./flag-table.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { listVault } from "./lists.ts";
import { nearest } from "./nearest.ts";
import { printable } from "./printable.ts";
import { fail } from "./problem.ts";
import { reachServer, workspaceFolder } from "./reach-server.ts";
import { openLockedVault } from "./unlock.ts";
import { lockVault, protectVault, unlockVault } from "./vault-lock.ts";

const SECRET_MAX_BYTES = 16 * 1024;

export function runVault(io: Io, verb: string | null, word: string | undefined, flags: Flags): Promise<ExitCode> {
  if (verb === "list" || verb === null) return listVault(io, flags.json);
  if (verb === "protect") return protectVault(io, word, flags);
  if (verb === "unlock" || verb === "lock") {
    // Not repeated: it may be the passphrase, typed where every process list shows it.
    if (word !== undefined) return Promise.resolve(wrong(io, `vault ${verb} takes no word: a passphrase is typed unseen or piped in`));
    return verb === "unlock" ? unlockVault(io, flags) : lockVault(io, flags);
  }
  if (word === undefined) return Promise.resolve(wrong(io, `say which: interpane vault ${verb} ${verb === "add" ? "PROVIDER" : "ID"}`));
  return verb === "add" ? addToVault(io, word, flags) : removeFromVault(io, word, flags);
}

async function removeFromVault(io: Io, id: string, flags: Flags): Promise<ExitCode> {
  const folder = workspaceFolder(io, flags.cwd);
  if (!folder.ok) return wrong(io, folder.message);
  const connected = await reachServer(io, { folder: folder.folder, role: "task", startsServer: true });
  if (!connected.ok) {
    complain(io, connected.message);
    return EXIT.failed;
  }
  const caller = createCaller(connected.connection);
  const reply = await caller.command({ type: "credential.remove", id });
  caller.close();
  if (!reply.ok) return wrong(io, printable(reply.reason));
  io.stderr.write(`removed the key "${printable(id)}"\n`);
  return EXIT.done;
}

async function addToVault(io: Io, provider: string, flags: Flags): Promise<ExitCode> {
  const row = findProvider(provider);
  const meant =
    row === undefined
      ? nearest(
          provider,
          listProviders().map((one) => one.id),
          3,
        )
      : null;
  if (row === undefined && meant !== null)
    return wrong(io, `provider "${printable(provider)}" is not in the catalog; did you mean "${meant}"?`);
  const folder = workspaceFolder(io, flags.cwd);
  if (!folder.ok) return wrong(io, folder.message);
  const secret = await readSecret(io, row?.name ?? provider);
  if (secret === null) return wrong(io, "there is no terminal to type the key on; pipe it in: interpane vault add PROVIDER < FILE");
  if (secret === "") return wrong(io, "no key was given");
  const connected = await reachServer(io, { folder: folder.folder, role: "task", startsServer: true });
  if (!connected.ok) {
    complain(io, connected.message);
    return EXIT.failed;
  }
  const caller = createCaller(connected.connection);
  const opened = await openLockedVault(caller, io);
  if (!opened.ok) {
    caller.close();
    return fail(io, opened);
  }
  const reply = await caller.command({ type: "credential.add", provider, secret, isUntested: flags.untested });
  caller.close();
  if (!reply.ok) {
    complain(io, printable(reply.reason));
    return EXIT.provider;
  }
  const note = reply.note === undefined ? "" : `: ${printable(reply.note)}`;
  io.stderr.write(`kept the key of ${row?.name ?? printable(provider)}${note}\n`);
  return EXIT.done;
}

async function readSecret(io: Io, name: string): Promise<string | null> {
  if (io.stdin.kind === "stream") {
    const bytes = await io.stdin.read();
    return bytes.length > SECRET_MAX_BYTES ? "" : new TextDecoder().decode(bytes).trim();
  }
  return io.ask === null ? null : (await io.ask(`key for ${printable(name)} (not shown): `, { isSecret: true })).trim();
}

function wrong(io: Io, message: string): ExitCode {
  complain(io, message);
  return EXIT.usage;
}
