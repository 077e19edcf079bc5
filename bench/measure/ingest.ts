import { type Daemon, total } from '../harness/daemon.ts'
import { ORIGINAL } from '../harness/original.ts'
import { announce, type Row } from '../harness/report.ts'
import { showMs } from '../harness/stats.ts'
import { until } from '../harness/wait.ts'
import { settled, type World } from '../harness/world.ts'

const BACKLOG = 20_000

/** A backlog of `port.create.end` that piled up while the orchestrator's main process was stopped (SIGSTOP), spread over all routers. */
export async function ingest(world: World, daemon: Daemon): Promise<Row> {
  const { cloud, voice } = world
  const taken = async (): Promise<number> =>
    total(await daemon.metrics(), 'astara_events_total', 'source="notification"')
  await settled(daemon)
  const start = await taken()
  const before = await daemon.cpuSeconds()
  daemon.signal('SIGSTOP')
  try {
    const sent: Promise<void>[] = []
    for (let i = 0; i < BACKLOG; i += 1) {
      const router = cloud.routers[i % cloud.routers.length]
      if (router) sent.push(voice.portCreated(router))
    }
    await Promise.all(sent)
  } finally {
    daemon.signal('SIGCONT')
  }
  const ms = await until('the backlog is taken', async () => (await taken()) - start >= BACKLOG, { everyMs: 20 })
  const atTaken = await daemon.cpuSeconds()
  const calls = await cloud.callsDuring(() => settled(daemon))
  void calls
  const after = await daemon.cpuSeconds()
  const rate = (BACKLOG / ms) * 1_000
  return announce({
    what: `backlog of ${BACKLOG} port.create.end from RabbitMQ, over ${cloud.routers.length} routers`,
    ours:
      `${rate.toFixed(0)}/s (${showMs(ms)}), main process ${(((atTaken.main - before.main) / BACKLOG) * 1e6).toFixed(0)} µs CPU each; ` +
      `with all passes after it ${(after.main + after.workers - before.main - before.workers).toFixed(1)} CPU-s`,
    original: ORIGINAL.ingest,
    figures: { rate, ms, cpu: after.main + after.workers - before.main - before.workers },
  })
}
