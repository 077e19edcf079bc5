import { request } from 'undici'
import { type EmbeddedCloud, startEmbeddedCloud, stubAddressPlan } from '../../src/embedded/index.ts'
import { createRabbitTransport, type Transport } from '../../src/messaging/index.ts'
import type { CloudInit, CloudMethod, CloudMethods } from './cloud-protocol.ts'
import { now } from './wait.ts'

/** The cloud as a process of its own, so that its CPU does not count as the orchestrator's. */
let cloud: EmbeddedCloud | null = null
const muted = true
let changes = 0
const bootTimes: Record<number, number> = {}

/** While muted, Neutron changes without saying so. */
function mutable(transport: Transport): Transport {
  return new Proxy(transport, {
    get(target, name) {
      if (name === 'notify' || name === 'cast') {
        const send = target[name]
        return (...args: unknown[]) => (muted ? Promise.resolve() : Reflect.apply(send, target, args))
      }
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function running(): EmbeddedCloud {
  if (!cloud) throw new Error('the cloud has not been started')
  return cloud
}

async function tellStub(port: number, path: string): Promise<void> {
  const answer = await request(`http://127.0.0.1:${port}${path}`)
  await answer.body.dump()
}

async function start(init: CloudInit): Promise<CloudMethods['init']['answer']> {
  const transport = createRabbitTransport({ url: init.transportUrl, connectionName: 'bench: cloud' })
  await transport.connect()
  const { bootMs, stubControlPort } = init
  const onBoot = async (index: number | null): Promise<void> => {
    await tellStub(stubControlPort, `/boot?i=${index}&ms=${bootMs}`)
    if (index !== null) bootTimes[index] = now()
  }
  cloud = await startEmbeddedCloud({
    transport: mutable(transport),
    ports: { keystone: 0, neutron: 0, nova: 0, glance: 0 },
    routers: init.routers,
    tenants: init.routers,
    bootTimeMs: bootMs,
    appliancePort: init.appliancePort,
    appliances: {
      kind: 'external',
      addressPlan: stubAddressPlan,
      ...(bootMs === 0 ? {} : { onBoot }),
    },
  })
  return {
    routers: cloud.seededRouters.map(({ id, tenantId, networkId, subnetId }) => ({
      id,
      tenantId,
      networkId,
      subnetId,
    })),
    configOverrides: cloud.configOverrides,
  }
}

async function login(): Promise<string> {
  const user = { name: 'admin', password: 'secret', domain: { name: 'Default' } }
  const project = { name: 'admin', domain: { name: 'Default' } }
  const answer = await request(`${running().keystoneUrl}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity: { methods: ['password'], password: { user } }, scope: { project } } }),
  })
  await answer.body.dump()
  return String(answer.headers['x-subject-token'])
}

/** Gives each subnet another name server: a change that every router must be told. */
async function change({ from, to }: CloudMethods['change']['argument']): Promise<null> {
  const { seededRouters, endpoints, flushed } = running()
  const token = await login()
  changes += 1
  const nameServer = `9.9.${(changes >> 8) & 255}.${changes & 255}`
  let next = from
  const worker = async (): Promise<void> => {
    for (let router = seededRouters[next++]; router && next <= to; router = seededRouters[next++]) {
      const answer = await request(`${endpoints.neutron}/v2.0/subnets/${router.subnetId}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', 'x-auth-token': token },
        body: JSON.stringify({ subnet: { dns_nameservers: [nameServer] } }),
      })
      if (answer.statusCode !== 200)
        throw new Error(`Neutron answered ${answer.statusCode}: ${await answer.body.text()}`)
      await answer.body.dump()
    }
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  await flushed()
  return null
}

async function answer(method: CloudMethod, argument: unknown): Promise<unknown> {
  switch (method) {
    case 'init':
      return start(argument as CloudInit)
    case 'calls':
      return running().journal.summary()
    case 'forget':
      running().journal.clear()
      return null
    case 'change':
      return change(argument as CloudMethods['change']['argument'])
    case 'bootTimes':
      return bootTimes
    case 'servers':
      return running()
        .nova.servers()
        .filter((server) => server.status !== 'DELETED').length
  }
}

process.on('disconnect', () => process.exit(0))
process.on('message', (message) => {
  // The other end is the bench itself.
  const { id, method, argument } = message as { id: number; method: CloudMethod; argument: unknown }
  answer(method, argument).then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : error }),
  )
})
