// `interpane profile preset`: a profile file for a common case, written once and never over one that is there.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resolveHome } from "../link/home.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { nearest } from "./nearest.ts";
import { failWith } from "./problem.ts";

interface Preset {
  /** The variable that holds its key. */
  readonly env: string;
  readonly text: string;
}

/** Under the names that Open Interpreter's users know. Theirs writes a provider into config.toml; that file is the user's here. */
const presets: Readonly<Record<string, Preset>> = {
  openai_api_key: {
    env: "OPENAI_API_KEY",
    text: `# OpenAI with the key in OPENAI_API_KEY, wherever another key for it is kept. For a server that speaks
# the same API, change base_url and the name of the variable.
provider: openai
base_url: https://api.openai.com/v1
wire_api: responses
credential: env:OPENAI_API_KEY
model: gpt-5.4
`,
  },
};

export function writePreset(io: Pick<Io, "env" | "stdout" | "stderr">, word: string | undefined): ExitCode {
  const name = (word ?? "").replaceAll("-", "_");
  const names = Object.keys(presets);
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset === undefined) {
    const meant = word === undefined ? null : nearest(name, names, 3);
    const hint = meant === null ? `there is: ${names.join(", ")}` : `did you mean "${meant}"?`;
    return failWith(io, EXIT.usage, word === undefined ? `say which preset; ${hint}` : `"${word}" is no preset; ${hint}`);
  }
  const { profilesDir } = resolveHome(io.env);
  const file = join(profilesDir, `${name}.yaml`);
  try {
    mkdirSync(profilesDir, { recursive: true, mode: 0o700 });
    writeFileSync(file, preset.text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "EEXIST")
      return failWith(io, EXIT.usage, `${file} is there already and was left as it is; use it with: interpane --profile ${name}`);
    return failWith(io, EXIT.failed, `${file} could not be written (${code}); check that the folder is yours`);
  }
  io.stdout.write(`${file}\n`);
  io.stderr.write(`wrote the profile; config.toml was not touched. Use it with: interpane --profile ${name}\n`);
  if ((io.env[preset.env] ?? "").trim() === "") complain(io, `${preset.env} is not set; set it before you start`);
  return EXIT.done;
}
