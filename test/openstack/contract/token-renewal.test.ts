import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedCloud } from '../../../src/embedded/index.ts'
import { createMemoryTransport } from '../../../src/messaging/index.ts'
import { type CallRecord, createOpenStack, type OpenStack } from '../../../src/openstack/index.ts'
import { readRigFacts, setTokenLife } from '../harness/inside.ts'

const LIFE_SECONDS = 6
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

/** The clients of one cloud, and every try of their calls. */
class Acting {
  readonly calls: CallRecord[] = []
  readonly #clients: OpenStack

  constructor(authUrl: string) {
    this.#clients = createOpenStack({
      auth: {
        authUrl,
        method: 'password',
        username: 'astara',
        password: 'secret',
        userDomainName: 'Default',
        projectName: 'service',
        projectDomainName: 'Default',
      },
      onCall: (record) => void this.calls.push(record),
    })
  }

  /** Asks every service something. Rejects when one of them fails. */
  async act(): Promise<void> {
    const { neutron, nova, glance } = this.#clients
    await Promise.all([
      neutron.listNetworks({ name: 'c-nothing' }),
      nova.listServers({ name: 'c-nothing' }),
      glance.listImages({ name: 'c-nothing' }),
    ])
  }

  get logins(): number {
    return this.calls.filter(({ service }) => service === 'keystone').length
  }

  /** Where a machine is so slow that a token ends on its way, the answer is 401, and the client asks again with a new one. */
  get failures(): readonly CallRecord[] {
    return this.calls.filter(({ status }) => status !== 401 && (status === null || status >= 400))
  }

  close(): Promise<void> {
    return this.#clients.close()
  }
}

describe(`tokens that live for ${LIFE_SECONDS} seconds`, () => {
  const clouds = new Map<string, ShortLived>()

  beforeAll(async () => {
    const [theirs, ours] = await Promise.all([real(), embedded()])
    clouds.set('real', theirs).set('embedded', ours)
  })

  afterAll(async () => {
    await Promise.allSettled([...clouds.values()].map((cloud) => cloud.stop()))
  })

  it.concurrent.each(['real', 'embedded'])('are got anew without a failed act, on the %s cloud', async (name) => {
    const acting = new Acting(clouds.get(name)?.authUrl ?? '')
    try {
      const end = Date.now() + 2.5 * LIFE_SECONDS * 1000
      while (Date.now() < end) {
        await acting.act()
        await pause(0.2)
      }
      expect(acting.logins, 'while acts go on').toBeGreaterThanOrEqual(3)
      const before = acting.logins
      await pause(LIFE_SECONDS + 1)
      await acting.act()
      expect(acting.logins, 'after a long silence').toBe(before + 1)
      expect(acting.failures).toEqual([])
    } finally {
      await acting.close()
    }
  })
})
