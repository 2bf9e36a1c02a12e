"""The shell scripts: each calls ``completion SHELL -- ...`` for the candidates at the cursor.

The first line of the answer is its kind: ``words``, ``continued`` if the word continues after the candidate, or
``files``. Candidates follow, one per line, for zsh and fish with a tab and a description.
"""

from __future__ import annotations

from typing import Final

BASH: Final = r"""# Completion for bash, in ~/.bashrc: source <(alignak-backend-cli completion bash)
_alignak_backend_cli() {
    local kind line
    COMPREPLY=()
    {
        IFS= read -r kind
        while IFS= read -r line; do COMPREPLY+=("$line"); done
    } < <("$1" completion bash -- "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null </dev/null)
    case $kind in
        files) compopt -o default 2>/dev/null ;;
        continued) compopt -o nospace 2>/dev/null ;;
    esac
}
complete -F _alignak_backend_cli alignak-backend-cli
"""

ZSH: Final = r"""#compdef alignak-backend-cli
# Completion for zsh, in ~/.zshrc after compinit: source <(alignak-backend-cli completion zsh)
# Or in a file _alignak-backend-cli in a folder of $fpath.
_alignak_backend_cli() {
    local line
    local -a lines values shown ending
    lines=("${(@f)$("${(Q)words[1]}" completion zsh -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" \
        2>/dev/null </dev/null)}")
    case $lines[1] in
        files) compset -P '*='; _files; return ;;
        continued) ending=(-S '') ;;
    esac
    for line in "${(@)lines[2,-1]}"; do
        [[ -n $line ]] || continue
        values+=("${line%%$'\t'*}")
        shown+=("${line/$'\t'/  -- }")
    done
    (( $#values )) && compadd $ending -l -d shown -a values
}
if [[ $funcstack[1] == _alignak-backend-cli ]]; then
    _alignak_backend_cli "$@"
else
    compdef _alignak_backend_cli alignak-backend-cli
fi
"""

FISH: Final = r"""# Completion for fish, in ~/.config/fish/completions/alignak-backend-cli.fish
function __alignak_backend_cli
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    set -l current (commandline -ct)
    set -l unquoted (string unescape -- "$current"; or string trim -l -c '\'"' -- "$current")
    set -l lines ($program completion fish -- $words "$unquoted" 2>/dev/null </dev/null)
    if test "$lines[1]" = files
        set -l prefix (string match -r -- '^-[^=]*=' "$current")
        printf "$prefix%s\n" (__fish_complete_path (string replace -r -- '^-[^=]*=' '' "$current"))
    else if set -q lines[2]
        printf '%s\n' $lines[2..-1]
    end
end
complete -c alignak-backend-cli -f -a '(__alignak_backend_cli)'
"""

SCRIPTS: Final = {"bash": BASH, "zsh": ZSH, "fish": FISH}
