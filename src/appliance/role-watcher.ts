import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock, Logger } from '../shared/index.ts'
import { MASTER_MARK } from './render/keepalived.ts'
import { CHILD_ENVIRONMENT, commandLine } from './system/commands.ts'
import type { LiveLink } from './system/live.ts'

const MARKS: readonly string[] = Object.values(MASTER_MARK)

/** True when this node holds the pair's addresses: keepalived put the mark on loopback. */
export function holdsMastership(links: readonly LiveLink[]): boolean {
  return links.some((link) => link.device === 'lo' && link.addresses.some((address) => MARKS.includes(address.text)))
}

/** Tells of every change of mastership. */
export interface RoleWatcher {
  stop(): void
}

/**
 * Follows the kernel's own news of loopback's addresses. The truth stays in the kernel: a watcher that missed something, or a
 * keepalived that was started anew, changes nothing about what is read at the next look.
 */
export function watchRole(onChange: () => void, clock: Clock, logger: Logger): RoleWatcher {
  let child: ChildProcess | null = null
  let stopped = false
  const follow = (): void => {
    if (stopped) return
    const line = commandLine('ip', ['-o', 'monitor', 'address'])
    child = spawn(line.path, line.args, { env: CHILD_ENVIRONMENT, stdio: ['ignore', 'pipe', 'ignore'] })
    let rest = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      const lines = `${rest}${chunk.toString()}`.split('\n')
      rest = lines.pop() ?? ''
      if (lines.some((text) => MARKS.some((mark) => text.includes(mark)))) onChange()
    })
    child.on('error', (error) => logger.error({ reason: error.message }, 'cannot watch for mastership'))
    child.on('exit', () => {
      if (!stopped) clock.after(500, follow, { unref: true })
    })
    // What happened before we listened.
    onChange()
  }
  follow()
  return {
    stop() {
      stopped = true
      child?.kill('SIGTERM')
    },
  }
}
