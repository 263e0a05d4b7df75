// What goes to a program besides keys: a paste, and the mouse in the encoding that it has asked for.

import type { MouseWish } from "../domain/rows.ts";
import type { MouseEvent } from "../engine/ports.ts";

const BUTTONS = { left: 0, middle: 1, right: 2, none: 3 } as const;

/** The bytes for a program, or null where it did not ask for this; see ctlseqs, "Mouse Tracking". */
export function mouseBytes(report: MouseEvent, wish: MouseWish, encoding: string): Uint8Array | null {
  if (!isWished(report, wish)) return null;
  const isWheel = report.action === "wheelup" || report.action === "wheeldown";
  const isRelease = report.action === "release";
  let code = isWheel ? (report.action === "wheelup" ? 64 : 65) : BUTTONS[report.button];
  if (report.action === "move") code += 32;
  if (wish !== "press") code += (report.hasShift ? 4 : 0) + (report.hasAlt ? 8 : 0) + (report.hasCtrl ? 16 : 0);
  if (encoding === "SGR") return Buffer.from(`\x1b[<${code};${report.x + 1};${report.y + 1}${isRelease ? "m" : "M"}`);
  // Pixels are asked for by few, and no outer terminal told us any.
  if (encoding !== "DEFAULT") return null;
  // The old way does not say which button was released, and has no place beyond column 223.
  if (isRelease) code = (code & ~3) | 3;
  if (report.x > 222 || report.y > 222) return null;
  return Uint8Array.of(0x1b, 0x5b, 0x4d, 32 + code, 33 + report.x, 33 + report.y);
}

/** Lines that one step of the wheel moves. */
const WHEEL_LINES = 3;

/** The wheel for a full-screen program that did not ask for the mouse: arrow keys, as it takes them. Null: it is not the wheel. */
export function wheelKeys({ action }: MouseEvent, hasArrowMode: boolean): string | null {
  if (action !== "wheelup" && action !== "wheeldown") return null;
  return `\x1b${hasArrowMode ? "O" : "["}${action === "wheelup" ? "A" : "B"}`.repeat(WHEEL_LINES);
}

function isWished({ action, button }: MouseEvent, wish: MouseWish): boolean {
  switch (wish) {
    case "none":
      return false;
    case "press":
      return action === "press";
    case "buttons":
      return action !== "move";
    case "drag":
      return action !== "move" || button !== "none";
    case "move":
      return true;
    default:
      return wish satisfies never;
  }
}

/**
 * Pasted text as a program may see it: without controls but tabs and line ends, so that nothing in it can end the bracket around it
 * or act as a key; line ends as Enter sends them.
 */
export function pastedText(text: string): string {
  return text.replace(/\r\n?|\n/g, "\r").replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "");
}

/** A line end that is typed is a command that is run. */
export function hasLineEnd(text: string): boolean {
  return /[\r\n]/.test(text);
}
