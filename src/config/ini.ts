/** One `key = value` of a file: the text unquoted, continuation lines joined by newlines, nothing substituted. */
export interface Assignment {
  readonly group: string
  readonly key: string
  readonly text: string
  /** Line of the key, from 1. */
  readonly line: number
}

/** A line that cannot be understood. The line's own text is not repeated: it may hold a secret. */
interface SyntaxProblem {
  readonly line: number
  readonly message: string
}

/** What a file says, and what in it could not be read. */
export interface ParsedIni {
  readonly assignments: readonly Assignment[]
  /** Section names as written, with the line of their first appearance. */
  readonly sections: ReadonlyMap<string, number>
  readonly problems: readonly SyntaxProblem[]
}

/** Section names count in any case, except that only `DEFAULT` is DEFAULT. */
export const normalizeGroup = (name: string): string => (name === 'DEFAULT' ? name : name.toLowerCase())

/**
 * Reads the INI dialect of oslo.config. Not the usual one: `=` or `:` separates, whichever comes first; a comment needs `#` or `;` in the
 * first column, so values may hold both; a line that starts with a blank or a tab continues the value above, even when it looks like a
 * comment; a blank line or a comment ends a value; a pair of equal quotes around the first line of a value is dropped.
 * Goes on after a mistake, so that all of them are found at once.
 */
export function parseIni(source: string): ParsedIni {
  const assignments: Assignment[] = []
  const sections = new Map<string, number>()
  const problems: SyntaxProblem[] = []
  let section: string | null = null
  // Set while options belong to no readable section and that has been said: once is enough.
  let lost = false
  // `broken` swallows what continues a line that was already reported.
  let open: { key: string; parts: string[]; line: number; group: string } | 'broken' | null = null

  const close = (): void => {
    if (open !== null && open !== 'broken') {
      assignments.push({ group: open.group, key: open.key, text: open.parts.join('\n'), line: open.line })
    }
    open = null
  }
  const refuse = (line: number, message: string): void => {
    problems.push({ line, message })
    open = 'broken'
  }

  const lines = source.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)
  for (const [index, raw] of lines.entries()) {
    const number = index + 1
    const line = raw.trimEnd()
    if (line === '') {
      close()
    } else if (line.startsWith(' ') || line.startsWith('\t')) {
      if (open === null) refuse(number, 'an indented line continues a value, but there is none above')
      else if (open !== 'broken') open.parts.push(line.trimStart())
    } else {
      close()
      if (line.startsWith('#') || line.startsWith(';')) continue
      if (line.startsWith('[')) {
        const name = line.endsWith(']') ? line.slice(1, -1) : null
        lost = name === null || name === ''
        if (name === null) refuse(number, 'a section must end with ] and nothing after it')
        else if (name === '') refuse(number, 'a section needs a name between [ and ]')
        else {
          section = name
          if (!sections.has(name)) sections.set(name, number)
        }
        continue
      }
      const assignment = splitAssignment(line)
      if (assignment === null) refuse(number, 'expected "option = value" or "[section]"')
      else if (assignment.key === '') refuse(number, 'there is no option name before the separator')
      else if (lost) open = 'broken'
      else if (section === null) {
        refuse(number, 'an option must stand below a [section]')
        lost = true
      } else open = { key: assignment.key, parts: [assignment.text], line: number, group: section }
    }
  }
  close()
  return { assignments, sections, problems }
}

function splitAssignment(line: string): { key: string; text: string } | null {
  const at = line.search(/[=:]/)
  if (at < 0) return null
  const value = line.slice(at + 1).trim()
  const quote = value[0]
  const quoted = (quote === '"' || quote === "'") && value.endsWith(quote)
  return { key: line.slice(0, at).trim(), text: quoted ? value.slice(1, -1) : value }
}

/**
 * Writes one assignment so that reading it gives `text` back: `$` is escaped, quotes protect outer blanks and quotes, further lines are
 * indented. Blank lines and blanks at the ends of further lines have no written form in this dialect.
 */
export function formatAssignment(key: string, text: string): string {
  const [first = '', ...rest] = text.replaceAll('$', '\\$').split('\n')
  const fragile = first !== first.trim() || /^(["'])(.*\1)?$/.test(first)
  const value = fragile ? `"${first}"` : first
  return [`${key} = ${value}`.trimEnd(), ...rest.map((line) => `    ${line}`)].join('\n')
}
