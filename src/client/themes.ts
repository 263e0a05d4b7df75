// Which theme is shown: read from the bundled and the user's files, chosen by settings and background, read anew when saved.

import { type FSWatcher, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../domain/message-of.ts";
import { fallbackTheme, parseTheme, type Theme, type ThemeDepth, toDepth } from "../ui/theme.ts";

export interface ThemeOptions {
  /** The user's own come first. */
  readonly folders: readonly string[];
  /** A theme's name from the settings; null: by the terminal's background. */
  readonly choice: string | null;
  readonly depth: ThemeDepth;
  onTheme(theme: Theme): void;
  /** One line: what is wrong with which file. The theme that was shown stays. */
  onProblem(text: string): void;
}

export interface Themes {
  readonly theme: Theme;
  setBackground(isDark: boolean): void;
  close(): void;
}

/** An editor may write a file in several steps; it is read when that has settled, ms. */
const SETTLE_MS = 60;
const THEME_MAX_BYTES = 256 * 1024;

type Read = { readonly ok: true; readonly theme: Theme } | { readonly ok: false; readonly problem: string };

export function openThemes(options: ThemeOptions): Themes {
  let isDark = true;
  let theme: Theme = toDepth(fallbackTheme, options.depth);
  let settling: NodeJS.Timeout | undefined;
  const watchers: FSWatcher[] = [];

  const wanted = (): string => {
    if (options.choice !== null) return options.choice;
    if (options.depth === "none" || options.depth === 16) return "sixteen";
    return isDark ? "dark" : "light";
  };
  const load = (): boolean => {
    const read = readTheme(options.folders, wanted());
    if (!read.ok) {
      options.onProblem(read.problem);
      return false;
    }
    theme = toDepth(read.theme, options.depth);
    return true;
  };
  const reload = (): void => {
    if (load()) options.onTheme(theme);
  };

  load();
  for (const folder of options.folders) {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name !== null && name !== `${wanted()}.json`) return;
        clearTimeout(settling);
        settling = setTimeout(reload, SETTLE_MS);
      });
      // A folder that goes away is watched no more.
      watcher.on("error", () => watcher.close());
      watchers.push(watcher);
    } catch {
      // There is none: nothing to watch.
    }
  }
  return {
    get theme() {
      return theme;
    },
    setBackground(isNowDark) {
      if (isNowDark === isDark) return;
      isDark = isNowDark;
      if (options.choice === null) reload();
    },
    close() {
      clearTimeout(settling);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function readTheme(folders: readonly string[], name: string): Read {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name))
    return { ok: false, problem: `theme "${name}" is not a name; give that of a file in ${folders.join(" or ")}` };
  for (const folder of folders) {
    const path = join(folder, `${name}.json`);
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) continue;
      return { ok: false, problem: `theme "${name}": cannot read ${path}: ${messageOf(error)}` };
    }
    return parseText(text, name, path);
  }
  return { ok: false, problem: `theme "${name}" is not there; it would be ${name}.json in ${folders.join(" or ")}` };
}

function parseText(text: string, name: string, path: string): Read {
  if (text.length > THEME_MAX_BYTES) return { ok: false, problem: `theme "${name}": ${path} is larger than any theme` };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, problem: `theme "${name}": ${path} is not JSON (${messageOf(error)})` };
  }
  return parseTheme(json, name);
}
