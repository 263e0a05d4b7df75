// A command of the user's own in the agent's shell, without the model: the next request knows what was run and what it printed.

import type { TurnId } from "../domain/ids.ts";
import { fileContextOf, runAction } from "./tool-run.ts";
import type { TurnContext, TurnResult } from "./turn.ts";

/** A turn in which no model is asked. Never throws. The caller emits `turn.queued` before and `turn.ended` after. */
export async function runOwnCommand(
  { ports, emit, agent, addItem, shell }: TurnContext,
  turn: TurnId,
  code: string,
  signal: AbortSignal,
): Promise<TurnResult> {
  const found = agent();
  if (found === undefined) return { outcome: "interrupted" };
  const { id, session, cwd, profile } = found;
  emit({ type: "turn.started", agent: id, turn, isOwnCommand: true });
  const result = await runAction(
    { type: "exec", language: "shell", code },
    {
      files: ports.files,
      at: fileContextOf(found, ports.terminals),
      shell,
      signal,
      ...(profile.maxOutput === undefined ? {} : { maxOutput: profile.maxOutput }),
      startedAt: ports.clock.now(),
      takesImages: profile.takesImages,
      keepImage: (bytes, path) => ports.images.keep(session, bytes, path),
    },
  );
  addItem({ type: "user", text: ownCommandText(code, result.text) }, turn);
  if (result.cwd !== undefined && result.cwd !== cwd) emit({ type: "agent.moved", agent: id, cwd: result.cwd });
  return { outcome: result.outcome === "interrupted" ? "interrupted" : "done" };
}

/** What the transcript shows, and the model reads. */
export function ownCommandText(code: string, output: string): string {
  const longest = Math.max(2, ...(output.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `! ${code}\n\nI ran this myself, in your shell. It printed:\n${fence}\n${output}\n${fence}`;
}
