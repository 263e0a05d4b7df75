// `interpane rules`: the commands that run without asking; `remove` takes one away. They are made on the screen, where they are shown.

import type { Caller } from "../client/caller.ts";
import { type Rule, ruleIdSchema, ruleText } from "../domain/rule.ts";
import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { localTime, printJson, printTable } from "./lists.ts";
import { failWith } from "./problem.ts";
import { withServer } from "./with-server.ts";

export async function runRules(io: Io, verb: string | null, word: string | undefined, flags: Flags): Promise<ExitCode> {
  const isRemoving = verb === "remove";
  if (isRemoving && !ruleIdSchema.safeParse(word).success)
    return failWith(io, EXIT.usage, "say which: interpane rules remove ID; interpane rules lists them");
  if (!isRemoving && word !== undefined)
    return failWith(io, EXIT.usage, `"${word}" is too much; usage: interpane rules list, or interpane rules remove ID`);
  return withServer(io, { cwd: flags.cwd, role: isRemoving ? "task" : "query" }, (caller) =>
    isRemoving ? remove(io, caller, word ?? "") : list(io, caller, flags.json),
  );
}

async function remove(io: Io, caller: Caller, rule: string): Promise<ExitCode> {
  const reply = await caller.command({ type: "rule.remove", rule });
  if (!reply.ok) return failWith(io, EXIT.usage, reply.reason);
  io.stderr.write(`removed rule ${rule}: it is asked about again\n`);
  return EXIT.done;
}

async function list(io: Io, caller: Caller, isJson: boolean): Promise<ExitCode> {
  const answer = await caller.query<"rules">({ type: "rules" });
  if (!answer.ok) return failWith(io, EXIT.failed, answer.reason);
  const { rows } = answer.value;
  if (isJson) return printJson(io, rows);
  const sandboxOf = ({ sandbox }: Rule): string => `${sandbox.mode}, ${sandbox.network ? "network" : "no network"}`;
  const table = rows.map((rule) => [
    rule.id,
    ruleText(rule.words, rule.isOpen),
    rule.cwd,
    rule.program,
    sandboxOf(rule),
    localTime(rule.at),
  ]);
  return printTable(io, ["ID", "COMMAND", "ONLY IN", "PROGRAM", "SANDBOX", "SINCE"], table, "no rules: everything is asked about");
}
