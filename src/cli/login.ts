// `interpane login` and `logout`: an account at a provider that takes one; the browser comes back to the server, which keeps the tokens.

import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { fail, failWith } from "./problem.ts";
import { openLockedVault } from "./unlock.ts";
import { withServer } from "./with-server.ts";

const DEFAULT_PROVIDER = "openai";

export async function runLogin(io: Io, word: string | undefined, flags: Pick<Flags, "cwd">): Promise<ExitCode> {
  const provider = word ?? DEFAULT_PROVIDER;
  return withServer(io, { cwd: flags.cwd, role: "task" }, async (caller) => {
    // Before the browser: what comes back could not be kept.
    const opened = await openLockedVault(caller, io);
    if (!opened.ok) return fail(io, opened);
    const begun = await caller.command({ type: "account.signIn", provider });
    if (!begun.ok) return failWith(io, EXIT.usage, begun.reason);
    const page = begun.note ?? "";
    io.stderr.write("open this page in a browser on this machine, and sign in there (Ctrl-C gives up):\n");
    io.stdout.write(`${printable(page)}\n`);
    const port = callbackPort(page);
    if (port !== null)
      io.stderr.write(`with the browser on another machine, first run there: ssh -L ${port}:127.0.0.1:${port} THIS-MACHINE\n`);
    const ended = await caller.command({ type: "account.signedIn", provider });
    if (!ended.ok) return failWith(io, EXIT.provider, ended.reason);
    io.stderr.write(`signed in; the tokens are kept in the vault, and the access token is sent to ${printable(ended.note ?? "")} alone\n`);
    return EXIT.done;
  });
}

export async function runLogout(io: Io, word: string | undefined, flags: Pick<Flags, "cwd">): Promise<ExitCode> {
  const provider = word ?? DEFAULT_PROVIDER;
  return withServer(io, { cwd: flags.cwd, role: "task" }, async (caller) => {
    const ended = await caller.command({ type: "account.signOut", provider });
    if (!ended.ok) return failWith(io, EXIT.usage, ended.reason);
    io.stderr.write(`signed out of ${printable(provider)}; the tokens are forgotten\n`);
    return EXIT.done;
  });
}

/** Where the browser comes back to on this machine. */
function callbackPort(page: string): string | null {
  const back = URL.canParse(page) ? new URL(page).searchParams.get("redirect_uri") : null;
  return back !== null && URL.canParse(back) ? new URL(back).port : null;
}
