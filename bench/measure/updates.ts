import { countCalls } from '../harness/cloud.ts'
import type { Daemon } from '../harness/daemon.ts'
import { ORIGINAL, originally } from '../harness/original.ts'
import { announce, type Row } from '../harness/report.ts'
import { showMs, spread } from '../harness/stats.ts'
import { now, sleep, until } from '../harness/wait.ts'
import { settled, type World } from '../harness/world.ts'

/**
 * One UPDATE to each router at once. `changed`: Neutron has something new for each, which ends in a push; else there is nothing to push,
 * and the time is that of the last question to the appliance.
 */
export async function burst(world: World, daemon: Daemon, changed: boolean): Promise<Row> {
  const { cloud, stub, voice } = world
  const { routers } = cloud
  if (changed) await cloud.ask('change', { from: 0, to: routers.length })
  await settled(daemon)
  await stub.reset()
  await daemon.workers()
  const before = await daemon.cpuSeconds()
  const published: number[] = []
  let loopP99 = 0
  let ended = false
  const watch = (async () => {
    while (!ended) {
      for (const { event_loop_p99_ms: p99 } of await daemon.workers()) loopP99 = Math.max(loopP99, p99 ?? 0)
      await sleep(1_000)
    }
  })()
  const kind = changed ? 'config' : 'interfaces'
  const calls = await cloud.callsDuring(async () => {
    const sent = routers.map((router) => {
      const { at, sent: done } = voice.interfaceCreated(router)
      published.push(at)
      return done
    })
    await Promise.all(sent)
    await until('every appliance has been reached', async () => (await stub.arrivals(kind)).size === routers.length, {
      everyMs: 250,
    })
  })
  const arrivals = await stub.arrivals(kind)
  ended = true
  await watch
  await settled(daemon)
  const after = await daemon.cpuSeconds()
  const first = Math.min(...published)
  const waits = published.map((at, index) => (arrivals.get(index) ?? Number.NaN) - at)
  const lastMs = Math.max(...arrivals.values()) - first
  const { p50, p99 } = spread(waits)
  const perThousand = ((after.main + after.workers - before.main - before.workers) / routers.length) * 1_000
  const each = countCalls(calls) / routers.length
  const rate = (routers.length / lastMs) * 1_000
  return announce({
    what: `one UPDATE to each of ${routers.length} at once, ${changed ? 'each with a change to push' : 'nothing changed (no push)'}`,
    ours:
      `${rate.toFixed(0)}/s, p50 ${showMs(p50)}, p99 ${showMs(p99)}; ${perThousand.toFixed(1)} CPU-s per 1,000; ` +
      `${each.toFixed(2)} OpenStack calls each; workers' event loop p99 ≤ ${loopP99.toFixed(0)} ms`,
    original: originally(ORIGINAL.burst, routers.length),
    figures: { rate, p50, p99, cpuPerThousand: perThousand, callsEach: each, loopP99 },
  })
}

/** 20 UPDATEs a second, each with a change, nothing else going on. */
export async function quiet(world: World, daemon: Daemon): Promise<Row> {
  const { waits, calls } = await trickle(world, daemon, { events: 200, offset: 3 })
  const { p50, p99 } = spread(waits)
  const each = countCalls(calls) / waits.length
  return announce({
    what: '20 UPDATEs a second, nothing else going on: publish → PUT',
    ours: `p50 ${showMs(p50)}, p99 ${showMs(p99)}; ${each.toFixed(1)} OpenStack calls each`,
    original: ORIGINAL.quiet,
    figures: { p50, p99, callsEach: each },
  })
}

/** 20 UPDATEs a second to routers that are alive, each with a change made in advance; milliseconds from publish to PUT. */
export async function trickle(
  world: World,
  daemon: Daemon,
  options: { readonly events: number; readonly offset: number; readonly begin?: () => Promise<void> },
) {
  const { cloud, stub, voice } = world
  const step = Math.max(1, Math.floor(cloud.routers.length / options.events))
  const chosen = Array.from({ length: options.events }, (_, i) => {
    const index = (i * step + options.offset) % cloud.routers.length
    // Those that the outage bench lets hang end in 07.
    return index % 100 === 7 ? index + 1 : index
  })
  await cloud.ask('change', { from: 0, to: cloud.routers.length })
  await settled(daemon)
  await stub.reset()
  await options.begin?.()
  const published = new Map<number, number>()
  const calls = await cloud.callsDuring(async () => {
    const started = now()
    for (const [i, index] of chosen.entries()) {
      await sleep(Math.max(0, started + i * 50 - now()))
      const router = cloud.routers[index]
      if (!router || published.has(index)) continue
      const { at, sent } = voice.interfaceCreated(router)
      published.set(index, at)
      void sent
    }
    const arrived = async (): Promise<boolean> => {
      const arrivals = await stub.arrivals('config')
      return [...published.keys()].every((index) => arrivals.has(index))
    }
    await until('each of these has been configured', arrived, { everyMs: 200, limitMs: 300_000 })
  })
  const arrivals = await stub.arrivals('config')
  const waits = [...published].map(([index, at]) => (arrivals.get(index) ?? Number.NaN) - at)
  return { waits, calls }
}
