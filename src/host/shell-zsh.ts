// What makes a zsh an agent's shell: two start-up files in a folder that stands in for ZDOTDIR, and the marks they set.
//
// The user's own files are read from where they are, ZDOTDIR is the user's again before they are, and so for every child.
// Measured with 5.9:
//   C  preexec, the last of its functions
//   D  precmd, the first of its functions. zsh marks output without a last newline before precmd runs (PROMPT_SP), which would
//      make it part of the output: that is switched off and done here, after the mark
//   B  the widget that runs when the line editor begins to read, behind whatever prompt a theme has drawn; P where it reads on

import { shellQuoted } from "./shell-quoting.ts";

/** `userFolder`: ZDOTDIR as the user has it; null: unset. */
export function zshStartFiles(nonce: string, userFolder: string | null): Readonly<Record<".zshenv" | ".zshrc", string>> {
  const restore = userFolder === null ? "unset ZDOTDIR" : `export ZDOTDIR=${shellQuoted(userFolder)}`;
  return {
    ".zshenv": String.raw`# Interpane: start-up file of an agent's shell. It is removed when the first prompt has come.
__interpane_own=$ZDOTDIR
${restore}
[[ -r \${ZDOTDIR:-$HOME}/.zshenv ]] && source "\${ZDOTDIR:-$HOME}/.zshenv"
__interpane_type=\${(t)ZDOTDIR-} __interpane_user=\${ZDOTDIR-}
export ZDOTDIR=$__interpane_own
`.replaceAll("\\${", "${"),
    ".zshrc": String.raw`# Interpane: start-up file of an agent's shell. It is removed when the first prompt has come.
unset ZDOTDIR
case $__interpane_type in
  *export*) export ZDOTDIR=$__interpane_user ;;
  ?*) ZDOTDIR=$__interpane_user ;;
esac
[[ \${HISTFILE-} == $__interpane_own/* ]] && HISTFILE=\${ZDOTDIR:-$HOME}/.zsh_history
unset __interpane_own __interpane_type __interpane_user
[[ -r \${ZDOTDIR:-$HOME}/.zshrc ]] && source "\${ZDOTDIR:-$HOME}/.zshrc"
export PAGER=cat GIT_PAGER=cat MANPAGER=cat SYSTEMD_PAGER=cat
# Code that was handed in means itself, and waits for no key.
unsetopt bang_hist correct correct_all rm_star_wait
setopt interactive_comments rm_star_silent
zle -A .bracketed-paste bracketed-paste
__interpane_ended() {
  local __interpane_status=$? __interpane_folder=$PWD __interpane_now="\${VIRTUAL_ENV-};$PATH"
  [[ $__interpane_folder == *[[:cntrl:]]* ]] && __interpane_folder=
  print -rn -- $'\e]133;D;'"$__interpane_status;${nonce};$__interpane_folder"$'\a' >/dev/tty
  if [[ $__interpane_now != "\${__interpane_told-}" && $__interpane_now != *[[:cntrl:]]* ]]; then
    __interpane_told=$__interpane_now
    print -rn -- $'\e]133;E;${nonce};'"$__interpane_now"$'\a' >/dev/tty
  fi
  if [[ -o prompt_sp ]]; then
    unsetopt prompt_sp
    __interpane_sp=1
  fi
  if [[ -n \${__interpane_sp-} && -o prompt_cr ]]; then
    print -nP -- "\${PROMPT_EOL_MARK-%B%S%#%s%b}\${(l:COLUMNS-1:: :)}"$'\r \r' >/dev/tty
  fi
  return $__interpane_status
}
__interpane_starts() { print -rn -- $'\e]133;C;${nonce}\a' >/dev/tty }
__interpane_reads() {
  case \${CONTEXT-} in
    start) print -rn -- $'\e]133;B;${nonce}\a' >/dev/tty ;;
    cont) print -rn -- $'\e]133;P;${nonce}\a' >/dev/tty ;;
  esac
}
typeset -ga precmd_functions preexec_functions
precmd_functions=(__interpane_ended "\${precmd_functions[@]}")
preexec_functions+=(__interpane_starts)
zle -N __interpane_reads
autoload -Uz add-zle-hook-widget
add-zle-hook-widget line-init __interpane_reads 2>/dev/null || zle -N zle-line-init __interpane_reads
`.replaceAll("\\${", "${"),
  };
}
