// Everything the workspaces of one server share: the real sides of the engine's ports, the lanes, the log.

import { randomUUID } from "node:crypto";
import { homedir, release, type } from "node:os";
import { join } from "node:path";
import { bundledCatalog } from "../catalog/bundled.ts";
import { listProviders } from "../catalog/catalog.ts";
import { loadCatalog } from "../catalog/user-catalog.ts";
import { awsVariables } from "../domain/aws.ts";
import type { Profile } from "../domain/profile.ts";
import { createLanes, type LaneName, type Lanes } from "../engine/lanes.ts";
import type { Ports } from "../engine/ports.ts";
import { harnessesFor, harnessFor } from "../harness/table.ts";
import { systemClock } from "../host/clock.ts";
import { createComputer } from "../host/computer.ts";
import { createConfigReader } from "../host/config-reader.ts";
import { realFileOps } from "../host/file-ops.ts";
import { createFiles, privatePathsOf } from "../host/files.ts";
import { newId } from "../host/ids.ts";
import { createImages } from "../host/images.ts";
import { createJournals } from "../host/journal.ts";
import { systemKeyring } from "../host/keyring.ts";
import { openLedger } from "../host/ledger.ts";
import type { ShownModels } from "../host/local-details.ts";
import { type PullProgress, pullModel } from "../host/local-pull.ts";
import { probeLocalServers } from "../host/local-servers.ts";
import { openLog } from "../host/log.ts";
import { createProfiles, type HostProfiles } from "../host/profiles.ts";
import { createRules } from "../host/rules.ts";
import { openState } from "../host/state.ts";
import { openTerminalRecord, type Survivor } from "../host/terminal-record.ts";
import { createTerminals, type HostTerminals } from "../host/terminals.ts";
import { createTokens } from "../host/tokens.ts";
import { userFiles } from "../host/user-files.ts";
import { openVault } from "../host/vault.ts";
import type { Home } from "../link/home.ts";
import { createDoor } from "../net/door.ts";
import { createRedactor } from "../net/redact.ts";
import { createCredentials, signInTargetOf } from "./credentials.ts";
import { createCredentialOpener, type SecretSources } from "./credentials-open.ts";
import { createSignIns, type SignInTarget } from "./credentials-sign-in.ts";
import { createEnvironment, type Environment } from "./environment.ts";
import { createMemory, type Memory } from "./memory.ts";
import { createModelPicker, type ListModels } from "./model-picker.ts";
import { createModels } from "./models.ts";
import { createPasteBuffers, type PasteBuffers } from "./paste-buffers.ts";
import { reachProvider } from "./reach.ts";
import { createSessionReader, type SessionReader } from "./session-reader.ts";
import { createSpending, type Spending } from "./spending.ts";
import { createVaultGate, type VaultGate } from "./vault-gate.ts";

/** The demo answers itself; its lane has a limit only so that it looks and behaves like any other. */
const DEMO_CONCURRENCY = 64;

export interface World {
  /** Changes with every start: a client that meets another one takes a new snapshot. */
  readonly epoch: string;
  readonly ports: Ports;
  readonly lanes: Lanes;
  readonly laneOf: (profile: Profile) => LaneName;
  readonly environment: Environment;
  readonly platform: { readonly os: string };
  readonly terminals: HostTerminals;
  /** Resolves when it is known whether a sandbox works here: better waited for than tried once more. */
  readonly probed: Promise<void>;
  readonly sessions: SessionReader;
  /** Processes that outlived a killed server. */
  survivors(): Survivor[];
  /** To be shown for as long as they stand: a weakly kept key, a damaged file, a wrong setting. One line each. */
  warnings(): string[];
  /** Called when places or slots of a lane changed. */
  onLanes(listener: () => void): void;
  /** What was spent today. */
  readonly spending: Pick<Spending, "spent" | "today" | "startOf" | "onSpent">;
  /** Called with one line for the user, whatever the workspace. */
  onAlert(listener: (text: string) => void): void;
  /** Resolves with null when a local server has the model, else with a sentence. */
  pull(provider: string, model: string, signal: AbortSignal, onProgress: (progress: PullProgress) => void): Promise<string | null>;
  readonly listModels: ListModels;
  readonly memory: Memory;
  readonly buffers: PasteBuffers;
  readonly vaultGate: VaultGate;
  /** Tries to get the vault's key where no passphrase is needed. */
  reachVault(): Promise<void>;
  readonly describeProfile: HostProfiles["describe"];
  /** Whether a provider's address answers; null when it does. */
  reach(profile: Profile): Promise<string | null>;
  log(line: string): void;
  close(): Promise<void>;
}

/** `packageDir` holds the bundled `profiles/`. */
export async function createWorld(home: Home, packageDir: string): Promise<World> {
  const catalogNames = new Set([...listProviders().flatMap((provider) => provider.env), ...awsVariables]);
  const environment = createEnvironment((name) => catalogNames.has(name) || profiles.envNames().includes(name));
  const log = openLog(home.logsDir, "interpane.log", (text) => createRedactor(environment.secrets()).redact(text));
  let alert: (text: string) => void = () => {};
  let lanesChanged: () => void = () => {};
  const say = (text: string): void => {
    log.write(text);
    alert(text);
  };
  const config = createConfigReader(home.configFile);
  const shownModels: ShownModels = new Map();
  const record = openTerminalRecord(home.runDir, say);
  const terminals = createTerminals({
    scratchDir: join(home.runDir, "scratch"),
    // The whole folder: a file in it that comes later, or takes another's place, would be seen in the shells that are open.
    protectedPaths: [home.dataDir, home.runDir],
    readOnlyPaths: [home.configDir, home.dataDir, home.stateDir],
    path: process.env["PATH"] ?? "/usr/bin:/bin",
    scrollbackRows: () => config().config.scrollback,
    onSurvivors: (_, processes) => log.write(`left running after their terminal closed: ${processes.join(", ")}`),
    record,
  });
  // The first agent needs to know; until then there is other work. Whoever asks sooner waits for a trial of its own.
  const probed = terminals.probe();
  // Whoever names a folder for all of it wants it there: to copy it, to throw it away, to test.
  const triesKeyring = (process.env["INTERPANE_HOME"] ?? "") === "";
  const keyring = () => systemKeyring({ platform: process.platform, env: environment.shell });
  const [vault, state, catalogProblem] = await Promise.all([
    openVault(home, { keyring, triesKeyring }),
    openState(home),
    loadCatalog(home.catalogFile),
  ]);
  const door = createDoor();
  const memory: Memory = createMemory({
    state,
    now: systemClock.now,
    config: () => config().config,
    profiles: () => profiles,
    say,
  });
  const profiles = createProfiles({
    bundledDir: join(packageDir, "profiles"),
    userDir: home.profilesDir,
    config,
    catalog: bundledCatalog,
    chooseHarness: harnessFor,
    harnessesFor,
    env: environment.all,
    hasVaultKey: (id, origin) => vault.has(id, origin),
    probeLocal: () => probeLocalServers(door, environment.all(), undefined, shownModels),
    remembered: () => memory.remembered(),
  });
  const lanes = createLanes(systemClock, () => lanesChanged());
  const ledger = openLedger(home.ledgerFile, say);
  const spending = createSpending(ledger, systemClock.now);
  const tokens = createTokens();
  const targetOf = (provider: string): SignInTarget | null => signInTargetOf(provider, config());
  const signIns = createSignIns({ door, vault, config, targetOf, nowMs: systemClock.now, say });
  const vaultGate = createVaultGate(vault);
  const secrets: SecretSources = {
    env: environment.all,
    commandEnv: environment.shell,
    vault,
    wantVault: vaultGate.want,
    config,
    signedIn: signIns,
    nowMs: systemClock.now,
  };
  const open = createCredentialOpener(secrets);
  const listModels = createModelPicker({ door, open, profiles, config, env: environment.all, nowMs: systemClock.now });
  const images = createImages(home);
  const models = createModels({ door, clock: systemClock, secrets, open, config, images });
  const ports: Ports = {
    clock: systemClock,
    newId: <Id extends string>(prefix: string) => newId(prefix) as Id,
    random: Math.random,
    journals: createJournals(home, realFileOps, say),
    models,
    credentials: createCredentials({ door, vault, profiles, config, signIns, env: environment.all }),
    terminals,
    files: createFiles({ privatePaths: privatePathsOf(home) }),
    images,
    userFiles,
    computer: createComputer({
      scratchDir: join(home.runDir, "scratch"),
      path: `${process.env["PATH"] ?? ""}:/usr/bin:/bin`,
      home: homedir(),
    }),
    profiles,
    rules: createRules(state, systemClock.now),
    tokens,
    ledger: spending.ledger,
  };
  return {
    epoch: randomUUID(),
    ports,
    lanes,
    laneOf: (profile) => laneOf(profile, config().config.laneConcurrency),
    environment,
    platform: { os: `${type()} ${release()}` },
    terminals,
    probed,
    sessions: createSessionReader(ports),
    survivors: record.survivors,
    warnings: () => [
      ...(vault.warning === null ? [] : [vault.warning]),
      ...vault.problems,
      ...state.problems,
      ...config().problems,
      ...(catalogProblem === null ? [] : [catalogProblem]),
      ...record.survivors().map(survivorText),
    ],
    onLanes: (listener) => {
      lanesChanged = listener;
    },
    spending,
    onAlert: (listener) => {
      alert = listener;
    },
    pull: (provider, model, signal, onProgress) =>
      pullModel(door, { provider, model, env: environment.all(), childEnv: environment.shell(), signal, onProgress }),
    listModels,
    memory,
    buffers: createPasteBuffers(),
    vaultGate,
    reachVault: vault.reach,
    describeProfile: profiles.describe,
    reach: (profile) => reachProvider(door, profile, false),
    log: (line) => log.write(line),
    close: async () => {
      await Promise.allSettled([terminals.closeAll(), tokens.close()]);
      signIns.close();
      ledger.close();
      vault.close();
      door.close();
      log.close();
    },
  };
}

function survivorText({ pid, name, cwd }: Survivor): string {
  return `${name} (process ${pid}, of a terminal in ${cwd}) outlived its terminal and still runs; end it with: kill ${pid}`;
}

/** A provider counts requests by key; keyless servers by address. */
function laneOf(profile: Profile, concurrency: number): LaneName {
  if (profile.wire === "demo") return { key: "demo", label: "demo", limit: DEMO_CONCURRENCY };
  return { key: `${profile.credential} ${profile.origin}`, label: profile.provider, limit: concurrency };
}
