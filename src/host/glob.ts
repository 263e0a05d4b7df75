// Globs as regular expressions over paths with `/`, and the rules of `.gitignore` files built on them.

const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;
const MAX_ALTERNATIVES = 64;

/**
 * `*` and `?` stay within a name, `**` crosses folders, `[a-z]` and `{a,b}` as in shells, `\` takes the next character as it is.
 * Matches a whole relative path. Null where the glob makes no sense (too many braces).
 */
export function globToRegExp(glob: string): RegExp | null {
  const alternatives = expandBraces(glob);
  if (alternatives === null) return null;
  try {
    return new RegExp(`^(?:${alternatives.map(oneToSource).join("|")})$`, "su");
  } catch {
    return null;
  }
}

function oneToSource(glob: string): string {
  let source = "";
  let i = 0;
  while (i < glob.length) {
    const char = glob[i] ?? "";
    if (glob.startsWith("**/", i) && (i === 0 || glob[i - 1] === "/")) {
      source += "(?:[^/]+/)*";
      i += 3;
    } else if (glob.startsWith("**", i)) {
      source += ".*";
      i += 2;
    } else if (char === "*") {
      source += "[^/]*";
      i += 1;
    } else if (char === "?") {
      source += "[^/]";
      i += 1;
    } else if (char === "[") {
      const end = glob.indexOf("]", i + 2);
      if (end === -1) {
        source += "\\[";
        i += 1;
      } else {
        source += classSource(glob.slice(i + 1, end));
        i = end + 1;
      }
    } else if (char === "\\" && i + 1 < glob.length) {
      source += escapeChar(glob[i + 1] ?? "");
      i += 2;
    } else {
      source += escapeChar(char);
      i += 1;
    }
  }
  // A run of stars backtracks exponentially: one says the same.
  return source.replaceAll(/(?:\[\^\/\]\*){2,}/g, "[^/]*").replaceAll(/(?:\.\*){2,}/g, ".*");
}

function classSource(inner: string): string {
  const negated = inner.startsWith("!") || inner.startsWith("^");
  const body = (negated ? inner.slice(1) : inner).replaceAll(/[\\\][^&~|]/g, "\\$&");
  return `(?!/)[${negated ? "^" : ""}${body}]`;
}

function escapeChar(char: string): string {
  return char.replaceAll(SPECIAL, "\\$&");
}

/** The innermost braces first, until none is left. */
function expandBraces(glob: string): string[] | null {
  let list = [glob];
  for (;;) {
    const next: string[] = [];
    let changed = false;
    for (const one of list) {
      const match = /\{([^{}]*,[^{}]*)\}/.exec(one);
      if (match === null) next.push(one);
      else {
        changed = true;
        const before = one.slice(0, match.index);
        const after = one.slice(match.index + match[0].length);
        for (const part of (match[1] ?? "").split(",")) next.push(before + part + after);
      }
    }
    if (next.length > MAX_ALTERNATIVES) return null;
    if (!changed) return next;
    list = next;
  }
}

interface IgnoreRule {
  readonly pattern: RegExp;
  readonly isNegated: boolean;
  readonly foldersOnly: boolean;
}

/** The rules of one `.gitignore`, for paths relative to its folder. Lines that make no sense are left out, as git does. */
export function parseIgnore(text: string): IgnoreRule[] {
  const rules: IgnoreRule[] = [];
  for (const raw of text.split(/\r?\n/)) {
    let line = raw.replace(/(?<!\\)\s+$/, "");
    if (line === "" || line.startsWith("#")) continue;
    const isNegated = line.startsWith("!");
    if (isNegated) line = line.slice(1);
    const foldersOnly = line.endsWith("/");
    if (foldersOnly) line = line.slice(0, -1);
    // A slash before the end ties a rule to its folder; without one it holds at every depth.
    const isAnchored = line.includes("/");
    const pattern = globToRegExp(isAnchored ? line.replace(/^\//, "") : `**/${line}`);
    if (pattern !== null) rules.push({ pattern, isNegated, foldersOnly });
  }
  return rules;
}

/** What the last rule that matches says; null where none does. */
export function isIgnored(rules: readonly IgnoreRule[], path: string, isFolder: boolean): boolean | null {
  for (let i = rules.length - 1; i >= 0; i -= 1) {
    const rule = rules[i];
    if (rule !== undefined && (isFolder || !rule.foldersOnly) && rule.pattern.test(path)) return !rule.isNegated;
  }
  return null;
}
