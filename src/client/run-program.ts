// A program that the client was started for (`interpane run`): opened in a tab of its own, and with --exit watched until it ends.

import type { TerminalId } from "../domain/ids.ts";
import { leaves } from "../domain/layout.ts";
import type { Command, CommandOf } from "../domain/protocol.ts";
import type { Workspace } from "../domain/workspace.ts";
import { isUnused } from "./opening.ts";

export interface ProgramToRun {
  readonly argv: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The client leaves when the program ends. */
  readonly leavesWithIt: boolean;
}

export function openCommand({ argv, cwd }: ProgramToRun): CommandOf<"terminal.open"> {
  return { type: "terminal.open", place: { type: "tab" }, argv: [...argv], cwd };
}

export interface ProgramEnd {
  /** Null: it ended with 0. */
  readonly problem: string | null;
  /** What is to be closed before the client leaves. */
  readonly commands: readonly Command[];
}

/** Null while it runs. */
export function endOfProgram(workspace: Workspace, terminal: TerminalId, { argv }: ProgramToRun): ProgramEnd | null {
  const info = workspace.terminals.find((each) => each.id === terminal);
  // The user has closed its pane.
  if (info === undefined) return { problem: null, commands: [] };
  if (info.exitCode === null) return null;
  const how = info.isLost === true ? "ended with the server that ran it" : `ended with ${info.exitCode}`;
  return { problem: info.exitCode === 0 ? null : `${argv.join(" ")} ${how}`, commands: closing(workspace, terminal) };
}

/** Its pane; and the agent that every new workspace has, where nobody has used it: the server must not stay for that alone. */
function closing(workspace: Workspace, terminal: TerminalId): Command[] {
  const all = workspace.tabs.flatMap((tab) => leaves(tab.root));
  const own = all.filter(({ content }) => content.type === "terminal" && content.terminal === terminal);
  const [agent, ...others] = workspace.agents;
  const isAlone = agent !== undefined && others.length === 0 && all.length === own.length + 1 && isUnused(workspace, agent);
  return [
    ...own.map(({ pane }): Command => ({ type: "pane.close", pane })),
    ...(isAlone ? [{ type: "agent.close", agent: agent.id } as const] : []),
  ];
}
