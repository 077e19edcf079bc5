import { type EmbeddedCloud, startEmbeddedCloud } from '../../../../src/embedded/index.ts'
import { createRabbitTransport, type Transport } from '../../../../src/messaging/index.ts'
import { readRigFacts } from '../../harness/inside.ts'
import type { Answer, Service, Who } from './step.ts'

/** One of the two clouds, as the scripts see it. */
export interface Cloud {
  readonly name: 'real' | 'embedded'
  readonly endpoints: Readonly<Record<Service, string>>
  /** Connected to the bus on which its Neutron speaks. */
  readonly bus: Transport
  /** As Neutron's publisher_id and agents name the machine. */
  readonly host: string
  /** Variables of every script, and what their values are called when answers are compared. */
  readonly variables: ReadonlyMap<string, string>
  token(who: Who): string | null
  stop(): Promise<void>
}

const ACCOUNTS = [
  ['admin', 'admin', 'admin'],
  ['service', 'astara', 'service'],
  ['tenant', 'demo', 'demo'],
] as const
const PASSWORD = 'secret'

export async function send(
  method: string,
  url: string,
  body: string | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(90_000),
    redirect: 'manual',
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') && text !== ''
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: isJson ? JSON.parse(text) : text,
  }
}

const passwordAuth = (user: string, project: string) => ({
  auth: {
    identity: {
      methods: ['password'],
      password: { user: { name: user, password: PASSWORD, domain: { id: 'default' } } },
    },
    scope: { project: { name: project, domain: { id: 'default' } } },
  },
})

async function logIn(cloud: Pick<Cloud, 'name' | 'endpoints' | 'bus' | 'host'>, rest: ReadonlyMap<string, string>) {
  const tokens = new Map<Who, string>([['stranger', 'gAAAAABworthless']])
  const variables = new Map(rest)
  for (const [who, user, project] of ACCOUNTS) {
    const url = `${cloud.endpoints.keystone}/v3/auth/tokens`
    const answer = await send('POST', url, JSON.stringify(passwordAuth(user, project)), {})
    if (answer.status !== 201) throw new Error(`${cloud.name}: ${user} cannot log in: ${answer.status}`)
    tokens.set(who, answer.headers['x-subject-token'] ?? '')
    variables.set(`${who}Project`, answer.body.token.project.id)
    variables.set(`${who}User`, answer.body.token.user.id)
  }
  return { tokens, variables }
}

async function connect(url: string, name: string): Promise<Transport> {
  const transport = createRabbitTransport({ url, connectionName: name })
  await transport.connect(AbortSignal.timeout(30_000))
  return transport
}

export async function realCloud(): Promise<Cloud> {
  const rig = readRigFacts()
  const bus = await connect(rig.transportUrl, 'contract')
  const cloud = {
    name: 'real' as const,
    endpoints: {
      keystone: 'http://127.0.0.1:35357',
      neutron: rig.endpoints.neutron,
      nova: rig.endpoints.nova.replace('/v2.1', ''),
      glance: rig.endpoints.glance,
    },
    bus,
    host: rig.host,
  }
  const { tokens, variables } = await logIn(cloud, new Map([['image', rig.imageId]]))
  return { ...cloud, variables, token: (who) => tokens.get(who) ?? null, stop: () => bus.close() }
}

/** Another virtual host of the rig's RabbitMQ: the two clouds use the same names on the bus. */
async function embeddedBusUrl(): Promise<string> {
  const management = 'http://127.0.0.1:15673/api'
  const headers = { Authorization: `Basic ${Buffer.from(`openstack:${PASSWORD}`).toString('base64')}` }
  await send('PUT', `${management}/vhosts/embedded`, '{}', headers)
  const all = JSON.stringify({ configure: '.*', write: '.*', read: '.*' })
  await send('PUT', `${management}/permissions/embedded/openstack`, all, headers)
  return `${readRigFacts().transportUrl.replace(/\/$/, '')}/embedded`
}

/** The accounts that the rig has besides. */
async function addTenant(cloud: EmbeddedCloud): Promise<void> {
  const url = `${cloud.keystoneUrl}/v3`
  const login = await send('POST', `${url}/auth/tokens`, JSON.stringify(passwordAuth('admin', 'admin')), {})
  const headers = { 'X-Auth-Token': login.headers['x-subject-token'] ?? '' }
  const make = async (path: string, body: unknown) =>
    (await send('POST', `${url}${path}`, JSON.stringify(body), headers)).body
  const { project } = await make('/projects', { project: { name: 'demo', domain_id: 'default' } })
  const { user } = await make('/users', { user: { name: 'demo', domain_id: 'default', password: PASSWORD } })
  const roles = (await send('GET', `${url}/roles?name=member`, undefined, headers)).body.roles
  await send('PUT', `${url}/projects/${project.id}/users/${user.id}/roles/${roles[0].id}`, undefined, headers)
}

/** The embedded cloud as strict as it can be: without what Neutron has only with extensions of ours, scheduling as Neutron does. */
export async function embeddedCloud(): Promise<Cloud> {
  const url = await embeddedBusUrl()
  const transport = await connect(url, 'embedded')
  const bus = await connect(url, 'contract')
  const embedded = await startEmbeddedCloud({
    transport,
    ports: { keystone: 0, neutron: 0, nova: 0, glance: 0 },
    routers: 0,
    tenants: 0,
    bootTimeMs: 2_000,
    autoSchedule: false,
    routerStatusExtension: false,
  })
  await addTenant(embedded)
  const cloud = { name: 'embedded' as const, endpoints: embedded.endpoints, bus, host: 'embedded' }
  const { tokens, variables } = await logIn(cloud, new Map([['image', embedded.imageId]]))
  return {
    ...cloud,
    variables,
    token: (who) => tokens.get(who) ?? null,
    async stop() {
      await embedded.stop()
      await bus.close()
      await transport.close()
    },
  }
}
