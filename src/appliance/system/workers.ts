import { readdir, readFile } from 'node:fs/promises'
import type { Clock } from '../../shared/index.ts'

const LIMIT_MS = 8_000
const POLL_MS = 20

/** Children of a process, by their parent's number in /proc. */
async function childrenOf(parent: number): Promise<Set<number>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      // The name stands in parentheses and may hold anything; state and parent follow.
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent ? [Number(pid)] : []
    }),
  )
  return new Set(found.flat())
}

/**
 * Tells a daemon with a master and workers (nginx) to reload, and waits for what shows that it did: new workers. One that does not like
 * its new files keeps the old ones, and says so only in its log.
 *
 * @throws Error with `complaint`, what it said meanwhile, when there are no new workers after some seconds.
 */
export async function reloadWorkers(
  pidFile: string,
  reload: () => Promise<void>,
  complaint: () => string | null,
  clock: Clock,
): Promise<void> {
  const master = Number(await readFile(pidFile, 'utf8'))
  const before = await childrenOf(master)
  await reload()
  const deadline = clock.monotonic() + LIMIT_MS
  for (;;) {
    const said = complaint()
    if (said !== null) throw new Error(said)
    if ([...(await childrenOf(master))].some((pid) => !before.has(pid))) return
    if (clock.monotonic() > deadline) throw new Error('did not take its new configuration; its log says why')
    await clock.sleep(POLL_MS)
  }
}
