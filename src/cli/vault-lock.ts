// `interpane vault unlock`, `lock` and `protect`: the passphrase and what else may keep the vault's own key.

import type { Caller } from "../client/caller.ts";
import { type VaultPlace, vaultPlaces } from "../domain/protocol.ts";
import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { fail, failWith, type Problem, problem } from "./problem.ts";
import { openLockedVault, pipedLines } from "./unlock.ts";
import { withServer } from "./with-server.ts";

type Done = { readonly ok: true; readonly text: string } | Problem;
const NO_TERMINAL = "there is no terminal to type the passphrase on; pipe it in:";

export async function unlockVault(io: Io, flags: Pick<Flags, "cwd">): Promise<ExitCode> {
  const lines = await pipedLines(io);
  return withVault(io, flags, async (caller) => {
    const state = await caller.query<"vault">({ type: "vault" });
    if (!state.ok) return problem(EXIT.failed, state.reason);
    if (state.value.isLocked !== true) return done("the vault is not locked");
    if (lines === null && io.ask === null) return problem(EXIT.usage, `${NO_TERMINAL} interpane vault unlock < FILE`);
    if (lines === null) {
      const opened = await openLockedVault(caller, io);
      if (!opened.ok) return opened;
    } else {
      const reply = await caller.command({ type: "vault.unlock", passphrase: lines[0] || " " });
      if (!reply.ok) return problem(EXIT.refused, reply.reason);
    }
    return done("the vault is open, until the server leaves (soon after its last client and agent) or: interpane vault lock");
  });
}

export function lockVault(io: Io, flags: Pick<Flags, "cwd">): Promise<ExitCode> {
  return withVault(io, flags, async (caller) => {
    const reply = await caller.command({ type: "vault.lock" });
    return reply.ok ? done(reply.note ?? "the vault is locked") : problem(EXIT.usage, reply.reason);
  });
}

export async function protectVault(io: Io, word: string | undefined, flags: Pick<Flags, "cwd">): Promise<ExitCode> {
  const place = vaultPlaces.find((each) => each === word);
  if (place === undefined) return failWith(io, EXIT.usage, `say how: interpane vault protect ${vaultPlaces.join(" | ")}`);
  const lines = await pipedLines(io);
  return withVault(io, flags, async (caller) => {
    const state = await caller.query<"vault">({ type: "vault" });
    if (!state.ok) return problem(EXIT.failed, state.reason);
    const hadPassphrase = state.value.place === "passphrase";
    const given = lines === null ? await askFor(io, { place, hadPassphrase }) : fromLines(lines, { place, hadPassphrase });
    if (!given.ok) return given;
    const { current, passphrase } = given;
    const reply = await caller.command({
      type: "vault.protect",
      place,
      ...(passphrase === null ? {} : { passphrase }),
      ...(current === null ? {} : { current }),
    });
    return reply.ok ? done(saidOf(place)) : problem(EXIT.refused, reply.reason);
  });
}

interface Wanted {
  readonly place: VaultPlace;
  readonly hadPassphrase: boolean;
}

type Given = { readonly ok: true; readonly current: string | null; readonly passphrase: string | null } | Problem;

async function askFor(io: Io, { place, hadPassphrase }: Wanted): Promise<Given> {
  const { ask } = io;
  if (!hadPassphrase && place !== "passphrase") return { ok: true, current: null, passphrase: null };
  if (ask === null) return problem(EXIT.usage, `${NO_TERMINAL} ${pipeHint({ place, hadPassphrase })}`);
  const current = hadPassphrase ? await ask("the present passphrase (not shown): ", { isSecret: true }) : null;
  if (current === "") return problem(EXIT.refused, "nothing was changed");
  if (place !== "passphrase") return { ok: true, current, passphrase: null };
  const passphrase = await ask("a new passphrase for the vault (not shown): ", { isSecret: true });
  if (passphrase === "") return problem(EXIT.refused, "nothing was changed");
  const again = await ask("the same again: ", { isSecret: true });
  if (again !== passphrase) return problem(EXIT.usage, "the two differ; nothing was changed");
  return { ok: true, current, passphrase };
}

function fromLines(lines: readonly string[], wanted: Wanted): Given {
  const { place, hadPassphrase } = wanted;
  const expected = (hadPassphrase ? 1 : 0) + (place === "passphrase" ? 1 : 0);
  const [first, second] = lines;
  // Nothing is asked for: an empty pipe is as good as none.
  if (expected === 0) return { ok: true, current: null, passphrase: null };
  if (lines.length !== expected) {
    return problem(EXIT.usage, `${expected === 1 ? "one line is" : "two lines are"} expected on stdin: ${pipeHint(wanted)}`);
  }
  const passphrase = (hadPassphrase ? second : first) ?? null;
  return { ok: true, current: hadPassphrase ? (first ?? null) : null, passphrase: place === "passphrase" ? passphrase : null };
}

function pipeHint({ place, hadPassphrase }: Wanted): string {
  const what = [...(hadPassphrase ? ["the present passphrase"] : []), ...(place === "passphrase" ? ["the new one"] : [])];
  return `interpane vault protect ${place} < FILE (${what.join(", then on the next line ")})`;
}

function saidOf(place: VaultPlace): string {
  switch (place) {
    case "passphrase":
      return "the vault is under the passphrase now; whoever forgets it adds the keys anew. It is open until the server leaves or: interpane vault lock";
    case "keyring":
      return "the vault's key lies in your system's keyring now";
    case "file":
      return "the vault's key lies in a file now: whoever can read your files can read your API keys";
    default:
      return place satisfies never;
  }
}

function done(text: string): Done {
  return { ok: true, text };
}

function withVault(io: Io, flags: Pick<Flags, "cwd">, run: (caller: Caller) => Promise<Done>): Promise<ExitCode> {
  return withServer(io, { cwd: flags.cwd, role: "task" }, async (caller) => {
    const end = await run(caller);
    if (!end.ok) return fail(io, end);
    io.stderr.write(`${printable(end.text)}\n`);
    return EXIT.done;
  });
}
