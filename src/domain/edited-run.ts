// The result of code that the user changed before it ran. Its text tells the model what ran; `ran` of the item tells the screen.

import type { ItemOf } from "./item.ts";

/** What stands before the output. */
export function editedPreface(code: string): string {
  return `The user changed the code before it ran. This is what ran:\n${code}\n\nIts output:\n`;
}

/** What the program itself printed. */
export function outputOf({ text, ran }: Pick<ItemOf<"result">, "text" | "ran">): string {
  const preface = ran === undefined ? "" : editedPreface(ran);
  return text.startsWith(preface) ? text.slice(preface.length) : text;
}
