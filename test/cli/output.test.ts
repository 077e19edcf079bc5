import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { toJson, toYaml } from '../../src/cli/json.ts'
import { type OutputOptions, printList, printOne } from '../../src/cli/output.ts'
import { resourceColumns } from '../../src/cli/resource-columns.ts'
import type { Resource } from '../../src/contract/index.ts'
import { numberedId, sampleResource, TENANT_A } from '../orchestrator/api/memory-port.ts'
import { type MemoryIo, memoryIo } from './memory-io.ts'

const EVIL = 'r\u001b[2J\n\u202e"x",路'
const rows = [
  sampleResource(1, {
    last_error: { code: 'failed', message: 'no port', at: '2026-01-01T00:00:00.000Z', next_retry_at: null },
  }),
  sampleResource(2, { name: EVIL, instance_state: 'error', last_event_at: null }),
]
const options = (changes: Partial<OutputOptions> = {}): OutputOptions => ({
  format: 'table',
  columns: null,
  headers: true,
  sort: null,
  ...changes,
})
async function print(io: MemoryIo, changes: Partial<OutputOptions>, list: readonly Resource[] = rows): Promise<string> {
  await printList(io, resourceColumns, list, options(changes), (resources) => ({ resources }))
  return io.out()
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/

describe('lists', () => {
  it('are tables: everything, uncut, times as times, where there is no terminal', async () => {
    const text = await print(memoryIo(), {})
    const [header, first] = text.split('\n')
    expect(header).toMatch(/^ID +NAME +STATE +STATUS +TENANT +INSTANCES +EVENT +ERROR$/)
    expect(first).toMatch(
      new RegExp(`^${numberedId(1)}  r1 +configured  ACTIVE  ${TENANT_A}  1/1 +2026-01-01T00:02:00.000Z  no port$`),
    )
  })

  it('are cut to the terminal, with ages and colours there', async () => {
    const io = memoryIo({ terminal: true, now: Date.UTC(2026, 0, 1, 0, 7) })
    const text = await print(io, {})
    const lines = stripVTControlCharacters(text).trimEnd().split('\n')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100)
    expect(lines[1]).toContain('5m')
    expect(text).toContain('\u001b[32mconfigured\u001b[39m')
    expect(text).toContain('\u001b[31merror\u001b[39m')
  })

  it.each([
    [{ env: { NO_COLOR: '1' } }, false],
    [{ color: 'never' as const }, false],
    [{ env: { CLICOLOR: '0' } }, false],
    [{ env: { TERM: 'dumb' } }, false],
    [{}, true],
    [{ color: 'always' as const, env: { NO_COLOR: '1' } }, true],
  ])('on a terminal with %j colours: %s', async (how, coloured) => {
    expect((await print(memoryIo({ terminal: true, ...how }), {})).includes('\u001b[3')).toBe(coloured)
  })

  it.each([
    [{}, false],
    [{ env: { CLICOLOR_FORCE: '1' } }, true],
    [{ color: 'always' as const }, true],
  ])('into a pipe with %j colours: %s', async (how, coloured) => {
    expect((await print(memoryIo(how), {})).includes('\u001b[3')).toBe(coloured)
  })

  it('have more columns when wide, and those that are asked for', async () => {
    expect((await print(memoryIo(), { format: 'wide' })).split('\n')[0]).toContain('IMAGE UUID')
    expect(await print(memoryIo(), { columns: ['name', 'attempts'], headers: false }, [rows[0] as Resource])).toBe(
      'r1  0\n',
    )
  })

  it('are the objects of the contract in JSON and YAML', async () => {
    const json = await print(memoryIo(), { format: 'json' })
    expect(JSON.parse(json)).toEqual({ resources: rows })
    const yaml = await print(memoryIo(), { format: 'yaml' })
    expect(parseYaml(yaml)).toEqual({ resources: rows })
  })

  it('hold only the chosen columns in JSON when some are chosen', async () => {
    const json = await print(memoryIo(), { format: 'json', columns: ['id', 'state'], sort: 'state:desc' })
    expect(JSON.parse(json)).toEqual({
      resources: [
        { id: numberedId(2), instance_state: 'error' },
        { id: numberedId(1), instance_state: 'configured' },
      ],
    })
  })

  it('are CSV with the names of the fields', async () => {
    const text = await print(memoryIo(), { format: 'csv', columns: ['id', 'name', 'last_event_at'] })
    expect(text).toBe(
      `id,name,last_event_at\n${numberedId(1)},r1,2026-01-01T00:02:00.000Z\n` +
        `${numberedId(2)},"r\\u001b[2J\\u000a\\u202e""x"",路",\n`,
    )
  })

  it('are values and names for other commands', async () => {
    expect(await print(memoryIo(), { format: 'value', columns: ['name', 'attempts'] }, [rows[0] as Resource])).toBe(
      'r1\t0\n',
    )
    expect(await print(memoryIo(), { format: 'name' })).toBe(`${numberedId(1)}\n${numberedId(2)}\n`)
  })

  it('say on standard error that there is nothing', async () => {
    const io = memoryIo()
    expect([await print(io, {}, []), io.err()]).toEqual(['', 'No resources.\n'])
    expect(JSON.parse(await print(memoryIo(), { format: 'json' }, []))).toEqual({ resources: [] })
  })

  it.each(['table', 'wide', 'json', 'yaml', 'csv', 'value', 'name'] as const)(
    'S9: a hostile name steers nothing in %s',
    async (format) => {
      const text = await print(memoryIo(), { format, columns: format === 'name' ? null : ['name'] })
      expect(text).not.toMatch(OBEYED)
    },
  )
})

describe('one resource', () => {
  it('is a field per line for a person', async () => {
    const io = memoryIo()
    await printOne(io, resourceColumns, rows[0] as Resource, options(), (resource) => ({ resource }))
    expect(io.out()).toMatch(new RegExp(`^ID +${numberedId(1)}\\nNAME +r1\\nSTATE +configured\\n`))
    expect(io.out()).toMatch(/^QUEUE +-$/m)
  })

  it('is the object of the contract in JSON', async () => {
    const io = memoryIo()
    await printOne(io, resourceColumns, rows[0] as Resource, options({ format: 'json' }), (resource) => ({ resource }))
    expect(JSON.parse(io.out())).toEqual({ resource: rows[0] })
  })
})

describe('JSON and YAML', () => {
  it('carry any text without loss and without anything a terminal obeys', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (text) => {
        const value = { text, list: [text], deep: { text } }
        expect(JSON.parse(toJson(value))).toEqual(value)
        expect(toJson(value)).not.toMatch(OBEYED)
        const yaml = await toYaml(value)
        expect(parseYaml(yaml)).toEqual(value)
        expect(yaml).not.toMatch(OBEYED)
      }),
      { numRuns: 300 },
    )
  })
})
