// What `exec` prints as facts come in: the answer on stdout, what led to it on stderr, or with --json every fact on stdout.

import type { Action } from "../domain/action.ts";
import type { TranscriptItem } from "../domain/item.ts";
import type { Fact } from "../domain/protocol.ts";
import type { Output } from "./io.ts";
import { printable } from "./printable.ts";

const LINE_MAX = 160;

export interface TaskOutput {
  take(fact: Fact): void;
  /** Prints the answer: what the model said after its last call. */
  finish(): void;
}

export function createTaskOutput(stdout: Output, stderr: Output, isJson: boolean): TaskOutput {
  let held: string[] = [];
  const progress = (text: string): void => stderr.write(`${printable(text)}\n`);

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
        progress(`  ${item.outcome}${exit}${took}`);
        return;
      }
      case "notice":
        progress(`- ${item.text}`);
        return;
      case "summary":
        progress(`- compacted: ${item.replaces} items into a summary of ${item.tokens} tokens`);
        return;
      case "user":
      case "thought":
        return;
      default:
        item satisfies never;
    }
  };

  return {
    take(fact) {
      if (isJson) stdout.write(`${JSON.stringify(fact)}\n`);
      else if (fact.type === "item.added") takeItem(fact.item);
    },
    finish() {
      if (isJson) return;
      const texts = held.map((text) => text.trim()).filter((text) => text !== "");
      held = [];
      if (texts.length === 0) return;
      const answer = texts.join("\n\n");
      // A file or a pipe gets what the model said, to the letter; a terminal nothing that could drive it.
      stdout.write(`${stdout.isTerminal ? printable(answer) : answer}\n`);
    },
  };
}

/** One line. */
export function describeAction(action: Action): string {
  switch (action.type) {
    case "exec":
      return firstLine(`${action.language}: ${action.code}`);
    case "read":
      return firstLine(`read ${action.path}`);
    case "write":
      return firstLine(`${action.append === true ? "append to" : "write"} ${action.path}`);
    case "edit":
      return firstLine(`edit ${action.path}`);
    case "search":
      return firstLine(`search ${action.kind === "files" ? "files" : "text"} ${action.pattern}`);
    case "other":
      return firstLine(`${action.name}: ${action.problem}`);
    default:
      return action satisfies never;
  }
}

function firstLine(text: string): string {
  const lines = text.trim().split("\n");
  const first = (lines[0] ?? "").replaceAll("\t", " ");
  const cut = first.length > LINE_MAX ? `${first.slice(0, LINE_MAX - 1)}…` : first;
  return lines.length > 1 ? `${cut} (+${lines.length - 1} lines)` : cut;
}
