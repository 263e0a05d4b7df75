// What the outer terminal can show, read from the environment alone: nothing is asked and nothing waits.

export type Depth = "truecolor" | "256" | "16" | "none";

export interface TerminalTraits {
  readonly depth: Depth;
  readonly isUtf8: boolean;
  /** False for `dumb` and the Linux console: they print or misread OSC, kitty and link sequences. */
  readonly isCapable: boolean;
  /** Erasing fills with the current background; GNU screen erases to the default one. */
  readonly erasesWithBackground: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const TRUECOLOR_TERMS = /direct|kitty|ghostty|alacritty|wezterm|foot|contour|rio|iterm/i;
const TRUECOLOR_PROGRAMS = /^(iTerm\.app|WezTerm|ghostty|vscode|Hyper|rio|WarpTerminal|Tabby)$/;

export function traitsOf(env: Environment): TerminalTraits {
  const term = env["TERM"] ?? "";
  const isDumb = term === "dumb" || term === "";
  return {
    depth: depthOf(env, term, isDumb),
    isUtf8: isUtf8(env),
    isCapable: !isDumb && !/^(linux|vt\d|ansi|cons25)/.test(term),
    erasesWithBackground: !isDumb && !term.startsWith("screen"),
  };
}

function depthOf(env: Environment, term: string, isDumb: boolean): Depth {
  // https://no-color.org: present and not empty, whatever its value.
  if (isDumb || (env["NO_COLOR"] ?? "") !== "" || /-m(ono)?$/.test(term) || /^vt\d/.test(term)) return "none";
  if (/^(truecolor|24bit)$/i.test(env["COLORTERM"] ?? "")) return "truecolor";
  if (term === "linux") return "16";
  // Inside tmux and screen the variables below are those of the terminal around them, which says nothing about the inner one.
  const isMultiplexed = /^(tmux|screen)/.test(term);
  if (!isMultiplexed) {
    if (TRUECOLOR_TERMS.test(term) || TRUECOLOR_PROGRAMS.test(env["TERM_PROGRAM"] ?? "")) return "truecolor";
    if (env["WT_SESSION"] !== undefined || env["KONSOLE_VERSION"] !== undefined) return "truecolor";
    if (Number(env["VTE_VERSION"] ?? 0) >= 3600) return "truecolor";
  }
  if (/256/.test(term) || env["TERM_PROGRAM"] === "Apple_Terminal" || term.startsWith("tmux")) return "256";
  return "16";
}

/** The first of the three that is set decides, as in the C library; where none is, a terminal of today is taken to be UTF-8. */
function isUtf8(env: Environment): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return locale === "" ? env["TERM"] !== "dumb" : /utf-?8/i.test(locale);
}
