// Text in the user's own editor, by way of a private file that is gone afterwards.

import { spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../domain/message-of.ts";

export type Edited = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

type Env = Readonly<Record<string, string | undefined>>;

/** The terminal must be the editor's for the time of the call. Never rejects. */
export async function editText(text: string, extension: string, env: Env): Promise<Edited> {
  const editor = env.VISUAL?.trim() || env.EDITOR?.trim() || "vi";
  let folder: string | null = null;
  try {
    folder = await mkdtemp(join(tmpdir(), "interpane-edit-"));
    await chmod(folder, 0o700);
    const file = join(folder, `text.${extension.replaceAll(/[^A-Za-z0-9]/g, "") || "txt"}`);
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
    const code = await runEditor(editor, file, env);
    if (code !== 0)
      return {
        ok: false,
        problem: `the editor "${editor}" ended with ${code === null ? "a signal" : `code ${code}`}; the text stays as it was`,
      };
    return { ok: true, text: await readFile(file, "utf8") };
  } catch (error) {
    return {
      ok: false,
      problem: `cannot edit with "${editor}": ${messageOf(error)}; set EDITOR to one that is installed`,
    };
  } finally {
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }
}

/** By the shell, as other programs do: EDITOR may hold arguments. The file is an argument of its own, never part of the text. */
function runEditor(editor: string, file: string, env: Env): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", `${editor} "$1"`, "sh", file], { stdio: "inherit", env: { ...env } });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code));
  });
}
