// How long a push takes, by size of the configuration, and what 500 pushes in a row do to traffic. Needs root on Linux.
import { cpus, release } from 'node:os'
import { type Body, golden, networkOn } from '../test/dataplane/appliance/support/configs.ts'
import { Lab } from '../test/dataplane/appliance/support/lab.ts'
import { Router } from '../test/dataplane/appliance/support/router.ts'
import { prepareTools } from '../test/dataplane/appliance/support/tools.ts'
import { dhcp, ping, readStream, STREAM_SERVER } from '../test/dataplane/appliance/support/traffic.ts'

const reason = prepareTools()
if (reason !== null) {
  console.error(`cannot run: ${reason}`)
  process.exit(1)
}

const ADDRESS = 'fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b0'
const MAX_NETWORKS = 50

/** A router with so many internal networks, and so many machines spread over them. */
function router(networks: number, allocations: number): Body {
  const body = golden('p-dataplane')
  const template = networkOn(body, 'ge2')
  body.networks = body.networks.slice(0, 2)
  body.floating_ips = [{ floating_ip: '172.16.77.50', fixed_ip: '10.0.0.2' }]
  for (let n = 0; n < networks; n += 1) {
    const network = structuredClone(template)
    network.network_id = `network-${n}`
    network.interface.ifname = `ge${n + 2}`
    network.interface.addresses = [`10.0.${n}.1/24`]
    network.subnets = [
      { ...network.subnets[0], id: `subnet-${n}`, cidr: `10.0.${n}.0/24`, gateway_ip: `10.0.${n}.1`, host_routes: [] },
    ]
    network.allocations = []
    body.networks.push(network)
  }
  for (let i = 0; i < allocations; i += 1) {
    const network = body.networks[2 + (i % networks)]
    // One network of 1,000 machines has more than a /24 of them: those beyond it are known, not served.
    const host = 2 + Math.floor(i / networks)
    const address = `10.${host >> 8}.${i % networks}.${host & 255}`
    network.allocations.push({
      mac_address:
        i === 0
          ? 'fa:16:3e:00:00:02'
          : `fa:16:${[i >> 16, i >> 8, i, 1].map((byte) => (byte & 255).toString(16).padStart(2, '0')).join(':')}`,
      ip_addresses: { [address]: true },
      hostname: `${address.replaceAll('.', '-')}.local`,
      device_id: `11111111-0000-4000-8000-${i.toString(16).padStart(12, '0')}`,
    })
  }
  return body
}

const lab = new Lab(['brm', 'bre', 'bra'])
for (const space of ['mgt', 'rtr', 'ext', 'c1']) lab.space(space)
lab.cable('mgt', 'eth0', 'brm')
lab.cable('rtr', 'eth0', 'brm')
lab.cable('rtr', 'eth1', 'bre')
lab.cable('ext', 'eth0', 'bre')
lab.cable('c1', 'eth0', 'bra', 'fa:16:3e:00:00:02')
for (let n = 0; n < MAX_NETWORKS; n += 1) {
  if (n > 0) lab.bridge(`b${n}`)
  lab.cable('rtr', `eth${n + 2}`, n === 0 ? 'bra' : `b${n}`)
}
for (const [space, ...address] of [
  ['mgt', 'fdca:3ba5:a17a:acda::1/64', 'nodad'],
  ['rtr', `${ADDRESS}/64`, 'nodad'],
  ['ext', '172.16.77.1/24'],
] as const) {
  lab.in(space, 'ip', 'link', 'set', 'eth0', 'up')
  const [text = '', ...flags] = address
  lab.in(space, 'ip', 'address', 'add', text, 'dev', 'eth0', ...flags)
}
lab.in('c1', 'ip', 'link', 'set', 'eth0', 'up')
lab.in('ext', 'ip', 'address', 'add', '8.8.8.8/32', 'dev', 'lo')
await lab.program('ext', STREAM_SERVER, '8.8.8.8', '8001')
const appliance = new Router(lab, 'rtr', ADDRESS, 'mgt')

const timed = async (body: Body): Promise<number> => {
  const startedAt = performance.now()
  await appliance.push(body)
  return Math.round(performance.now() - startedAt)
}
/** Pushes the same text so many times over one connection, as an orchestrator does; prints the milliseconds of each. */
const PUSHER = `
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
const [host, file, count] = process.argv.slice(1)
const body = readFileSync(file)
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const push = () => new Promise((resolve, reject) => {
  const started = performance.now()
  const message = request({ host, port: 5000, path: '/v1/system/config', method: 'PUT', agent,
    headers: { 'content-type': 'application/json', 'content-length': body.length } }, (answer) => {
    answer.resume()
    answer.on('end', () => answer.statusCode === 200 ? resolve(performance.now() - started) : reject(new Error(answer.statusCode)))
  })
  message.on('error', reject)
  message.end(body)
})
const times = []
for (let i = 0; i < Number(count); i += 1) times.push(await push())
console.log(JSON.stringify(times))
agent.destroy()
`

const UNCHANGED = 200

/** Times of unchanged pushes without the time that a client takes to start: median and 95th percentile. */
async function unchanged(body: Body): Promise<string> {
  await appliance.push(body)
  const file = lab.write('unchanged.json', JSON.stringify(body))
  const ran = await lab.run(
    'mgt',
    process.execPath,
    ...['--input-type=module', '-e', PUSHER, ADDRESS, file, String(UNCHANGED)],
  )
  const times = (JSON.parse(ran.stdout) as number[]).slice(20).sort((a, b) => a - b)
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(1)
  return `${at(0.5)} / ${at(0.95)}`
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0

try {
  await appliance.start()
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Linux ${release()}, Node ${process.version}`)
  console.log(
    'milliseconds seen by the client (curl included), median of 5 but for the first push and the unchanged ones',
  )
  console.log('unchanged: the same text again over one connection, p50 / p95 of 180')
  console.log('networks  machines  from the last size      unchanged  one machine more  one floating IP more')
  for (const networks of [1, 10, MAX_NETWORKS]) {
    for (const machines of [10, 1000]) {
      const body = router(networks, machines)
      const first = await timed(body)
      const [machine, floating]: [number[], number[]] = [[], []]
      for (let i = 0; i < 5; i += 1) {
        machine.push(await timed(router(networks, machines + 1)))
        await appliance.push(body)
        const more = {
          ...body,
          floating_ips: [...body.floating_ips, { floating_ip: '172.16.77.99', fixed_ip: '10.0.0.3' }],
        }
        floating.push(await timed(more))
        await appliance.push(body)
      }
      const columns = [networks, machines, first, await unchanged(body), median(machine), median(floating)]
      console.log(columns.map((value, i) => String(value).padStart([8, 8, 18, 13, 16, 20][i] ?? 8)).join('  '))
    }
  }

  const a = router(1, 10)
  const b = {
    ...router(1, 11),
    floating_ips: [...a.floating_ips, { floating_ip: '172.16.77.99', fixed_ip: '10.0.0.3' }],
  }
  await appliance.push(a)
  await dhcp(lab, 'c1')
  const PUSHES = 500
  const startedAt = performance.now()
  let running = true
  const streams = (async () => {
    const results = []
    while (running) results.push(await readStream(lab, 'c1', '8.8.8.8', 8001, 10_000))
    return results
  })()
  const pings = (async () => {
    let [sent, received] = [0, 0]
    while (running) {
      const result = await ping(lab, 'c1', '8.8.8.8', 100, 0.02)
      sent += result.sent
      received += result.received
    }
    return { sent, received }
  })()
  for (let i = 0; i < PUSHES; i += 1) await appliance.push(i % 2 === 0 ? b : a)
  const seconds = (performance.now() - startedAt) / 1000
  running = false
  const lost = await pings
  const gaps = (await streams).map(({ gap, orderly, closed }) => ({ gap, whole: orderly && !closed }))
  console.log(
    `\n${PUSHES} pushes in a row, each a change: ${seconds.toFixed(1)} s, ${(PUSHES / seconds).toFixed(1)} per second`,
  )
  console.log(
    `meanwhile ${lost.sent - lost.received} of ${lost.sent} pings lost; streams of a line each 10 ms: longest silence ${Math.max(...gaps.map(({ gap }) => gap))} ms, all whole: ${gaps.every(({ whole }) => whole)}`,
  )
} finally {
  await appliance.stop()
  await lab.close()
}
