import { readFileSync, readlinkSync } from 'node:fs'
import { z } from 'zod'

/** How a process signs what it leaves on a disk, so that others can tell later whether it still runs. */
export const processMark = z.object({
  pid: z.int().positive(),
  /** Clock ticks after the boot at which it started: a number that is used again is another process. null: the system does not say. */
  started: z.string().nullable(),
  /** The PID namespace that counts it; null: the system has none. */
  namespace: z.string().nullable().default(null),
})

type ProcessMark = z.infer<typeof processMark>

/** When a process started, in clock ticks since the boot; null: there is no such process, or no `/proc`. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets, which may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

function ownNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return null
  }
}

/** The mark of this process. */
export function ownMark(): ProcessMark {
  return { pid: process.pid, started: startOf(process.pid), namespace: ownNamespace() }
}

/** Whether a process runs. `unknown`: it is of another PID namespace, where its number means another process than here. */
export function fateOf({ pid, started, namespace }: ProcessMark): 'runs' | 'gone' | 'unknown' {
  if (namespace !== null && namespace !== ownNamespace()) return 'unknown'
  if (started !== null) return startOf(pid) === started ? 'runs' : 'gone'
  try {
    process.kill(pid, 0)
    return 'runs'
  } catch (error) {
    // EPERM: somebody else's.
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'gone' : 'runs'
  }
}
