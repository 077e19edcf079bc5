/**
 * An orchestrator that only tells: the API's answers for `astara browse`, with so many resources, and so many changes of them a second.
 * `POST /rate?per_second=N&among=M` changes that: N changes a second among the first M resources.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { Resource } from '../../src/contract/index.ts'
import { resourceOf, uuid } from '../../test/tui/support/resources.ts'

const count = Number(process.argv[2] ?? 10_000)
const STATES = ['configured', 'booting', 'up', 'configured', 'restart', 'configured'] as const
const now = (): string => new Date().toISOString()

let revision = 0

const resources = Array.from({ length: count }, (_, n) =>
  resourceOf(n, {
    tenant_id: uuid(100_000 + (n % 500)),
    name: `router-${String(n).padStart(5, '0')}`,
    worker: `w${n % 2}`,
    revision: ++revision,
  }),
)
const readers = new Set<ServerResponse>()
let event = 0

function frame(type: string, data: unknown): string {
  return `id: bench.${++event}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}

function changeOne(among: number): void {
  const at = Math.floor(Math.random() * among)
  const before = resources[at]
  if (before === undefined) return
  const state =
    STATES[(STATES.indexOf(before.instance_state as 'up') + 1 + Math.floor(Math.random() * 4)) % STATES.length] ?? 'up'
  const resource: Resource = { ...before, instance_state: state, last_event_at: now(), revision: ++revision }
  resources[at] = resource
  const text = frame('resource', { resource })
  for (const reader of readers) reader.write(text)
}

let timer: NodeJS.Timeout | undefined
function setRate(perSecond: number, among: number): void {
  clearInterval(timer)
  if (perSecond <= 0) return
  // Many small batches, as a real daemon's event loop gives them out.
  const every = Math.max(10, 1_000 / perSecond)
  let owed = 0
  timer = setInterval(() => {
    for (owed += (perSecond * every) / 1_000; owed >= 1; owed--) changeOne(among)
  }, every)
}

const json = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://stub')
  switch (url.pathname) {
    case '/v1/resources': {
      const marker = url.searchParams.get('marker')
      const limit = Number(url.searchParams.get('limit') ?? 1_000)
      const from = marker === null ? 0 : resources.findIndex(({ id }) => id > marker)
      const page = from < 0 ? [] : resources.slice(from, from + limit)
      const more = from >= 0 && from + limit < resources.length
      json(response, { resources: page, next_marker: more ? (page.at(-1)?.id ?? null) : null, revision })
      return
    }
    case '/v1/stream':
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`: bench\nid: bench.${event}\n\n`)
      readers.add(response)
      response.on('close', () => readers.delete(response))
      return
    case '/v1/workers':
      json(response, { workers: [] })
      return
    case '/v1/debug':
      json(response, { global: null, tenants: [], resources: [] })
      return
    case '/v1/info':
      json(response, { host: 'bench', version: '0', since: now(), revision, ready: true, reasons: [] })
      return
    case '/rate':
      setRate(Number(url.searchParams.get('per_second')), Number(url.searchParams.get('among') ?? count))
      json(response, {})
      return
    default:
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"error":{"code":"not_found","message":"no"}}')
  }
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(typeof address === 'object' && address !== null ? address.port : '')
})
