import { specLines } from './spec.ts'
import type { Node } from './tree.ts'

/** Within single quotes fish knows two escapes. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** For fish 3.1 and newer. */
export function fishScript(nodes: readonly Node[]): string {
  const cases = nodes.map((node) => {
    const lines = specLines(node)
    const body = lines.length === 0 ? 'true' : `printf '%s\\n' ${lines.map(quoted).join(' ')}`
    return `        case ${quoted(node.path)}\n            ${body}`
  })
  return `# Completion of astara for fish. Use it: astara completion fish | source
function __astara_spec
    switch "$argv[1]"
${cases.join('\n')}
    end
end

function __astara_values
    set -l kind $argv[1]
    set -l cur $argv[2]
    set -l program $argv[3]
    switch $kind
        case '=*'
            string split , (string sub -s 2 -- $kind)
        case '@*'
            $program completion candidates (string sub -s 2 -- $kind) "$cur" $argv[4..-1] 2>/dev/null
        case file
            __fish_complete_path "$cur"
        case dir
            __fish_complete_directories "$cur"
    end
end

function __astara_complete
    set -l tokens (commandline -opc)
    set -l cur (commandline -ct)
    set -l program $tokens[1]
    set -l path ''
    set -l connection
    set -l places
    set -l want ''
    set -l kind ''
    set -l used 0
    set -l after 0
    if string match -q '*astara-ctl' -- $program
        set path ctl
        set program (string replace -r -- '-ctl$' '' $program)
    end
    set -l spec (__astara_spec "$path")
    for word in $tokens[2..-1]
        if test -n "$want"
            if contains -- $want --url --profile --config-file
                set -a connection $want $word
            end
            set want ''
        else if test $after = 0; and test "$word" = --
            set after 1
        else if test $after = 0; and string match -q -- '-?*' $word
            for line in $spec
                set -l f (string split \\t -- $line)
                if test "$f[1]" = F; and test "$f[2]" = "$word"; and test "$f[3]" != -
                    set want $word
                    set kind $f[3]
                    break
                end
            end
        else if test $used = 0; and string match -q -- C\\t"$word"\\t'*' $spec
            set path (string trim -- "$path $word")
            set spec (__astara_spec "$path")
        else
            set used (math $used + 1)
        end
    end
    if test -n "$want"
        __astara_values $kind "$cur" $program $connection
        return
    end
    if test $after = 0; and string match -q -- '--*=*' $cur
        set -l word (string split -m 1 = -- $cur)[1]
        for line in $spec
            set -l f (string split \\t -- $line)
            if test "$f[1]" = F; and test "$f[2]" = "$word"
                for value in (__astara_values $f[3] (string split -m 1 = -- $cur)[2] $program $connection)
                    echo "$word=$value"
                end
                return
            end
        end
    end
    for line in $spec
        set -l f (string split \\t -- $line)
        switch $f[1]
            case C
                test $used = 0; and printf '%s\\t%s\\n' $f[2] "$f[3]"
            case F
                string match -q -- '-*' $cur; and test $after = 0; and printf '%s\\t%s\\n' $f[2] "$f[4]"
            case A
                set -a places $f[2]
            case M
                for i in (seq 64)
                    set -a places $f[2]
                end
        end
    end
    if not string match -q -- '-*' $cur
        set -l place $places[(math $used + 1)]
        test -n "$place"; and __astara_values $place "$cur" $program $connection
    end
end

complete -c astara -f -a '(__astara_complete)'
complete -c astara-ctl -f -a '(__astara_complete)'
`
}
