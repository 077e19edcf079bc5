import { countCalls } from '../harness/cloud.ts'
import type { Daemon } from '../harness/daemon.ts'
import { ORIGINAL, originally } from '../harness/original.ts'
import { announce, type Row } from '../harness/report.ts'
import { showMs, spread } from '../harness/stats.ts'
import { sleep, until } from '../harness/wait.ts'
import { countResources, settled, type World } from '../harness/world.ts'
import { trickle } from './updates.ts'

/** One POLL to everything; every appliance answers after 20 ms. */
export async function healthCycle(world: World, daemon: Daemon): Promise<Row> {
  const { cloud, stub } = world
  const { length } = cloud.routers
  await settled(daemon)
  await stub.set({ delay_ms: 20 })
  await stub.reset()
  const before = await daemon.cpuSeconds()
  let ms = Number.NaN
  const calls = await cloud.callsDuring(async () => {
    const started = performance.now()
    await daemon.poll()
    await until('all have been asked', async () => (await stub.stats()).alive_distinct === length, { everyMs: 20 })
    ms = performance.now() - started
    await sleep(1_000)
  })
  const after = await daemon.cpuSeconds()
  const cpu = after.main + after.workers - before.main - before.workers
  await stub.set({ delay_ms: 0 })
  return announce({
    what: `health cycle over ${length}, each answers after 20 ms`,
    ours: `${showMs(ms)}, ${cpu.toFixed(1)} CPU-s; ${countCalls(calls)} OpenStack calls`,
    original: originally(ORIGINAL.health, length),
    figures: { ms, cpu, calls: countCalls(calls) },
  })
}

/** The same while 1 % hang, and tenants go on changing things, 20 a second. */
export async function outage(world: World, daemon: Daemon): Promise<readonly Row[]> {
  const { cloud, stub } = world
  const { length } = cloud.routers
  const dead = Math.floor((length + 92) / 100)
  let liveMs = Number.NaN
  let deadMs = Number.NaN
  const before = await daemon.cpuSeconds()
  let watching: Promise<unknown> = Promise.resolve()
  const { waits } = await trickle(world, daemon, {
    events: Math.min(400, length),
    offset: 3,
    begin: async () => {
      await stub.set({ delay_ms: 20, dead_every: 100, dead_offset: 7, dead_mode: 'hang' })
      const started = performance.now()
      await daemon.poll()
      watching = Promise.all([
        until('all live ones are asked', async () => (await stub.stats()).alive_distinct >= length - dead, {
          everyMs: 50,
        }).then(() => {
          liveMs = performance.now() - started
        }),
        until('all dead ones are noticed', async () => (await unwell(daemon)) >= dead, {
          everyMs: 100,
          limitMs: 600_000,
        }).then(() => {
          deadMs = performance.now() - started
        }),
      ])
    },
  })
  await watching
  const after = await daemon.cpuSeconds()
  const { p50, p99 } = spread(waits)
  await stub.set({ delay_ms: 0, dead_every: 0 })
  await until('all are well again', async () => (await countResources(daemon, 'configured')) === length, {
    everyMs: 500,
  })
  const cpu = after.main + after.workers - before.main - before.workers
  return [
    announce({
      what: `the same with 1 % hanging, ${length} routers`,
      ours: `live ones polled ${showMs(liveMs)}, dead ones noticed ${showMs(deadMs)}, ${cpu.toFixed(1)} CPU-s`,
      original: originally(ORIGINAL.outage, length),
      figures: { liveMs, deadMs, cpu },
    }),
    announce({
      what: `a tenant's event meanwhile (20/s, with a push), ${length} routers`,
      ours: `p50 ${showMs(p50)}, p99 ${showMs(p99)}`,
      original: originally(ORIGINAL.eventMeanwhile, length),
      figures: { p50, p99 },
    }),
  ]
}

/** Routers that are not configured, as the orchestrator tells it. */
async function unwell(daemon: Daemon): Promise<number> {
  return (await countResources(daemon)) - (await countResources(daemon, 'configured'))
}
