// The vault's passphrase on the command line: typed unseen on the terminal or piped in; never an argument, never a variable.

import type { Caller } from "../client/caller.ts";
import { EXIT, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { type Problem, problem } from "./problem.ts";

const TRIES = 3;
const INPUT_BYTES_MAX = 16 * 1024;

type Unlocked = { readonly ok: true } | Problem;

/** Asks for the passphrase where the vault is locked and somebody can be asked; else one sentence that says what to do. */
export async function openLockedVault(caller: Pick<Caller, "command" | "query">, io: Pick<Io, "ask" | "stderr">): Promise<Unlocked> {
  const answer = await caller.query<"vault">({ type: "vault" });
  if (!answer.ok) return problem(EXIT.failed, answer.reason);
  if (answer.value.isLocked !== true) return { ok: true };
  if (io.ask === null) {
    return problem(
      EXIT.refused,
      "the vault is locked and there is no terminal to type its passphrase on; first pipe it in: interpane vault unlock < FILE, " +
        "or unlock it in an open workspace with /unlock",
    );
  }
  for (let tries = 1; ; tries += 1) {
    const passphrase = await io.ask("the vault's passphrase (not shown): ", { isSecret: true });
    if (passphrase === "") return problem(EXIT.refused, "the vault stays locked");
    const reply = await caller.command({ type: "vault.unlock", passphrase });
    if (reply.ok) return { ok: true };
    if (tries >= TRIES) return problem(EXIT.refused, reply.reason);
    io.stderr.write(`${printable(reply.reason)}\n`);
  }
}

/** Only for an agent whose key lies in the vault; `credential` as its profile names it. */
export async function openVaultFor(
  credential: string | null,
  caller: Pick<Caller, "command" | "query">,
  io: Pick<Io, "ask" | "stderr">,
): Promise<Unlocked> {
  const isKept = credential !== null && (credential.startsWith("vault:") || credential === "sign-in");
  return isKept ? openLockedVault(caller, io) : { ok: true };
}

/** The lines that were piped in; null where they are to be typed. */
export async function pipedLines(io: Io): Promise<string[] | null> {
  if (io.stdin.kind !== "stream") return null;
  const bytes = await io.stdin.read();
  if (bytes.length > INPUT_BYTES_MAX) return [];
  const text = new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
  return text === "" ? [] : text.split(/\r?\n/);
}
