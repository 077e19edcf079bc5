import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { createOpenStack, type OpenStack, type OpenStackOptions } from '../../../src/openstack/index.ts'

/** A request as it arrived. */
export interface Arrived {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: unknown
  readonly token: string | undefined
  readonly raw: IncomingMessage
}

/** What to answer; null when the handler takes the raw response into its own hands. */
export type Reply = {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
} | null

export type Handler = (request: Arrived, response: ServerResponse) => Reply | Promise<Reply>

export interface FakeCloud {
  readonly url: string
  /** Everything that came in, in order. */
  readonly requests: readonly Arrived[]
  /** `GET /network/v2.0/ports`; the last one set counts. */
  on(route: string, handler: Handler): void
  count(route: string): number
  /** Life of the tokens issued from now on. */
  tokenLifeMs: number
  readonly tokensIssued: number
  catalog: unknown
}

const TOKENS = 'POST /identity/v3/auth/tokens'

async function readAll(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

/** A Keystone that issues tokens, and whatever the test puts beside it; ends with the test. */
export async function startCloud(): Promise<FakeCloud> {
  const handlers = new Map<string, Handler>()
  const requests: Arrived[] = []
  let issued = 0

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(599).end(String(error))
    })
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  async function answer(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(raw.url ?? '/', url)
    const text = await readAll(raw)
    const arrived: Arrived = {
      method: raw.method ?? '',
      path: target.pathname,
      query: target.searchParams,
      body: text === '' ? null : JSON.parse(text),
      token: raw.headers['x-auth-token']?.toString(),
      raw,
    }
    requests.push(arrived)
    const handler = handlers.get(`${arrived.method} ${arrived.path}`)
    const reply = handler === undefined ? { status: 404 } : await handler(arrived, response)
    if (reply === null) return
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
    const body =
      reply.body === undefined ? '' : typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body)
    response.end(body)
  }

  const cloud: FakeCloud = {
    url,
    requests,
    tokenLifeMs: 3_600_000,
    get tokensIssued() {
      return issued
    },
    catalog: [
      ['network', '/network'],
      ['compute', '/compute/v2.1'],
      ['image', '/image'],
    ].map(([type, path]) => ({
      type,
      name: type,
      endpoints: [{ interface: 'public', region_id: 'RegionOne', region: 'RegionOne', url: url + path }],
    })),
    on: (route, handler) => handlers.set(route, handler),
    count: (route) => requests.filter((request) => `${request.method} ${request.path}` === route).length,
  }
  cloud.on(TOKENS, () => {
    issued += 1
    const now = Date.now()
    return {
      status: 201,
      headers: { 'x-subject-token': `token-${issued}` },
      body: {
        token: {
          user: { id: 'user-1' },
          project: { id: 'project-1' },
          issued_at: new Date(now).toISOString(),
          expires_at: new Date(now + cloud.tokenLifeMs).toISOString(),
          catalog: cloud.catalog,
        },
      },
    }
  })
  return cloud
}

/** The clients under test, pointed at the cloud and closed with the test. Pauses between tries are short. */
export function connect(cloud: Pick<FakeCloud, 'url'>, options: Partial<OpenStackOptions> = {}): OpenStack {
  const client = createOpenStack({
    auth: {
      authUrl: `${cloud.url}/identity`,
      method: 'password',
      username: 'astara',
      password: 'tr0ub4dor',
      projectName: 'service',
    },
    retry: { baseMs: 10, maxMs: 50 },
    ...options,
  })
  onTestFinished(() => client.close())
  return client
}

/** A port as Neutron lists it, number `n`. */
export function portBody(n: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  return {
    id,
    name: `ASTARA:VRRP:${id}`,
    network_id: '387f9f9a-0049-417c-b1d5-f0990639e41a',
    tenant_id: '39a42c4d11374dbaa289d92acba34e4b',
    mac_address: 'fa:16:3e:36:48:76',
    admin_state_up: true,
    status: 'ACTIVE',
    device_id: '',
    device_owner: '',
    fixed_ips: [{ subnet_id: '6c98eb2d-ab3b-42bb-92f0-d331b2559a64', ip_address: 'fdca:3ba5:a17a:acda::1' }],
    project_id: '39a42c4d11374dbaa289d92acba34e4b',
    port_security_enabled: false,
    security_groups: [],
    'binding:vnic_type': 'normal',
    'binding:profile': {},
    'binding:host_id': 'vm',
    'binding:vif_type': 'bridge',
    'binding:vif_details': { connectivity: 'l2', port_filter: true, bound_drivers: { '0': 'linuxbridge' } },
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    description: '',
    ip_allocation: 'none',
    tags: [],
    created_at: '2026-11-22T15:23:41Z',
    updated_at: '2026-11-22T15:23:42Z',
    revision_number: 1,
    ...more,
  }
}
