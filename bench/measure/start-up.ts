import { countCalls } from '../harness/cloud.ts'
import type { Daemon } from '../harness/daemon.ts'
import { ORIGINAL, originally } from '../harness/original.ts'
import { announce, type Row } from '../harness/report.ts'
import { showMb, showMs } from '../harness/stats.ts'
import { until } from '../harness/wait.ts'
import { countResources, settled, type World } from '../harness/world.ts'

/** The first life: every router gets its instance. Not compared with anything; the other measurements need them. */
export async function makeAll(world: World): Promise<Row> {
  const { routers } = world.options
  const daemon = await world.startDaemon()
  const calls = await world.cloud.callsDuring(async () => {
    await until('all are configured', async () => (await countResources(daemon, 'configured')) === routers, {
      everyMs: 200,
    })
  })
  const ms = daemon.age()
  const cpu = await daemon.cpuSeconds()
  await daemon.stop()
  return announce({
    what: `${routers} routers made from nothing (VMs answer at once)`,
    ours: `${showMs(ms)}, ${(cpu.main + cpu.workers).toFixed(1)} CPU-s, ${(countCalls(calls) / routers).toFixed(1)} calls each`,
    original: '',
    figures: { ms, cpu: cpu.main + cpu.workers, calls: countCalls(calls) },
  })
}

/** Starts an orchestrator on a cloud whose routers all have their instances. */
export async function startUp(world: World): Promise<{ readonly daemon: Daemon; readonly rows: readonly Row[] }> {
  const { routers } = world.options
  await world.stub.reset()
  let daemon: Daemon | null = null
  let knownMs = Number.NaN
  const calls = await world.cloud.callsDuring(async () => {
    const started = await world.startDaemon()
    daemon = started
    await until('all are configured', async () => {
      const metrics = await started.metrics()
      let known = 0
      for (const [series, value] of metrics ?? []) if (series.startsWith('astara_resources{')) known += value
      if (known >= routers && Number.isNaN(knownMs)) knownMs = started.age()
      return (await countResources(started, 'configured')) === routers
    })
  })
  const running = daemon as Daemon | null
  if (running === null) throw new Error('not started')
  const ms = running.age()
  const cpu = await running.cpuSeconds()
  const { config } = await world.stub.stats()
  const rows = [
    announce({
      what: `start → all known, looked at, configured: ${routers} routers`,
      ours:
        `known ${showMs(knownMs)}, configured ${showMs(ms)}, ${(cpu.main + cpu.workers).toFixed(1)} CPU-s, ` +
        `${countCalls(calls)} OpenStack calls, ${config} pushes`,
      original: originally(ORIGINAL.startUp, routers),
      figures: { knownMs, ms, cpuMain: cpu.main, cpuWorkers: cpu.workers, calls: countCalls(calls), pushes: config },
    }),
  ]
  await settled(running)
  const { rss, pss, perProcess } = await running.memory()
  const heaps = (await running.workers()).map((worker) => worker.heap_bytes)
  rows.push(
    announce({
      what: `memory after it, ${routers} routers, RSS (PSS)`,
      ours: `${showMb(rss)} (${showMb(pss)}): main ${showMb(perProcess[0] ?? 0)}, workers ${perProcess.slice(1).map(showMb).join(', ')}; workers' heaps ${heaps.map(showMb).join(', ')}`,
      original: originally(ORIGINAL.memory, routers),
      figures: { rss, pss },
    }),
  )
  return { daemon: running, rows }
}
