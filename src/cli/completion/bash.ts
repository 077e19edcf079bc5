import { posixSpec } from './posix.ts'
import type { Node } from './tree.ts'

/** Works with bash 3.2 and newer, with or without the package bash-completion. */
export function bashScript(nodes: readonly Node[]): string {
  return `# Completion of astara for bash. Use it: source <(astara completion bash)
${posixSpec(nodes)}

_astara_values() {
  local kind=$1 cur=$2 program=$3 line IFS=$'\\n'
  shift 3
  case "$kind" in
    '='*) IFS=','; COMPREPLY=($(compgen -W "\${kind#=}" -- "$cur")) ;;
    '@'*)
      while IFS= read -r line; do
        COMPREPLY+=("\${line%%$'\\t'*}")
      done < <("$program" completion candidates "\${kind#@}" "$cur" "$@" 2>/dev/null)
      ;;
    file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
    dir) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
  esac
}

_astara() {
  local cur=\${COMP_WORDS[COMP_CWORD]} program=\${COMP_WORDS[0]} path='' spec i word kind want='' tab=$'\\t'
  local connection=() places=() children='' used=0 name rest after=0
  COMPREPLY=()
  if [[ \${program##*/} == astara-ctl ]]; then path=ctl; program=\${program%-ctl}; fi
  spec=$(_astara_spec "$path")
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then continue; fi
    if [[ -n $want ]]; then
      case "$want" in --url | --profile | --config-file) connection+=("$want" "$word") ;; esac
      want=''
    elif [[ $after == 0 && $word == '--' ]]; then
      after=1
    elif [[ $after == 0 && $word == -?* ]]; then
      kind=$(while IFS=$tab read -r name rest; do [[ $name == F && \${rest%%$tab*} == "$word" ]] && { rest=\${rest#*$tab}; echo "\${rest%%$tab*}"; break; }; done <<<"$spec")
      if [[ -n $kind && $kind != '-' ]]; then want=$word; fi
    elif [[ $tab$spec == *"C$tab$word$tab"* && $used == 0 ]]; then
      path="\${path:+$path }$word"
      spec=$(_astara_spec "$path")
    else
      used=$((used + 1))
    fi
  done
  if [[ $cur == '=' ]]; then cur=''; fi
  if [[ -n $want ]]; then
    kind=$(while IFS=$tab read -r name rest; do [[ $name == F && \${rest%%$tab*} == "$want" ]] && { rest=\${rest#*$tab}; echo "\${rest%%$tab*}"; break; }; done <<<"$spec")
    _astara_values "$kind" "$cur" "$program" \${connection[@]+"\${connection[@]}"}
    return
  fi
  if [[ $after == 0 && $cur == -* ]]; then
    while IFS=$tab read -r name rest; do
      word=\${rest%%$tab*}
      if [[ $name == F && $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
    done <<<"$spec"
    return
  fi
  while IFS=$tab read -r name rest; do
    case "$name" in
      C) word=\${rest%%$tab*}; if [[ $used == 0 && $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi ;;
      A) places+=("$rest") ;;
      M) for ((i = 0; i < 64; i++)); do places+=("$rest"); done ;;
    esac
  done <<<"$spec"
  if [[ -n \${places[used]:-} ]]; then
    _astara_values "\${places[used]}" "$cur" "$program" \${connection[@]+"\${connection[@]}"}
  fi
}

complete -F _astara astara astara-ctl
`
}
