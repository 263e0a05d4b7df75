// What makes a fish an agent's shell: a file that is sourced after the user's own configuration, and the marks it sets.
//
// Measured with 3.6:
//   C, D  the events before and after a command line; one that cannot be parsed has an event of its own
//   D     also where a line is given up with Ctrl-C
//   B     the end of the user's prompt
// In a sandbox its settings lie where it cannot write, and it says so at every turn: there it gets a folder that is made of links
// to them, with a copy of its universal variables. What it changes in these is gone with the terminal.
// There is no mark for an incomplete line: fish goes on editing it. So all code is checked before it is typed.

import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fishQuoted } from "./shell-quoting.ts";

/** `restored`: XDG_CONFIG_HOME as the user has it, null: unset; left out where it was not changed. */
export function fishStartFile(nonce: string, restored?: string | null): string {
  const restore =
    restored === undefined ? "" : restored === null ? "set -e XDG_CONFIG_HOME\n" : `set -gx XDG_CONFIG_HOME ${fishQuoted(restored)}\n`;
  return `${restore}${startFile(nonce)}`;
}

/** Fills `folder`, which must not be there yet, with links to all in `configHome`. Throws where the disk refuses. */
export function mirrorFishConfig(configHome: string, folder: string): void {
  const own = join(folder, "fish");
  mkdirSync(own, { recursive: true, mode: 0o700 });
  linkAll(configHome, folder, (name) => name !== "fish");
  linkAll(join(configHome, "fish"), own, (name) => !name.startsWith("fish_variables"));
  try {
    copyFileSync(join(configHome, "fish", "fish_variables"), join(own, "fish_variables"));
  } catch {
    // There are none yet.
  }
}

function linkAll(from: string, to: string, isWanted: (name: string) => boolean): void {
  let names: string[];
  try {
    names = readdirSync(from);
  } catch {
    return;
  }
  for (const name of names.filter(isWanted)) symlinkSync(join(from, name), join(to, name));
}

function startFile(nonce: string): string {
  return String.raw`# Interpane: start-up file of an agent's shell. It is removed when the first prompt has come.
set -gx PAGER cat
set -gx GIT_PAGER cat
set -gx MANPAGER cat
set -gx SYSTEMD_PAGER cat
function __interpane_say
    set -l folder $PWD
    string match -qr '[[:cntrl:]]' -- $folder; and set folder ''
    printf '\e]133;D;%s;${nonce};%s\a' $argv[1] "$folder" >/dev/tty
    set -l now "$VIRTUAL_ENV;"(string join : -- $PATH)
    if test "$now" != "$__interpane_told"; and not string match -qr '[[:cntrl:]]' -- $now
        set -g __interpane_told $now
        printf '\e]133;E;${nonce};%s\a' "$now" >/dev/tty
    end
end
function __interpane_first --on-event fish_prompt
    functions --erase __interpane_first
    __interpane_say 0
end
function __interpane_starts --on-event fish_preexec
    printf '\e]133;C;${nonce}\a' >/dev/tty
end
function __interpane_ended --on-event fish_postexec
    __interpane_say $status
end
function __interpane_failed --on-event fish_posterror
    __interpane_say 127
end
function __interpane_given_up --on-event fish_cancel
    __interpane_say 130
end
functions --copy fish_prompt __interpane_prompt
function fish_prompt
    __interpane_prompt
    printf '\e]133;B;${nonce}\a'
end
`;
}
