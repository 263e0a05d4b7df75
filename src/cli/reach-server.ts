// Every command's way to the server: the home, the folder, and which variables go along.

import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { listProviders } from "../catalog/catalog.ts";
import { clientEnv, keyNamesIn, ownEnv } from "../client/client-env.ts";
import { type Connected, type ConnectOptions, connectToServer } from "../client/connect.ts";
import type { StartedServer } from "../client/start-server.ts";
import { awsVariables } from "../domain/aws.ts";
import { messageOf } from "../domain/message-of.ts";
import type { Hello } from "../domain/protocol.ts";
import { type Home, resolveHome } from "../link/home.ts";
import { type Io, processEnv } from "./io.ts";

/** Settings files are small; a larger one is not searched for names. */
const SETTINGS_MAX_BYTES = 256 * 1024;
const CATALOG_MAX_BYTES = 32 * 1024 * 1024;

export type Folder = { readonly ok: true; readonly folder: string } | { readonly ok: false; readonly message: string };

/** The workspace's folder: one name for it, whichever links led there. */
export function workspaceFolder(io: Io, cwd: string | undefined): Folder {
  const wanted = resolve(io.cwd, cwd ?? ".");
  try {
    const folder = realpathSync(wanted);
    if (statSync(folder).isDirectory()) return { ok: true, folder };
    return { ok: false, message: `${wanted} is not a folder` };
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return { ok: false, message: `cannot stand in ${wanted}: ${isMissing ? "there is no such folder" : messageOf(error)}` };
  }
}

export interface Reach {
  readonly folder: string;
  readonly role: Hello["role"];
  readonly isOffline?: boolean;
  /** Starts the server where none runs. */
  readonly startsServer: boolean;
  readonly takesAnyVersion?: boolean;
  /** Variables that go along for this run beside the user's own. */
  readonly extraEnv?: Readonly<Record<string, string>>;
  /** `own`: for terminals of the user's own alone; `none`: this process's variables stay here. Left out: all that there is use for. */
  readonly brings?: "own" | "none";
  /** One that is starting already. */
  readonly started?: StartedServer | null;
}

export function connectOptions(io: Io, reach: Reach): ConnectOptions {
  const home = resolveHome(io.env);
  const { startsServer, brings, extraEnv = {}, ...rest } = reach;
  // A query opens nothing, so nothing goes along.
  const isBare = reach.role === "query" || brings === "none";
  return {
    ...rest,
    home,
    env: processEnv(io.env, home),
    helloEnv: isBare || brings === "own" ? {} : { ...clientEnv(io.env, keyNames(home)), ...extraEnv },
    ...(isBare ? {} : { ownEnv: ownEnv(io.env) }),
    program: startsServer ? io.program : null,
  };
}

export function reachServer(io: Io, reach: Reach): Promise<Connected> {
  return connectToServer(connectOptions(io, reach));
}

/** Variables that hold keys: those of the catalog's rows, what AWS's chain reads, and those that the user's own settings name. */
function keyNames(home: Home): Set<string> {
  const names = new Set([...listProviders().flatMap((provider) => provider.env), ...awsVariables]);
  const profiles = listFiles(home.profilesDir).filter((name) => /\.ya?ml$/.test(name));
  for (const file of [home.configFile, ...profiles.map((name) => join(home.profilesDir, name))]) {
    for (const name of keyNamesIn(readSettings(file))) names.add(name);
  }
  // The user's own catalog may have rows that the bundled one has not; only names are looked for.
  for (const [, row = ""] of readSettings(home.catalogFile, CATALOG_MAX_BYTES).matchAll(/"env":\[([^\]]*)\]/g)) {
    for (const [, name = ""] of row.matchAll(/"([A-Za-z0-9_]{1,128})"/g)) names.add(name);
  }
  return names;
}

// What cannot be read names no variable; the server says what is wrong with it.

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readSettings(file: string, maxBytes = SETTINGS_MAX_BYTES): string {
  try {
    const size = statSync(file).size;
    return size > maxBytes ? "" : readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
