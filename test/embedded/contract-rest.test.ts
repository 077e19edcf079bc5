import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../src/shared/index.ts'
import { type Exchange, IdMap, readExchanges, shapeDifference } from './replay.ts'
import { type Answer, login, request, type Session, startTestCloud, type TestCloud, until } from './support.ts'

/** Differences of shape that are meant, by file and index of the exchange, each with its reason. */
const DIFFERENCES: Readonly<Record<string, { readonly reason: string; readonly lines: readonly RegExp[] }>> = {
  'neutron-extensions 0': {
    reason: 'no difference of shape: the list itself is shorter, since it names only what is really served',
    lines: [],
  },
  'neutron-basics 2': {
    reason: 'the L2 agent of the recorded cloud maps other interfaces',
    lines: [/\$\.agents\[\]\.configurations\.interface_mappings\.physext/],
  },
}

const SERVICES: Readonly<Record<string, 'keystone' | 'neutron' | 'nova' | 'glance'>> = {
  '35357': 'keystone',
  '9696': 'neutron',
  '8774': 'nova',
  '9292': 'glance',
}

/** Services of the recorded cloud that this one does not have. */
const ABSENT_SERVICES = new Set(['placement'])

let test: TestCloud
let tenant: Session
/** Boots wait here until the test has seen what a server in BUILD looks like. */
const boots = Promise.withResolvers<void>()
const clock: Clock = {
  ...systemClock,
  async sleep(ms, signal) {
    await boots.promise
    await systemClock.sleep(ms, signal)
  },
}
const ids = new IdMap()

function serviceOf(exchange: Exchange): 'keystone' | 'neutron' | 'nova' | 'glance' {
  const service = SERVICES[new URL(exchange.request.url).port]
  if (!service) throw new Error(`unknown service in ${exchange.request.url}`)
  return service
}

/** Sends a recorded request, its ids translated, as `session` (null: with a token that is worth nothing). */
async function send(exchange: Exchange, session: Session | null): Promise<Answer> {
  const url = new URL(ids.translate(exchange.request.url))
  const headers: Record<string, string> = {}
  if (exchange.request.headers['X-Auth-Token']) headers['X-Auth-Token'] = session?.token ?? 'worthless'
  if (exchange.request.headers['X-Subject-Token']) headers['X-Subject-Token'] = session?.token ?? ''
  const version = exchange.request.headers['X-OpenStack-Nova-API-Version']
  if (version) headers['X-OpenStack-Nova-API-Version'] = version
  const body = exchange.request.body === null ? undefined : ids.translate(exchange.request.body)
  return request(
    exchange.request.method,
    `${test.cloud.endpoints[serviceOf(exchange)]}${url.pathname}${url.search}`,
    body,
    headers,
  )
}

/** Without what the recorded cloud had besides. */
function comparable(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body
  const token: unknown = Reflect.get(body, 'token')
  if (typeof token !== 'object' || token === null) return body
  const catalog: unknown = Reflect.get(token, 'catalog')
  if (!Array.isArray(catalog)) return body
  return { ...body, token: { ...token, catalog: catalog.filter((entry) => !ABSENT_SERVICES.has(entry.type)) } }
}

const isError = (status: number): boolean => status >= 400

/** Replays one exchange and compares status, shape, headers that clients look at, and the wording of refusals. */
async function replay(name: string, index: number, exchange: Exchange, session: Session | null): Promise<void> {
  const isAsRecorded = (answer: Answer): boolean =>
    answer.status === exchange.response.status && statusOf(answer.body) === statusOf(exchange.response.body)
  const answer =
    name === 'nova-delete' ? await until(() => send(exchange, session), isAsRecorded) : await send(exchange, session)
  const label = `${name} ${index}`
  expect(answer.status, `${label}: ${JSON.stringify(answer.body)}`).toBe(exchange.response.status)
  const theirs = comparable(exchange.response.body)
  const ours = comparable(answer.body)
  ids.learn(theirs, ours)
  if (isError(answer.status) && typeof theirs === 'object') {
    expect(ours, label).toEqual(ids.translate(theirs))
  } else if (typeof theirs === 'string') {
    expect(ours, label).toEqual(ids.translate(theirs))
  } else {
    const meant = DIFFERENCES[label]?.lines ?? []
    const found = shapeDifference(theirs, ours).filter((line) => !meant.some((pattern) => pattern.test(line)))
    expect(found, label).toEqual([])
    // A list as long as the recorded one, unless it lists the cloud itself.
    if (!['neutron-basics', 'neutron-extensions', 'nova-basics', 'glance-image'].includes(name)) {
      expect(lengths(ours), label).toEqual(lengths(theirs))
    }
  }
  for (const header of ['content-type', 'location', 'www-authenticate']) {
    const recorded = Object.entries(exchange.response.headers).find(([key]) => key.toLowerCase() === header)?.[1]
    if (recorded === undefined) continue
    const translated = ids.translate(recorded).replace(/http:\/\/127\.0\.0\.1:(\d+)/, (_all, port: string) => {
      const service = SERVICES[port]
      return service ? test.cloud.endpoints[service] : ''
    })
    expect(answer.headers.get(header), `${label} ${header}`).toBe(translated)
  }
}

function statusOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return undefined
  const server: unknown = Reflect.get(body, 'server')
  return typeof server === 'object' && server !== null ? Reflect.get(server, 'status') : undefined
}

function lengths(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return null
  return Object.entries(body).map(([key, value]) => [key, Array.isArray(value) ? value.length : null])
}

async function replayAll(
  name: string,
  sessionFor: (index: number) => Session | null = () => test.service,
): Promise<void> {
  const exchanges = readExchanges(`rest/${name}.json`)
  expect(exchanges.length).toBeGreaterThan(0)
  for (const [index, exchange] of exchanges.entries()) await replay(name, index, exchange, sessionFor(index))
}

/** The recorded cloud's own resources, made here under the same conditions. */
const THEIRS = {
  mgt: '387f9f9a-0049-417c-b1d5-f0990639e41a',
  mgtSubnet: '6c98eb2d-ab3b-42bb-92f0-d331b2559a64',
  public: 'ec895f0a-fc3f-4d58-ac36-c9574e4a1dd9',
  publicSubnet: '99381617-df43-4834-82ef-27798acfe195',
  image: '3d72104b-1b00-4618-a5c8-dd7cb402a08e',
}

beforeAll(async () => {
  test = await startTestCloud({ routerStatusExtension: false, autoSchedule: false, routers: 0, clock })
  tenant = await login(test.cloud, 'tenant-1', 'tenant-1')
  const mgt = await test.admin.neutron('POST', '/v2.0/networks', { network: { name: 'mgt' } })
  const subnet = await test.admin.neutron('POST', '/v2.0/subnets', {
    subnet: {
      network_id: mgt.body.network.id,
      name: 'mgt',
      ip_version: 6,
      cidr: 'fdca:3ba5:a17a:acda::/64',
      ipv6_ra_mode: 'slaac',
      ipv6_address_mode: 'slaac',
    },
  })
  const external = await test.admin.neutron('GET', `/v2.0/networks/${test.cloud.externalNetworkId}`)
  ids.set(THEIRS.mgt, mgt.body.network.id)
  ids.set(THEIRS.mgtSubnet, subnet.body.subnet.id)
  ids.set(THEIRS.public, test.cloud.externalNetworkId)
  ids.set(THEIRS.publicSubnet, external.body.network.subnets[0])
  ids.set(THEIRS.image, test.cloud.imageId)
})

afterAll(() => test.stop())

/** In the order in which they were recorded: each goes on from what the ones before left. */
describe('every recorded REST exchange is answered alike', () => {
  it.each([
    'keystone-token',
    'keystone-other',
    'neutron-basics',
    'neutron-extensions',
    'nova-basics',
    'glance-image',
    'neutron-ports',
    'nova-create',
  ])('%s', (name) => replayAll(name))

  it('nova: BUILD becomes ACTIVE', async () => {
    boots.resolve()
    const [server] = test.cloud.nova.servers()
    await until(
      () => server?.status,
      (status) => status === 'ACTIVE',
    )
  })

  it.each([
    'nova-list-show',
    'nova-create-refused',
    'nova-ports-after-boot',
    'nova-interface-attach',
    'nova-interface-detach',
    'nova-delete',
    'neutron-ports-delete',
    'neutron-router-life',
    'neutron-absent-extensions',
  ])('%s', (name) => replayAll(name))

  it('as-a-tenant-and-bad-token', () => replayAll('as-a-tenant-and-bad-token', (index) => (index < 3 ? tenant : null)))
})
