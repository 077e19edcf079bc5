import { describe, expect, it } from 'vitest'
import { OpenStackError } from '../../../src/openstack/index.ts'
import { Schedule, type ScheduleSources } from '../../../src/orchestrator/l3-agent/schedule.ts'

const signal = new AbortController().signal
const agent = (host: string, agent_type = 'L3 agent') => ({
  id: `agent-${host}`,
  host,
  agent_type,
  admin_state_up: true,
  alive: true,
})
class Unheard extends Error {}

function schedule(world: {
  readonly ids?: readonly string[] | Error
  readonly agents?: readonly ReturnType<typeof agent>[]
  readonly on?: Readonly<Record<string, readonly string[]>>
  readonly extensions?: readonly string[]
  readonly fails?: Error
}): { readonly schedule: Schedule; readonly calls: string[] } {
  const calls: string[] = []
  const answer = <T>(what: string, value: T): Promise<T> => {
    calls.push(what)
    return world.fails ? Promise.reject(world.fails) : Promise.resolve(value)
  }
  const { agents = [], on = {} } = world
  const sources: ScheduleSources = {
    host: 'me',
    getRouterIds: async () => {
      calls.push('get_router_ids')
      if (world.ids instanceof Error) throw world.ids
      return world.ids ?? []
    },
    isUnheard: (error) => error instanceof Unheard,
    neutron: {
      listAgents: () => answer('agents', agents),
      listRoutersOnAgent: (id) => answer(`routers of ${id}`, on[id.replace('agent-', '')] ?? []),
      listAgentsOfRouter: (id) =>
        answer(
          `agents of ${id}`,
          agents.filter(({ host }) => on[host]?.includes(id)),
        ),
      listExtensions: () => answer('extensions', world.extensions ?? []),
    },
  }
  return { schedule: new Schedule(sources), calls }
}

describe('Schedule', () => {
  it('takes the bus’s word, at the price of one call', async () => {
    const s = schedule({ ids: ['a', 'b'] })
    expect(await s.schedule.here(signal)).toEqual(new Set(['a', 'b']))
    expect(s.calls).toEqual(['get_router_ids'])
  })

  it('asks REST what a disabled agent still has: over the bus it is told of nothing', async () => {
    const s = schedule({ ids: [], agents: [agent('me'), agent('you')], on: { me: ['a'], you: ['b'] } })
    expect(await s.schedule.here(signal)).toEqual(new Set(['a']))
  })

  it('without a bus REST knows; whatever there is is ours only when there is no other agent', async () => {
    const away = { ids: new Unheard() }
    const beside = schedule({ ...away, agents: [agent('me'), agent('you')], on: { me: ['a'] } })
    expect(await beside.schedule.here(signal)).toEqual(new Set(['a']))
    const stranger = schedule({ ...away, agents: [agent('you')] })
    expect(await stranger.schedule.here(signal)).toEqual(new Set())
    const alone = schedule({ ...away, agents: [agent('me'), agent('other', 'DHCP agent')] })
    expect(await alone.schedule.here(signal)).toBe('everything')
  })

  it('does not take a refusal for an answer', async () => {
    const s = schedule({ ids: new Error('RouterNotFound'), agents: [agent('me')], on: { me: ['a'] } })
    await expect(s.schedule.here(signal)).rejects.toThrow('RouterNotFound')
  })

  it('says where a router is; only its own 404 is absence', async () => {
    const s = schedule({ agents: [agent('me'), agent('you')], on: { me: ['a', 'c'], you: ['b', 'c'] } })
    const places = await Promise.all(['a', 'b', 'c', 'd'].map((id) => s.schedule.placeOf(id, signal)))
    expect(places).toEqual(['here', 'elsewhere', 'here', 'nowhere'])
    const error = (status: number) =>
      new OpenStackError({
        service: 'neutron',
        method: 'GET',
        url: 'http://127.0.0.1/',
        pathTemplate: '/',
        status,
        requestId: null,
        type: 'RouterNotFound',
        detail: '',
        retryable: false,
        retryAfterMs: null,
      })
    expect(await schedule({ fails: error(404) }).schedule.placeOf('a', signal)).toBe('absent')
    await expect(schedule({ fails: error(503) }).schedule.placeOf('a', signal)).rejects.toThrow()
  })

  it('of many, names only those that another has and we have not; asks nobody about none', async () => {
    const s = schedule({ agents: [agent('me'), agent('you')], on: { me: ['a', 'c'], you: ['b', 'c'] } })
    expect(await s.schedule.elsewhere(['a', 'b', 'c', 'd'], signal)).toEqual(new Set(['b']))
    expect(s.calls.length).toBe(3)
    s.calls.length = 0
    expect(await s.schedule.elsewhere([], signal)).toEqual(new Set())
    expect(s.calls).toEqual([])
  })

  it('knows whether routers are scheduled at all', async () => {
    expect(await schedule({ extensions: ['router', 'l3_agent_scheduler'] }).schedule.isKept(signal)).toBe(true)
    expect(await schedule({ extensions: ['router', 'dhrouterstatus'] }).schedule.isKept(signal)).toBe(false)
  })
})
