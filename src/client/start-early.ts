// Starts the server before the client has loaded what it needs to talk to it: the two then load side by side.

import { existsSync } from "node:fs";
import type { Home } from "../link/home.ts";
import { makePrivateFolder, socketPathOf } from "../link/socket-path.ts";
import { type ServerProgram, type StartedServer, startServer } from "./start-server.ts";

/**
 * Null where a socket is there, be it one that nobody listens on: then connecting finds out what to do. Nothing is lost
 * where another client starts one too, for one of the two servers leaves at once.
 */
export function startEarly(program: ServerProgram, home: Home, env: Readonly<Record<string, string | undefined>>): StartedServer | null {
  try {
    if (existsSync(socketPathOf(home.runDir)) || makePrivateFolder(home.runDir) !== null) return null;
    return startServer(program, home, env);
  } catch {
    // Connecting meets the same obstacle and says it.
    return null;
  }
}
