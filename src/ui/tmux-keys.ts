// tmux's keys behind the prefix (3.3a, `list-keys -T prefix`), and what each does here: the same, something else, or nothing, and why.

import type { Chord } from "./key-types.ts";

export interface TmuxKey {
  /** As tmux spells it. */
  readonly key: string;
  /** What it does in tmux; a window there is a tab here. */
  readonly does: string;
  /** The command here that does the same. */
  readonly same?: string;
  /** The command that has the key here, where it does something else. */
  readonly other?: string;
  readonly why?: string;
}

// biome-ignore format: a table is read row by row
export const tmuxKeys: readonly TmuxKey[] = [
  { key: "C-b", does: "sends the prefix key to the program", why: "the prefix key twice does it; that is no command of the table" },
  { key: "C-o", does: "rotates the panes", same: "tab.rotate" },
  { key: "C-z", does: "suspends the client", same: "client.suspend" },
  { key: "Space", does: "next layout", same: "tab.nextPreset" },
  { key: "!", does: "the pane into a window of its own", same: "pane.breakOut" },
  { key: '"', does: "splits: one above the other", same: "agent.splitDown" },
  { key: "#", does: "lists the paste buffers", why: "`=` lists them" },
  { key: "$", does: "renames the session", other: "pane.rename", why: "a workspace is its folder and has no other name; this names the agent or the terminal" },
  { key: "%", does: "splits: side by side", same: "agent.splitRight" },
  { key: "&", does: "closes the window", same: "tab.close" },
  { key: "'", does: "asks for a window's number", same: "tab.ask" },
  { key: "(", does: "the session before", why: "a client shows one workspace; `interpane` in another folder shows that one" },
  { key: ")", does: "the next session", why: "a client shows one workspace; `interpane` in another folder shows that one" },
  { key: ",", does: "renames the window", same: "tab.rename" },
  { key: "-", does: "deletes a paste buffer", why: "`C-x` in the list of `=` does" },
  { key: ".", does: "moves the window", same: "tab.move" },
  { key: "/", does: "says what one key does", why: "the list of keys says it of all" },
  { key: "0", does: "window 0", same: "go.10", why: "tabs are counted from 1; 0 is the tenth" },
  { key: "1", does: "window 1", same: "go.1" },
  { key: "2", does: "window 2", same: "go.2" },
  { key: "3", does: "window 3", same: "go.3" },
  { key: "4", does: "window 4", same: "go.4" },
  { key: "5", does: "window 5", same: "go.5" },
  { key: "6", does: "window 6", same: "go.6" },
  { key: "7", does: "window 7", same: "go.7" },
  { key: "8", does: "window 8", same: "go.8" },
  { key: "9", does: "window 9", same: "go.9" },
  { key: ":", does: "asks for a command", same: "palette.open" },
  { key: ";", does: "the last pane", same: "pane.last" },
  { key: "<", does: "a menu of the window", other: "tab.moveLeft", why: "there are no menus; what that one is used for most has a key" },
  { key: "=", does: "chooses a paste buffer", same: "copy.buffers" },
  { key: ">", does: "a menu of the pane", other: "tab.moveRight", why: "there are no menus; what that one is used for most has a key" },
  { key: "?", does: "lists the keys", same: "help.open" },
  { key: "C", does: "changes the settings", other: "terminal.openTab", why: "settings are in config.toml; this opens your shell in a tab, as `c` does an agent" },
  { key: "D", does: "chooses a client to detach", why: "clients do not rule over each other; each detaches itself" },
  { key: "E", does: "evens the panes out", same: "pane.spread" },
  { key: "L", does: "the last session", other: "pane.lock", why: "a client shows one workspace; this locks the screen for nested programs" },
  { key: "M", does: "unmarks the pane", why: "panes are not marked: a list asks which one is meant" },
  { key: "[", does: "copy mode", same: "copy.open" },
  { key: "]", does: "pastes a buffer", same: "copy.paste" },
  { key: "c", does: "a new window", same: "agent.openTab" },
  { key: "d", does: "detaches", same: "client.detach" },
  { key: "f", does: "finds a window", other: "profile.swap", why: "fast/smart is used far more often; the list of tabs (`w`) filters as you type" },
  { key: "i", does: "says where the pane is", why: "the pane's title and the first line say it all the time" },
  { key: "l", does: "the last window", same: "tab.last" },
  { key: "m", does: "marks the pane", other: "profile.pick", why: "panes are not marked: a list asks which one is meant" },
  { key: "n", does: "the next window", same: "tab.next" },
  { key: "o", does: "the next pane", same: "pane.next" },
  { key: "p", does: "the window before", same: "tab.previous" },
  { key: "q", does: "numbers of the panes", same: "pane.numbers" },
  { key: "r", does: "draws anew", other: "view.thoughts", why: "`C-l` draws anew, with or without the prefix" },
  { key: "s", does: "lists the sessions", why: "a client shows one workspace; `interpane ls` lists those that run" },
  { key: "t", does: "a clock", other: "pane.face", why: "nothing here moves by itself; this turns the agent's face" },
  { key: "w", does: "lists the windows", same: "tab.list" },
  { key: "x", does: "closes the pane", same: "pane.close" },
  { key: "z", does: "zooms", same: "pane.zoom" },
  { key: "{", does: "swaps with the pane before", same: "pane.swapPrevious" },
  { key: "}", does: "swaps with the next pane", same: "pane.swapNext" },
  { key: "~", does: "shows the messages", same: "view.notices" },
  { key: "DC", does: "follows the cursor again when a large window is shown in part", why: "what is larger than its pane is always shown so that its cursor is in sight" },
  { key: "PPage", does: "copy mode, a page up", same: "copy.openUp" },
  { key: "Up", does: "focus up", same: "pane.up" },
  { key: "Down", does: "focus down", same: "pane.down" },
  { key: "Left", does: "focus left", same: "pane.left" },
  { key: "Right", does: "focus right", same: "pane.right" },
  { key: "M-1", does: "even-horizontal", same: "tab.even-horizontal" },
  { key: "M-2", does: "even-vertical", same: "tab.even-vertical" },
  { key: "M-3", does: "main-horizontal", same: "tab.main-horizontal" },
  { key: "M-4", does: "main-vertical", same: "tab.main-vertical" },
  { key: "M-5", does: "tiled", same: "tab.tiled" },
  { key: "M-n", does: "the next window that wants something", other: "agent.nextNeedy", why: "agents want something, wherever they stand" },
  { key: "M-o", does: "rotates the other way", same: "tab.rotateBack" },
  { key: "M-p", does: "the window before that wants something", why: "`a` goes round" },
  { key: "M-Up", does: "the border up by 5 cells", same: "pane.growUpMore" },
  { key: "M-Down", does: "the border down by 5 cells", same: "pane.growDownMore" },
  { key: "M-Left", does: "the border left by 5 cells", same: "pane.growLeftMore" },
  { key: "M-Right", does: "the border right by 5 cells", same: "pane.growRightMore" },
  { key: "C-Up", does: "the border up by 1 cell", same: "pane.growUp" },
  { key: "C-Down", does: "the border down by 1 cell", same: "pane.growDown" },
  { key: "C-Left", does: "the border left by 1 cell", same: "pane.growLeft" },
  { key: "C-Right", does: "the border right by 1 cell", same: "pane.growRight" },
  { key: "S-Up", does: "moves the view up in a window that is larger than the screen", other: "pane.swapUp", why: "what is larger than its pane follows its cursor; this swaps panes" },
  { key: "S-Down", does: "moves the view down in a window that is larger than the screen", other: "pane.swapDown", why: "what is larger than its pane follows its cursor; this swaps panes" },
  { key: "S-Left", does: "moves the view left in a window that is larger than the screen", other: "pane.swapLeft", why: "what is larger than its pane follows its cursor; this swaps panes" },
  { key: "S-Right", does: "moves the view right in a window that is larger than the screen", other: "pane.swapRight", why: "what is larger than its pane follows its cursor; this swaps panes" },
];

const names: Readonly<Record<string, string>> = { PPage: "pageup", DC: "delete" };

/** tmux's spelling in ours. */
export function chordOfTmux(key: string): Chord {
  const [, modifiers = "", name = ""] = /^((?:[CMS]-)*)(.+)$/u.exec(key) ?? [];
  return `${modifiers}${names[name] ?? (name.length > 1 ? name.toLowerCase() : name)}`;
}
