import { readFileSync } from 'node:fs'

/** A row of differences.md: a difference that is meant. */
export interface Exception {
  /** `script: step`, `*` standing for anything. */
  readonly where: string
  /** The place in the answer, `*` standing for anything. */
  readonly path: string
  readonly reason: string
  readonly matches: (where: string, line: string) => boolean
}

const escaped = (text: string): string => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')

/** Reads the tables of differences.md. Throws on a row without a reason. */
export function readExceptions(): readonly Exception[] {
  const text = readFileSync(new URL('../differences.md', import.meta.url), 'utf8')
  const rows = text.split('\n').filter((line) => line.startsWith('| `'))
  return rows.map((row) => {
    const [where = '', path = '', reason = ''] = row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
    const plain = [where, path].map((cell) => cell.replaceAll('`', ''))
    if (!plain[0] || !plain[1] || !reason) throw new Error(`differences.md: a row without place or reason: ${row}`)
    const place = new RegExp(`^${escaped(plain[0])}$`)
    const line = new RegExp(`^${escaped(plain[1])}: `)
    return {
      where: plain[0],
      path: plain[1],
      reason,
      matches: (at, found) => place.test(at) && line.test(found),
    }
  })
}
