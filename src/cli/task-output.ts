// What `exec` prints as facts come in: the answer on stdout, what led to it on stderr, or with --json every fact on stdout.

import { describeAction } from "../domain/describe-action.ts";
import type { TranscriptItem } from "../domain/item.ts";
import type { Fact } from "../domain/protocol.ts";
import type { Output } from "./io.ts";
import { printable } from "./printable.ts";

export interface TaskOutput {
  take(fact: Fact): void;
  /** What the model said after its last call, once. */
  takeAnswer(): string;
  /** To standard output; nothing where facts are printed instead. */
  print(answer: string): void;
}

/** Lines of a program's output that a person who talks in lines is shown, at its beginning and at its end. */
const SHOWN_LINES = 12;

export interface OutputOptions {
  readonly isJson: boolean;
  /** What code printed is shown too: a person talks in lines, and sees no terminal in which it ran. */
  readonly showsOutput: boolean;
}

export function createTaskOutput(stdout: Output, stderr: Output, { isJson, showsOutput }: OutputOptions): TaskOutput {
  let held: string[] = [];
  const progress = (text: string): void => {
    if (!isJson) stderr.write(`${printable(text)}\n`);
  };

  const takeItem = (item: TranscriptItem): void => {
    switch (item.type) {
      case "text":
        held.push(item.text);
        return;
      case "call":
        // What was said before a call led to it: it is not the answer.
        for (const text of held.splice(0)) progress(text.trimEnd());
        progress(`> ${describeAction(item.action)}`);
        return;
      case "result": {
        const exit = item.exitCode === undefined || item.exitCode === 0 ? "" : `, exit code ${item.exitCode}`;
        const took = item.durationMs === undefined ? "" : `, ${(item.durationMs / 1000).toFixed(1)} s`;
        if (showsOutput) progress(shownOutput(item.text));
        progress(`  ${item.outcome}${exit}${took}`);
        return;
      }
      case "notice":
        // What the task failed of is said as its end.
        if (item.kind !== "failed") progress(`- ${item.text}`);
        return;
      case "summary":
        progress(`- compacted: ${item.replaces} items into a summary of ${item.tokens} tokens`);
        return;
      case "user": {
        const own = showsOutput ? ownOutput(item.text) : null;
        if (own !== null) progress(shownOutput(own));
        return;
      }
      case "thought":
        return;
      default:
        item satisfies never;
    }
  };

  return {
    take(fact) {
      if (isJson) stdout.write(`${JSON.stringify(fact)}\n`);
      if (fact.type === "item.added") takeItem(fact.item);
    },
    takeAnswer() {
      const texts = held.map((text) => text.trim()).filter((text) => text !== "");
      held = [];
      return texts.join("\n\n");
    },
    print(answer) {
      if (isJson || answer === "") return;
      // A file or a pipe gets what the model said, to the letter; a terminal nothing that could drive it.
      stdout.write(`${stdout.isTerminal ? printable(answer) : answer}\n`);
    },
  };
}

/** Of a command of the user's own (`engine/own-command.ts`): what it printed. */
function ownOutput(text: string): string | null {
  return /^! [\s\S]*?\n\n[^\n]*\n(`{3,})\n([\s\S]*)\n\1$/.exec(text)?.[2] ?? null;
}

function shownOutput(text: string): string {
  const lines = text.trimEnd().split("\n");
  const more = lines.length - 2 * SHOWN_LINES;
  const shown = more > 1 ? [...lines.slice(0, SHOWN_LINES), `… ${more} lines more`, ...lines.slice(-SHOWN_LINES)] : lines;
  return shown.map((line) => `  ${line}`).join("\n");
}
