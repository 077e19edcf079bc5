import { AstaraError, assertNever, type Clock, type Logger, messageOf, type Random } from '../../shared/index.ts'
import type { BootProgress, Hypervisor } from '../compute/hypervisor.ts'
import type { Server } from '../compute/model.ts'
import type { ApplianceFaults } from '../faults/appliance-faults.ts'
import type { NetworkState } from '../network/state.ts'
import { SimulatedAppliance, type SimulatedInterface } from './simulated-appliance.ts'

/** Parts of the boot time after which Nova picked a host, and after which the machine runs. */
const SPAWNING_AT = 0.2
const ACTIVE_AT = 0.5
const JITTER = 0.2

export interface SimulatedHypervisorOptions {
  readonly network: NetworkState
  readonly faults: ApplianceFaults
  /** Milliseconds from Nova's accept to the appliance's first answer, ±20 %. */
  readonly bootTimeMs: number
  readonly port: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Plays the servers: each with a port on the management network gets a simulated appliance on that port's address. */
export class SimulatedHypervisor implements Hypervisor {
  readonly #options: SimulatedHypervisorOptions
  readonly #appliances = new Map<string, { readonly appliance: SimulatedAppliance; readonly server: Server }>()

  constructor(options: SimulatedHypervisorOptions) {
    this.#options = options
  }

  /** The appliance of a server, once it was given one. */
  applianceOf(serverId: string): SimulatedAppliance | null {
    return this.#appliances.get(serverId)?.appliance ?? null
  }

  /** Faults changed: machines that are to be dead stop listening, others listen again. */
  faultsChanged(): void {
    for (const { appliance } of this.#appliances.values()) {
      appliance.apply().catch((error: unknown) => {
        this.#options.logger.error({ error: messageOf(error) }, 'a simulated appliance could not be switched')
      })
    }
  }

  async boot(server: Server, signal: AbortSignal, progress: BootProgress): Promise<void> {
    const { clock, random, bootTimeMs, faults } = this.#options
    const fault = faults.of(server)
    const total = fault.bootTimeMs ?? bootTimeMs * (1 + JITTER * (2 * random() - 1))
    await clock.sleep(total * SPAWNING_AT, signal)
    progress.spawning()
    await clock.sleep(total * (ACTIVE_AT - SPAWNING_AT), signal)
    const outcome = fault.boot ?? 'normal'
    switch (outcome) {
      case 'error':
        progress.failed('No valid host was found. There are not enough hosts available.')
        return
      case 'never':
        progress.active()
        return
      case 'normal':
        progress.active()
        await clock.sleep(total * (1 - ACTIVE_AT), signal)
        await this.#start(server, signal)
        return
      default:
        assertNever(outcome)
    }
  }

  async #start(server: Server, signal: AbortSignal): Promise<void> {
    const { network, port, clock, faults } = this.#options
    const address = this.#managementAddress(server)
    if (address === null) return
    const appliance = new SimulatedAppliance({ address, port, clock, fault: () => faults.of(server) })
    appliance.interfaces = interfacesOf(server, network)
    this.#appliances.set(server.id, { appliance, server })
    await appliance.powerOn()
    if (signal.aborted) await appliance.powerOff()
  }

  #managementAddress(server: Server): string | null {
    const { network } = this.#options
    for (const id of server.portIds) {
      const port = network.ports.get(id)
      if (port && port.networkId === network.managementNetworkId) return port.fixedIps[0]?.ip_address ?? null
    }
    return null
  }

  interfacesChanged(server: Server): void {
    const { clock, network, faults } = this.#options
    const known = this.#appliances.get(server.id)
    if (!known) return
    clock.after(
      faults.of(server).hotplugMs ?? 200,
      () => {
        known.appliance.interfaces = interfacesOf(server, network)
      },
      { unref: true },
    )
  }

  async destroy(server: Server): Promise<void> {
    await this.#appliances.get(server.id)?.appliance.powerOff()
    this.#appliances.delete(server.id)
  }

  async setPower(server: Server, on: boolean): Promise<void> {
    const known = this.#appliances.get(server.id)
    if (!known) return
    if (!on) {
      await known.appliance.powerOff()
      return
    }
    known.appliance.interfaces = interfacesOf(server, this.#options.network)
    await known.appliance.powerOn()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#appliances.values()].map(({ appliance }) => appliance.powerOff()))
    this.#appliances.clear()
  }
}

/** ge0 is the management interface, the others follow in the order in which Nova attached them. */
function interfacesOf(server: Server, network: NetworkState): readonly SimulatedInterface[] {
  const ports = server.portIds.flatMap((id) => network.ports.get(id) ?? [])
  const isManagement = (id: string): boolean => id === network.managementNetworkId
  const ordered = [
    ...ports.filter((port) => isManagement(port.networkId)),
    ...ports.filter((port) => !isManagement(port.networkId)),
  ]
  return ordered.map((port, index) => ({
    ifname: `ge${index}`,
    lladdr: port.macAddress,
    addresses: port.fixedIps.map((ip) => `${ip.ip_address}/${network.ipam.cidr(ip.subnet_id).prefix}`),
  }))
}

/** The refusal on platforms whose loopback has one address only. */
export function loopbackRefusal(address: string, cause: unknown): AstaraError {
  return new AstaraError(
    'unavailable',
    `simulated appliances need loopback addresses of their own, and ${address} cannot be used here: ${messageOf(cause)}`,
    {
      cause,
      suggestions: [
        'On Linux all of 127.0.0.0/8 works without set-up.',
        'On macOS and BSD add addresses to lo0 first, or run the embedded cloud in a Linux container.',
      ],
    },
  )
}
