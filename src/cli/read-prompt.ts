// The prompt of `exec`: its words, standard input, or both.

import { complain, type Io } from "./io.ts";

/** Leaves room in the link's frame for the escapes of JSON. */
const PROMPT_MAX_BYTES = 4 * 1024 * 1024;
/** When a silent standard input is spoken of, or left alone, ms. */
const SILENCE_MS = 2000;

export type Prompt = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** `-` stands for standard input; a pipe or a file on it is added below the words. */
export async function readPrompt(words: readonly string[], io: Io): Promise<Prompt> {
  const isDash = words.length === 1 && words[0] === "-";
  const spoken = isDash ? "" : words.join(" ").trim();
  if (io.stdin.kind !== "stream") {
    if (isDash && io.stdin.kind === "terminal") return readAll("", io);
    if (spoken === "")
      return { ok: false, message: 'exec needs a prompt: interpane exec "what is in this folder?", or - to read it from standard input' };
    return { ok: true, text: spoken };
  }
  return readAll(spoken, io);
}

async function readAll(spoken: string, io: Io): Promise<Prompt> {
  const silence = Promise.withResolvers<Uint8Array>();
  const hint = setTimeout(() => {
    const isOptional = io.stdin.mayStaySilent && spoken !== "";
    complain(
      io,
      `${isOptional ? "nothing came on standard input, which is left alone now" : "reading standard input to its end"}; where nothing is meant to come, add: < /dev/null`,
    );
    if (isOptional) silence.resolve(new Uint8Array());
  }, SILENCE_MS);
  let bytes: Uint8Array;
  try {
    bytes = await Promise.race([io.stdin.read(() => clearTimeout(hint)), silence.promise]);
  } catch (error) {
    return { ok: false, message: `cannot read standard input: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    clearTimeout(hint);
  }
  if (bytes.length > PROMPT_MAX_BYTES)
    return {
      ok: false,
      message: `standard input has more than ${PROMPT_MAX_BYTES / 1024 / 1024} MB; give the agent the file's name instead`,
    };
  let piped: string;
  try {
    piped = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
  } catch {
    return { ok: false, message: "standard input is not UTF-8 text; give the agent the file's name instead" };
  }
  const text = [spoken, piped].filter((part) => part !== "").join("\n\n");
  return text === "" ? { ok: false, message: "the prompt is empty" } : { ok: true, text };
}
