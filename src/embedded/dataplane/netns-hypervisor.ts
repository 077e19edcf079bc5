import { join } from 'node:path'
import { assertNever, type Clock, createLimiter, type Logger, messageOf } from '../../shared/index.ts'
import type { BootProgress, Hypervisor } from '../compute/hypervisor.ts'
import type { Server } from '../compute/model.ts'
import type { ApplianceFaults } from '../faults/appliance-faults.ts'
import type { Port } from '../network/model.ts'
import type { NetworkState } from '../network/state.ts'
import { bringUp } from './guest-nic.ts'
import { Machine } from './machine.ts'
import { spaceName } from './names.ts'
import type { Switch } from './switch.ts'

export interface NetnsHypervisorOptions {
  readonly pid: number
  /** Folder for the instances' files. */
  readonly dir: string
  readonly program: readonly string[]
  readonly port: number
  readonly network: NetworkState
  readonly fabric: Switch
  readonly faults: ApplianceFaults
  readonly clock: Clock
  readonly logger: Logger
}

/** Starting two programs takes a processor a second: more at a time would only make all of them late. */
const BOOTS_AT_A_TIME = 4

/**
 * Runs servers as network namespaces: those with a port on the management network with the real agent of the appliance, others as machines
 * of tenants, which take DHCP. Of the faults it plays those of the boot; the rest can be
 * done for real (`ip netns exec`, `kill`).
 */
export class NetnsHypervisor implements Hypervisor {
  readonly #options: NetnsHypervisorOptions
  readonly #machines = new Map<string, Machine>()
  readonly #boots = createLimiter(BOOTS_AT_A_TIME)
  readonly #lane = Symbol('boots')

  constructor(options: NetnsHypervisorOptions) {
    this.#options = options
  }

  /** Namespace of a server; null before it has one. */
  spaceOf(serverId: string): string | null {
    return this.#machines.get(serverId)?.space ?? null
  }

  async boot(server: Server, signal: AbortSignal, progress: BootProgress): Promise<void> {
    const { clock, faults } = this.#options
    const fault = faults.of(server)
    const outcome = fault.boot ?? 'normal'
    progress.spawning()
    if (outcome === 'error') {
      progress.failed('No valid host was found. There are not enough hosts available.')
      return
    }
    const release = await this.#boots.acquire(this.#lane, signal)
    try {
      signal.throwIfAborted()
      const machine = this.#machine(server)
      await orGone(machine.create(this.#portsOf(server)), signal)
      progress.active()
      if (fault.bootTimeMs) await clock.sleep(fault.bootTimeMs, signal)
      switch (outcome) {
        case 'never':
          return
        case 'normal':
          await orGone(machine.powerOn(this.#portsOf(server)), signal)
          return
        default:
          assertNever(outcome)
      }
    } finally {
      release()
    }
  }

  #machine(server: Server): Machine {
    const { pid, dir, program, port, fabric, network, logger } = this.#options
    const name = `vm-${server.id.slice(0, 8)}`
    const space = spaceName(pid, name)
    const folder = join(dir, name)
    const isAppliance = this.#portsOf(server).some((port) => port.networkId === network.managementNetworkId)
    const machine = new Machine({
      space,
      dir: folder,
      guest: isAppliance
        ? null
        : (plugged, device) => bringUp({ space, device, dir: folder, port: plugged }, network, logger),
      program,
      port,
      userData: server.userData,
      fabric,
      logger: logger.child({ server_id: server.id }),
    })
    this.#machines.set(server.id, machine)
    return machine
  }

  #portsOf(server: Server): readonly Port[] {
    return server.portIds.flatMap((id) => this.#options.network.ports.get(id) ?? [])
  }

  interfacesChanged(server: Server): void {
    const machine = this.#machines.get(server.id)
    machine?.plug(this.#portsOf(server)).catch((error: unknown) => {
      this.#options.logger.error({ server_id: server.id, reason: messageOf(error) }, 'plugging failed')
    })
  }

  async destroy(server: Server): Promise<void> {
    const machine = this.#machines.get(server.id)
    this.#machines.delete(server.id)
    await machine?.destroy()
  }

  async setPower(server: Server, on: boolean): Promise<void> {
    const machine = this.#machines.get(server.id)
    await (on ? machine?.powerOn(this.#portsOf(server)) : machine?.powerOff())
  }

  async close(): Promise<void> {
    const machines = [...this.#machines.values()]
    this.#machines.clear()
    await Promise.all(machines.map((machine) => machine.destroy()))
  }
}

/** Waits for work, but not when nobody wants it any more: then it is left to end by itself. */
async function orGone(work: Promise<void>, signal: AbortSignal): Promise<void> {
  work.catch(() => {})
  let onAbort = (): void => {}
  const gone = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    await Promise.race([work, gone])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
