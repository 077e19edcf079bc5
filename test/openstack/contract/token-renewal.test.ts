import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedCloud } from '../../../src/embedded/index.ts'
import { createMemoryTransport } from '../../../src/messaging/index.ts'
import { type CallRecord, createOpenStack, type OpenStack } from '../../../src/openstack/index.ts'
import { readRigFacts, setTokenLife } from '../harness/inside.ts'

const LIFE_SECONDS = 10
const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

interface ShortLived {
  readonly authUrl: string
  stop(): Promise<void>
}

async function real(): Promise<ShortLived> {
  await setTokenLife(LIFE_SECONDS)
  return { authUrl: readRigFacts().authUrl, stop: () => setTokenLife() }
}

async function embedded(): Promise<ShortLived> {
  const transport = createMemoryTransport()
  await transport.connect()
  const cloud = await startEmbeddedCloud({
    transport,
    ports: { keystone: 0, neutron: 0, nova: 0, glance: 0 },
    routers: 0,
    tenants: 0,
    tokenLifetimeMs: LIFE_SECONDS * 1000,
  })
  return {
    authUrl: `${cloud.keystoneUrl}/v3`,
    async stop() {
      await cloud.stop()
      await transport.close()
    },
  }
}

describe.each([
  { name: 'the real cloud', start: real },
  { name: 'the embedded cloud', start: embedded },
])('tokens that live for ten seconds on $name', ({ start }) => {
  let cloud: ShortLived
  let clients: OpenStack
  const calls: CallRecord[] = []

  beforeAll(async () => {
    cloud = await start()
    clients = createOpenStack({
      auth: {
        authUrl: cloud.authUrl,
        method: 'password',
        username: 'astara',
        password: 'secret',
        userDomainName: 'Default',
        projectName: 'service',
        projectDomainName: 'Default',
      },
      onCall: (record) => void calls.push(record),
    })
  })

  afterAll(async () => {
    await clients?.close()
    await cloud?.stop()
  })

  const act = (): Promise<unknown> =>
    Promise.all([
      clients.neutron.listNetworks({ name: 'c-nothing' }),
      clients.nova.listServers({ name: 'c-nothing' }),
      clients.glance.listImages({ name: 'c-nothing' }),
    ])
  // Where a machine is so slow that a token ends on its way, the answer is 401, and the client asks again with a new one.
  const failed = (): readonly CallRecord[] =>
    calls.filter(({ status }) => status !== 401 && (status === null || status >= 400))
  const logins = (): number => calls.filter(({ service }) => service === 'keystone').length

  it('are renewed while acts go on, and none fails', async () => {
    calls.length = 0
    const end = Date.now() + 2.5 * LIFE_SECONDS * 1000
    while (Date.now() < end) {
      await act()
      await pause(0.2)
    }
    expect(logins()).toBeGreaterThanOrEqual(3)
    expect(failed()).toEqual([])
  })

  it('are replaced by who acts after a long silence, and none fails', async () => {
    calls.length = 0
    await pause(LIFE_SECONDS + 1)
    await act()
    expect(logins()).toBe(1)
    expect(failed()).toEqual([])
  })
})
