/**
 * The orchestrator at work on many routers: start-up, memory, ingest, updates, health. Cloud, bus and appliances are processes of their own;
 * the orchestrator's main process and workers are the only ones whose CPU and memory count.
 */
import { benchFlags } from './harness/flags.ts'
import { markdown, type Row } from './harness/report.ts'
import { createWorld } from './harness/world.ts'
import { machine } from './machine.ts'
import { healthCycle, outage } from './measure/health.ts'
import { ingest } from './measure/ingest.ts'
import { makeAll, startUp } from './measure/start-up.ts'
import { burst, quiet } from './measure/updates.ts'

const flags = benchFlags(
  'node bench/routers.ts [--routers 1000] [--workers 2] [--only ingest,quiet,burst,unchanged,health,outage] [--built] [--json] [--profile DIR]',
  { routers: 1_000 },
)
const wants = (name: string): boolean => flags.only === null || flags.only.has(name)

console.error(`${machine()}; ${flags.routers} routers, ${flags.workers} workers, ${flags.built ? 'built' : 'sources'}`)
const world = await createWorld({
  routers: flags.routers,
  workers: flags.workers,
  built: flags.built,
  profileDir: flags.profileDir,
})
const rows: Row[] = []
try {
  rows.push(await makeAll(world))
  const { daemon, rows: started } = await startUp(world)
  rows.push(...started)
  if (wants('ingest')) rows.push(await ingest(world, daemon))
  if (wants('quiet')) rows.push(await quiet(world, daemon))
  if (wants('burst')) rows.push(await burst(world, daemon, true))
  if (wants('unchanged')) rows.push(await burst(world, daemon, false))
  if (wants('health')) rows.push(await healthCycle(world, daemon))
  if (wants('outage')) rows.push(...(await outage(world, daemon)))
} finally {
  await world.close()
}
console.log(flags.json ? JSON.stringify({ machine: machine(), rows }) : markdown(rows))
process.exit(0)
