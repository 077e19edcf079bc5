// From an API call to packets on a real OpenStack, and what each kind of change costs Neutron and Nova. Runs inside the rig:
//   npm run rig -- start; npm run rig -- enter dev -- node bench/openstack/main.ts
// `--only times` or `calls`; `--rounds N` (default 3); `--quiet S`: seconds without a call after which a change counts as dealt with;
// `--many N`: N routers with `--networks K` each (default 3), as fast as the API takes them, and then a full start with them; their
// appliances only answer, and stderr says how far it is. `--keep`: what was made stays, for a rig that is thrown away: deleting takes
// Neutron as long.
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Cloud, type Machine, OUTSIDE } from '../../test/openstack/scenarios/support/cloud.ts'
import { realCloud } from '../../test/openstack/scenarios/support/real-cloud.ts'
import { clearProject, Site } from '../../test/openstack/scenarios/support/site.ts'
import { until } from '../../test/support/program.ts'
import { machine as thisMachine } from '../machine.ts'
import { between, type Calls, describeCalls, readCalls } from './calls.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    quiet: { type: 'string', default: '3' },
    only: { type: 'string' },
    many: { type: 'string', default: '0' },
    networks: { type: 'string', default: '3' },
    keep: { type: 'boolean', default: false },
  },
})
const STUB = fileURLToPath(new URL('appliance.py', import.meta.url))
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`

const callsOf = async (cloud: Cloud): Promise<Calls> => readCalls(await cloud.orchestrator.metrics())

/** True while the orchestrator works on a router, or waits for an instance of it. A call under way is not counted yet. */
async function isBusy(cloud: Cloud, routerId: string): Promise<boolean> {
  const resource = await cloud.orchestrator.resource(routerId)
  if (!resource) return false
  const { queue, step, instance_state: state } = resource
  return queue.length > 0 || step !== 'CalcAction' || state !== 'configured'
}

/** Waits until the orchestrator has called nobody for a while, and has nothing to do for the router. */
async function quiet(cloud: Cloud, routerId = ''): Promise<Calls> {
  let last = await callsOf(cloud)
  let since = performance.now()
  for (;;) {
    await pause(250)
    const now = await callsOf(cloud)
    if (between(last, now).size > 0 || (await isBusy(cloud, routerId))) {
      last = now
      since = performance.now()
    } else if (performance.now() - since > Number(values.quiet) * 1000) return now
  }
}

/** Milliseconds until a ping is answered. */
async function untilPing(from: Pick<Machine, 'space'>, target: string, began: number): Promise<number> {
  for (;;) {
    if ((await from.space.run('ping', '-n', '-c', '1', '-W', '0.1', target)).code === 0)
      return performance.now() - began
    if (performance.now() - began > 120_000) throw new Error(`${target} did not answer within two minutes`)
  }
}

async function measureTimes(cloud: Cloud, rounds: number): Promise<void> {
  const times = new Map<string, number[]>()
  const note = (what: string, ms: number): void => {
    const all = times.get(what) ?? []
    times.set(what, [...all, ms])
    console.error(`${what}: ${seconds(ms)}`)
  }
  for (let round = 0; round < rounds; round += 1) {
    const site = new Site(cloud)
    const [a, b] = [await site.network({ cidr: '10.101.0.0/24' }), await site.network({ cidr: '10.102.0.0/24' })]
    const still = async (networkId: string): Promise<Machine> => {
      const machine = await site.machine(networkId, { lease: false })
      await machine.space.run('ip', 'address', 'add', `${machine.addresses[0]}/24`, 'dev', 'eth0')
      return machine
    }
    const [one, two] = [await still(a.id), await still(b.id)]
    const cold = performance.now()
    const router = await site.gatewayRouter()
    await site.plug(router.id, { subnet_id: a.subnetId })
    note(
      'router create + add subnet → first ping through it (no instance yet)',
      await untilPing(one, '10.101.0.1', cold),
    )
    await quiet(cloud)
    const warm = performance.now()
    await site.plug(router.id, { subnet_id: b.subnetId })
    note('router add subnet → first ping through it (instance there)', await untilPing(two, '10.102.0.1', warm))
    const asked = performance.now()
    const late = await site.machine(a.id)
    note('port create → its DHCP lease', performance.now() - asked)
    await untilPing(late, OUTSIDE, asked)
    await quiet(cloud)
    const given = performance.now()
    const floating = await site.floatingIp(late.portId)
    note(
      'floating IP create → first ping from outside',
      await untilPing({ space: cloud.outside }, floating.floating_ip_address, given),
    )
    await site.clear()
  }
  console.log(`\nFrom an API call to packets, ${thisMachine()}, ${rounds} rounds\n`)
  console.log('| from → to | median | worst |\n|---|---|---|')
  for (const [what, all] of times) {
    const sorted = [...all].sort((x, y) => x - y)
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0
    console.log(`| ${what} | ${seconds(median)} | ${seconds(sorted.at(-1) ?? 0)} |`)
  }
}

async function measureCalls(cloud: Cloud): Promise<void> {
  const site = new Site(cloud)
  const rows: string[] = []
  let routerId = ''
  const count = async <T>(what: string, change: () => Promise<T>): Promise<T> => {
    const before = await quiet(cloud, routerId)
    const result = await change()
    await pause(2_000)
    const { neutron, nova, what: calls } = describeCalls(between(before, await quiet(cloud, routerId)))
    rows.push(`| ${what} | ${neutron} | ${nova} | ${calls} |`)
    console.error(rows.at(-1))
    return result
  }
  const [a, b] = [await site.network({ cidr: '10.103.0.0/24' }), await site.network({ cidr: '10.104.0.0/24' })]
  const router = await count('router created, without gateway', async () => {
    const made = await site.router()
    routerId = made.id
    return made
  })
  await count('gateway set', () =>
    site.update('router', router.id, { external_gateway_info: { network_id: cloud.externalId } }),
  )
  await count('interface added', () => site.plug(router.id, { subnet_id: a.subnetId }))
  await count('second interface added', () => site.plug(router.id, { subnet_id: b.subnetId }))
  await site.real(router.id)
  const machine = await count('port of a tenant’s machine created', () => site.machine(a.id, { lease: false }))
  const floating = await count('floating IP created on a port', () => site.floatingIp(machine.portId))
  await count('floating IP taken from its port', () => site.point(floating.id, null))
  await count('floating IP deleted', () => cloud.tenant('DELETE', `v2.0/floatingips/${floating.id}`))
  await count('subnet: name servers', () => site.update('subnet', a.subnetId, { dns_nameservers: ['9.9.9.9'] }))
  await count('network: MTU', () => site.update('network', a.id, { mtu: 1400 }))
  await count('router renamed', () => site.update('router', router.id, { name: 'other' }))
  await count('static route', () =>
    site.update('router', router.id, { routes: [{ destination: '10.99.0.0/24', nexthop: machine.addresses[0] }] }),
  )
  await count('administratively down', () => site.update('router', router.id, { admin_state_up: false }))
  await count('… and up', () => site.update('router', router.id, { admin_state_up: true }))
  await count('port of a tenant’s machine deleted', () => machine.remove())
  await site.update('router', router.id, { routes: [] })
  await count('interface removed', () => site.unplug(router.id, { subnet_id: b.subnetId }))
  await count('a minute in which nothing happens', () => pause(60_000))
  await site.unplug(router.id, { subnet_id: a.subnetId })
  await count('router deleted', () => cloud.tenant('DELETE', `v2.0/routers/${router.id}`))
  await site.clear()
  console.log('\n| change | Neutron | Nova | calls |\n|---|---|---|---|')
  for (const row of rows) console.log(row)
}

/** Routers with a gateway and so many networks each, put into `ids` as they come; returns when the API has taken them all. */
async function makeRouters(site: Site, ids: string[], count: number, networks: number): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const number = next
      next += 1
      const router = await site.gatewayRouter()
      ids.push(router.id)
      for (let k = 0; k < networks; k += 1) {
        const network = await site.network({ cidr: `10.${100 + k}.${number % 250}.0/24` })
        await site.plug(router.id, { subnet_id: network.subnetId })
      }
    }
  }
  await Promise.all(Array.from({ length: 4 }, worker))
}

const configuredOf = async (cloud: Cloud, ids: readonly string[]): Promise<number> => {
  const states = await Promise.all(ids.map(async (id) => cloud.orchestrator.resource(id)))
  return states.filter((one) => one?.instance_state === 'configured').length
}

async function allConfigured(cloud: Cloud, ids: readonly string[], timeoutMs: number): Promise<void> {
  await until(
    async () => {
      await pause(500)
      return configuredOf(cloud, ids)
    },
    (configured) => configured === ids.length,
    timeoutMs,
  )
}

async function measureMany(count: number, networks: number): Promise<void> {
  const cloud = await realCloud({
    applianceCommand: `exec python3 ${STUB}`,
    options: { OS_DEFAULT__HEALTH_CHECK_PERIOD: '60' },
  })
  const site = new Site(cloud)
  const ids: string[] = []
  const began = performance.now()
  const progress = setInterval(() => {
    const made = ids.length
    configuredOf(cloud, [...ids]).then(
      (configured) => console.error(`${seconds(performance.now() - began)}: ${made} made, ${configured} configured`),
      (error: unknown) => console.error(`no progress to tell: ${String(error)}`),
    )
  }, 30_000)
  try {
    const before = await callsOf(cloud)
    await makeRouters(site, ids, count, networks)
    const taken = performance.now() - began
    await allConfigured(cloud, ids, 3_600_000)
    clearInterval(progress)
    const all = performance.now() - began
    const made = describeCalls(between(before, await callsOf(cloud)))
    console.log(
      `\n${count} routers with a gateway and ${networks} networks each, ${thisMachine()}: the API took them in ${seconds(taken)}, ` +
        `all configured after ${seconds(all)}; calls: ${made.neutron} to Neutron, ${made.nova} to Nova (${made.what})`,
    )
    await cloud.orchestrator.stop()
    const started = performance.now()
    await cloud.orchestrator.start()
    await allConfigured(cloud, ids, 600_000)
    const ready = performance.now() - started
    const calls = describeCalls(await quiet(cloud))
    console.log(
      `full start with ${count} routers, load ${loadavg()[0]?.toFixed(1)}: all configured after ${seconds(ready)}; ` +
        `calls: ${calls.neutron} to Neutron, ${calls.nova} to Nova (${calls.what})`,
    )
    if (!values.keep) await site.clear()
  } finally {
    clearInterval(progress)
    await cloud.stop()
  }
}

if (Number(values.many) > 0) await measureMany(Number(values.many), Number(values.networks))
else {
  const cloud = await realCloud()
  try {
    await clearProject(cloud)
    if (values.only !== 'calls') await measureTimes(cloud, Number(values.rounds))
    if (values.only !== 'times') await measureCalls(cloud)
  } finally {
    await cloud.stop()
  }
}
