import { specLines } from './spec.ts'
import type { Node } from './tree.ts'

/** For bash and zsh: nothing inside means anything. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** A shell function `_astara_spec PATH` that prints the lines of that node. */
export function posixSpec(nodes: readonly Node[]): string {
  const cases = nodes.map((node) => {
    const lines = specLines(node)
    const body = lines.length === 0 ? ':' : `printf '%s\\n' ${lines.map(quoted).join(' ')}`
    return `    ${quoted(node.path)}) ${body} ;;`
  })
  return ['_astara_spec() {', '  case "$1" in', ...cases, '  esac', '}'].join('\n')
}
