// Text in the user's own pager or editor, by way of a private file that is gone afterwards.

import { editText } from "./edit-text.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Colours stay, and the end is shown first: it is what was on the screen. */
const LESS = "less -R +G";

/** The terminal must be the program's for the time of the call. Never rejects; null: it went well. What is changed there is dropped. */
export async function showText(text: string, how: "pager" | "editor", env: Env): Promise<string | null> {
  const program = how === "pager" ? env.PAGER?.trim() || LESS : env.VISUAL?.trim() || env.EDITOR?.trim() || "vi";
  const isLess = /^(?:\S*\/)?less$/u.test(program);
  const shown = await editText(text, "txt", { ...env, VISUAL: isLess ? LESS : program });
  if (shown.ok) return null;
  return how === "pager" ? shown.problem.replace(/editor/u, "pager").replace(/set EDITOR/u, "set PAGER") : shown.problem;
}
