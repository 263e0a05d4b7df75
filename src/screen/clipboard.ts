// The outer terminal's clipboard by OSC 52: what to write, and what can be known about whether it is taken.

import type { Environment, TerminalTraits } from "./terminal-traits.ts";

/** Base64 that common terminals and tmux take in one sequence; see docs/copying.md. */
const BASE64_MAX = 1_000_000;
/** GNU screen passes a device control string on, and holds no longer one than this. */
const SCREEN_PIECE = 500;

/**
 * `takes`: the terminal itself has said that it lets programs write its clipboard (`52` among its device attributes). `unknown`: it was
 * sent, and no terminal answers whether it took it. The others: nothing was sent.
 */
export type CopyOutcome = "takes" | "unknown" | "unknownInTmux" | "unknownInScreen" | "tooLong" | "cannot";

/** What stands between us and the terminal that has the clipboard. */
function between(env: Environment): "tmux" | "screen" | null {
  if ((env["TMUX"] ?? "") !== "") return "tmux";
  if ((env["STY"] ?? "") !== "") return "screen";
  const term = env["TERM"] ?? "";
  return term.startsWith("tmux") ? "tmux" : term.startsWith("screen") ? "screen" : null;
}

/** `saysSo`: `52` was among the terminal's attributes. */
export function clipboardSequence(
  text: string,
  env: Environment,
  traits: TerminalTraits,
  saysSo: boolean,
): { readonly outcome: CopyOutcome; readonly sequence: string } {
  if (!traits.isCapable) return { outcome: "cannot", sequence: "" };
  const base64 = Buffer.from(text, "utf8").toString("base64");
  if (base64.length > BASE64_MAX) return { outcome: "tooLong", sequence: "" };
  const sequence = `\x1b]52;c;${base64}`;
  const through = between(env);
  if (through === "screen") return { outcome: "unknownInScreen", sequence: throughScreen(`${sequence}\x07`) };
  if (saysSo) return { outcome: "takes", sequence: `${sequence}\x1b\\` };
  return { outcome: through === "tmux" ? "unknownInTmux" : "unknown", sequence: `${sequence}\x1b\\` };
}

/** In pieces that screen passes on one after the other: to the terminal they are one sequence. */
function throughScreen(sequence: string): string {
  let out = "";
  for (let at = 0; at < sequence.length; at += SCREEN_PIECE) out += `\x1bP${sequence.slice(at, at + SCREEN_PIECE)}\x1b\\`;
  return out;
}

/** For the status line: what was copied, and as much as is known. Nothing here says that it arrived. */
export function copyWords(what: string, outcome: CopyOutcome, pasteKey: string): string {
  const say = (clipboard: string) => `copied ${what} · clipboard: ${clipboard} · ${pasteKey} pastes`;
  switch (outcome) {
    case "takes":
      return say("sent; this terminal says it lets programs write it");
    case "unknown":
      return say("sent; whether this terminal takes it is not known");
    case "unknownInTmux":
      return say("sent; tmux passes it on only with set-clipboard on");
    case "unknownInScreen":
      return say("sent through screen; whether it arrived is not known");
    case "tooLong":
      return say("no, too long for OSC 52");
    case "cannot":
      return say("no, this terminal has no OSC 52");
    default:
      return outcome satisfies never;
  }
}

/** Whether a reply to DA1 (`?62;22;52`) has the clipboard among the terminal's attributes. */
export function hasClipboardAttribute(parameters: string): boolean {
  return parameters.startsWith("?") && parameters.slice(1).split(";").slice(1).includes("52");
}
