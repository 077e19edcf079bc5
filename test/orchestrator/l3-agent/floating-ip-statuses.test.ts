import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InstanceState } from '../../../src/contract/index.ts'
import { FloatingIpStatuses } from '../../../src/orchestrator/l3-agent/floating-ip-statuses.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'

class Refusal extends Error {}

function bench() {
  const clock = new ManualClock()
  const sent: [string, Readonly<Record<string, string>>][] = []
  /** What Neutron has. */
  const neutron = new Map<string, string>()
  const trouble: { error: Error | null } = { error: null }
  const statuses = new FloatingIpStatuses({
    async send(routerId, given) {
      if (trouble.error) throw trouble.error
      sent.push([routerId, given])
      for (const [id, status] of Object.entries(given)) neutron.set(id, status)
    },
    isRefusal: (error) => error instanceof Refusal,
    clock,
    random: () => 0.5,
    logger: silentLogger,
  })
  const note = (
    router: string,
    state: InstanceState,
    pointing: readonly string[],
    carried = pointing,
    isUp = true,
  ): void =>
    statuses.note(router, state, {
      isUp,
      floatingIps: pointing.map((id) => ({ id, status: neutron.get(id) ?? 'DOWN' })),
      carried,
    })
  return { clock, sent, neutron, trouble, statuses, note }
}

describe('FloatingIpStatuses', () => {
  it('says ACTIVE when the appliance has accepted a configuration with them, and only once', async () => {
    const b = bench()
    b.note('r', 'booting', ['x'], [])
    b.note('r', 'up', ['x'], [])
    await b.clock.advance(1_000)
    expect(b.sent).toEqual([])
    for (let i = 0; i < 10; i++) b.note('r', 'configured', ['x'])
    await b.clock.advance(60_000)
    for (let i = 0; i < 10; i++) b.note('r', 'configured', ['x'])
    await b.clock.advance(60_000)
    expect(b.sent).toEqual([['r', { x: 'ACTIVE' }]])
  })

  it('says nothing after a restart of ours when Neutron knows already', async () => {
    const b = bench()
    b.neutron.set('x', 'ACTIVE')
    b.note('r', 'configured', ['x'])
    await b.clock.advance(60_000)
    expect(b.sent).toEqual([])
  })

  it('says DOWN while no appliance lives, ERROR while the router is in error, ACTIVE again afterwards', async () => {
    const b = bench()
    for (const state of ['configured', 'down', 'booting', 'error', 'up', 'configured'] as const) {
      b.note('r', state, ['x'])
      await b.clock.advance(1_000)
    }
    expect(b.sent.map(([, statuses]) => statuses.x)).toEqual(['ACTIVE', 'DOWN', 'ERROR', 'ACTIVE'])
  })

  it('says DOWN while the router is administratively down', async () => {
    const b = bench()
    for (const isUp of [true, false, true]) {
      b.note('r', 'configured', ['x'], ['x'], isUp)
      await b.clock.advance(1_000)
    }
    expect(b.sent.map(([, statuses]) => statuses.x)).toEqual(['ACTIVE', 'DOWN', 'ACTIVE'])
  })

  it('does not call a new one ACTIVE before it is carried', async () => {
    const b = bench()
    b.note('r', 'configured', ['x'])
    await b.clock.advance(1_000)
    b.note('r', 'configured', ['x', 'y'], ['x'])
    await b.clock.advance(1_000)
    expect(b.sent.length).toBe(1)
    b.note('r', 'configured', ['x', 'y'])
    await b.clock.advance(1_000)
    expect(b.sent.at(-1)).toEqual(['r', { x: 'ACTIVE', y: 'ACTIVE' }])
  })

  it('sets DOWN what was taken off, but not what has moved on to another router', async () => {
    const b = bench()
    b.note('r', 'configured', ['x', 'y'])
    await b.clock.advance(1_000)
    b.note('s', 'configured', ['y'])
    b.note('r', 'configured', [])
    await b.clock.advance(1_000)
    expect(b.neutron).toEqual(
      new Map([
        ['x', 'DOWN'],
        ['y', 'ACTIVE'],
      ]),
    )
  })

  it('sends again what failed, later and later, and what is newest', async () => {
    const b = bench()
    b.trouble.error = new Error('no answer')
    b.note('r', 'configured', ['x'])
    await b.clock.advance(10_000)
    b.note('r', 'configured', ['x', 'y'])
    await b.clock.advance(1_000)
    b.trouble.error = null
    await b.clock.advance(120_000)
    expect(b.sent).toEqual([['r', { x: 'ACTIVE', y: 'ACTIVE' }]])
  })

  it('stops when Neutron does not know such a thing', async () => {
    const b = bench()
    b.trouble.error = new Refusal()
    b.note('r', 'configured', ['x'])
    await b.clock.advance(10_000)
    b.trouble.error = null
    b.note('r', 'error', ['x'])
    await b.clock.advance(600_000)
    expect(b.sent).toEqual([])
    expect(b.clock.pending).toBe(0)
  })

  it('a thousand routers at once are told a few at a time', async () => {
    const clock = new ManualClock()
    let running = 0
    let most = 0
    let told = 0
    const statuses = new FloatingIpStatuses({
      async send() {
        most = Math.max(most, ++running)
        await clock.sleep(5)
        running--
        told++
      },
      isRefusal: () => false,
      clock,
      random: () => 0.5,
      logger: silentLogger,
    })
    for (let i = 0; i < 1_000; i++) {
      statuses.note(`r${i}`, 'configured', {
        isUp: true,
        floatingIps: [{ id: `x${i}`, status: 'DOWN' }],
        carried: [`x${i}`],
      })
    }
    await clock.advance(10_000)
    expect([told, most]).toEqual([1_000, 4])
  })

  it('whatever happens and fails on the way, in the end Neutron knows what holds', async () => {
    const step = fc.record({
      router: fc.constantFrom('r', 's'),
      state: fc.constantFrom<InstanceState>('configured', 'configured', 'down', 'error', 'up', 'degraded'),
      ips: fc.subarray(['x', 'y', 'z']),
      fails: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const b = bench()
        const has = new Map<string, readonly string[]>([
          ['r', []],
          ['s', []],
        ])
        for (const { router, state, ips, fails } of steps) {
          b.trouble.error = fails ? new Error('no answer') : null
          // A floating IP points to one router at a time.
          const other = router === 'r' ? 's' : 'r'
          has.set(router, ips)
          b.note(router, state, ips)
          const left = (has.get(other) ?? []).filter((ip) => !ips.includes(ip))
          has.set(other, left)
          b.note(other, 'configured', left)
          await b.clock.advance(150)
        }
        b.trouble.error = null
        for (const [router, ips] of has) b.note(router, 'configured', ips)
        await b.clock.advance(300_000)
        const carried = [...has.values()].flat()
        for (const ip of ['x', 'y', 'z'])
          expect(b.neutron.get(ip) ?? 'DOWN').toBe(carried.includes(ip) ? 'ACTIVE' : 'DOWN')
      }),
      { numRuns: 60 },
    )
  })
})
