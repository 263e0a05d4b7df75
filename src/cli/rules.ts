// `interpane rules`: the commands that run without asking; `remove` takes one away. They are made on the screen, where they are shown.

import { createCaller } from "../client/caller.ts";
import { type Rule, ruleIdSchema, ruleText } from "../domain/rule.ts";
import type { Flags } from "./flag-table.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { localTime, printJson, printTable } from "./lists.ts";
import { printable } from "./printable.ts";
import { reachServer, workspaceFolder } from "./reach-server.ts";

export async function runRules(io: Io, verb: string | null, word: string | undefined, flags: Flags): Promise<ExitCode> {
  const isRemoving = verb === "remove";
  if (isRemoving && !ruleIdSchema.safeParse(word).success) {
    complain(io, "say which: interpane rules remove ID; interpane rules lists them");
    return EXIT.usage;
  }
  if (!isRemoving && word !== undefined) {
    complain(io, `"${printable(word)}" is too much; usage: interpane rules list, or interpane rules remove ID`);
    return EXIT.usage;
  }
  const folder = workspaceFolder(io, flags.cwd);
  if (!folder.ok) {
    complain(io, folder.message);
    return EXIT.usage;
  }
  const connected = await reachServer(io, { folder: folder.folder, role: isRemoving ? "task" : "query", startsServer: true });
  if (!connected.ok) {
    complain(io, connected.message);
    return EXIT.failed;
  }
  const caller = createCaller(connected.connection);
  try {
    return isRemoving ? await remove(io, caller, word ?? "") : await list(io, caller, flags.json);
  } finally {
    caller.close();
  }
}

type Caller = ReturnType<typeof createCaller>;

async function remove(io: Io, caller: Caller, rule: string): Promise<ExitCode> {
  const reply = await caller.command({ type: "rule.remove", rule });
  if (!reply.ok) {
    complain(io, printable(reply.reason));
    return EXIT.usage;
  }
  io.stderr.write(`removed rule ${rule}: it is asked about again\n`);
  return EXIT.done;
}

async function list(io: Io, caller: Caller, isJson: boolean): Promise<ExitCode> {
  const answer = await caller.query({ type: "rules" });
  if (!answer.ok || answer.value.type !== "rules") {
    complain(io, answer.ok ? "the server answered something else" : printable(answer.reason));
    return EXIT.failed;
  }
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
