// What a tool call does, in one line.

import type { Action } from "./action.ts";
import { computerWords } from "./computer.ts";

/** Characters. */
const LINE_MAX = 160;

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
    case "todo": {
      const active = action.items.find((item) => item.state === "active");
      const done = action.items.filter((item) => item.state === "done").length;
      return firstLine(`todo ${done}/${action.items.length}${active === undefined ? "" : `: ${active.text}`}`);
    }
    case "ask":
      return firstLine(`ask ${action.questions[0]?.text ?? ""}`);
    case "computer":
      return firstLine(`screen: ${computerWords(action.does)}`);
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
