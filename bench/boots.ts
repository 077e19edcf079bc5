/** Boots of 2 s: how long until every router has its configured instance, when booting VMs refuse connections, and when they swallow them. */
import { countCalls } from './harness/cloud.ts'
import { benchFlags } from './harness/flags.ts'
import { ORIGINAL } from './harness/original.ts'
import { announce, markdown, type Row } from './harness/report.ts'
import { showMs, spread } from './harness/stats.ts'
import { until } from './harness/wait.ts'
import { countResources, createWorld } from './harness/world.ts'
import { machine } from './machine.ts'

const BOOT_MS = 2_000
const flags = benchFlags('node bench/boots.ts [--routers 500] [--workers 2] [--built] [--json] [--profile DIR]', {
  routers: 500,
})

async function measure(mode: 'close' | 'hang'): Promise<Row> {
  const { routers, workers, built, profileDir } = flags
  const world = await createWorld({ routers, workers, built, profileDir, bootMs: BOOT_MS })
  try {
    await world.stub.set({ boot_mode: mode })
    const daemon = await world.startDaemon()
    const calls = await world.cloud.callsDuring(async () => {
      await until('all are configured', async () => (await countResources(daemon, 'configured')) === routers)
    })
    const ms = daemon.age()
    const booted = await world.cloud.ask('bootTimes', null)
    const pushed = await world.stub.arrivals('config')
    // What the orchestrator adds to the boot itself.
    const late = [...pushed].flatMap(([index, at]) => {
      const accepted = booted[index]
      return accepted === undefined ? [] : [at - accepted - BOOT_MS]
    })
    const { p50, p99 } = spread(late)
    const cpu = await daemon.cpuSeconds()
    const servers = await world.cloud.ask('servers', null)
    return announce({
      what: `${routers} boots of 2 s until all are configured; booting VMs ${mode === 'close' ? 'refuse connections' : 'swallow them'}`,
      ours:
        `${showMs(ms)} (from VM up to PUT p50 ${showMs(p50)}, p99 ${showMs(p99)}), ${(cpu.main + cpu.workers).toFixed(1)} CPU-s, ` +
        `${(countCalls(calls) / routers).toFixed(1)} calls each, ${servers} servers`,
      original: ORIGINAL.boots[mode],
      figures: { ms, p50, p99, cpu: cpu.main + cpu.workers, calls: countCalls(calls), servers },
    })
  } finally {
    await world.close()
  }
}

console.error(`${machine()}; ${flags.workers} workers`)
const rows = [await measure('close'), await measure('hang')]
console.log(flags.json ? JSON.stringify({ machine: machine(), rows }) : markdown(rows))
process.exit(0)
