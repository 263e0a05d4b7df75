// `interpane completion SHELL`: a script that asks the program itself at each Tab, so that what is offered is never stale.

/** The first argument that asks for candidates; for scripts, not for users. */
export const COMPLETE_WORD = "__complete";

export type CompletionShell = "bash" | "zsh" | "fish";

export const completionScripts: Readonly<Record<CompletionShell, string>> = {
  // Words are split at blanks: bash would also break them at : and =, which stand in the names of models.
  bash: `# interpane completion for bash; in ~/.bashrc: eval "$(interpane completion bash)"
_interpane() {
  local line="\${COMP_LINE:0:COMP_POINT}" cur prefix out word
  local -a words
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  cur="\${words[\${#words[@]}-1]}"
  prefix="\${cur%"\${cur##*[:=]}"}"
  COMPREPLY=()
  while IFS= read -r out; do
    case "$out" in
      :files) compopt -o filenames; while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur") ;;
      :folders) compopt -o filenames; while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$cur") ;;
      *) word="\${out%%$'\\t'*}"; COMPREPLY+=("\${word#"$prefix"}"); [[ "$word" == */ ]] && compopt -o nospace ;;
    esac
  done < <("$1" ${COMPLETE_WORD} "\${words[@]:1}" 2>/dev/null)
}
complete -F _interpane interpane interpreter
`,
  zsh: `#compdef interpane interpreter
# interpane completion for zsh; in ~/.zshrc, after compinit: eval "$(interpane completion zsh)"
_interpane() {
  local -a candidates
  local line word
  for line in "\${(@f)$("\${(Q)words[1]}" ${COMPLETE_WORD} "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case "$line" in
      '') ;;
      :files) _files ;;
      :folders) _files -/ ;;
      *) word="\${line%%$'\\t'*}"; candidates+=("\${word//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  (( \${#candidates} )) && _describe interpane candidates
}
if [[ "\${funcstack[1]}" == _interpane ]]; then _interpane "$@"; else compdef _interpane interpane interpreter; fi
`,
  fish: `# interpane completion for fish; into ~/.config/fish/completions/interpane.fish
function __interpane_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in ($program ${COMPLETE_WORD} $words "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':folders'
                __fish_complete_directories "$current"
            case '*'
                echo $line
        end
    end
end
complete -c interpane -f -a '(__interpane_complete)'
complete -c interpreter -f -a '(__interpane_complete)'
`,
};
