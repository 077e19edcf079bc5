import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FIELD_NAMES, parseDuration, parseFilter, parseSort, sortResources } from '../../../src/client/index.ts'
import type { Resource } from '../../../src/contract/index.ts'
import { AstaraError } from '../../../src/shared/index.ts'
import { numberedId, sampleResource, TENANT_B } from '../../orchestrator/api/memory-port.ts'

const NOW = Date.parse('2026-01-01T01:00:00.000Z')
const table = [
  sampleResource(1, { name: 'r9', attempts: 9 }),
  sampleResource(2, { name: 'r10', attempts: 10, instance_state: 'error', tenant_id: TENANT_B }),
  sampleResource(3, { name: 'Edge two', instance_state: 'degraded', attempts: 2, instances: [], image_current: null }),
  sampleResource(4, {
    name: 'quoted "x"',
    driver: 'loadbalancer',
    image_current: false,
    debug: { scope: 'tenant', reason: null, since: '2026-01-01T00:00:00.000Z', by: null },
    last_error: { code: 'boot_failed', message: 'No valid host', at: '2026-01-01T00:00:00.000Z', next_retry_at: null },
    last_event_at: '2026-01-01T00:58:00.000Z',
  }),
]
const numbers = (resources: readonly Resource[]): number[] =>
  resources.map((one) => Number.parseInt(one.id.slice(0, 8), 16))
const matching = (text: string): number[] => {
  const filter = parseFilter(text)
  return numbers(table.filter((resource) => filter.matches(resource, NOW)))
}

describe('filters', () => {
  it.each<[string, number[]]>([
    ['', [1, 2, 3, 4]],
    ['edge', [3]],
    ['EDGE TWO', [3]],
    ['"edge two"', [3]],
    ['"two edge"', []],
    ['!edge', [1, 2, 4]],
    ['/^r\\d+$/m', []],
    ['name:/^r\\d+$/', [1, 2]],
    ['!name:/^r\\d+$/', [3, 4]],
    ['state:error', [2]],
    ['state:error,degraded', [2, 3]],
    ['state!=configured', [2, 3]],
    ['state:err', []],
    [`tenant:${TENANT_B.slice(0, 5)}`, [2]],
    [`tenant:${TENANT_B.replaceAll('-', '').slice(0, 12)}`, [2]],
    [`state:error tenant:${TENANT_B}`, [2]],
    [`state:configured tenant:${TENANT_B}`, []],
    ['tenant_id:2222', [2]],
    ['attempts>9', [2]],
    ['attempts>=9', [1, 2]],
    ['attempts<9', [3, 4]],
    ['attempts:2', [3]],
    ['attempts!=0', [1, 2, 3]],
    ['age>59m', [1, 2, 4]],
    ['age>2h', []],
    ['event_age<5m', [4]],
    ['image_current:false', [4]],
    ['latest:true', [1, 2]],
    ['debug:*', [4]],
    ['debug:', [1, 2, 3]],
    ['debug:tenant', [4]],
    ['error:host', [4]],
    ['"no valid host"', [4]],
    ['name="r9"', [1]],
    ['name=R9', [1]],
    ['name:r', [1, 2]],
    ['driver:loadbalancer', [4]],
    ['instances:0', [3]],
    [numberedId(2).slice(0, 13), [2]],
    ['fdca:3ba5', []],
  ])('%s', (text, wanted) => {
    if (text === 'fdca:3ba5') {
      // What looks like a key must be one, or stand in quotes.
      expect(() => parseFilter(text)).toThrow(expect.objectContaining({ code: 'usage' }))
      expect(matching(`"${text}"`)).toEqual([1, 2, 4])
    } else expect(matching(text)).toEqual(wanted)
  })

  it.each([
    ['stat:error', 'state:error'],
    ['tenat:x', 'tenant:x'],
    ['attempts>many', 'number'],
    ['age>soon', 'duration'],
    ['state>error', 'text'],
    ['name:/(/', 'regular expression'],
    ['image_current:maybe', 'true or false'],
  ])('%s is refused with a hint: %s', (text, hint) => {
    try {
      parseFilter(text)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(AstaraError)
      const { code, message, suggestions } = error as AstaraError
      expect(code).toBe('usage')
      expect([message, ...suggestions].join(' ')).toContain(hint)
    }
  })

  it('never breaks but by saying what is wrong (property)', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(...FIELD_NAMES),
      fc.constantFrom(':', '>', '!', '/', '"', ' ', '5m', '*', '='),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        try {
          const filter = parseFilter(pieces.join(''))
          for (const resource of table) expect(typeof filter.matches(resource, NOW)).toBe('boolean')
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage' })
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('a negated term lets through exactly what the term does not (property)', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('edge', 'state:error', 'attempts>2', 'name:/r/', 'age<2h', '"no valid"', 'debug:*'),
        (term) => {
          expect([...matching(term), ...matching(`!${term}`)].sort()).toEqual([1, 2, 3, 4])
        },
      ),
    )
  })

  it.each([
    ['90', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['500ms', 500],
    ['m', null],
    ['5x', null],
    ['', null],
  ])('duration %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it('says whether time alone may change its answer', () => {
    expect([parseFilter('age>5m x').timeDependent, parseFilter('attempts>5').timeDependent]).toEqual([true, false])
  })
})

describe('nextChange', () => {
  const now = Date.UTC(2026, 0, 2)
  const terms = ['alive_age>1h', 'alive_age>=1h', '!alive_age<30m', 'alive_age=1h', 'event_age<2h alive_age>10m']
  it.each(terms)('%s: until then the answer stays as it is, and then it may turn', (text) => {
    const filter = parseFilter(text)
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3 * 3_600_000 }),
        fc.integer({ min: 0, max: 3 * 3_600_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (alive, event, share) => {
          const resource = sampleResource(1, {
            last_alive_at: new Date(now - alive).toISOString(),
            last_event_at: new Date(now - event).toISOString(),
          })
          const next = filter.nextChange(resource, now)
          expect(next).toBeGreaterThan(now)
          const end = Math.min(next, now + 4 * 3_600_000)
          const before = Math.min(end - 1, now + Math.floor((end - now) * share))
          expect(filter.matches(resource, before)).toBe(filter.matches(resource, now))
        },
      ),
    )
  })

  it('never, of what time does not change', () => {
    expect(parseFilter('name:x attempts>1').nextChange(sampleResource(1), now)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('sort orders', () => {
  it.each<[string, number[]]>([
    ['', [1, 2, 3, 4]],
    ['name', [3, 4, 1, 2]],
    ['-name', [2, 1, 4, 3]],
    ['attempts', [4, 3, 1, 2]],
    ['-attempts', [2, 1, 3, 4]],
    ['driver,-attempts', [4, 2, 1, 3]],
    ['error', [4, 1, 2, 3]],
    ['-error', [4, 1, 2, 3]],
    ['event_age', [4, 1, 2, 3]],
    ['tenant', [1, 3, 4, 2]],
  ])('%s', (order, wanted) => {
    expect(numbers(sortResources(parseSort(order), [...table].reverse()))).toEqual(wanted)
  })

  it('an unknown field is refused with a hint', () => {
    expect(() => parseSort('nmae')).toThrow(
      expect.objectContaining({ code: 'usage', suggestions: expect.arrayContaining(['Did you mean name?']) }),
    )
  })
})
