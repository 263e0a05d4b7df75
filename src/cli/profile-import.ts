// `interpane profile import`: a profile of Open Interpreter, or one from elsewhere, becomes the user's own. What has no meaning here is
// listed; a key in it goes to the vault or stays where it is, never into a profile; a program is never run.

import { basename, extname, join } from "node:path";
import { findProvider } from "../catalog/catalog.ts";
import { createCaller } from "../client/caller.ts";
import { resolveHome } from "../link/home.ts";
import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { failWith } from "./problem.ts";
import { findProfileFile, ownProfileFile, pythonRefusal } from "./profile-word.ts";
import { nameProblem, providerAt, write } from "./profile-write.ts";
import { reachServer } from "./reach-server.ts";
import { readSmallFile } from "./small-file.ts";

const FILE_MAX_BYTES = 64 * 1024;

export async function importProfile(io: Io, word: string, as: string | undefined, flags: Flags): Promise<ExitCode> {
  if (/^https?:\/\//u.test(word))
    return failWith(io, EXIT.usage, `"${word}" is an address; fetch the file yourself, look at it, and name the file`);
  const source = findProfileFile(io, word, io.cwd);
  if (extname(source ?? word) === ".py") return failWith(io, EXIT.usage, pythonRefusal(word));
  if (source === null) return failWith(io, EXIT.usage, `there is no file ${word}, neither here nor in Open Interpreter's profiles folder`);
  const name =
    as ??
    basename(source, extname(source))
      .replaceAll(/[^A-Za-z0-9._-]+/gu, "-")
      .replace(/^[^A-Za-z0-9]+/u, "");
  const problem = nameProblem(name);
  if (problem !== null) return failWith(io, EXIT.usage, `${problem}; give it one: interpane profile import FILE NAME`);
  const given = readSmallFile(source, source, FILE_MAX_BYTES);
  if (!given.ok) return failWith(io, EXIT.usage, given.message);
  const { text } = given;
  const texts = await io.profileTexts();
  const read = texts.read(text, source, providerAt);
  if (!read.ok) return failWith(io, EXIT.usage, ...read.problems);
  const { profilesDir } = resolveHome(io.env);
  const old = ownProfileFile({ profilesDir }, name);
  if (old !== null && !flags.yes)
    return failWith(
      io,
      EXIT.usage,
      `you have a profile "${name}" already (${old}); give another name: interpane profile import FILE NAME, or replace it with --yes`,
    );
  const { file, foreign } = read;
  const target = join(profilesDir, `${name}.yaml`);
  // One of ours keeps its comments.
  const written = write(
    io,
    target,
    foreign === null ? text : `# From ${basename(source)}, written for Open Interpreter.\n${texts.write(file)}`,
    old,
    name,
  );
  if (written !== EXIT.done) return written;
  for (const line of foreign?.left ?? []) io.stderr.write(`left out: ${printable(line)}\n`);
  if (foreign !== null && foreign.secret !== null)
    io.stderr.write(`${printable(await keepSecret(io, file.provider, foreign.secret, target))}\n`);
  return EXIT.done;
}

/** The key of a provider that the catalog knows is kept for that provider's own address and no other. */
async function keepSecret(io: Io, provider: string, secret: string, target: string): Promise<string> {
  const row = findProvider(provider);
  const byHand = `its api_key was not taken over; set a variable to it and name that in ${target}: credential: env:NAME`;
  if (row === undefined || row.isLocal) return byHand;
  const connected = await reachServer(io, { folder: io.cwd, role: "task", startsServer: true });
  if (!connected.ok) return `${byHand} (${connected.message})`;
  const caller = createCaller(connected.connection);
  const kept = await caller.query({ type: "vault" });
  if (!kept.ok || kept.value.rows.some((each) => each.id === provider)) {
    caller.close();
    return `its api_key was not taken over: the vault has one for ${row.name} already, and that one stays`;
  }
  // Whether it is good shows with the first request; importing asks nobody anything.
  const reply = await caller.command({ type: "credential.add", provider, secret, isUntested: true });
  caller.close();
  if (!reply.ok) return `its api_key was not taken over: ${reply.reason}`;
  return `its api_key is kept in the vault, for ${row.name} alone; you may take it out of the old file`;
}
