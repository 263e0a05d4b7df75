// The marks by which we know where our shell stands: its start-up file, and what a mark says.
//
// OSC 133 with a nonce that is a shell variable, never exported: a program that prints marks of its own is not believed.
//   C;nonce                a command starts (PS0; once for each statement of a paste)
//   D;status;nonce;folder  it has ended (PROMPT_COMMAND)
//   B;nonce                the prompt stands and reads (end of PS1)
//   P;nonce                the shell waits for the rest of an incomplete command (PS2)
//   E;nonce;venv;path      VIRTUAL_ENV and PATH as they are now, where they have changed: interpreters start with them

export type ShellMark =
  | { readonly type: "started" }
  | { readonly type: "ended"; readonly exitCode: number /** Null where it holds control characters. */; readonly folder: string | null }
  | { readonly type: "prompt" }
  | { readonly type: "incomplete" }
  | { readonly type: "environment"; readonly virtualEnv: string; readonly path: string };

/** Null for the marks of others, forged ones among them. `text` is what stands after `133;`. */
export function parseMark(text: string, nonce: string): ShellMark | null {
  const [kind, ...rest] = text.split(";");
  if (kind === "D") {
    const [status, given, ...folder] = rest;
    if (given !== nonce || status === undefined || !/^\d{1,3}$/.test(status)) return null;
    const path = folder.join(";");
    return { type: "ended", exitCode: Number(status), folder: path.startsWith("/") ? path : null };
  }
  if (kind === "E") {
    const [given, virtualEnv, ...path] = rest;
    return given !== nonce || virtualEnv === undefined ? null : { type: "environment", virtualEnv, path: path.join(";") };
  }
  if (rest.length !== 1 || rest[0] !== nonce) return null;
  if (kind === "C") return { type: "started" };
  if (kind === "B") return { type: "prompt" };
  if (kind === "P") return { type: "incomplete" };
  return null;
}

/**
 * The start-up file for `bash --rcfile` (4.4 or newer; measured with 5.2). It reads the user's own first. The user's prompt and
 * PROMPT_COMMAND stay. Ours is an element far behind the user's: `PROMPT_COMMAND=x` in a file that is sourced later replaces
 * only the first one (bash ≥ 5.1; before, the two are one string). History expansion is off, so that `!` in code means itself,
 * and pagers print: code that was handed in must not wait for a key.
 */
export function bashStartFile(nonce: string): string {
  if (!/^[0-9a-f]{16,64}$/.test(nonce)) throw new Error("a nonce is 16 to 64 hexadecimal digits");
  return String.raw`# Interpane: start-up file of an agent's shell. It is removed when the first prompt has come.
[ -r ~/.bashrc ] && . ~/.bashrc
export PAGER=cat GIT_PAGER=cat MANPAGER=cat SYSTEMD_PAGER=cat
set +H
shopt -s interactive_comments
bind 'set enable-bracketed-paste on' 2>/dev/null
bind 'set enable-active-region off' 2>/dev/null
__interpane_prompt() {
  local status=$1 folder=$PWD
  case $folder in *[[:cntrl:]]*) folder= ;; esac
  case \${PS0-} in *'133;C;${nonce}'*) ;; *) PS0='\e]133;C;${nonce}\a'\${PS0-} ;; esac
  case \${PS1-} in *'133;B;${nonce}'*) ;; *) PS1=\${PS1-}'\[\e]133;B;${nonce}\a\]' ;; esac
  case \${PS2-} in *'133;P;${nonce}'*) ;; *) PS2='\[\e]133;P;${nonce}\a\]'\${PS2-} ;; esac
  printf '\e]133;D;%s;${nonce};%s\a' "$status" "$folder" >/dev/tty
  [ "\${VIRTUAL_ENV-};$PATH" = "\${__interpane_told-}" ] && return
  __interpane_told="\${VIRTUAL_ENV-};$PATH"
  case $__interpane_told in *[[:cntrl:]]*) ;; *) printf '\e]133;E;${nonce};%s\a' "$__interpane_told" >/dev/tty ;; esac
}
if [ "\${BASH_VERSINFO[0]}" -gt 5 ] || { [ "\${BASH_VERSINFO[0]}" -eq 5 ] && [ "\${BASH_VERSINFO[1]}" -ge 1 ]; }; then
  [ "\${PROMPT_COMMAND+set}" = set ] || PROMPT_COMMAND=:
  PROMPT_COMMAND[99]='{ __interpane_prompt "$?"; } 2>/dev/null'
else
  PROMPT_COMMAND='{ __interpane_status=$?; __interpane_prompt "$__interpane_status"; } 2>/dev/null'"\${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
fi
`.replaceAll("\\${", "${");
}
