import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type ConfigOverrides, loadConfig } from '../../../src/config/index.ts'
import type { CheckLine, CheckReport } from '../../../src/contract/index.ts'
import type { BrokerAnswer } from '../../../src/messaging/index.ts'
import { createOpenStack } from '../../../src/openstack/index.ts'
import { openStackOptions, preflight } from '../../../src/orchestrator/index.ts'
import { type Clock, systemClock } from '../../../src/shared/index.ts'
import { startTestCloud, type TestCloud } from '../../embedded/support.ts'

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startTestCloud({ routers: 0, hostName: 'controller-1' })
})
afterAll(() => cloud.stop())
afterEach(() => cloud.cloud.faults.clear())

const RABBIT: BrokerAnswer = {
  broker: '127.0.0.1:5672',
  product: 'RabbitMQ 3.10.8',
  error: null,
  exchanges: new Map([['neutron', true]]),
}

type Options = Readonly<Record<string, Readonly<Record<string, unknown>>>>

interface Look {
  readonly options?: Options
  readonly clock?: Clock
  readonly brokers?: readonly BrokerAnswer[] | Promise<never>
  readonly short?: boolean
  readonly of?: TestCloud
  readonly signal?: AbortSignal
}

/** Looks at the embedded cloud with the configuration that suits it, but for `options`. */
async function look({
  options = {},
  clock = systemClock,
  brokers = [RABBIT],
  short = false,
  of = cloud,
  signal,
}: Look = {}): Promise<CheckReport> {
  const suited = of.cloud.configOverrides
  const overrides = {
    ...suited,
    ...options,
    DEFAULT: {
      host: 'controller-1',
      transport_url: 'rabbit://u:p@127.0.0.1:5672/',
      api_port: 0,
      metadata_proxy: false,
      ...suited.DEFAULT,
      ...options.DEFAULT,
    },
    router: { ...suited.router, ...options.router },
    keystone_authtoken: { ...suited.keystone_authtoken, ...options.keystone_authtoken },
    database: { connection: 'sqlite:////tmp/astara-check.db', ...options.database },
  } as ConfigOverrides
  const { config } = await loadConfig({ files: [], env: {}, overrides })
  const openstack = createOpenStack({ ...openStackOptions(config), clock, retry: { attempts: 1 } })
  try {
    const given = { short, ...(signal ? { signal } : {}) }
    return await preflight({ config, openstack, brokers: () => Promise.resolve(brokers), clock }, given)
  } finally {
    await openstack.close()
  }
}

const lineOf = (report: CheckReport, check: string): CheckLine => {
  const line = report.lines.find((one) => one.check === check)
  if (!line) throw new Error(`no line ${check}: ${report.lines.map((one) => one.check).join(' ')}`)
  return line
}
const amiss = ({ lines }: CheckReport): string[] =>
  lines.filter(({ status }) => status !== 'ok').map(({ check, status }) => `${check} ${status}`)

const MISSING = '99999999-0000-4000-8000-000000000000'

describe('a cloud that is as it should be', () => {
  test('is fine in every line', async () => {
    const report = await look()
    expect(amiss(report)).toEqual([])
    expect(report).toMatchObject({ ok: true, failed: 0, warnings: 0 })
    expect(report.lines.map(({ check }) => check)).toEqual([
      'credentials',
      'roles',
      'keystone',
      'neutron',
      'nova',
      'glance',
      'clock',
      'extension_router',
      'extension_l3_agent_scheduler',
      'extension_segments',
      'extension_port_security',
      'extension_router_status',
      'management_network',
      'management_subnet',
      'image',
      'flavor',
      'l2_agent',
      'bus',
      'bus_exchange',
      'management_address',
      'api_port',
      'metadata',
      'database',
    ])
    expect(lineOf(report, 'nova').found).toMatch(/\/v2\.1 \(2\.\d+\)$/)
  })

  test('the short form asks OpenStack only', async () => {
    const { lines } = await look({ short: true })
    expect(lines.map(({ check }) => check)).not.toContain('bus')
    expect(lines.at(-1)?.check).toBe('l2_agent')
  })

  test('nothing is made or changed by looking', async () => {
    const { journal } = cloud.cloud
    const writes = (): number =>
      journal
        .summary()
        .filter(({ method, path }) => method !== 'GET' && path !== '/v3/auth/tokens')
        .reduce((sum, { count }) => sum + count, 0)
    const before = writes()
    await look()
    expect(writes()).toBe(before)
  })

  test('without the service plugin segments it says how ports get plugged in', async () => {
    const stock = await startTestCloud({ routers: 0, segments: false, routerStatusExtension: false })
    try {
      const report = await look({ of: stock })
      expect(lineOf(report, 'extension_segments')).toMatchObject({
        status: 'ok',
        found: expect.stringContaining('lent'),
      })
      expect(lineOf(report, 'extension_router_status')).toMatchObject({
        status: 'ok',
        found: expect.stringContaining('absent'),
      })
    } finally {
      await stock.stop()
    }
  })
})

describe('each line can fail, and says what to do', () => {
  const cases: readonly (readonly [what: string, wanted: string, look: Look, found: RegExp, advice: RegExp])[] = [
    ['a wrong password', 'credentials failed', { options: { keystone_authtoken: { password: 'wrong' } } }, /401/, /./],
    [
      'a wrong address of Keystone',
      'credentials failed',
      { options: { keystone_authtoken: { auth_url: 'http://127.0.0.1:1/v3' } } },
      /Keystone/,
      /./,
    ],
    [
      'a user without the role',
      'roles failed',
      { options: { keystone_authtoken: { username: 'tenant-1', project_name: 'tenant-1' } } },
      /admin is needed/,
      /openstack role add --user tenant-1/,
    ],
    ['another region', 'neutron failed', { options: { DEFAULT: { auth_region: 'Elsewhere' } } }, /Elsewhere/, /region/],
    [
      'a management network that is not there',
      'management_network failed',
      { options: { DEFAULT: { management_network_id: MISSING } } },
      /shows no network 9999/,
      /management_network_id/,
    ],
    [
      'a subnet of another network',
      'management_subnet failed',
      { options: { DEFAULT: { management_subnet_id: MISSING } } },
      /has no subnet 9999/,
      /management_subnet_id/,
    ],
    [
      'a wrong prefix',
      'management_subnet failed',
      { options: { DEFAULT: { management_prefix: 'fdca:3ba5:a17a:acdb::/64' } } },
      /management_prefix is fdca:3ba5:a17a:acdb::\/64/,
      /Set \[DEFAULT\] management_prefix to 127\./,
    ],
    [
      'an image that is not there',
      'image failed',
      { options: { router: { image_uuid: MISSING } } },
      /no image 9999/,
      /image_uuid/,
    ],
    [
      'a flavor that is not there',
      'flavor failed',
      { options: { router: { instance_flavor: 'm1.none' } } },
      /no flavor "m1.none"/,
      /\[router\] instance_flavor.*openstack flavor list/,
    ],
    [
      'a host without an L2 agent',
      'l2_agent warning',
      { options: { DEFAULT: { host: 'elsewhere' } } },
      /no L2 agent on elsewhere/,
      /Agents run on controller-1/,
    ],
    [
      'the same, where the machine is to be plugged in',
      'l2_agent failed',
      { options: { DEFAULT: { host: 'elsewhere', interface_driver: 'linuxbridge' } } },
      /fail to bind/,
      /Agents run on controller-1/,
    ],
    [
      'a clock that goes wrong by a minute and a half',
      'clock failed',
      { clock: { ...systemClock, now: () => Date.now() - 90_000 } },
      /is (?:89|90|91) s ahead of this machine's/,
      /NTP/,
    ],
    [
      'a clock that goes wrong by ten seconds',
      'clock warning',
      { clock: { ...systemClock, now: () => Date.now() + 10_000 } },
      /behind this machine's/,
      /NTP/,
    ],
    [
      'a bus that is away',
      'bus failed',
      { brokers: [{ ...RABBIT, product: null, error: 'connect ECONNREFUSED', exchanges: new Map() }] },
      /ECONNREFUSED/,
      /transport_url/,
    ],
    [
      'one broker of two away',
      'bus warning',
      {
        brokers: [
          RABBIT,
          { ...RABBIT, broker: '127.0.0.2:5672', product: null, error: 'no answer', exchanges: new Map() },
        ],
      },
      /but 127\.0\.0\.2:5672: no answer/,
      /RabbitMQ/,
    ],
    [
      'no exchange of Neutron',
      'bus_exchange warning',
      { brokers: [{ ...RABBIT, exchanges: new Map([['neutron', false]]) }] },
      /no exchange neutron/,
      /neutron-server/,
    ],
    [
      'metadata without the secret',
      'metadata warning',
      { options: { DEFAULT: { metadata_proxy: true } } },
      /shared_secret is not set/,
      /metadata_proxy_shared_secret/,
    ],
    [
      'a metadata service that does not listen',
      'metadata warning',
      {
        options: {
          DEFAULT: { metadata_proxy: true, neutron_metadata_proxy_shared_secret: 's', nova_metadata_port: 1 },
        },
      },
      /127\.0\.0\.1:1: ECONNREFUSED/,
      /nova_metadata_ip/,
    ],
    [
      'a database where there is no folder',
      'database failed',
      { options: { database: { connection: 'sqlite:////no/such/folder/astara.db' } } },
      /\/no\/such\/folder does not exist/,
      /install -d/,
    ],
    [
      'a database in memory',
      'database warning',
      { options: { database: { connection: 'sqlite://' } } },
      /memory/,
      /file/,
    ],
    [
      'an API for everybody',
      'api_port failed',
      { options: { DEFAULT: { api_listen: '0.0.0.0' } } },
      /no authentication/,
      /127\.0\.0\.1/,
    ],
  ]

  test.each(cases)('%s: %s', async (_, wanted, given, found, advice) => {
    const report = await look(given)
    expect(amiss(report)).toContain(wanted)
    const line = lineOf(report, wanted.split(' ')[0] ?? '')
    expect(line.found).toMatch(found)
    expect(line.advice.join('\n')).toMatch(advice)
    expect(report.ok).toBe(!report.lines.some(({ status }) => status === 'failed'))
  })

  test('a management network that this machine has no address in', async () => {
    const report = await look({ options: { DEFAULT: { management_prefix: 'fd7b:9d2c:11aa:5::/64' } } })
    const line = lineOf(report, 'management_address')
    expect(line).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('no address in fd7b:9d2c:11aa:5::/64'),
    })
    expect(line.advice[0]).toContain('interface_driver')
  })

  test('who is not let in is told once, and what hangs on it is not looked at', async () => {
    const report = await look({ options: { keystone_authtoken: { password: 'wrong' } } })
    expect(report.failed).toBe(1)
    expect(amiss(report)).toEqual([
      'credentials failed',
      'services skipped',
      'clock skipped',
      'extensions skipped',
      'management_network skipped',
      'image skipped',
      'l2_agent skipped',
    ])
    expect(JSON.stringify(report)).not.toContain('wrong')
  })

  test('a service in trouble fails its own lines only', async () => {
    cloud.cloud.faults.api({ service: 'glance', mode: 'status', status: 503 })
    const report = await look()
    expect(amiss(report)).toEqual(['glance failed', 'image failed'])
    expect(lineOf(report, 'glance').found).toContain('503')
  })

  test('an image that is not active, and one too large for the flavor', async () => {
    const make = async (image: object): Promise<string> =>
      (
        await cloud.service.call('glance', 'POST', '/v2/images', {
          disk_format: 'raw',
          container_format: 'bare',
          ...image,
        })
      ).body.id
    const queued = await make({ name: 'queued' })
    expect(lineOf(await look({ options: { router: { image_uuid: queued } } }), 'image')).toMatchObject({
      status: 'failed',
      found: 'queued is queued, not active',
    })
  })

  describe('with the port taken', () => {
    let server: Server
    const take = async (answer: string): Promise<number> => {
      server = createServer((_, response) => response.end(answer))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return (server.address() as AddressInfo).port
    }
    afterEach(() => {
      server.close()
    })

    test('by a stranger', async () => {
      const report = await look({ options: { DEFAULT: { api_port: await take('hello') } } })
      expect(lineOf(report, 'api_port')).toMatchObject({
        status: 'failed',
        found: expect.stringContaining('another program does already'),
        advice: [expect.stringContaining('ss -ltnp'), expect.stringContaining('api_port')],
      })
    })

    test('by an orchestrator', async () => {
      const report = await look({ options: { DEFAULT: { api_port: await take('{"status":"ok"}') } } })
      expect(lineOf(report, 'api_port')).toMatchObject({
        status: 'warning',
        found: expect.stringContaining('an orchestrator is running here already'),
      })
    })
  })

  test('what never answers is given up in time', async () => {
    cloud.cloud.faults.api({ service: 'neutron', method: 'GET', path: '/v2.0/extensions', mode: 'hang' })
    const limits: (() => void)[] = []
    const clock: Clock = {
      ...systemClock,
      after(ms, fn, options) {
        if (ms === 15_000) limits.push(fn)
        return systemClock.after(ms, fn, options)
      },
    }
    const looking = look({ clock, short: true })
    setTimeout(() => {
      for (const expire of limits) expire()
    }, 1_500)
    const report = await looking
    expect(lineOf(report, 'extensions')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('no answer within'),
    })
    expect(lineOf(report, 'l2_agent').status).toBe('ok')
  })

  test('an interrupt ends it at once, whatever does not answer', async () => {
    const interrupt = new AbortController()
    const looking = look({ brokers: new Promise<never>(() => {}), signal: interrupt.signal })
    interrupt.abort(new Error('interrupted'))
    await expect(looking).rejects.toThrow('interrupted')
  })
})
