import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHttpClient, type OrchestratorClient } from '../../../src/client/index.ts'
import type { Resource, StreamEvent, TimelineEntry } from '../../../src/contract/index.ts'
import { systemClock } from '../../../src/shared/index.ts'
import { ClientData } from '../../../src/tui/browse/client-data.ts'
import { until } from '../../support/program.ts'
import { resourceOf, uuid } from '../support/resources.ts'

const at = '2026-01-01T00:00:00.000Z'
const step = (seq: number): TimelineEntry => ({
  seq,
  at,
  type: 'step',
  step: 'Alive',
  action: 'poll',
  duration_ms: 1,
  result: 'ok',
})
const configEntry = (seq: number): TimelineEntry => ({
  seq,
  at,
  type: 'config',
  fingerprint: 'f',
  result: 'accepted',
  changes: [],
  total_changes: 0,
})

/** The API as far as the console asks it, with a stream that a test writes to. */
class Orchestrator {
  readonly resources = new Map<string, Resource>()
  timeline: TimelineEntry[] = []
  lists = 0
  configs = 0
  readonly #readers = new Map<ServerResponse, string>()
  readonly #server: Server
  #event = 0

  constructor() {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://x')
      const json = (body: unknown): void =>
        void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      if (url.pathname === '/v1/stream') {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`: hello\nid: e.${this.#event}\n\n`)
        this.#readers.set(response, url.searchParams.get('types') ?? '')
        response.on('close', () => this.#readers.delete(response))
      } else if (url.pathname === '/v1/resources') {
        this.lists++
        json({
          resources: [...this.resources.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
          next_marker: null,
          revision: 1,
        })
      } else if (url.pathname === '/v1/workers') json({ workers: [] })
      else if (url.pathname === '/v1/debug') json({ global: null, tenants: [], resources: [] })
      else if (url.pathname === '/v1/info')
        json({ host: 'here', version: '1', since: at, revision: 1, ready: true, reasons: [] })
      else if (url.pathname.endsWith('/timeline')) json({ resource_id: uuid(1), entries: this.timeline })
      else if (url.pathname.endsWith('/config')) {
        this.configs++
        json({ resource_id: uuid(1), fingerprint: 'f', configured_at: at, config: {}, changes: [] })
      } else response.writeHead(404).end('{}')
    })
  }

  async start(port = 0): Promise<number> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  readersOf(types: string): number {
    return [...this.#readers.values()].filter((wanted) => wanted === types).length
  }

  put(resource: Resource, tell = true): void {
    this.resources.set(resource.id, resource)
    if (tell) this.tell({ type: 'resource', resource })
  }

  tell({ type, ...data }: StreamEvent): void {
    const text = `id: e.${++this.#event}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`
    for (const [reader, types] of this.#readers) {
      if (types === '' ? type !== 'timeline' : types.includes(type)) reader.write(text)
    }
  }
}

let orchestrator: Orchestrator
let port: number
let client: OrchestratorClient
let data: ClientData

beforeEach(async () => {
  orchestrator = new Orchestrator()
  for (let n = 1; n <= 3; n++) orchestrator.put(resourceOf(n), false)
  port = await orchestrator.start()
  client = createHttpClient({
    url: `http://127.0.0.1:${port}`,
    timeoutMs: 5_000,
    clock: systemClock,
    userAgent: 'test',
  })
  data = new ClientData(client, systemClock)
})

afterEach(async () => {
  await data.stop()
  await client.close()
  await orchestrator.stop().catch(() => undefined)
})

const live = () =>
  until(
    () => data.connection.state,
    (state) => state === 'live',
    5_000,
  )

describe('live data', () => {
  it('begin with the list, then follow the stream, and tell which ones changed', async () => {
    data.start()
    await live()
    expect(data.resources.size).toBe(3)
    expect(data.takeChanged()).toBe('all')
    expect(data.takeChanged()).toBeNull()
    await until(
      () => data.info?.host,
      (host) => host === 'here',
      5_000,
    )
    orchestrator.put(resourceOf(2, { instance_state: 'error', revision: 100 }))
    orchestrator.put(resourceOf(9, { revision: 101 }))
    await until(
      () => data.resources.size,
      (size) => size === 4,
      5_000,
    )
    expect(data.resources.get(uuid(2))?.instance_state).toBe('error')
    orchestrator.tell({ type: 'removed', id: uuid(1), revision: 102 })
    await until(
      () => data.resources.size,
      (size) => size === 3,
      5_000,
    )
    const changed = data.takeChanged()
    expect(changed === 'all' || changed === null ? changed : [...changed].sort()).toEqual([uuid(1), uuid(2), uuid(9)])
    expect(orchestrator.lists).toBe(1)
  })

  it('tell listeners once of many changes', async () => {
    data.start()
    await live()
    let told = 0
    data.subscribe(() => told++)
    for (let n = 0; n < 200; n++) orchestrator.put(resourceOf(10 + n, { revision: 200 + n }))
    await until(
      () => data.resources.size,
      (size) => size === 203,
      5_000,
    )
    expect(told).toBeLessThan(20)
  })

  it('keep the last known while nobody answers, and catch up', async () => {
    data.start()
    await live()
    await orchestrator.stop()
    await until(
      () => data.connection.state,
      (state) => state === 'lost',
      5_000,
    )
    expect(data.connection.problem).not.toBeNull()
    expect(data.resources.size).toBe(3)
    orchestrator = new Orchestrator()
    orchestrator.put(resourceOf(7), false)
    orchestrator.tell({ type: 'resync', reason: 'another life', revision: 1 })
    await orchestrator.start(port)
    await live()
  })

  it('ask for everything anew when told to', async () => {
    data.start()
    await live()
    orchestrator.put(resourceOf(4), false)
    data.reload()
    await until(
      () => data.resources.size,
      (size) => size === 4,
      5_000,
    )
    expect(orchestrator.lists).toBe(2)
  })

  it('have a timeline without gaps or doubles, and the configuration again when it changed', async () => {
    orchestrator.timeline = [step(1), step(2)]
    data.start()
    await live()
    data.watch({ workers: false, events: false, detail: uuid(1) })
    await until(
      () => data.detail?.timeline.length,
      (length) => length === 2,
      5_000,
    )
    const asked = orchestrator.configs
    orchestrator.tell({ type: 'timeline', resource_id: uuid(1), entry: step(2) })
    orchestrator.tell({ type: 'timeline', resource_id: uuid(1), entry: configEntry(3) })
    await until(
      () => data.detail?.timeline.map(({ seq }) => seq),
      (seqs) => seqs?.join() === '1,2,3',
      5_000,
    )
    await until(
      () => orchestrator.configs,
      (configs) => configs > asked,
      5_000,
    )
    data.watch({ workers: false, events: false, detail: null })
    expect(data.detail).toBeNull()
    await until(
      () => orchestrator.readersOf('timeline'),
      (readers) => readers === 0,
      5_000,
    )
  })

  it('read all timelines only once somebody looks at the events', async () => {
    data.start()
    await live()
    expect(orchestrator.readersOf('timeline')).toBe(0)
    data.watch({ workers: false, events: true, detail: null })
    await until(
      () => orchestrator.readersOf('timeline'),
      (readers) => readers === 1,
      5_000,
    )
    for (let n = 0; n < 2_100; n++) orchestrator.tell({ type: 'timeline', resource_id: uuid(1), entry: step(n) })
    await until(
      () => data.events.has(`${uuid(1)} 2099`),
      (there) => there,
      5_000,
    )
    expect(data.events.size).toBe(2_000)
  })
})
