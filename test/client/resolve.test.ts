import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type OrchestratorClient, resolveResource } from '../../src/client/index.ts'
import type { Resource } from '../../src/contract/index.ts'
import { selectPage } from '../../src/orchestrator/api/index.ts'
import { AstaraError } from '../../src/shared/index.ts'
import { numberedId, sampleResource } from '../orchestrator/api/memory-port.ts'

/** A client over a table: list and get, as the API answers them. */
function over(table: readonly Resource[]): Pick<OrchestratorClient, 'list' | 'get'> {
  return {
    list: async (query = {}) => selectPage(table, query, { limit: 1e9, marker: null }, 1),
    get: async (id) => {
      const found = table.find((r) => r.id === id)
      if (!found) throw new AstaraError('not_found', 'gone')
      return found
    },
  }
}

const table = [
  sampleResource(0x11, { name: 'edge' }),
  sampleResource(0x12, { name: 'core' }),
  sampleResource(0x21, { name: 'edge' }),
  sampleResource(0x31, { name: 'lb', driver: 'loadbalancer' }),
  sampleResource(0x41, { name: '00000012' }),
]
const find = (text: string, driver?: 'router') => resolveResource(over(table), text, driver ? { driver } : {})

describe('what a person means by an id', () => {
  it.each([
    [numberedId(0x12), numberedId(0x12)],
    [numberedId(0x12).toUpperCase(), numberedId(0x12)],
    [numberedId(0x12).replaceAll('-', ''), numberedId(0x12)],
    ['00000021', numberedId(0x21)],
    ['0000002', numberedId(0x21)],
    ['core', numberedId(0x12)],
  ])('%s', async (text, id) => {
    expect((await find(text)).id).toBe(id)
  })

  it('never guesses: the same name twice, a short prefix, or a name that is a prefix of another id', async () => {
    for (const [text, ids] of [
      ['edge', [0x11, 0x21]],
      ['0000001', [0x11, 0x12]],
      ['00000012', [0x41, 0x12]],
    ] as const) {
      const error = await find(text).catch((e: unknown) => e)
      expect(error).toMatchObject({ code: 'ambiguous', exit: 2 })
      if (!(error instanceof AstaraError)) throw error
      const candidates = error.details.candidates as { id: string }[]
      expect(candidates.map((c) => c.id).toSorted()).toEqual(ids.map((n) => numberedId(n)).toSorted())
      for (const { id } of candidates) expect(error.suggestions.join('\n')).toContain(id)
    }
  })

  it.each(['nothing', 'edg', 'f', numberedId(0x99), '', '../', '*'])('"%s" is not there', async (text) => {
    await expect(find(text)).rejects.toMatchObject({ code: 'not_found', exit: 3 })
  })

  it.each([numberedId(0x31), '00000031', 'lb'])('a load balancer (%s) is no router', async (text) => {
    expect((await find(text)).driver).toBe('loadbalancer')
    await expect(find(text, 'router')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('S9: hostile names are shown, not obeyed', async () => {
    const evil = [
      sampleResource(1, { name: '\u001b]52;c;x\u0007' }),
      sampleResource(2, { name: '\u001b]52;c;x\u0007' }),
    ]
    const error = await resolveResource(over(evil), '\u001b]52;c;x\u0007').catch((e: unknown) => e)
    if (!(error instanceof AstaraError)) throw error
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect([error.message, ...error.suggestions].join()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
  })

  it('any prefix long enough finds its resource, any shorter one names all it may be', async () => {
    const ids = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(ids, fc.nat(), fc.integer({ min: 1, max: 36 }), async (all, pick, length) => {
        const resources = all.map((id, i) => sampleResource(i, { id, name: `name-${i}` }))
        const prefix = (all[pick % all.length] ?? '').slice(0, length)
        const meant = all.filter((id) => id.startsWith(prefix))
        const got = await resolveResource(over(resources), prefix).then(
          (resource) => [resource.id],
          (error: unknown) => (error as AstaraError).details.candidates as { id: string }[],
        )
        expect(got.map((one) => (typeof one === 'string' ? one : one.id)).toSorted()).toEqual(meant.toSorted())
      }),
      { numRuns: 60 },
    )
  })
})
