import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Clock, Logger } from '../../shared/index.ts'
import { exchangeTunnels } from './charon.ts'
import { must, run } from './commands.ts'
import { checkWithTool, type DaemonFiles, syncConnections } from './daemons.ts'
import type { ServiceName, ServiceSpec, Services } from './services.ts'
import { reloadWorkers } from './workers.ts'

const READY_MS = 8_000

/** Where the kernel shows units' processes (control groups of version 2). */
const SYSTEM_SLICE = '/sys/fs/cgroup/system.slice'

/** Our own units; the distribution's stay as they are (see packaging/appliance). */
const unitOf = (name: ServiceName): string => `astara-${name}.service`

/** Runs the daemons as units of systemd, so that they outlive the agent. */
export function systemdServices(files: DaemonFiles, clock: Clock, logger: Logger): Services {
  const act = async (verb: 'start' | 'restart' | 'reload' | 'stop', name: ServiceName): Promise<void> => {
    await must('systemctl', [verb, unitOf(name)], { timeoutMs: 20_000 })
  }
  const untilReady = async (spec: ServiceSpec): Promise<void> => {
    const deadline = clock.monotonic() + READY_MS
    while (!existsSync(spec.ready)) {
      if (clock.monotonic() > deadline) throw new Error(`${spec.name} is not ready after ${READY_MS} ms`)
      await clock.sleep(10)
    }
  }
  return {
    async running(name) {
      // The unit's group of processes says it without a process for each question.
      const group = await readFile(`${SYSTEM_SLICE}/${unitOf(name)}/cgroup.procs`, 'utf8').catch(() => null)
      if (group !== null) return group.trim() !== ''
      if (existsSync(SYSTEM_SLICE)) return false
      return (await run('systemctl', ['is-active', '--quiet', unitOf(name)])).code === 0
    },
    async start(spec) {
      await act('start', spec.name)
      await untilReady(spec)
    },
    async reload(spec) {
      const take = (): Promise<void> => act('reload', spec.name)
      if (spec.tunnels) return exchangeTunnels(spec.tunnels, take)
      return spec.workers ? reloadWorkers(spec.ready, take, () => null, clock) : take()
    },
    async restart(spec) {
      await act('restart', spec.name)
      await untilReady(spec)
    },
    stop: (name) => act('stop', name),
    check: (name, text) => checkWithTool(name, text, files),
    syncConnections: (becomes) => syncConnections(becomes, files, logger),
  }
}
