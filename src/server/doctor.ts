// What is well on this machine and what is not, each with its remedy. Reads only; asks no provider anything.

import type { Finding } from "../domain/protocol.ts";
import type { World } from "./world.ts";

/** In the order in which a person would look. */
export async function examine(world: World, folder: string): Promise<Finding[]> {
  return [
    { about: "server", state: "well", text: `runs as process ${process.pid} under Node ${process.version}` },
    sandboxFinding(world, folder),
    ...(await profileFindings(world)),
    vaultFinding(world),
    ...(await sessionFindings(world)),
    ...survivorFindings(world),
  ];
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

function vaultFinding(world: World): Finding {
  const { rows, warning } = world.ports.credentials.list();
  if (warning !== null) return { about: "vault", state: "warning", text: warning };
  return { about: "vault", state: "well", text: rows.length === 0 ? "holds no key" : `holds ${rows.map((row) => row.id).join(", ")}` };
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
