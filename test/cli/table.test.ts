import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { renderTable, type TableColumn } from '../../src/cli/table.ts'
import { cut, harmless, measureFor } from '../../src/cli/text-width.ts'

const left = (header: string, shrinkTo?: number): TableColumn => ({ header, align: 'left', shrinkTo })
const right = (header: string): TableColumn => ({ header, align: 'right' })

describe('tables', () => {
  it('align columns, without trailing blanks', async () => {
    const text = await renderTable(
      [left('ID'), right('N'), left('NAME')],
      [
        ['a', '1', 'first'],
        ['bbbb', '1000', ''],
      ],
      { width: null, headers: true },
    )
    expect(text).toBe('ID       N  NAME\na        1  first\nbbbb  1000\n')
  })

  it('leave headers out', async () => {
    expect(await renderTable([left('LONG HEADER'), left('B')], [['a', 'b']], { width: null, headers: false })).toBe(
      'a  b\n',
    )
  })

  it('measure wide characters as the terminal does', async () => {
    const text = await renderTable(
      [left('A'), left('B')],
      [
        ['路由器', 'x'],
        ['👩‍👩‍👧', 'y'],
        ['é', 'z'],
      ],
      {
        width: null,
        headers: false,
      },
    )
    const columns = text
      .trimEnd()
      .split('\n')
      .map((line) => stringWidth(line.slice(0, -1)))
    expect(new Set(columns).size).toBe(1)
  })

  it('cut what may be cut, and never more than needed, to fit the terminal', async () => {
    const id = '5f3c9d10-aaaa-4bbb-8ccc-0123456789ab'
    const columns: TableColumn[] = [{ ...left('ID', 9), cutAt: 'middle' }, left('NAME', 8), right('N')]
    const text = await renderTable(columns, [[id, 'n'.repeat(40), '12345']], { width: 40, headers: false })
    expect(stringWidth(text.trimEnd())).toBe(40)
    expect(text).toMatch(/^5f3c\S*…\S*9ab {2}n+… {2}12345\n$/)
  })

  it('colour cells without moving them', async () => {
    const rows = [
      ['ok', 'x'],
      ['longer', 'y'],
    ]
    const plain = await renderTable([left('A'), left('B')], rows, { width: null, headers: false })
    const painted = await renderTable([left('A'), left('B')], rows, {
      width: null,
      headers: false,
      paint: (_row, column, text) => (column === 0 ? `<${text}>` : text),
    })
    expect(painted.replaceAll(/[<>]/g, '')).toBe(plain)
    expect(painted).toContain('<ok>      x')
  })

  it('print 5,000 rows of 8 columns within 50 ms', async () => {
    const columns = Array.from({ length: 8 }, (_, i) => left(`COLUMN ${i}`))
    const rows = Array.from({ length: 5_000 }, (_, n) => columns.map((_c, i) => `cell ${n * 31 + i * 7}`))
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      const before = performance.now()
      await renderTable(columns, rows, { width: null, headers: true })
      times.push(performance.now() - before)
    }
    expect(Math.min(...times)).toBeLessThan(50)
  })

  it('give every row one line, and never exceed a width that leaves room', async () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 20 }).map(harmless)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }), async (rows) => {
        const text = await renderTable([left('A', 1), left('B', 1)], rows, { width: 12, headers: true })
        const lines = text.split('\n')
        expect(lines).toHaveLength(rows.length + 2)
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(12)
      }),
      { numRuns: 100 },
    )
  })
})

describe('cutting', () => {
  it.each([
    ['abcdef', 6, 'end', 'abcdef'],
    ['abcdef', 4, 'end', 'abc…'],
    ['abcdef', 4, 'middle', 'ab…f'],
    ['abcdef', 1, 'end', '…'],
    ['abcdef', 0, 'middle', '…'],
    ['路由器', 5, 'end', '路由…'],
    ['路由器', 4, 'end', '路…'],
    ['👩‍👩‍👧x', 2, 'end', '…'],
  ] as const)('%s to %d at its %s', async (text, width, where, expected) => {
    expect(cut(text, width, where, await measureFor([text]))).toBe(expected)
  })
})

describe('S9: text from tenants', () => {
  it.each([
    ['\u001b]52;c;aGk=\u0007', '\\u001b]52;c;aGk=\\u0007'],
    ['a\r\nb\tc', 'a\\u000d\\u000ab\\u0009c'],
    ['\u009b2J', '\\u009b2J'],
    ['\u202eevil', '\\u202eevil'],
    ['plain', 'plain'],
    ['naïve 路', 'naïve 路'],
  ])('%j is shown, not obeyed', (text, expected) => {
    expect(harmless(text)).toBe(expected)
  })
})
