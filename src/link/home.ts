// Where everything of one home lies on disk: under INTERPANE_HOME, or in the XDG folders. Computes names; touches nothing.

import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

export interface Home {
  /** What the user writes: `config.toml`, `profiles/`, `themes/`. */
  readonly configDir: string;
  readonly configFile: string;
  readonly profilesDir: string;
  readonly themesDir: string;
  /** What must never be lost: `vault.json`, `ledger.sqlite`, `sessions/`, `workspaces/`. */
  readonly dataDir: string;
  readonly vaultFile: string;
  readonly vaultKeyFile: string;
  readonly ledgerFile: string;
  /** Journals of sessions, and of workspaces. */
  readonly sessionsDir: string;
  readonly workspacesDir: string;
  /** What we remember: `state.json`, `catalog.json`, `logs/`, `run/`. */
  readonly stateDir: string;
  readonly stateFile: string;
  readonly catalogFile: string;
  readonly logsDir: string;
  readonly serverLog: string;
  /** The socket and its lock; 0700. */
  readonly runDir: string;
  /** What may be deleted at any time. */
  readonly cacheDir: string;
}

/**
 * Pure but for the user's home folder and, for a relative INTERPANE_HOME, the present one. XDG folders that are not absolute
 * are ignored, as their specification asks.
 *
 * The run folder lies with the state, not in XDG_RUNTIME_DIR: that one is missing under cron and sudo and is emptied at logout,
 * while the server lives on; either way a second server would start on the same journals.
 */
export function resolveHome(env: Readonly<Record<string, string | undefined>>): Home {
  const own = env.INTERPANE_HOME;
  if (own !== undefined && own !== "") {
    const root = resolve(own);
    return homeOf({ config: root, data: root, state: root, cache: join(root, "cache") });
  }
  const user = env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : homedir();
  const xdg = (name: string, fallback: string): string => {
    const value = env[name];
    return join(value !== undefined && isAbsolute(value) ? value : join(user, fallback), "interpane");
  };
  return homeOf({
    config: xdg("XDG_CONFIG_HOME", ".config"),
    data: xdg("XDG_DATA_HOME", ".local/share"),
    state: xdg("XDG_STATE_HOME", ".local/state"),
    cache: xdg("XDG_CACHE_HOME", ".cache"),
  });
}

function homeOf(at: { config: string; data: string; state: string; cache: string }): Home {
  const logsDir = join(at.state, "logs");
  return {
    configDir: at.config,
    configFile: join(at.config, "config.toml"),
    profilesDir: join(at.config, "profiles"),
    themesDir: join(at.config, "themes"),
    dataDir: at.data,
    vaultFile: join(at.data, "vault.json"),
    vaultKeyFile: join(at.data, "vault.key"),
    ledgerFile: join(at.data, "ledger.sqlite"),
    sessionsDir: join(at.data, "sessions"),
    workspacesDir: join(at.data, "workspaces"),
    stateDir: at.state,
    stateFile: join(at.state, "state.json"),
    catalogFile: join(at.state, "catalog.json"),
    logsDir,
    serverLog: join(logsDir, "server.log"),
    runDir: fitSocket(join(at.state, "run")),
    cacheDir: at.cache,
  };
}

/** `sun_path` holds 104 bytes with its closing zero on macOS, 108 on Linux (sys/un.h, unix(7)). */
const RUN_DIR_MAX_BYTES = 103 - "/server.sock".length;

/** A folder whose name is too long for a socket gives way to a short one. Not in TMPDIR: every client must find the same. */
function fitSocket(wanted: string): string {
  if (Buffer.byteLength(wanted) <= RUN_DIR_MAX_BYTES) return wanted;
  // Loaded where it is needed: it takes 5 ms, and every start comes past here.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `/tmp/interpane-${process.getuid?.() ?? 0}-${createHash("sha256").update(wanted).digest("hex").slice(0, 16)}`;
}
