// `interpane profile …`: who can answer, how one is set up, and which of them new agents start on.

import { basename, dirname, extname, isAbsolute } from "node:path";
import type { AnswerValue, Command } from "../domain/protocol.ts";
import { resolveHome } from "../link/home.ts";
import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { ask, listProfiles } from "./lists.ts";
import { printable } from "./printable.ts";
import { failWith } from "./problem.ts";
import { ownProfileFile, type ProfileWord, profileWord } from "./profile-word.ts";
import { withServer } from "./with-server.ts";

export async function runProfile(io: Io, verb: string | null, words: readonly string[], flags: Flags): Promise<ExitCode> {
  switch (verb) {
    case null:
    case "list":
      return words.length > 0 ? tooMuch(io, "list") : listProfiles(io, flags.json);
    case "show":
      return words.length === 1 ? showProfile(io, words[0] ?? "", flags.json) : usage(io, "show NAME");
    case "check":
      return words.length <= 1 ? checkProfiles(io, words[0], flags.json) : usage(io, "check [NAME]");
    case "use":
      return words.length === 1 ? useProfile(io, words[0] ?? "") : usage(io, "use NAME");
    case "pair":
      return setPair(io, words, flags.json);
    case "add":
      return words.length > 0 ? (await import("./profile-write.ts")).addProfile(io, words, flags) : usage(io, "add NAME KEY=VALUE…");
    case "edit":
      return words.length === 1 ? (await import("./profile-write.ts")).editProfile(io, words[0] ?? "") : usage(io, "edit NAME");
    case "remove":
      return words.length === 1 ? removeProfile(io, words[0] ?? "", flags) : usage(io, "remove NAME");
    case "import":
      return words.length >= 1 && words.length <= 2
        ? (await import("./profile-import.ts")).importProfile(io, words[0] ?? "", words[1], flags)
        : usage(io, "import FILE [NAME]");
    case "preset":
      return words.length <= 1 ? (await import("./preset.ts")).writePreset(io, words[0]) : usage(io, "preset NAME");
    default:
      return usage(io, `VERB; "${verb}" is none of them`);
  }
}

type Shown = Extract<AnswerValue, { type: "profile" }>;

export async function describeProfile(io: Io, word: string): Promise<{ ok: true; value: Shown } | { ok: false; message: string }> {
  const named = profileWord(io, word);
  if (!named.ok) return named;
  const answer = await ask<"profile">(io, { type: "profile", name: named.name }, "task");
  return answer.ok ? { ok: true, value: answer.value } : { ok: false, message: answer.reason };
}

async function showProfile(io: Io, word: string, isJson: boolean): Promise<ExitCode> {
  const shown = await describeProfile(io, word);
  if (!shown.ok) return wrong(io, shown.message);
  const { profile, file, left, problem, notice } = shown.value;
  if (profile === null) return wrong(io, problem ?? `"${word}" is no profile`);
  if (isJson) {
    io.stdout.write(`${JSON.stringify({ profile, file, left, problem, notice }, null, 2)}\n`);
    return EXIT.done;
  }
  const price = profile.price;
  const dollars = (micros: number): string => `$${(micros / 1_000_000).toFixed(2)}`;
  const rows: readonly (readonly [string, string | null])[] = [
    ["profile", profile.id],
    ["file", file],
    ["provider", `${profile.providerName} (${profile.provider})`],
    ["model", profile.modelName === profile.model ? profile.model : `${profile.model} (${profile.modelName})`],
    ["address", profile.wire === "demo" ? null : `${profile.baseUrl} (${profile.wire})`],
    ["credential", profile.credential],
    ["pair", profile.pair],
    ["harness", profile.harness],
    ["tools", profile.tools.join(", ")],
    ["context", profile.contextWindow === null ? "unknown" : `${profile.contextWindow} tokens`],
    ["max tokens", profile.maxTokens === null ? null : String(profile.maxTokens)],
    ["temperature", profile.temperature === null ? null : String(profile.temperature)],
    ["effort", profile.effort],
    ["price", price === null ? "unknown" : `${dollars(price.inputMicros)} in, ${dollars(price.outputMicros)} out, for a million tokens`],
    ["budget", profile.maxBudgetMicros === null ? null : dollars(profile.maxBudgetMicros)],
    ["auto run", profile.autoRun ? "yes: code runs without asking" : null],
    ["offline", profile.isOffline ? "yes: nothing but this machine" : null],
    ["instructions", profile.instructions ?? null],
    ["state", problem ?? "ready"],
    ["note", notice],
    ["left out", left.length === 0 ? null : left.join("; ")],
  ];
  for (const [name, value] of rows) if (value !== null) io.stdout.write(`${name.padEnd(12)}  ${printable(value)}\n`);
  return EXIT.done;
}

/** What is wrong with a file is wrong; what only lacks a key is said. */
async function checkProfiles(io: Io, word: string | undefined, isJson: boolean): Promise<ExitCode> {
  const rows: { profile: string | null; state: "well" | "warning" | "bad"; text: string }[] = [];
  if (word === undefined) {
    const answer = await ask<"profiles">(io, { type: "profiles" }, "task");
    if (!answer.ok) return wrong(io, answer.reason);
    for (const text of answer.value.problems) rows.push({ profile: null, state: "bad", text });
    for (const { id, from, problem } of answer.value.rows)
      if (from !== "adhoc") rows.push({ profile: id, state: problem === null ? "well" : "warning", text: problem ?? "ready" });
  } else {
    const shown = await describeProfile(io, word);
    if (!shown.ok) return wrong(io, shown.message);
    const { profile, problem, notice, left } = shown.value;
    const state = profile === null ? "bad" : problem === null ? "well" : "warning";
    // Named already in front of it.
    const said = profile === null ? problem : (problem?.replace(`profile "${profile.id}": `, "") ?? null);
    rows.push({ profile: profile?.id ?? null, state, text: said ?? notice ?? "ready" });
    for (const text of left) rows.push({ profile: profile?.id ?? null, state: "warning", text: `left out: ${text}` });
  }
  const marks = { well: "ok  ", warning: "note", bad: "bad " };
  if (isJson) io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else
    for (const { profile, state, text } of rows)
      io.stdout.write(`${marks[state]}  ${profile === null ? "" : `${printable(profile)}: `}${printable(text)}\n`);
  return rows.some((row) => row.state === "bad") ? EXIT.usage : EXIT.done;
}

async function useProfile(io: Io, word: string): Promise<ExitCode> {
  const named = lastingName(io, word);
  return named.ok ? tell(io, { type: "profiles.setDefault", profile: named.name }) : failWith(io, EXIT.usage, named.message);
}

/** What stays is a name: a file may be gone tomorrow, and one from anywhere chooses nothing for good. */
function lastingName(io: Io, word: string): ProfileWord {
  const named = profileWord(io, word);
  if (!named.ok || !isAbsolute(named.name)) return named;
  const { profilesDir } = resolveHome(io.env);
  if (dirname(named.name) === profilesDir) return { ok: true, name: basename(named.name, extname(named.name)) };
  return { ok: false, message: `${named.name} is a file; make it a profile of yours first: interpane profile import ${named.name}` };
}

async function setPair(io: Io, words: readonly string[], isJson: boolean): Promise<ExitCode> {
  const [fast, smart] = words;
  if (fast !== undefined && smart !== undefined && words.length === 2) {
    const [one, other] = [lastingName(io, fast), lastingName(io, smart)];
    if (!one.ok) return failWith(io, EXIT.usage, one.message);
    if (!other.ok) return failWith(io, EXIT.usage, other.message);
    return tell(io, { type: "profiles.setPair", fast: one.name, smart: other.name });
  }
  if (words.length > 0) return usage(io, "pair FAST SMART");
  const answer = await ask<"profiles">(io, { type: "profiles" }, "task");
  if (!answer.ok) return wrong(io, answer.reason);
  const [now, other] = answer.value.defaultPair;
  io.stdout.write(isJson ? `${JSON.stringify({ fast: now, smart: other })}\n` : `${printable(now)} ${printable(other)}\n`);
  return EXIT.done;
}

/** The server keeps it, and says in its own words what is so now. */
function tell(io: Io, command: Command): Promise<ExitCode> {
  return withServer(io, { role: "task" }, async (caller) => {
    const reply = await caller.command(command);
    if (!reply.ok) return wrong(io, reply.reason);
    if (reply.note !== undefined) io.stderr.write(`${printable(reply.note)}\n`);
    return EXIT.done;
  });
}

async function removeProfile(io: Io, name: string, flags: Flags): Promise<ExitCode> {
  const file = ownProfileFile(resolveHome(io.env), name);
  if (file === null)
    return wrong(io, `you have no profile "${printable(name)}" of your own; those that came with Interpane stay (interpane profile list)`);
  if (!flags.yes) {
    if (io.ask === null) return wrong(io, `there is no terminal to ask on; to remove ${file} without a question: --yes`);
    const answer = await io.ask(`remove ${file}? [y/N] `, { isSecret: false });
    if (!/^y(es)?$/iu.test(answer.trim())) return failWith(io, EXIT.refused, "nothing was removed");
  }
  (await import("node:fs")).rmSync(file);
  io.stderr.write(`removed ${file}\n`);
  return EXIT.done;
}

function usage(io: Io, what: string): ExitCode {
  return wrong(io, `usage: interpane profile ${printable(what)}; interpane help profile says more`);
}

function tooMuch(io: Io, verb: string): ExitCode {
  return wrong(io, `interpane profile ${verb} takes no name; interpane profile show NAME is about one`);
}

/** The server's reasons may have several lines, one for each thing that is wrong. */
function wrong(io: Io, message: string): ExitCode {
  return failWith(io, EXIT.usage, ...message.split("\n"));
}
