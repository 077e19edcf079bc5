// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${option} is the syntax under test
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAssignment, parseIni } from '../../src/config/ini.ts'
import { substitute } from '../../src/config/substitute.ts'

/** `[DEFAULT]` and the given lines → key and text of each assignment. */
function read(...lines: string[]): Record<string, string> {
  const { assignments, problems } = parseIni(['[DEFAULT]', ...lines].join('\n'))
  expect(problems).toEqual([])
  return Object.fromEntries(assignments.map(({ key, text }) => [key, text]))
}

const problemsOf = (source: string): string[] => parseIni(source).problems.map((p) => `${p.line}: ${p.message}`)

describe('the INI dialect of oslo.config', () => {
  it('takes the first of = and : as separator', () => {
    expect(read('a = b:c', 'd: e=f', 'url=http://h:1/?x=y')).toEqual({ a: 'b:c', d: 'e=f', url: 'http://h:1/?x=y' })
  })

  it('drops blanks around key and value, and one pair of equal quotes around the value', () => {
    expect(read('a =  x ', 'b = " x "', "c = 'y'", `d = 'y"`, `e = "`, `f = "a" and "b"`)).toEqual({
      a: 'x',
      b: ' x ',
      c: 'y',
      d: `'y"`,
      e: '',
      f: 'a" and "b',
    })
  })

  it('knows comments only in the first column', () => {
    expect(read('# a = 1', '; a = 2', 'a = 3 # not a comment ; nor this')).toEqual({
      a: '3 # not a comment ; nor this',
    })
  })

  it('continues a value on indented lines, even when they look like comments', () => {
    expect(read('a = x', '  y', '\t# z', 'b =', '  only')).toEqual({ a: 'x\ny\n# z', b: '\nonly' })
  })

  it('ends a value at a blank line, a comment or a section', () => {
    expect(problemsOf('[DEFAULT]\na = x\n\n  y')).toEqual([
      '4: an indented line continues a value, but there is none above',
    ])
    expect(problemsOf('[DEFAULT]\na = x\n# c\n  y')).toHaveLength(1)
    expect(problemsOf('[DEFAULT]\n  y')).toHaveLength(1)
  })

  it('wants a section to end with ] and to have a name', () => {
    expect(problemsOf('[DEFAULT\na = 1')).toEqual(['1: a section must end with ] and nothing after it'])
    expect(problemsOf('[DEFAULT] # comment\na = 1')).toHaveLength(1)
    expect(problemsOf('[]\na = 1')).toEqual(['1: a section needs a name between [ and ]'])
    expect(parseIni('[DEFAULT]   \na = 1').problems).toEqual([])
  })

  it('refuses an option above any section, once', () => {
    expect(problemsOf('a = 1\nb = 2\n[DEFAULT]\nc = 3')).toEqual(['1: an option must stand below a [section]'])
  })

  it('never gives the options below a broken section to the section before it', () => {
    const { assignments } = parseIni('[DEFAULT]\na = 1\n[router\nb = 2\n[pez]\nc = 3')
    expect(assignments.map(({ group, key }) => `${group}.${key}`)).toEqual(['DEFAULT.a', 'pez.c'])
  })

  it('names each line without separator or without key, and reads on', () => {
    const parsed = parseIni('[DEFAULT]\nfoo\n  more of it\n= 5\na = 1')
    expect(parsed.problems.map((p) => p.line)).toEqual([2, 4])
    expect(parsed.assignments.map((a) => a.key)).toEqual(['a'])
  })

  it('does not repeat the text of a line it cannot read: it may be a password', () => {
    expect(JSON.stringify(parseIni('[DEFAULT]\nhunter2').problems)).not.toContain('hunter2')
  })

  it('keeps every value of a repeated key, with its line', () => {
    expect(parseIni('[g]\na = 1\na = 2').assignments).toEqual([
      { group: 'g', key: 'a', text: '1', line: 2 },
      { group: 'g', key: 'a', text: '2', line: 3 },
    ])
  })

  it('reads files from Windows editors', () => {
    expect(parseIni('\uFEFF[DEFAULT]\r\na = 1\r\nb = 2\r\n').assignments.map((a) => a.text)).toEqual(['1', '2'])
  })

  it('property: never throws, and every line number exists', () => {
    const line = fc.oneof(
      fc.constantFrom(
        '[DEFAULT]',
        '[x',
        '[]',
        '',
        '  ',
        '# c',
        '; c',
        'a = b',
        'a:b',
        '  more',
        '= x',
        'junk',
        "a = '",
      ),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const { assignments, problems } = parseIni(lines.join('\n'))
        const total = lines.join('\n').split(/\r\n|\r|\n/).length
        for (const { line } of [...assignments, ...problems]) {
          expect(line).toBeGreaterThan(0)
          expect(line).toBeLessThanOrEqual(total)
        }
      }),
    )
  })

  it('property: what is written is read back', () => {
    const printable = fc.string({ unit: 'grapheme-ascii' })
    const further = printable.map((s) => s.trim()).filter((s) => s !== '')
    fc.assert(
      fc.property(printable, fc.array(further, { maxLength: 3 }), (first, rest) => {
        const text = [first, ...rest].join('\n')
        const { assignments, problems } = parseIni(`[g]\n${formatAssignment('key', text)}\nnext = 1\n`)
        expect(problems).toEqual([])
        expect(assignments.map((a) => a.key)).toEqual(['key', 'next'])
        const back = substitute(
          assignments[0]?.text ?? '',
          () => 'unknown',
          () => {},
        )
        expect(back).toBe(text)
      }),
      { numRuns: 500 },
    )
  })
})

describe('substitution', () => {
  const values: Record<string, string> = { b: 'B', 'router.e': 'E', host: 'net1', empty: '' }
  const fill = (text: string): { text: string; unknown: string[] } => {
    const unknown: string[] = []
    const filled = substitute(
      text,
      (name) => (values[name] === undefined ? 'unknown' : { text: values[name] }),
      (name) => unknown.push(name),
    )
    return { text: filled, unknown }
  }

  it.each([
    ['$b', 'B'],
    ['${b}x', 'Bx'],
    ['$router.e', 'E'],
    ['${router.e}', 'E'],
    ['$b-$b', 'B-B'],
    ['$empty.', '.'],
    ['$$b', '$b'],
    ['\\$b', '$b'],
    ['$$$b', '$B'],
    ['\\\\$b', '\\$b'],
    ['100%$', '100%$'],
    ['${b', '${b'],
    ['$1', '$1'],
    ['$host.example.com', 'net1.example.com'],
    ['$router.e.', 'E.'],
    ['', ''],
  ])('%s → %s', (text, expected) => {
    expect(fill(text)).toEqual({ text: expected, unknown: [] })
  })

  it('leaves what names nothing as it is, and tells', () => {
    expect(fill('pa$word and ${no.such} and $b')).toEqual({
      text: 'pa$word and ${no.such} and B',
      unknown: ['word', 'no.such'],
    })
  })

  it('does not substitute in what was substituted', () => {
    expect(
      substitute(
        '$a',
        () => ({ text: '$a' }),
        () => {},
      ),
    ).toBe('$a')
  })
})
