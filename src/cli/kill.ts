// `interpane kill`: stops the workspace of this folder, or with --all the server and all that it runs.

import { readFileSync } from "node:fs";
import { createCaller } from "../client/caller.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { askLs } from "./lists.ts";
import { failWith } from "./problem.ts";
import { reachServer, workspaceFolder } from "./reach-server.ts";

/** How long a server that was stopped may take to be gone, ms. */
const GONE_LIMIT_MS = 10_000;
const LOOK_AGAIN_MS = 20;

export async function runKill(io: Io, options: { readonly isAll: boolean; readonly cwd: string | undefined }): Promise<ExitCode> {
  const folder = workspaceFolder(io, options.cwd);
  if (!folder.ok) return failWith(io, EXIT.usage, folder.message);
  const reach = { folder: folder.folder, startsServer: false } as const;
  const connected = await reachServer(io, { ...reach, role: "query", takesAnyVersion: true });
  if (!connected.ok) return connected.reason === "none" ? nothingRuns(io) : failWith(io, EXIT.failed, connected.message);
  if (options.isAll) return killServer(io, connected.connection);
  const rows = await askLs(connected.connection);
  if (typeof rows === "string") return failWith(io, EXIT.failed, rows);
  if (!rows.some((row) => row.folder === folder.folder)) {
    io.stderr.write(`no workspace of ${folder.folder} is running\n`);
    return EXIT.done;
  }
  // A connection of its own, since `ls` has ended the first; it stops what its hello names, in a server of any version.
  const again = await reachServer(io, { ...reach, role: "query", takesAnyVersion: true });
  if (!again.ok) return again.reason === "none" ? nothingRuns(io) : failWith(io, EXIT.failed, again.message);
  const caller = createCaller(again.connection);
  again.connection.link.send({ type: "kill", isAll: false });
  await caller.closed;
  io.stderr.write(`stopped the workspace of ${folder.folder}\n`);
  return EXIT.done;
}

async function killServer(io: Io, connection: Parameters<typeof createCaller>[0]): Promise<ExitCode> {
  const caller = createCaller(connection);
  connection.link.send({ type: "kill", isAll: true });
  await caller.closed;
  const deadline = performance.now() + GONE_LIMIT_MS;
  while (isAlive(connection.pid)) {
    if (performance.now() > deadline)
      return failWith(
        io,
        EXIT.failed,
        `the server (process ${connection.pid}) was told to stop and still runs; end it with: kill ${connection.pid}`,
      );
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  io.stderr.write("stopped the server\n");
  return EXIT.done;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

/** It has ended, and nobody has asked how: in a container whose first process does not do that, nobody ever will. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    // No /proc here, or gone meanwhile: the next look tells.
    return false;
  }
}

function nothingRuns(io: Io): ExitCode {
  io.stderr.write("no interpane server is running\n");
  return EXIT.done;
}
