// What is well on this machine and what is not, each with its remedy. Providers are asked for a sign of life, and told nothing.

import { setTimeout as sleep } from "node:timers/promises";
import type { TerminalId } from "../domain/ids.ts";
import { messageOf } from "../domain/message-of.ts";
import type { Finding } from "../domain/protocol.ts";
import { reachAll } from "./reach.ts";
import type { World } from "./world.ts";

const KEYRING_MS = 3_000;
/** A shell with a slow start of its own is still a shell. */
const SHELL_MS = 10_000;

/** In the order in which a person would look. */
export async function examine(world: World, folder: string, isOffline: boolean): Promise<Finding[]> {
  const [shell, providers] = await Promise.all([shellFinding(world, folder), providerFindings(world, isOffline)]);
  return [
    { about: "server", state: "well", text: `runs as process ${process.pid} under Node ${process.version}` },
    shell,
    sandboxFinding(world, folder),
    ...(await profileFindings(world)),
    ...providers,
    await vaultFinding(world),
    ...(await sessionFindings(world)),
    ...survivorFindings(world),
  ];
}

/** An agent's shell as an agent gets it: the pty, the marks at its prompt, and a command that comes back. */
async function shellFinding(world: World, folder: string): Promise<Finding> {
  const { terminals, newId } = world.ports;
  const env = world.environment.shell();
  const name = terminals.shellName(undefined, env);
  const { sandbox } = terminals.defaultSandbox(folder);
  const remedy = `see that ${name} is installed and starts by itself, and that interpane was installed with its native part (npm rebuild node-pty)`;
  const limit = AbortSignal.timeout(SHELL_MS);
  try {
    const spec = { id: newId<TerminalId>("x"), cwd: folder, cols: 80, rows: 24, program: { type: "shell" as const, name }, sandbox, env };
    const terminal = terminals.open(spec, () => {});
    try {
      const ran = await terminal.exec({ language: "shell", code: "true", timeoutMs: SHELL_MS }, limit);
      if (ran.outcome === "ok") return { about: "shell", state: "well", text: `${name} starts in a terminal of its own and answers` };
      return { about: "shell", state: "bad", text: `${name} did not answer (${ran.note ?? ran.outcome}); ${remedy}` };
    } finally {
      await terminal.close();
    }
  } catch (error) {
    return {
      about: "shell",
      state: "bad",
      text: `no terminal can be opened: ${messageOf(error)}; ${remedy}`,
    };
  }
}

/** Those that a ready profile would really ask; one whose key is missing is asked nothing. */
async function providerFindings(world: World, isOffline: boolean): Promise<Finding[]> {
  const { profiles } = world.ports;
  const used = profiles.rows().rows.flatMap((row) => {
    const resolved = row.problem === null && !row.isDemo && row.from !== "adhoc" ? profiles.resolve(row.id) : null;
    return resolved?.ok === true && !resolved.profile.isLocal ? [resolved.profile] : [];
  });
  if (used.length === 0) return [];
  if (isOffline) return [{ about: "providers", state: "well", text: "not asked: this workspace is offline" }];
  const rows = await reachAll(used, (profile) => world.reach(profile));
  return rows.map(({ name, problem }): Finding => {
    if (problem === null) return { about: "provider", state: "well", text: `${name} answers` };
    return {
      about: "provider",
      state: "bad",
      text: `${problem}; see whether this machine is online, and whether a proxy or firewall stands between`,
    };
  });
}

function sandboxFinding(world: World, folder: string): Finding {
  const { sandbox, problem } = world.ports.terminals.defaultSandbox(folder);
  if (problem !== null) return { about: "sandbox", state: "warning", text: problem };
  return { about: "sandbox", state: "well", text: `${sandbox.mode} works: agents write in their workspace only` };
}

async function profileFindings(world: World): Promise<Finding[]> {
  const { profiles } = world.ports;
  await profiles.lookAround();
  const { rows, problems } = profiles.rows();
  const ready = rows.filter((row) => row.problem === null && !row.isDemo).map((row) => row.id);
  const summary: Finding =
    ready.length === 0
      ? {
          about: "profiles",
          state: "warning",
          text: "only the demo can answer; set a provider's key, start a local server, or run: interpane vault add",
        }
      : { about: "profiles", state: "well", text: `ready: ${ready.join(", ")}` };
  return [summary, ...problems.map((text): Finding => ({ about: "settings", state: "bad", text }))];
}

/** A keyring may first ask the user for its own password; that is not waited for. */
async function vaultFinding(world: World): Promise<Finding> {
  let isLate = false;
  const late = sleep(KEYRING_MS, undefined, { ref: false }).then(() => {
    isLate = true;
  });
  await Promise.race([world.reachVault(), late]);
  const { rows, warning, place, isLocked } = world.ports.credentials.list();
  if (isLate) {
    const text = `the vault's key lies in your system's keyring, which has not answered for ${KEYRING_MS / 1000} s; unlock the keyring`;
    return { about: "vault", state: "warning", text };
  }
  if (warning !== null) return { about: "vault", state: "warning", text: warning };
  const holds = rows.length === 0 ? "holds no key" : `holds ${rows.map((row) => row.id).join(", ")}`;
  if (place === null) return { about: "vault", state: "well", text: holds };
  const opened = isLocked
    ? "locked: the passphrase is asked for when a key is needed"
    : "open until the server leaves or: interpane vault lock";
  const kept = place === "passphrase" ? `under a passphrase, ${opened}` : "its own key lies in your system's keyring";
  return { about: "vault", state: "well", text: `${holds}; ${kept}` };
}

async function sessionFindings(world: World): Promise<Finding[]> {
  const rows = await world.ports.journals.list();
  const damaged = rows.filter((row) => row.damage !== null);
  if (damaged.length === 0) return [{ about: "sessions", state: "well", text: `${rows.length} kept, all whole` }];
  return damaged.map((row) => ({ about: "sessions", state: "warning", text: `${row.id}: ${row.damage}; what is intact opens as before` }));
}

/** Processes of agents that outlived a server which was killed. */
function survivorFindings(world: World): Finding[] {
  const survivors = world.survivors();
  if (survivors.length === 0) return [{ about: "processes", state: "well", text: "none was left behind" }];
  return survivors.map(({ pid, name, cwd }) => ({
    about: "processes",
    state: "warning",
    text: `${name} (${pid}) in ${cwd} outlived its server; to end it: kill ${pid}`,
  }));
}
