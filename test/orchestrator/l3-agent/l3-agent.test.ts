import { describe, expect, it } from 'vitest'
import { MessagingUnavailableError } from '../../../src/messaging/index.ts'
import type { NeutronAgent, NeutronClient } from '../../../src/openstack/index.ts'
import { notificationToEvents } from '../../../src/orchestrator/events/index.ts'
import { L3Agent } from '../../../src/orchestrator/l3-agent/index.ts'
import type { ListedResource } from '../../../src/orchestrator/scheduler/reconciler.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { resourceEvent } from '../../support/events.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const listed = (...ids: string[]): readonly ListedResource[] =>
  ids.map((id) => ({ id, tenantId: 't', driver: 'router' }))

/** A Neutron with a schedule, and an orchestrator that holds some routers. */
class Bench {
  readonly clock = new ManualClock()
  /** Router → host. */
  readonly schedule = new Map<string, string>()
  readonly held = new Set<string>()
  readonly calls: string[] = []
  readonly managed: string[] = []
  readonly released: string[] = []
  readonly deleted: string[] = []
  readonly resyncs: string[] = []
  readonly #stop = new AbortController()
  answer: unknown = 'alive'
  connected = true
  restFails = false
  extensions: readonly string[] = ['router', 'l3_agent_scheduler']
  hosts: readonly string[] = ['me', 'you']
  readonly agent: L3Agent

  constructor() {
    const { clock, held } = this
    const on = (host: string): string[] => [...this.schedule].flatMap(([id, where]) => (where === host ? [id] : []))
    const agents = (): readonly NeutronAgent[] =>
      this.hosts.map((host) => ({ id: host, host, agent_type: 'L3 agent', admin_state_up: true, alive: true }))
    const rest = <T>(what: string, value: () => T): Promise<T> => {
      this.calls.push(what)
      return this.restFails ? Promise.reject(new Error('away')) : Promise.resolve(value())
    }
    this.agent = new L3Agent({
      identity: { host: 'me', availabilityZone: 'nova', interfaceDriver: null, logHeartbeats: false },
      reportIntervalMs: 30_000,
      call: async (_topic, method) => {
        this.calls.push(method)
        if (!this.connected) throw new MessagingUnavailableError('no bus')
        return method === 'report_state' ? this.answer : on('me')
      },
      neutron: {
        listExtensions: () => rest('extensions', () => this.extensions),
        listAgents: () => rest('agents', agents),
        listRoutersOnAgent: (id: string) => rest(`on ${id}`, () => on(id)),
        listAgentsOfRouter: (id: string) =>
          rest(`of ${id}`, () => agents().filter(({ host }) => this.schedule.get(id) === host)),
      } as Partial<NeutronClient> as NeutronClient,
      isConnected: () => this.connected,
      isHeld: (id) => held.has(id),
      held: () => held,
      manage: async (ids) => {
        this.managed.push(...ids)
        for (const id of ids) held.add(id)
        return []
      },
      release: (id) => {
        this.released.push(id)
        held.delete(id)
      },
      deleted: async (id) => void this.deleted.push(id),
      resync: (why) => void this.resyncs.push(why),
      clock,
      random: () => 0.5,
      logger: silentLogger,
      signal: this.#stop.signal,
    })
    void this.agent.run()
  }

  count(call: string): number {
    return this.calls.filter((one) => one === call).length
  }

  /** What a reconcile would list; ours are held from then on. */
  async list(...all: string[]): Promise<readonly string[]> {
    const result = this.agent.ours(listed(...all), this.#stop.signal)
    await this.clock.advance(1)
    const ids = (await result).map(({ id }) => id)
    for (const id of ids) this.held.add(id)
    return ids
  }

  removed(id: string): Promise<void> {
    return this.agent.take({ kind: 'agent', type: 'router_removed_from_agent', routerIds: [id] })
  }
}

const event = (type: string, source: 'rpc' | 'notification' | 'resync' = 'notification') =>
  resourceEvent({ type, source })

describe('which routers are ours', () => {
  it('those that Neutron schedules here, and no others', async () => {
    const b = new Bench()
    b.schedule.set('a', 'me').set('b', 'you')
    expect(await b.list('a', 'b', 'c')).toEqual(['a'])
    expect(['a', 'b', 'c'].map((id) => b.agent.isForeign(id))).toEqual([false, true, true])
    expect(b.agent.takes(event('router.update.end'), 'a')).toBe(true)
    expect(b.agent.takes(event('router.update.end'), 'b')).toBe(false)
  })

  it('every router where Neutron schedules none, as with the Astara plugin', async () => {
    const b = new Bench()
    b.extensions = ['router', 'dhrouterstatus']
    expect(await b.list('a', 'b')).toEqual(['a', 'b'])
    expect(b.agent.takes(event('router.create.end'), 'new')).toBe(true)
    expect(b.count('get_router_ids')).toBe(0)
  })

  it('absence is not deletion: what an answer leaves out stays, until Neutron says that another has it', async () => {
    const b = new Bench()
    b.schedule.set('a', 'me').set('b', 'me').set('x', 'me')
    await b.list('a', 'b', 'x')
    // Unscheduled, as after the agent's record was deleted; and an answer that is empty altogether.
    b.schedule.delete('b')
    expect(await b.list('a', 'b', 'x')).toEqual(['a', 'b', 'x'])
    b.schedule.clear()
    expect(await b.list('a', 'b', 'x')).toEqual(['a', 'b', 'x'])
    expect(b.released).toEqual([])
    b.schedule.set('a', 'me').set('b', 'you').set('x', 'me')
    expect(await b.list('a', 'b', 'x')).toEqual(['a', 'x'])
    expect(b.released).toEqual(['b'])
  })

  it('a failure to ask is no answer', async () => {
    const b = new Bench()
    b.schedule.set('a', 'me')
    await b.list('a')
    b.connected = false
    b.restFails = true
    const failing = expect(b.agent.ours(listed('a'), new AbortController().signal)).rejects.toThrow('away')
    await b.clock.advance(10_000)
    await failing
    expect(b.released).toEqual([])
  })
})

describe('routers that come', () => {
  it('are asked for together, however many are created', async () => {
    const b = new Bench()
    await b.list()
    const before = b.count('get_router_ids')
    for (let i = 0; i < 500; i++) {
      b.schedule.set(`r${i}`, 'me')
      expect(b.agent.takes(event('router.create.end'), `r${i}`)).toBe(false)
    }
    await b.clock.advance(2_000)
    expect(b.count('get_router_ids')).toBe(before + 1)
    expect(b.managed.length).toBe(500)
  })

  it('are taken from a cast only when the schedule says the same: an old one may lie in the queue', async () => {
    const b = new Bench()
    b.schedule.set('gone', 'you')
    await b.list('gone')
    expect(b.agent.takes(event('routers_updated', 'rpc'), 'gone')).toBe(false)
    b.schedule.set('new', 'me')
    expect(b.agent.takes(event('routers_updated', 'rpc'), 'new')).toBe(false)
    await b.clock.advance(2_000)
    expect(b.managed).toEqual(['new'])
  })

  it('are taken at once when Neutron calls to say so', async () => {
    const b = new Bench()
    await b.list()
    expect(b.agent.takes(event('router_added_to_agent', 'rpc'), 'new')).toBe(true)
  })

  it('changes to other hosts’ routers cost no question', async () => {
    const b = new Bench()
    b.schedule.set('theirs', 'you')
    await b.list('theirs')
    const before = b.calls.length
    for (const type of ['router.update.end', 'router.interface.create', 'router.delete.end']) {
      expect(b.agent.takes(event(type), 'theirs')).toBe(false)
    }
    expect(b.agent.takes(resourceEvent({ type: 'router_deleted', action: 'delete', source: 'rpc' }), 'theirs')).toBe(
      false,
    )
    await b.clock.advance(5_000)
    expect(b.calls.slice(before)).toEqual([])
  })
})

describe('routers that go', () => {
  it('are let go when Neutron says so twice: by its order and by its schedule', async () => {
    const b = new Bench()
    b.schedule.set('a', 'me').set('b', 'me')
    await b.list('a', 'b')
    // A cast that came late: the router is here again.
    await b.removed('a')
    expect(b.released).toEqual([])
    b.schedule.set('a', 'you')
    await b.removed('a')
    expect(b.released).toEqual(['a'])
  })

  it('are not let go of while nobody can say where they went', async () => {
    const b = new Bench()
    b.schedule.set('a', 'me')
    await b.list('a')
    b.schedule.set('a', 'you')
    b.restFails = true
    const done = b.removed('a')
    await b.clock.advance(120_000)
    expect(b.released).toEqual([])
    b.restFails = false
    await b.clock.advance(60_000)
    await done
    expect(b.released).toEqual(['a'])
  })

  it('are not asked back before somebody else can be given them', async () => {
    const b = new Bench()
    b.schedule.set('a', 'me')
    await b.list('a')
    b.schedule.delete('a')
    await b.removed('a')
    expect(b.released).toEqual(['a'])
    const before = b.count('get_router_ids')
    b.agent.takes(event('router.create.end'), 'new')
    await b.clock.advance(15_000)
    expect(b.count('get_router_ids')).toBe(before)
    await b.clock.advance(15_000)
    expect(b.count('get_router_ids')).toBe(before + 1)
  })

  it('leave nothing behind when they are deleted while nobody has them', async () => {
    const b = new Bench()
    b.schedule.set('a', 'me').set('b', 'me')
    await b.list('a', 'b')
    b.schedule.delete('a')
    b.schedule.set('b', 'you')
    await Promise.all([b.removed('a'), b.removed('b')])
    const gone = resourceEvent({ type: 'router_deleted', action: 'delete', source: 'rpc' })
    expect(b.agent.takes(gone, 'a')).toBe(true)
    expect(b.agent.takes(gone, 'b')).toBe(false)
  })
})

describe('the agent’s record in Neutron', () => {
  it.each(['new', 'revived'])('everything is looked at again when Neutron says %s', async (answer) => {
    const b = new Bench()
    await b.list()
    expect(b.resyncs).toEqual([])
    b.answer = answer
    await b.clock.advance(30_000)
    expect(b.resyncs).toEqual([`agent ${answer}`])
    b.answer = 'alive'
    await b.clock.advance(120_000)
    expect(b.resyncs.length).toBe(1)
  })

  it('the routers of another agent whose record is deleted are taken on', async () => {
    const b = new Bench()
    b.schedule.set('a', 'you')
    await b.list('a')
    b.schedule.set('a', 'me')
    const { events } = notificationToEvents(
      { eventType: 'agent.delete.end', payload: { agent_id: 'x' }, context: {} },
      { ipsecVpn: false, enabledDrivers: ['router'] },
    )
    for (const one of events) if (one.kind === 'agent') await b.agent.take(one)
    // Its owner, if it lives, reports within the interval and comes first.
    await b.clock.advance(30_000)
    expect(b.managed).toEqual([])
    await b.clock.advance(6_000)
    expect(b.managed).toEqual(['a'])
  })

  it('disabled, it lets go of nothing; enabled, it looks again', async () => {
    const b = new Bench()
    b.schedule.set('a', 'me')
    await b.list('a')
    await b.agent.take({ kind: 'agent', type: 'agent_updated', adminStateUp: false })
    expect([b.released, b.resyncs]).toEqual([[], []])
    await b.agent.take({ kind: 'agent', type: 'agent_updated', adminStateUp: true })
    expect(b.resyncs).toEqual(['agent enabled'])
  })
})
