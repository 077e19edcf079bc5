import { posixSpec } from './posix.ts'
import type { Node } from './tree.ts'

/** To be sourced, or put into a folder of fpath as `_astara`. */
export function zshScript(nodes: readonly Node[]): string {
  return `#compdef astara astara-ctl
# Completion of astara for zsh. Use it: source <(astara completion zsh)
${posixSpec(nodes)}

_astara_values() {
  local kind=$1 program=$2
  shift 2
  local -a found lines
  case "$kind" in
    '='*) compadd -- \${(s:,:)\${kind#=}} ;;
    '@'*)
      lines=("\${(@f)$("$program" completion candidates "\${kind#@}" "$PREFIX" "$@" 2>/dev/null)}")
      local line
      for line in $lines; do
        [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
      done
      (( $#found )) && _describe -V "\${kind#@}" found
      ;;
    file) _files ;;
    dir) _files -/ ;;
  esac
}

_astara() {
  local program=\${words[1]} place='' word want='' kind='' line cur=\${words[CURRENT]} tab=$'\\t'
  local -a connection places children flags spec f
  integer i used=0 after=0
  if [[ \${program:t} == astara-ctl ]]; then place=ctl; program=\${program%-ctl}; fi
  spec=("\${(@f)$(_astara_spec "$place")}")
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    if [[ -n $want ]]; then
      [[ $want == (--url|--profile|--config-file) ]] && connection+=("$want" "$word")
      want='' kind=''
    elif (( ! after )) && [[ $word == -- ]]; then
      after=1
    elif (( ! after )) && [[ $word == -?* ]]; then
      for line in $spec; do
        f=("\${(@ps:\\t:)line}")
        if [[ $f[1] == F && $f[2] == $word && $f[3] != - ]]; then want=$word kind=$f[3]; break; fi
      done
    elif (( ! used )) && [[ -n \${(M)spec:#C$tab\${(b)word}$tab*} ]]; then
      place="\${place:+$place }$word"
      spec=("\${(@f)$(_astara_spec "$place")}")
    else
      used+=1
    fi
  done
  if [[ -n $want ]]; then _astara_values "$kind" "$program" $connection; return; fi
  for line in $spec; do
    f=("\${(@ps:\\t:)line}")
    case $f[1] in
      C) children+=("\${f[2]}:\${f[3]}") ;;
      F) flags+=("\${f[2]}:\${f[4]}") ;;
      A) places+=("$f[2]") ;;
      M) for ((i = 0; i < 64; i++)); do places+=("$f[2]"); done ;;
    esac
  done
  if (( ! after )) && [[ $cur == -* ]]; then
    if [[ $cur == --*=* ]]; then
      word=\${cur%%=*}
      for line in $spec; do
        f=("\${(@ps:\\t:)line}")
        if [[ $f[1] == F && $f[2] == $word ]]; then compset -P '*='; _astara_values "$f[3]" "$program" $connection; return; fi
      done
    fi
    _describe -o 'flag' flags
    return
  fi
  (( ! used && $#children )) && _describe 'command' children
  [[ -n \${places[used + 1]} ]] && _astara_values "\${places[used + 1]}" "$program" $connection
}

if [[ \${funcstack[1]} == _astara ]]; then _astara "$@"; else compdef _astara astara astara-ctl; fi
`
}
