import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Notification } from '../../src/messaging/index.ts'
import { type Exchange, IdMap, readCapture, shapeDifference } from './replay.ts'
import { request, startTestCloud, type TestCloud, until, watchNotifications } from './support.ts'

interface Inner {
  readonly event_type: string
  readonly publisher_id: string
  readonly priority: string
  readonly payload: unknown
}
interface Recorded {
  readonly messages: readonly { readonly 'oslo.message': Inner & Record<string, unknown> }[]
  readonly rest: readonly Exchange[]
}

/** Differences that are meant, by file, each with its reason. */
const DIFFERENCES: Readonly<Record<string, { readonly reason: string; readonly lines: readonly RegExp[] }>> = {}

let test: TestCloud
let seen: Notification[]
const ids = new IdMap()

beforeAll(async () => {
  test = await startTestCloud({ routers: 0 })
  seen = await watchNotifications(test.bus)
  const external = await test.admin.neutron('GET', `/v2.0/networks/${test.cloud.externalNetworkId}`)
  ids.set('ec895f0a-fc3f-4d58-ac36-c9574e4a1dd9', test.cloud.externalNetworkId)
  ids.set('99381617-df43-4834-82ef-27798acfe195', external.body.network.subnets[0])
})

afterAll(() => test.stop())

/** The notifications since the last call, once `count` have come. */
async function collect(count: number): Promise<readonly Notification[]> {
  await test.cloud.flushed()
  await until(
    () => seen.length,
    (length) => length >= count,
  )
  return seen.splice(0)
}

const FILES = readdirSync(new URL('../fixtures/captures/notifications/', import.meta.url))
  .filter((name) => /^\d\d-/.test(name))
  .sort()

describe('every recorded REST operation is notified alike', () => {
  it('has all recordings', () => expect(FILES).toHaveLength(35))

  it.each(FILES)('%s', async (file) => {
    const recorded = readCapture(`notifications/${file}`) as Recorded
    for (const exchange of recorded.rest) {
      const url = new URL(ids.translate(exchange.request.url))
      // The recorded addresses are the other cloud's; only those of tenants' subnets hold here too.
      const answer = await request(
        exchange.request.method,
        `${test.cloud.endpoints.neutron}${url.pathname}${url.search}`,
        exchange.request.body === null ? undefined : ids.translate(exchange.request.body),
        { 'X-Auth-Token': test.service.token },
      )
      expect(answer.status, JSON.stringify(answer.body)).toBe(exchange.response.status)
      ids.learn(exchange.response.body, answer.body)
    }
    const theirs = recorded.messages.map((message) => message['oslo.message'])
    const ours = await collect(theirs.length)
    expect(ours.map((one) => one.eventType)).toEqual(theirs.map((one) => one.event_type))
    for (const [index, message] of theirs.entries()) {
      const our = ours[index]
      if (!our) throw new Error('a notification is missing')
      expect(our.publisherId).toBe(message.publisher_id.replace(/\.vm$/, '.embedded'))
      expect(our.priority).toBe('INFO')
      expect(our.timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/)
      if (message.event_type.endsWith('.start')) expect(our.payload).toEqual(ids.translate(message.payload))
      const meant = DIFFERENCES[file]?.lines ?? []
      const found = shapeDifference(message.payload, our.payload).filter((line) => !meant.some((one) => one.test(line)))
      expect(found, message.event_type).toEqual([])
      expect(Object.keys(our.context).sort()).toEqual(contextKeys(message))
    }
  })

  it('carries the requester, never a token', async () => {
    await test.service.neutron('POST', '/v2.0/networks', { network: { name: 'who' } })
    const [first] = await collect(2)
    expect(first?.context).toMatchObject({
      user_name: 'astara',
      project_id: test.service.projectId,
      tenant_id: test.service.projectId,
      is_admin: true,
      auth_token: null,
    })
    expect(JSON.stringify(first)).not.toContain(test.service.token)
  })
})

function contextKeys(message: Record<string, unknown>): readonly string[] {
  return Object.keys(message)
    .filter((key) => key.startsWith('_context_'))
    .map((key) => key.slice('_context_'.length))
    .sort()
}

describe('what Nova does to ports is notified alike', () => {
  const boot = (name: string): readonly Inner[] =>
    (readCapture(`notifications/boot-${name}.json`) as Recorded['messages']).map((message) => message['oslo.message'])

  async function expectAlike(theirs: readonly Inner[]): Promise<void> {
    const ours = await collect(theirs.length)
    expect(ours.map((one) => one.eventType)).toEqual(theirs.map((one) => one.event_type))
    // Nova goes through the ports in no particular order: all payloads of one kind are compared together.
    for (const type of ['port.update.start', 'port.update.end']) {
      const theirPayloads = theirs.filter((one) => one.event_type === type).map((one) => one.payload)
      const ourPayloads = ours.filter((one) => one.eventType === type).map((one) => one.payload)
      expect(shapeDifference(theirPayloads, ourPayloads), type).toEqual([])
    }
    for (const one of ours) expect(one.context).toMatchObject({ user_name: 'neutron', auth_token: null })
  }

  it('boot, attach, detach and delete: one pair of port.update per port', async () => {
    const mgt = await test.service.neutron('POST', '/v2.0/networks', { network: { name: 'mgt6' } })
    const networkId = mgt.body.network.id
    await test.service.neutron('POST', '/v2.0/subnets', {
      subnet: {
        network_id: networkId,
        ip_version: 6,
        cidr: 'fdca:1::/64',
        ipv6_ra_mode: 'slaac',
        ipv6_address_mode: 'slaac',
      },
    })
    const port = async (network: string): Promise<string> => {
      const body = { network_id: network, fixed_ips: [], security_groups: [], port_security_enabled: false }
      return (await test.service.neutron('POST', '/v2.0/ports', { port: body })).body.port.id
    }
    const ports = [await port(networkId), await port(test.cloud.externalNetworkId)]
    const third = await port(test.cloud.externalNetworkId)
    await collect(10)
    const created = await test.service.nova('POST', '/v2.1/servers', {
      server: {
        name: 'boot',
        imageRef: test.cloud.imageId,
        flavorRef: '511',
        networks: ports.map((id) => ({ port: id })),
      },
    })
    const path = `/v2.1/servers/${created.body.server.id}`
    const status = async (): Promise<string> => (await test.service.nova('GET', path)).body.server.status
    await until(status, (one) => one === 'ACTIVE')
    await expectAlike(boot('1-create-server'))
    await test.service.nova('POST', `${path}/os-interface`, { interfaceAttachment: { port_id: third } })
    await expectAlike(boot('2-attach'))
    await test.service.nova('DELETE', `${path}/os-interface/${third}`)
    await expectAlike(boot('3-detach'))
    await test.service.nova('DELETE', path)
    await expectAlike(boot('4-delete-server'))
  })
})
