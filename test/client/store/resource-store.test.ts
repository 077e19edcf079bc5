import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import {
  createHttpClient,
  type OrchestratorClient,
  parseFilter,
  parseSort,
  ResourceStore,
  sortResources,
} from '../../../src/client/index.ts'
import { ResourceView } from '../../../src/client/store/resource-view.ts'
import { INSTANCE_STATES, type Resource } from '../../../src/contract/index.ts'
import { createApi } from '../../../src/orchestrator/api/index.ts'
import { systemClock } from '../../../src/shared/index.ts'
import { depsOf } from '../../orchestrator/api/http.ts'
import { MemoryOrchestrator, numberedId, sampleResource } from '../../orchestrator/api/memory-port.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})
const soon = { timeout: 10_000, interval: 5 }

async function serve(
  port: MemoryOrchestrator,
  tcpPort = 0,
): Promise<{ url: string; port: number; stop: () => Promise<void> }> {
  const api = createApi(depsOf(port), { listen: '127.0.0.1', port: tcpPort, closeGraceMs: 10 })
  const at = await api.listen()
  undo.push(() => api.close())
  return { url: at.url, port: at.port, stop: () => api.close() }
}

function storeOf(url: string): { store: ResourceStore; client: OrchestratorClient; stop: () => Promise<void> } {
  const client = createHttpClient({ url, timeoutMs: 5_000, clock: systemClock, userAgent: 'test' })
  const store = new ResourceStore({ client, clock: systemClock, random: () => 0.5 })
  const abort = new AbortController()
  const running = store.run(abort.signal)
  const stop = async (): Promise<void> => {
    abort.abort()
    await running
    await client.close()
  }
  undo.push(stop)
  return { store, client, stop }
}

describe('ResourceStore, with a real API', () => {
  it('is what the orchestrator has, and stays so', async () => {
    const port = new MemoryOrchestrator(Array.from({ length: 1_500 }, (_, i) => sampleResource(i + 1)))
    const { url } = await serve(port)
    const { store } = storeOf(url)
    await expect.poll(() => store.getSnapshot().connection.state, soon).toBe('live')
    expect(store.getSnapshot()).toMatchObject({ total: 1_500, states: { configured: 1_500 }, lists: 1 })
    const view = store.view({ filter: parseFilter('state:error'), sort: parseSort('-name') })
    port.put(sampleResource(7, { instance_state: 'error' }))
    port.put(sampleResource(8, { instance_state: 'error' }))
    port.put(sampleResource(2_000))
    port.drop(numberedId(3))
    port.setDebug({ scope: 'global' }, { enabled: true, by: 'alice', reason: null })
    await expect.poll(() => store.getSnapshot().debug?.global?.by, soon).toBe('alice')
    expect(store.getSnapshot()).toMatchObject({ total: 1_500, states: { configured: 1_498, error: 2 }, lists: 1 })
    expect(view.getSnapshot().rows.map((one) => one.name)).toEqual(['r8', 'r7'])
    expect(new Map([...store.values()].map((one) => [one.id, one]))).toEqual(port.table)
  })

  it('changes that happen while the list is read are neither lost nor undone', async () => {
    const port = new MemoryOrchestrator(Array.from({ length: 2_500 }, (_, i) => sampleResource(i + 1)))
    let pages = 0
    port.hook = async () => {
      pages++
      for (let n = 1; n <= 2_500; n += 50) port.put(sampleResource(n, { attempts: pages }))
      if (pages === 2) port.drop(numberedId(2_499))
      if (pages === 2) port.put(sampleResource(3_000))
    }
    const { url } = await serve(port)
    const { store } = storeOf(url)
    await expect.poll(() => store.getSnapshot().connection.state, soon).toBe('live')
    const shown = () => new Map([...store.values()].map((one) => [one.id, one.revision]))
    const real = () => new Map([...port.table.values()].map((one) => [one.id, one.revision]))
    await expect.poll(shown, soon).toEqual(real())
  })

  it('a lost connection keeps what was known, says how old it is, and comes back', async () => {
    const port = new MemoryOrchestrator([sampleResource(1), sampleResource(2)])
    const first = await serve(port)
    const { store } = storeOf(first.url)
    await expect.poll(() => store.getSnapshot().connection.state, soon).toBe('live')
    const seen = new Set<string>()
    store.subscribe(() => seen.add(store.getSnapshot().connection.state))
    await first.stop()
    await expect.poll(() => store.getSnapshot().connection.state, soon).toBe('stale')
    expect(store.getSnapshot()).toMatchObject({ total: 2, connection: { reason: expect.any(String) } })
    // Another life of the orchestrator: its revisions begin anew.
    const successor = new MemoryOrchestrator([sampleResource(1, { name: 'after' })])
    successor.tableRevision = 0
    await serve(successor, first.port)
    await expect.poll(() => store.get(numberedId(1))?.name, soon).toBe('after')
    // Watchers are told a tick after the store itself knows.
    await expect.poll(() => store.getSnapshot(), soon).toMatchObject({ total: 1, lists: 2 })
    await expect.poll(() => [...seen], soon).toEqual(expect.arrayContaining(['stale', 'live']))
  })

  it('tells its watchers once, however many changes come at a time, and its snapshot is stable until then', async () => {
    const port = new MemoryOrchestrator([sampleResource(1)])
    const { url } = await serve(port)
    const { store } = storeOf(url)
    const view = store.view()
    await expect.poll(() => view.getSnapshot().rows.length, soon).toBe(1)
    let told = 0
    view.subscribe(() => told++)
    const before = view.getSnapshot()
    expect(view.getSnapshot()).toBe(before)
    for (let n = 2; n <= 500; n++) port.put(sampleResource(n))
    await expect.poll(() => view.getSnapshot().rows.length, soon).toBe(500)
    expect(told).toBeLessThan(30)
  })

  it('a far side that is no orchestrator is said to be none', async () => {
    const { createServer } = await import('node:http')
    const server = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hi'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    undo.push(() => new Promise((resolve) => server.close(() => resolve())))
    const address = server.address()
    const { store } = storeOf(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
    await expect.poll(() => store.getSnapshot().connection.state, soon).not.toBe('connecting')
    expect(store.getSnapshot().total).toBe(0)
  })
})

describe('ResourceView', () => {
  it('is at any time what filtering and sorting everything would give (property)', async () => {
    const op = fc.record({
      n: fc.integer({ min: 1, max: 40 }),
      drop: fc.boolean(),
      state: fc.constantFrom(...INSTANCE_STATES),
      attempts: fc.nat(3),
      name: fc.constantFrom('a', 'b', 'r9', 'r10', ''),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(op, { maxLength: 80 }),
        fc.constantFrom('', 'state:error', 'attempts>1', 'a', '!state:configured'),
        fc.constantFrom('', 'name', '-name', '-attempts,name', 'state,-attempts'),
        async (ops, filterText, sortText) => {
          const clock = new ManualClock()
          const [filter, sort] = [parseFilter(filterText), parseSort(sortText)]
          const view = new ResourceView({ clock, intervalMs: 0, filter, sort })
          const all = new Map<string, Resource>()
          for (const { n, drop, state, attempts, name } of ops) {
            if (drop) {
              all.delete(numberedId(n))
              view.remove(numberedId(n))
            } else {
              const resource = sampleResource(n, { instance_state: state, attempts, name })
              all.set(resource.id, resource)
              view.put(resource)
            }
          }
          await clock.advance(1)
          const wanted = sortResources(
            sort,
            [...all.values()].filter((one) => filter.matches(one, clock.now())),
          )
          expect(view.getSnapshot()).toEqual({ rows: wanted, total: all.size })
          view.close()
        },
      ),
      { numRuns: 150 },
    )
  })

  it('a filter that looks at the time is applied anew as time goes by', async () => {
    const clock = new ManualClock()
    const view = new ResourceView({ clock, intervalMs: 0, filter: parseFilter('event_age<10s') })
    view.put(sampleResource(1, { last_event_at: new Date(clock.now()).toISOString() }))
    await clock.advance(5_000)
    expect(view.getSnapshot().rows).toHaveLength(1)
    await clock.advance(7_000)
    expect(view.getSnapshot().rows).toHaveLength(0)
    view.close()
    expect(clock.pending).toBe(0)
  })
})
