// The users' variables as their clients brought them: in memory only, keys apart from what a shell may see.

/** Variables that hold a key by their name alone, beside those that catalog and profiles name. */
const SECRET_NAME = /(^|_)(API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|PAT)$/i;

export interface Environment {
  /** A client has come with its variables; newer values win. */
  merge(env: Readonly<Record<string, string>>): void;
  /** For credentials by reference (`env:NAME`). */
  all(): Readonly<Record<string, string | undefined>>;
  /** For a shell: no key in it. */
  shell(): Readonly<Record<string, string>>;
  /** With what our terminals say of themselves. */
  inTerminal(env: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  /** Values of these variables, too, that look like keys must not be shown. */
  noteSecrets(env: Readonly<Record<string, string>>): void;
  /** All values that are in no shell of an agent: for the log. */
  secrets(): string[];
}

const OUR_TERMINAL = { TERM: "xterm-256color", COLORTERM: "truecolor", TERM_PROGRAM: "interpane" } as const;
const NOTED_MAX = 1000;

/** `isKeyName` says which names the catalog and the profiles use for keys. */
export function createEnvironment(isKeyName: (name: string) => boolean): Environment {
  let merged: Record<string, string> = {};
  const noted = new Set<string>();
  const isSecret = (name: string): boolean => isKeyName(name) || SECRET_NAME.test(name);
  const shell = (): Readonly<Record<string, string>> => {
    const kept = Object.entries(merged).filter(([name]) => !isSecret(name));
    return { ...Object.fromEntries(kept), ...OUR_TERMINAL };
  };
  return {
    merge(env) {
      merged = { ...merged, ...env };
    },
    all: () => merged,
    shell,
    inTerminal: (env) => ({ ...env, ...OUR_TERMINAL }),
    noteSecrets(env) {
      for (const [name, value] of Object.entries(env)) if (isSecret(name) && noted.size < NOTED_MAX) noted.add(value);
    },
    secrets() {
      const shown = shell();
      return [...Object.entries(merged).flatMap(([name, value]) => (name in shown ? [] : [value])), ...noted];
    },
  };
}
