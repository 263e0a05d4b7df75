// Who answers a task: a profile's name and what flags say over it, a local server, or the fast half of the default pair.

import type { Caller } from "../client/caller.ts";
import type { ProfileFile, ProfileSettings } from "../domain/profile.ts";
import type { Offer, ProfileRow } from "../domain/protocol.ts";
import type { Flags } from "./flag-table.ts";
import { complain, EXIT, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { type Problem, problem } from "./problem.ts";
import type { RunSettings } from "./run-settings.ts";

/** For `agent.spawn` and `agent.useProfile`. */
export interface Choice {
  readonly profile?: string;
  readonly settings?: ProfileSettings;
}

export interface Chosen {
  readonly ok: true;
  readonly choice: Choice;
  /** As it would be written down; null where nobody had to ask. */
  readonly file: ProfileFile | null;
}

const CANDIDATES_SHOWN = 15;

/** Asks the server only where flags need it. Never rejects. */
export async function chooseProfile(flags: Flags, run: RunSettings, io: Io, caller: Pick<Caller, "query">): Promise<Chosen | Problem> {
  const base = await baseOf(flags, run, io, caller);
  if (!base.ok) return base;
  const { choice } = base;
  if (choice.settings === undefined && flags.saveProfile === undefined) return { ok: true, choice, file: null };
  return settle(choice, io, caller);
}

/** Null where the words mean something, though it may lack a key. */
export async function unknownProblem(profile: string, caller: Pick<Caller, "query">): Promise<Problem | null> {
  const answer = await caller.query<"profile.resolve">({ type: "profile.resolve", profile });
  if (!answer.ok) return problem(EXIT.failed, answer.reason);
  return answer.value.file === null ? problem(EXIT.usage, answer.value.problem ?? `"${profile}" is no profile`) : null;
}

async function baseOf(
  flags: Flags,
  run: RunSettings,
  io: Io,
  caller: Pick<Caller, "query">,
): Promise<{ ok: true; choice: Choice } | Problem> {
  const settings = run.settings ?? undefined;
  if (flags.local) return chooseLocal(settings, io, caller);
  if (!flags.fast) return { ok: true, choice: choiceOf(flags.profile, settings) };
  const answer = await caller.query<"profiles">({ type: "profiles" });
  return answer.ok
    ? { ok: true, choice: choiceOf(answer.value.fast ?? answer.value.defaultPair[0], settings) }
    : problem(EXIT.failed, answer.reason);
}

function choiceOf(profile: string | undefined, settings: ProfileSettings | undefined): Choice {
  return { ...(profile === undefined ? {} : { profile }), ...(settings === undefined ? {} : { settings }) };
}

/** A model's name that could be several is asked about, where somebody can be asked. */
async function settle(choice: Choice, io: Io, caller: Pick<Caller, "query">): Promise<Chosen | Problem> {
  const answer = await caller.query<"profile.resolve">({ type: "profile.resolve", ...choice });
  if (!answer.ok) return problem(EXIT.failed, answer.reason);
  const { problem: why, candidates, file } = answer.value;
  if (why === null) return { ok: true, choice, file };
  if (candidates.length < 2 || io.ask === null || choice.settings?.model === undefined) return problem(EXIT.usage, why);
  const model = await askWhich(io, `"${choice.settings.model}" could be one of these:`, candidates);
  if (model === null) return problem(EXIT.interrupted, "none was chosen");
  // Asked once: what was chosen has one meaning, or a problem of its own.
  return settle({ ...choice, settings: { ...choice.settings, model } }, { ...io, ask: null }, caller);
}

// A server on this machine ---------------------------------------------------------------------------------------------

interface Server {
  readonly provider: string;
  readonly label: string;
  readonly fast: string;
  readonly models: readonly string[];
}

async function chooseLocal(
  settings: ProfileSettings | undefined,
  io: Io,
  caller: Pick<Caller, "query">,
): Promise<{ ok: true; choice: Choice } | Problem> {
  const [offers, profiles] = await Promise.all([
    caller.query<"offers">({ type: "offers" }),
    caller.query<"profiles">({ type: "profiles" }),
  ]);
  if (!offers.ok) return problem(EXIT.failed, offers.reason);
  if (!profiles.ok) return problem(EXIT.failed, profiles.reason);
  const running = serversOf(offers.value.rows, profiles.value.rows);
  const wanted = settings?.model;
  const holders = wanted === undefined ? running : running.filter((server) => server.models.includes(modelAt(server, wanted)));
  // A model that none has is asked of the first all the same: the server's own answer says what is wrong.
  const fitting = holders.length > 0 ? holders : running;
  const [first] = fitting;
  if (first === undefined)
    return problem(
      EXIT.provider,
      "--local: no model server with a model answers on this machine; start Ollama (ollama serve), LM Studio (lms server start) or Jan, and fetch a model: interpane models pull ollama/qwen3:8b",
    );
  const server = fitting.length === 1 ? first : await pickServer(fitting, first, io);
  if (server === null) return problem(EXIT.interrupted, "none was chosen");
  const model = wanted === undefined ? server.fast : modelAt(server, wanted);
  return { ok: true, choice: { settings: { ...settings, provider: server.provider, model } } };
}

/** `ollama/qwen3` and `qwen3` mean the same there. */
function modelAt(server: Server, model: string): string {
  return model.startsWith(`${server.provider}/`) ? model.slice(server.provider.length + 1) : model;
}

function serversOf(offers: readonly Offer[], rows: readonly ProfileRow[]): Server[] {
  return offers
    .filter((offer) => offer.isLocal)
    .map((offer) => {
      const at = offer.profile.indexOf("/");
      const provider = offer.profile.slice(0, at);
      const models = rows.filter((row) => row.provider === provider && row.from === "adhoc").map((row) => row.model);
      return { provider, label: `${offer.label} (${offer.reason})`, fast: offer.profile.slice(at + 1), models };
    });
}

async function pickServer(servers: readonly Server[], first: Server, io: Io): Promise<Server | null> {
  if (io.ask === null) {
    const others = servers.slice(1).map((server) => server.provider);
    complain(io, printable(`--local: using ${first.label}; ${others.join(", ")} would do too: --model ${others[0] ?? ""}/MODEL`));
    return first;
  }
  const label = await askWhich(
    io,
    "several model servers run on this machine:",
    servers.map((server) => server.label),
  );
  return servers.find((server) => server.label === label) ?? null;
}

/** Null where nothing was chosen. Enter alone takes nothing. */
async function askWhich(io: Io, question: string, choices: readonly string[]): Promise<string | null> {
  if (io.ask === null) return null;
  const shown = choices.slice(0, CANDIDATES_SHOWN);
  const lines = shown.map((choice, index) => `${String(index + 1).padStart(3)}  ${printable(choice)}`);
  const line = (await io.ask(`${printable(question)}\n${lines.join("\n")}\nwhich one? a number or a name: `, { isSecret: false })).trim();
  return line === "" ? null : (shown[Number(line) - 1] ?? choices.find((choice) => choice === line) ?? null);
}
