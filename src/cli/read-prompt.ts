// The prompt of a task: its words, standard input, or both.

import { messageOf } from "../domain/message-of.ts";
import { complain, type Ends, type Io } from "./io.ts";

/** Of a long input its beginning and its end go along: together about 65,000 tokens of English. */
const LIMITS = { headBytes: 192 * 1024, tailBytes: 64 * 1024 };
/** When a silent standard input is spoken of, or left alone, ms. */
const SILENCE_MS = 2000;

export type Prompt = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

export interface PromptWish {
  /** `--stdin`: the message is expected there. */
  readonly isFromStdin: boolean;
}

/** `-` stands for standard input; a pipe or a file on it is added below the words. */
export async function readPrompt(words: readonly string[], wish: PromptWish, io: Io): Promise<Prompt> {
  const isDash = (words.length === 1 && words[0] === "-") || (words.length === 0 && wish.isFromStdin);
  const spoken = isDash ? "" : words.join(" ").trim();
  if (io.stdin.kind !== "stream") {
    if (isDash && io.stdin.kind === "terminal") return readAll("", io);
    if (isDash) return { ok: false, message: 'nothing comes on standard input; pipe the message in: echo "…" | interpane --stdin' };
    if (spoken === "")
      return { ok: false, message: 'exec needs a prompt: interpane exec "what is in this folder?", or - to read it from standard input' };
    return { ok: true, text: spoken };
  }
  return readAll(spoken, io);
}

async function readAll(spoken: string, io: Io): Promise<Prompt> {
  const silence = Promise.withResolvers<Ends>();
  const hint = setTimeout(() => {
    const isOptional = io.stdin.mayStaySilent && spoken !== "";
    complain(
      io,
      `${isOptional ? "nothing came on standard input, which is left alone now" : "reading standard input to its end"}; where nothing is meant to come, add: < /dev/null`,
    );
    if (isOptional) silence.resolve({ head: new Uint8Array(), tail: new Uint8Array(), leftOutBytes: 0 });
  }, SILENCE_MS);
  let ends: Ends;
  try {
    ends = await Promise.race([io.stdin.readEnds(LIMITS, () => clearTimeout(hint)), silence.promise]);
  } catch (error) {
    return { ok: false, message: `cannot read standard input: ${messageOf(error)}` };
  } finally {
    clearTimeout(hint);
  }
  if (isBinary(ends.head)) return { ok: false, message: "standard input is no text; give the agent the file's name instead" };
  const piped = textOf(ends, io);
  const text = [spoken, piped].filter((part) => part !== "").join("\n\n");
  return text === "" ? { ok: false, message: "the prompt is empty" } : { ok: true, text };
}

function isBinary(bytes: Uint8Array): boolean {
  return bytes.includes(0);
}

function textOf({ head, tail, leftOutBytes }: Ends, io: Io): string {
  const decoder = new TextDecoder("utf-8");
  const begin = decoder.decode(head, { stream: leftOutBytes > 0 });
  if (begin.includes("\u{fffd}")) complain(io, "standard input is not all UTF-8: what is not was replaced by \u{fffd}");
  if (leftOutBytes === 0) return begin.trim();
  // A character that the cut went through is left out with the rest.
  const from = tail.findIndex((byte) => (byte & 0xc0) !== 0x80);
  const end = new TextDecoder("utf-8").decode(tail.subarray(Math.max(0, from)));
  const size = head.length + leftOutBytes + tail.length;
  complain(
    io,
    `standard input has ${sizeText(size)}: its first ${sizeText(head.length)} and its last ${sizeText(tail.length)} go along; for more, give the agent the file's name`,
  );
  return `${begin.trimStart()}\n\n[… ${sizeText(leftOutBytes)} of standard input were left out here …]\n\n${end.trimEnd()}`;
}

function sizeText(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
