// Which variables of the user's environment leave their shell: a few for the server process, more in `hello` for the agents, and all
// that mean something in a pane for terminals of the user's own.

type Env = Readonly<Record<string, string | undefined>>;

/** What every program needs to know of its user and machine; the certificates are read by Node once, at its start. */
const BASE_NAMES: readonly string[] = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];

/** What the server process itself is started with. Nothing here can hold a key: any child of the user's can read it. */
const SERVER_NAMES: ReadonlySet<string> = new Set([...BASE_NAMES, "INTERPANE_HOME"]);

/** What programs in an agent's shell need to act as they do in the user's. */
const SHELL_NAMES: ReadonlySet<string> = new Set([
  ...BASE_NAMES,
  "ZDOTDIR",
  "EDITOR",
  "VISUAL",
  "PAGER",
  "LESS",
  "BROWSER",
  "NO_COLOR",
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "XAUTHORITY",
  "DBUS_SESSION_BUS_ADDRESS",
  "SSH_AUTH_SOCK",
  "VIRTUAL_ENV",
  "CONDA_PREFIX",
  "CONDA_DEFAULT_ENV",
  "PYENV_ROOT",
  "PYTHONPATH",
  "NVM_DIR",
  "NVM_BIN",
  "VOLTA_HOME",
  "FNM_DIR",
  "BUN_INSTALL",
  "DENO_DIR",
  "PNPM_HOME",
  "RBENV_ROOT",
  "GEM_HOME",
  "GOPATH",
  "GOROOT",
  "GOBIN",
  "CARGO_HOME",
  "RUSTUP_HOME",
  "RUSTUP_TOOLCHAIN",
  "JAVA_HOME",
  "ANDROID_HOME",
  "DOTNET_ROOT",
  "KUBECONFIG",
  "DOCKER_HOST",
  "DIRENV_DIR",
  "NIX_PATH",
  "NIX_PROFILES",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  // Where a local model server is asked; programs in the shell ask there too.
  "OLLAMA_HOST",
  "INTERPANE_OLLAMA_URL",
  "INTERPANE_LMSTUDIO_URL",
  "INTERPANE_JAN_URL",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
]);

const PREFIXES = ["LC_", "XDG_"];

function pick(env: Env, isWanted: (name: string) => boolean): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value !== "" && isWanted(name)) picked[name] = value;
  }
  return picked;
}

/** The whole environment of the server process. */
export function serverEnv(env: Env): Record<string, string> {
  return pick(env, (name) => SERVER_NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix)));
}

/** What `hello` brings: the list above, and `keyNames`, those variables that a catalog row or a profile says hold a key. */
export function clientEnv(env: Env, keyNames: Iterable<string>): Record<string, string> {
  const keys = new Set(keyNames);
  return pick(env, (name) => SHELL_NAMES.has(name) || keys.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix)));
}

/** What a terminal says of itself and of the programs that stand between it and us: none of it is true of a pane. */
const OUTER_NAMES: ReadonlySet<string> = new Set([
  "TERM",
  "TERMINFO",
  "TERMCAP",
  "COLORTERM",
  "COLORFGBG",
  "LINES",
  "COLUMNS",
  "WINDOWID",
  "TMUX",
  "TMUX_PANE",
  "STY",
  "WINDOW",
  "VTE_VERSION",
  "WT_SESSION",
  "WT_PROFILE_ID",
  "TERMINAL_EMULATOR",
  "TERM_SESSION_ID",
  "LC_TERMINAL",
  "LC_TERMINAL_VERSION",
  // Where a passphrase is asked for: the outer terminal, over our screen.
  "GPG_TTY",
  // Where we were started; a pane has a folder of its own.
  "PWD",
  "OLDPWD",
  "_",
  // Of a Node that started us.
  "NODE_CHANNEL_FD",
  "NODE_CHANNEL_SERIALIZATION_MODE",
  "NODE_UNIQUE_ID",
]);

const OUTER_PREFIXES = ["TERM_PROGRAM", "KITTY_", "WEZTERM_", "ALACRITTY_", "GHOSTTY_", "KONSOLE_", "ITERM_", "ZELLIJ", "XTERM_"];

/** The user's whole environment, as terminals of their own get it. `npm run` and `npx` speak to what they started, not to panes. */
export function ownEnv(env: Env): Record<string, string> {
  const isFromNpm = env["npm_command"] !== undefined || env["npm_lifecycle_event"] !== undefined;
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const isOuter = OUTER_NAMES.has(name) || OUTER_PREFIXES.some((prefix) => name.startsWith(prefix));
    const isNpm = isFromNpm && (name.startsWith("npm_") || name === "INIT_CWD");
    if (value !== undefined && !isOuter && !isNpm) own[name] = value;
  }
  return own;
}

/**
 * The variables that the user's own settings name: `credential: env:NAME` in a profile, `env_key = "NAME"` and `env_http_headers` in config.toml.
 * Reads no more than that: whether the file is right is for the server to say.
 */
export function keyNamesIn(text: string): string[] {
  const names: string[] = [];
  for (const match of text.matchAll(/\benv:([A-Za-z0-9_]{1,128})|\benv_key\s*=\s*["']([A-Za-z0-9_]{1,128})["']/g)) {
    const name = match[1] ?? match[2];
    if (name !== undefined) names.push(name);
  }
  // As an inline table, and as a table of its own.
  for (const [, inline, own] of text.matchAll(/env_http_headers\s*(?:=\s*\{([^}]*)\}|\]([^[]*))/g)) {
    for (const [, name] of (inline ?? own ?? "").matchAll(/=\s*["']([A-Za-z0-9_]{1,128})["']/g)) if (name !== undefined) names.push(name);
  }
  return names;
}
