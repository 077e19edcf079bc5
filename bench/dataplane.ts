// How long it takes from an API call until packets flow, through the whole system in network namespaces. Needs root on Linux and a built
// program. `--rounds N`: how often each is measured (default 5).
import { parseArgs } from 'node:util'
import { prepareTools } from '../test/dataplane/appliance/support/tools.ts'
import { ECHO_SERVER } from '../test/dataplane/appliance/support/traffic.ts'
import { makeRouter, SystemUnderTest } from '../test/dataplane/system/support/cloud.ts'
import { machine } from './machine.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const rounds = Number(values.rounds)
const reason = prepareTools()
if (reason !== null) {
  console.error(`cannot run: ${reason}`)
  process.exit(1)
}

const results = new Map<string, number[]>()

async function measure(what: string, until: () => Promise<boolean>, from = performance.now()): Promise<void> {
  while (!(await until())) {
    if (performance.now() - from > 60_000) throw new Error(`not within a minute: ${what}`)
  }
  const all = results.get(what) ?? []
  all.push(performance.now() - from)
  results.set(what, all)
}

const system = new SystemUnderTest()
try {
  await system.ready()
  const tenant = await system.as('tenant-1')
  const internet = await system.internet()
  const machineSpace = system.space(null)
  await internet.serve(ECHO_SERVER, '8.8.8.8', '8000')
  for (let round = 0; round < rounds; round += 1) {
    const name = `b${round}`
    const made = performance.now()
    const router = await makeRouter(tenant, name, { cidr: '10.90.0.0/24' })
    await measure(
      'a router is made: until it is configured',
      async () => {
        const resource = await system.resource(router.id)
        return resource?.instance_state === 'configured'
      },
      made,
    )
    const asked = performance.now()
    const host = await system.host(router.networkId, name)
    await measure('a machine is plugged: until it has its lease', async () => host.view.lease !== null, asked)
    await measure('… until it gets an answer from outside', () => host.space.reaches('8.8.8.8'), asked)
    const [external] = (await tenant('GET', 'v2.0/networks?router:external=true')).networks
    const given = performance.now()
    const { floatingip } = await tenant('POST', 'v2.0/floatingips', {
      floatingip: { floating_network_id: external.id, port_id: host.view.port_id },
    })
    await measure(
      'a floating IP is given: until it answers',
      async () => (await machineSpace.run('ping', '-c', '1', '-W', '0.05', floatingip.floating_ip_address)).code === 0,
      given,
    )
    await tenant('DELETE', `v2.0/floatingips/${floatingip.id}`)
    await measure(
      'metadata through both proxies',
      async () => (await host.space.get('http://169.254.169.254/latest/meta-data/instance-id')) !== null,
    )
    await system.control.remove(name)
  }
} finally {
  await system.stop()
}

console.log(`From an API call to packets, ${machine()}, ${rounds} rounds (ms)\n`)
for (const [what, times] of results) {
  const sorted = [...times].sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  console.log(
    `${what.padEnd(48)} median ${median.toFixed(0).padStart(6)}  worst ${(sorted.at(-1) ?? 0).toFixed(0).padStart(6)}`,
  )
}
