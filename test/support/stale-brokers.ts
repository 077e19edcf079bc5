import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'astara-rabbitmq-'

/** Who started a private broker, and what has to go with it. */
interface Owner {
  readonly pid: number
  /** Start time of the owner (clock ticks since boot): a reused pid is not the owner. */
  readonly started: string
  readonly children: readonly number[]
}

export const brokerFolderPrefix = (): string => join(tmpdir(), PREFIX)

function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** True only for a process that names `folder` in its command line or environment: a reused pid is never touched. */
function belongsTo(pid: number, folder: string): boolean {
  return ['cmdline', 'environ'].some((file) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(folder)
    } catch {
      return false
    }
  })
}

export function writeOwner(folder: string, children: readonly number[]): void {
  const owner: Owner = { pid: process.pid, started: startTime(process.pid) ?? '', children }
  writeFileSync(join(folder, 'owner.json'), JSON.stringify(owner))
}

/** Kills what a broker's folder names as its processes (pid file included), if they are really its own. */
export function killLeftovers(folder: string, children: readonly number[]): void {
  const pids = [...children]
  const pidFile = join(folder, 'rabbit.pid')
  if (existsSync(pidFile)) pids.push(Number(readFileSync(pidFile, 'utf8').trim()))
  for (const pid of pids) {
    if (Number.isInteger(pid) && pid > 1 && belongsTo(pid, folder)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It went by itself meanwhile.
      }
    }
  }
}

/** Removes private brokers whose owner died without cleaning up. */
export function cleanStaleBrokers(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue
    const folder = join(tmpdir(), name)
    let owner: Owner
    try {
      owner = JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'))
    } catch {
      continue // Being made at this moment, or not ours.
    }
    if (alive(owner.pid) && (owner.started === '' || startTime(owner.pid) === owner.started)) continue
    killLeftovers(folder, owner.children)
    rmSync(folder, { recursive: true, force: true })
  }
}
