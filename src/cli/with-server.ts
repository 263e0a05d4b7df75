// One talk with the server: of a command that asks it for something, and ends.

import { type Caller, createCaller } from "../client/caller.ts";
import type { ServerMessage } from "../domain/protocol.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { failWith } from "./problem.ts";
import { type Reach, reachServer, workspaceFolder } from "./reach-server.ts";

export interface Talk {
  /** Where the user stands; left out: this process's folder. */
  readonly cwd?: string | undefined;
  readonly role: Reach["role"];
  /** What comes beside replies and answers. */
  readonly onMessage?: (message: ServerMessage) => void;
}

/** Starts the server where none runs, and ends the connection after `run`. A folder that is none, or a server that cannot be reached, is said. */
export async function withServer(io: Io, { cwd, role, onMessage }: Talk, run: (caller: Caller) => Promise<ExitCode>): Promise<ExitCode> {
  const folder = workspaceFolder(io, cwd);
  if (!folder.ok) return failWith(io, EXIT.usage, folder.message);
  const connected = await reachServer(io, { folder: folder.folder, role, startsServer: true });
  if (!connected.ok) return failWith(io, EXIT.failed, connected.message);
  const caller = createCaller(connected.connection, onMessage);
  try {
    return await run(caller);
  } finally {
    caller.close();
  }
}
