import { type EmbeddedCloud, type EmbeddedCloudOptions, startEmbeddedCloud } from '../../src/embedded/index.ts'
import {
  createMemoryTransport,
  MemoryBroker,
  type Notification,
  type RpcRequest,
  type Transport,
} from '../../src/messaging/index.ts'

/** One answer of the cloud. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON they expect
  readonly body: any
}

export interface Session {
  readonly token: string
  readonly projectId: string
  readonly userId: string
  call(
    service: keyof EmbeddedCloud['endpoints'],
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>
  neutron(method: string, path: string, body?: unknown): Promise<Answer>
  nova(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

export async function request(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5_000),
    redirect: 'manual',
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') && text !== ''
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

/** Logs in with a password. */
export async function login(cloud: EmbeddedCloud, user: string, project: string): Promise<Session> {
  const answer = await request('POST', `${cloud.keystoneUrl}/v3/auth/tokens`, {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: user, password: 'secret', domain: { name: 'Default' } } },
      },
      scope: { project: { name: project, domain: { name: 'Default' } } },
    },
  })
  if (answer.status !== 201) throw new Error(`login failed: ${answer.status}`)
  const token = answer.headers.get('x-subject-token') ?? ''
  const call: Session['call'] = (service, method, path, body, headers = {}) =>
    request(method, `${cloud.endpoints[service]}${path}`, body, { 'X-Auth-Token': token, ...headers })
  return {
    token,
    projectId: answer.body.token.project.id,
    userId: answer.body.token.user.id,
    call,
    neutron: (method, path, body) => call('neutron', method, path, body),
    nova: (method, path, body, headers) => call('nova', method, path, body, headers),
  }
}

/** A cloud of its own for one test file, with free ports, and a bus to watch. */
export interface TestCloud {
  readonly cloud: EmbeddedCloud
  /** A transport of the test's own on the cloud's broker. */
  readonly bus: Transport
  readonly admin: Session
  /** As the orchestrator: user astara of project service. */
  readonly service: Session
  stop(): Promise<void>
}

export async function startTestCloud(options: Partial<EmbeddedCloudOptions> = {}): Promise<TestCloud> {
  const broker = new MemoryBroker()
  const transport = createMemoryTransport({ broker })
  const bus = createMemoryTransport({ broker })
  await transport.connect()
  await bus.connect()
  const cloud = await startEmbeddedCloud({
    transport,
    ports: { keystone: 0, neutron: 0, nova: 0, glance: 0 },
    bootTimeMs: 60,
    ...options,
  })
  return {
    cloud,
    bus,
    admin: await login(cloud, 'admin', 'admin'),
    service: await login(cloud, 'astara', 'service'),
    async stop() {
      await cloud.stop()
      await bus.close()
      await transport.close()
    },
  }
}

/** Everything Neutron notifies, in order. */
export async function watchNotifications(bus: Transport): Promise<Notification[]> {
  const seen: Notification[] = []
  await bus.listen({ exchange: 'neutron', topic: 'notifications', pool: 'test', handler: (one) => void seen.push(one) })
  return seen
}

/** Plays an L3 agent: everything it is cast or called, in order. */
export async function playAgent(bus: Transport, host: string): Promise<RpcRequest[]> {
  const seen: RpcRequest[] = []
  const note = (one: RpcRequest): null => {
    seen.push(one)
    return null
  }
  const methods = [
    'routers_updated',
    'router_deleted',
    'router_added_to_agent',
    'router_removed_from_agent',
    'agent_updated',
  ]
  await bus.serve({
    exchange: 'neutron',
    topic: 'l3_agent',
    server: host,
    endpoint: Object.fromEntries(methods.map((name) => [name, note])),
  })
  return seen
}

/** Calls until the answer is as wanted; fails after five seconds. */
export async function until<T>(ask: () => Promise<T> | T, isWanted: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 5_000
  for (;;) {
    const value = await ask()
    if (isWanted(value)) return value
    if (Date.now() > deadline) throw new Error(`not as wanted within 5 s: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
