import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../shared/index.ts'

/** What is known of an instance. */
export interface KnownInstance {
  readonly instanceId: string
  readonly name: string
  readonly projectId: string
  readonly addresses: readonly string[]
}

/** One request that came in, and what was made of it. */
export interface MetadataRequest {
  readonly at: number
  readonly method: string
  readonly path: string
  readonly instance_id: string | null
  readonly tenant_id: string | null
  readonly forwarded_for: string | null
  readonly signature_valid: boolean
  readonly status: number
}

/** Nova's metadata service. */
export interface MetadataService {
  readonly host: string
  readonly port: number
  /** The last requests, oldest first. */
  requests(): readonly MetadataRequest[]
  close(): Promise<void>
}

const KEPT = 200
const MAX_BODY = 64 * 1024

/** Starts Nova's metadata service on the loopback: it believes who signs with `secret` and nobody else. */
export async function startMetadataService(deps: {
  readonly secret: string
  readonly find: (instanceId: string) => KnownInstance | null
  readonly clock: Clock
}): Promise<MetadataService> {
  const { secret, find, clock } = deps
  const seen: MetadataRequest[] = []
  const passwords = new Map<string, string>()

  function identify(request: IncomingMessage): { status: number; instance: KnownInstance | null; isSigned: boolean } {
    const id = text(request, 'x-instance-id')
    if (id === null) return { status: 400, instance: null, isSigned: false }
    const right = createHmac('sha256', secret).update(id).digest()
    const given = Buffer.from(text(request, 'x-instance-id-signature') ?? '', 'hex')
    if (given.length !== right.length || !timingSafeEqual(given, right))
      return { status: 403, instance: null, isSigned: false }
    const instance = find(id)
    // As Nova does: a wrong tenant is told nothing that would help.
    if (!instance || instance.projectId !== text(request, 'x-tenant-id'))
      return { status: 404, instance: null, isSigned: true }
    return { status: 200, instance, isSigned: true }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    const { status, instance, isSigned } = identify(request)
    const answer = instance ? await answerOf(request, path, instance, passwords) : { status, body: `${status}\n` }
    seen.push({
      at: clock.now(),
      method: request.method ?? '',
      path,
      instance_id: text(request, 'x-instance-id'),
      tenant_id: text(request, 'x-tenant-id'),
      forwarded_for: text(request, 'x-forwarded-for'),
      signature_valid: isSigned,
      status: answer.status,
    })
    if (seen.length > KEPT) seen.shift()
    response.writeHead(answer.status, {
      'content-type': 'type' in answer ? answer.type : 'text/plain; charset=UTF-8',
      'content-length': Buffer.byteLength(answer.body),
    })
    response.end(request.method === 'HEAD' ? undefined : answer.body)
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve())
  })
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    requests: () => seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function text(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly type?: string
}

async function answerOf(
  request: IncomingMessage,
  path: string,
  instance: KnownInstance,
  passwords: Map<string, string>,
): Promise<Answer> {
  const { instanceId, name, projectId, addresses } = instance
  if (/^\/openstack\/[^/]+\/password\/?$/.test(path)) {
    if (request.method !== 'POST') return { status: 200, body: passwords.get(instanceId) ?? '' }
    let body = ''
    for await (const chunk of request) if (body.length < MAX_BODY) body += String(chunk)
    passwords.set(instanceId, body)
    return { status: 200, body: '' }
  }
  const leaf = path.replace(/\/$/, '')
  if (leaf === '') return { status: 200, body: '1.0\n2009-04-04\nlatest' }
  if (leaf === '/openstack') return { status: 200, body: '2018-08-27\nlatest' }
  if (/^\/openstack\/[^/]+\/meta_data\.json$/.test(leaf)) {
    const body = JSON.stringify({
      uuid: instanceId,
      name,
      hostname: `${name}.novalocal`,
      project_id: projectId,
      meta: {},
    })
    return { status: 200, body, type: 'application/json' }
  }
  const values: Readonly<Record<string, string>> = {
    hostname: `${name}.novalocal`,
    'instance-id': instanceId,
    'local-hostname': `${name}.novalocal`,
    'local-ipv4': addresses.find((address) => !address.includes(':')) ?? '',
  }
  const item = /^\/[^/]+\/meta-data(?:\/(.+))?$/.exec(leaf)
  if (item) {
    const [, key] = item
    if (key === undefined) return { status: 200, body: Object.keys(values).join('\n') }
    const value = Object.hasOwn(values, key) ? values[key] : undefined
    if (value !== undefined) return { status: 200, body: value }
  }
  return { status: 404, body: '404 Not Found\n' }
}
