/**
 * The client's live store under load: 10,000 resources with 200 changes a second behind a real API; prints what a change costs, from the
 * orchestrator's table to a sorted and filtered view. Usage: node bench/live-store.ts [resources] [changes per second] [seconds]
 */
import { createHttpClient, parseFilter, parseSort, ResourceStore } from '../src/client/index.ts'
import { createApi } from '../src/orchestrator/api/index.ts'
import { silentLogger, systemClock } from '../src/shared/index.ts'
import { MemoryOrchestrator, metricsSource, numberedId, sampleResource } from '../test/orchestrator/api/memory-port.ts'

const [count = 10_000, rate = 200, seconds = 10] = process.argv.slice(2).map(Number)

const port = new MemoryOrchestrator(
  Array.from({ length: count }, (_, i) => sampleResource(i + 1, { name: `router-${i}`, attempts: i % 7 })),
)
const deps = { port, metrics: metricsSource, logger: silentLogger, version: '0' }
const api = createApi(deps, { listen: '127.0.0.1', port: 0 })
const { url } = await api.listen()
const client = createHttpClient({ url, timeoutMs: 30_000, clock: systemClock, userAgent: 'bench' })
const store = new ResourceStore({ client, clock: systemClock, random: Math.random })
const abort = new AbortController()
const began = performance.now()
const running = store.run(abort.signal)
while (store.getSnapshot().connection.state !== 'live') await systemClock.sleep(5)
console.log(`list of ${count} resources: ${Math.round(performance.now() - began)} ms`)

const view = store.view({ filter: parseFilter('!state:gone attempts>0'), sort: parseSort('-attempts,name') })
const sent = new Map<string, number>()
const delays: number[] = []
let ticks = 0
view.subscribe(() => {
  ticks++
  view.getSnapshot()
  const now = performance.now()
  for (const [id, at] of sent) {
    if (store.get(id)?.revision === port.table.get(id)?.revision) {
      delays.push(now - at)
      sent.delete(id)
    }
  }
})
const cpu = process.cpuUsage()
const start = performance.now()
let made = 0
while (performance.now() - start < seconds * 1_000) {
  const due = Math.floor(((performance.now() - start) / 1_000) * rate)
  for (; made < due; made++) {
    const n = 1 + ((made * 7919) % count)
    sent.set(numberedId(n), performance.now())
    port.put(sampleResource(n, { name: `router-${n - 1}`, attempts: 1 + (made % 9) }))
  }
  await systemClock.sleep(5)
}
const took = (performance.now() - start) / 1_000
const used = process.cpuUsage(cpu)
delays.sort((a, b) => a - b)
const at = (share: number): string => (delays[Math.floor(delays.length * share)] ?? 0).toFixed(1)
console.log(
  `${made} changes in ${took.toFixed(1)} s, ${ticks} notifications; table to view p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; ` +
    `${(((used.user + used.system) / 1e6 / took) * 100).toFixed(1)} % of a core for API, client and view together ` +
    `(${Math.round((used.user + used.system) / made)} us per change)`,
)

// The view alone: no wire, no loop.
const many = 20_000
const from = performance.now()
for (let i = 0; i < many; i++)
  view.put(sampleResource(1 + ((i * 31) % count), { name: `router-${i % count}`, attempts: i % 9 }))
console.log(`view alone: ${(((performance.now() - from) / many) * 1_000).toFixed(1)} us per change at ${count} rows`)
abort.abort()
await running
await client.close()
await api.close()
