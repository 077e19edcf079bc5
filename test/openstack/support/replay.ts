import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type AuthOptions, createOpenStack, type OpenStack } from '../../../src/openstack/index.ts'
import { jsonFixture } from '../../support/vectors.ts'

const Exchange = z.object({
  request: z.object({
    method: z.string(),
    url: z.string(),
    headers: z.record(z.string(), z.string()),
    body: z.unknown(),
  }),
  response: z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.unknown() }),
})

/** One captured request and its answer. */
export type Captured = z.infer<typeof Exchange>

/** The exchanges of one capture, in order. */
export function captured(file: string): readonly Captured[] {
  return z.array(Exchange).parse(jsonFixture(`captures/rest/${file}.json`))
}

/** The captured log-in. */
export function capturedLogin(): Captured {
  const [login] = captured('keystone-token')
  if (login === undefined) throw new Error('the capture of the log-in is empty')
  return login
}

export const LOGIN: AuthOptions = {
  authUrl: 'http://127.0.0.1:35357/v3',
  method: 'password',
  username: 'astara',
  password: 'secret',
  userDomainName: 'Default',
  projectName: 'service',
  projectDomainName: 'Default',
}

/**
 * What this client sends besides what was captured, and why: `limit` (lists are paged), `is_public=None` (private flavors too).
 * And what it leaves out of a body: the counts novaclient adds are Nova's defaults.
 */
const OURS_ALONE: ReadonlySet<string> = new Set(['limit', 'is_public'])
const THEIRS_ALONE: ReadonlySet<string> = new Set(['min_count', 'max_count'])

const HOP_HEADERS: ReadonlySet<string> = new Set(['content-length', 'connection', 'date'])

function queryOf(url: URL): readonly string[] {
  return [...url.searchParams].filter(([name]) => !OURS_ALONE.has(name)).map(([name, value]) => `${name}=${value}`)
}

function withoutTheirs(body: unknown): unknown {
  if (body === null || body === undefined) return null
  return JSON.parse(JSON.stringify(body, (key, value: unknown) => (THEIRS_ALONE.has(key) ? undefined : value)))
}

/** Compares what came with what was captured; '' when they agree. */
function difference(expected: Captured, local: string, raw: IncomingMessage, body: string): string {
  const wanted = new URL(expected.request.url)
  const came = new URL(raw.url ?? '/', local)
  const pairs: readonly [string, unknown, unknown][] = [
    ['method', expected.request.method, raw.method],
    ['path', wanted.pathname, came.pathname],
    ['query', queryOf(wanted), queryOf(came)],
    ['body', withoutTheirs(expected.request.body), body === '' ? null : JSON.parse(body)],
    [
      'token',
      wanted.pathname.endsWith('/auth/tokens') ? undefined : 'gAAAA-token-of-the-test-cloud',
      raw.headers['x-auth-token'],
    ],
  ]
  return pairs
    .filter(([, want, got]) => !isDeepStrictEqual(want, got))
    .map(([what, want, got]) => `${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`)
    .join('; ')
}

export interface Replay {
  readonly client: OpenStack
  /** Throws unless exactly the expected requests came, in order. */
  finish(): void
}

/** Serves the exchanges, in order, each on the port that stands for its captured origin; the catalog points there. */
export async function replay(exchanges: readonly Captured[], auth: AuthOptions = LOGIN): Promise<Replay> {
  const expected = [...exchanges]
  const problems: string[] = []
  const locals = new Map<string, string>()
  const relocate = (text: string): string => {
    let moved = text
    for (const [origin, local] of locals) moved = moved.replaceAll(origin, local)
    return moved
  }

  async function serve(origin: string): Promise<void> {
    const server = createServer((raw, response) => {
      let body = ''
      raw.on('data', (chunk) => {
        body += String(chunk)
      })
      raw.on('end', () => {
        const next = expected.shift()
        const wrong = next === undefined ? 'a request too many' : difference(next, origin, raw, body)
        const elsewhere = next !== undefined && new URL(next.request.url).origin !== origin ? ` came to ${origin}` : ''
        if (wrong !== '' || elsewhere !== '') problems.push(`${raw.method} ${raw.url}${elsewhere}: ${wrong}`)
        if (next === undefined) {
          response.writeHead(599).end()
          return
        }
        const headers = Object.entries(next.response.headers).filter(([name]) => !HOP_HEADERS.has(name.toLowerCase()))
        response.writeHead(next.response.status, Object.fromEntries(headers))
        const text = typeof next.response.body === 'string' ? next.response.body : JSON.stringify(next.response.body)
        response.end(relocate(text))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    locals.set(origin, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    onTestFinished(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
  }

  for (const port of [35357, 9696, 8774, 9292]) await serve(`http://127.0.0.1:${port}`)
  const client = createOpenStack({ auth: { ...auth, authUrl: relocate(auth.authUrl) }, region: 'RegionOne' })
  onTestFinished(() => client.close())
  return {
    client,
    finish() {
      for (const left of expected) problems.push(`never asked: ${left.request.method} ${left.request.url}`)
      if (problems.length > 0) throw new Error(problems.join('\n'))
    },
  }
}
