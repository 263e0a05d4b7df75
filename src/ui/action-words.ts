// What a tool call does, in a word and a line.

import type { Action } from "../domain/action.ts";
import { computerWords } from "../domain/computer.ts";
import { cleanLine, cleanText } from "./clean.ts";
import { formatCount } from "./format.ts";

/** Both clean. */
export function actionWords(action: Action, look: { readonly isAscii: boolean }): { verb: string; what: string } {
  const more = look.isAscii ? "..." : "…";
  switch (action.type) {
    case "exec": {
      const lines = cleanText(action.code)
        .split("\n")
        .filter((line) => line.trim() !== "");
      const first = lines[0]?.trim() ?? "";
      return {
        verb: cleanLine(action.language),
        what: lines.length > 1 ? `${first} ${more} +${formatCount(lines.length - 1, "line")}` : first,
      };
    }
    case "read": {
      const from = action.offset ?? 1;
      const range = action.limit !== undefined ? `:${from}-${from + action.limit - 1}` : action.offset !== undefined ? `:${from}` : "";
      return { verb: "read", what: cleanLine(action.path) + range };
    }
    case "write":
      return { verb: action.append === true ? "append" : "write", what: cleanLine(action.path) };
    case "edit":
      return { verb: "edit", what: cleanLine(action.path) };
    case "search": {
      const where = [action.path, action.glob].filter((part) => part !== undefined && part !== "").map((part) => cleanLine(part ?? ""));
      const what = action.kind === "text" ? `"${cleanLine(action.pattern)}"` : cleanLine(action.pattern);
      return { verb: action.kind === "text" ? "grep" : "find", what: where.length === 0 ? what : `${what} in ${where.join(" ")}` };
    }
    case "todo": {
      const active = action.items.find((item) => item.state === "active");
      const done = action.items.filter((item) => item.state === "done").length;
      const words = active === undefined ? "" : ` ${look.isAscii ? "-" : "·"} ${cleanLine(active.text)}`;
      return { verb: "todo", what: `${done} of ${action.items.length} done${words}` };
    }
    case "ask": {
      const [first, ...others] = action.questions;
      return { verb: "ask", what: `${cleanLine(first?.text ?? "")}${others.length === 0 ? "" : ` ${more} +${others.length}`}` };
    }
    case "computer":
      return { verb: "screen", what: cleanLine(computerWords(action.does).replaceAll("\n", "⏎")) };
    case "other":
      return { verb: cleanLine(action.name), what: cleanLine(action.problem) };
    default:
      return action satisfies never;
  }
}
