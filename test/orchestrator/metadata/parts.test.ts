import { describe, expect, it } from 'vitest'
import type { Resource } from '../../../src/contract/index.ts'
import type { NeutronPort } from '../../../src/openstack/index.ts'
import { plainAddress } from '../../../src/orchestrator/metadata/address.ts'
import { Allowance } from '../../../src/orchestrator/metadata/allowance.ts'
import { ApplianceBook } from '../../../src/orchestrator/metadata/appliance-book.ts'
import { instanceLookup } from '../../../src/orchestrator/metadata/instance-lookup.ts'
import { metadataAddress } from '../../../src/orchestrator/metadata/listen-address.ts'
import { systemClock } from '../../../src/shared/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'

describe('addresses', () => {
  it.each([
    ['FDCA:0:0::1', 'fdca::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
    ['fe80::1%eth0', null],
    ['10.1', null],
    ['', null],
  ])('%j is %j', (text, plain) => expect(plainAddress(text)).toBe(plain))
})

describe('where metadata is served', () => {
  const own = new Set(['fdca:3ba5:a17a:acda::1', '10.0.0.9'])
  const pushed = 'fdca:3ba5:a17a:acda::1'
  it('where the options say', () =>
    expect(metadataAddress({ listen: '::', pushed, apiListen: '127.0.0.1' }, own)).toBe('::'))
  it('else at the address that appliances are told, when it is ours', () => {
    expect(metadataAddress({ listen: null, pushed, apiListen: '127.0.0.1' }, own)).toBe(pushed)
    expect(metadataAddress({ listen: null, pushed: '127.64.0.1', apiListen: '::1' }, own)).toBe('127.64.0.1')
  })
  it('else where the API is, which is on loopback', () =>
    expect(metadataAddress({ listen: null, pushed: 'fdca::99', apiListen: '127.0.0.1' }, own)).toBe('127.0.0.1'))
})

describe('the book of appliances', () => {
  const resource = (id: string, ...addresses: (string | null)[]): Resource =>
    ({ id, instances: addresses.map((management_address) => ({ management_address })) }) as unknown as Resource
  type Listener = Parameters<ConstructorParameters<typeof ApplianceBook>[0]['subscribe']>[0]

  function source(...resources: Resource[]) {
    let tell: Listener = () => {}
    let left = false
    const book = new ApplianceBook({
      values: () => resources,
      subscribe(listener) {
        tell = listener
        return () => {
          left = true
        }
      },
    })
    return { book, tell: (change: Parameters<Listener>[0]) => tell(change), left: () => left }
  }

  it('follows instances as they come, move and go', () => {
    const { book, tell, left } = source(resource('r1', 'fdca::A', null))
    expect(book.resourceAt('fdca::a')).toBe('r1')
    tell({ type: 'resource', resource: resource('r1', 'fdca::b', 'fdca::c') })
    expect([book.resourceAt('fdca::a'), book.resourceAt('fdca::b'), book.resourceAt('fdca::c')]).toEqual([
      null,
      'r1',
      'r1',
    ])
    tell({ type: 'removed', id: 'r1' })
    expect(book.resourceAt('fdca::b')).toBeNull()
    book.close()
    expect(left()).toBe(true)
  })

  it('an address that passed to another router is the other one’s, also when the first forgets it later', () => {
    const { book, tell } = source(resource('r1', 'fdca::a'))
    tell({ type: 'resource', resource: resource('r2', 'fdca::a') })
    tell({ type: 'resource', resource: resource('r1') })
    expect(book.resourceAt('fdca::a')).toBe('r2')
  })
})

describe('the allowance of an appliance', () => {
  it('fills again with time, up to four seconds’ worth', async () => {
    const clock = new ManualClock()
    const allowance = new Allowance({ perSecond: 2, concurrent: 100 }, clock)
    const taken = (): number => {
      let count = 0
      for (let release = allowance.take('a'); release; release = allowance.take('a')) {
        release()
        count += 1
      }
      return count
    }
    expect(taken()).toBe(8)
    expect(taken()).toBe(0)
    await clock.advance(1_000)
    expect(taken()).toBe(2)
    await clock.advance(60_000)
    expect(taken()).toBe(8)
    expect(allowance.take('b')).not.toBeNull()
  })

  it('bounds what is under way; a request that ends twice counts once', () => {
    const allowance = new Allowance({ perSecond: 0, concurrent: 2 }, new ManualClock())
    const first = allowance.take('a')
    expect(allowance.take('a')).not.toBeNull()
    expect(allowance.take('a')).toBeNull()
    first?.()
    first?.()
    expect(allowance.take('a')).not.toBeNull()
    expect(allowance.take('a')).toBeNull()
  })
})

describe('looking up instances', () => {
  const signal = new AbortController().signal
  const portOf = (id: string): NeutronPort => ({ id: `p-${id}`, device_id: id }) as NeutronPort

  it('asks once for many, and not again for a while', async () => {
    const questions: unknown[] = []
    const lookup = instanceLookup(
      {
        listPorts: async (filter = {}) => {
          questions.push(filter.device_id)
          return (filter.device_id as string[]).filter((id) => id !== 'none').map(portOf)
        },
      },
      { clock: systemClock, signal, timeoutMs: 1_000 },
    )
    const ids = [...Array.from({ length: 200 }, (_, i) => `i${i}`), 'i0', 'none']
    const answers = await Promise.all(ids.map(lookup))
    expect(answers[200]).toEqual([portOf('i0')])
    expect(answers[201]).toEqual([])
    expect(questions).toHaveLength(1)
    expect(new Set(questions[0] as string[]).size).toBe(201)
    await lookup('i7')
    await lookup('none')
    expect(questions).toHaveLength(1)
  })

  it('asks again after a failure, and after its answers have grown old', async () => {
    const clock = new ManualClock()
    let fails = true
    let questions = 0
    const lookup = instanceLookup(
      {
        listPorts: async () => {
          questions += 1
          if (fails) throw new Error('away')
          return []
        },
      },
      { clock, signal, timeoutMs: 1_000 },
    )
    const asked = async (): Promise<readonly NeutronPort[]> => {
      const answer = lookup('i')
      answer.catch(() => {})
      await Promise.resolve()
      await clock.advance(20)
      return answer
    }
    await expect(asked()).rejects.toThrow('away')
    fails = false
    expect(await asked()).toEqual([])
    expect(await asked()).toEqual([])
    expect(questions).toBe(2)
    await clock.advance(2_000)
    await asked()
    expect(questions).toBe(3)
  })
})
