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
}

/** `isKeyName` says which names the catalog and the profiles use for keys. */
export function createEnvironment(isKeyName: (name: string) => boolean): Environment {
  let merged: Record<string, string> = {};
  return {
    merge(env) {
      merged = { ...merged, ...env };
    },
    all: () => merged,
    shell() {
      const kept: Record<string, string> = {};
      for (const [name, value] of Object.entries(merged)) {
        if (!isKeyName(name) && !SECRET_NAME.test(name)) kept[name] = value;
      }
      return { ...kept, TERM: "xterm-256color", COLORTERM: "truecolor", TERM_PROGRAM: "interpane" };
    },
  };
}
