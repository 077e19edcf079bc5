import type { ApplianceConfig } from '../../../../src/contract/index.ts'
import { ApplianceError } from '../../../../src/orchestrator/instances/appliance-client/index.ts'
import type { ApplianceClient, ApplianceTarget } from '../../../../src/orchestrator/instances/index.ts'
import type { Clock } from '../../../../src/shared/index.ts'
import type { FakeCloud } from './fake-cloud.ts'

/** How the appliance of one server misbehaves. */
export interface Fault {
  readonly dead?: boolean
  /** Nobody can be asked: our own network is down. */
  readonly blind?: boolean
  readonly reject?: string
  readonly fail?: boolean
  /** MAC addresses it does not show. */
  readonly hide?: (mac: string) => boolean
}

/** The appliances inside the fake cloud's servers. */
export class FakeAppliances implements ApplianceClient {
  readonly pushes: { readonly server: string; readonly config: ApplianceConfig }[] = []
  readonly faults = new Map<string, Fault>()
  /** Applies to all that have no fault of their own. */
  fault: Fault = {}
  /** After ACTIVE. */
  startMs = 500
  aliveAsked = 0
  readonly #cloud: FakeCloud
  readonly #clock: Clock

  constructor(cloud: FakeCloud, clock: Clock) {
    this.#cloud = cloud
    this.#clock = clock
  }

  permits(address: string): boolean {
    return address.startsWith('fdca:3ba5:a17a:acda:')
  }

  alive(target: ApplianceTarget): Promise<boolean> {
    this.aliveAsked += 1
    if (this.fault.blind)
      return Promise.reject(new ApplianceError('GET alive', { status: null, reason: 'no route', blind: true }))
    return Promise.resolve(this.#find(target) !== null)
  }

  interfaces(target: ApplianceTarget) {
    return this.#with(target, (id, fault) =>
      (this.#cloud.servers.get(id)?.ports ?? [])
        .flatMap((portId) => this.#cloud.ports.get(portId) ?? [])
        .filter((port) => !fault.hide?.(port.mac_address))
        .map((port, i) => ({ ifname: `ge${i}`, lladdr: port.mac_address.toUpperCase() })),
    )
  }

  async configure(target: ApplianceTarget, config: ApplianceConfig): Promise<void> {
    await this.#with(target, (server, fault) => {
      if (fault.reject) throw new ApplianceError('PUT config', { status: 422, reason: fault.reject })
      if (fault.fail) throw new ApplianceError('PUT config', { status: 500, reason: 'broken' })
      this.pushes.push({ server, config })
    })
  }

  readLabels(target: ApplianceTarget) {
    return this.#with(target, () => null)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #with<T>(target: ApplianceTarget, answer: (serverId: string, fault: Fault) => T): Promise<T> {
    const id = this.#find(target)
    if (id === null) return Promise.reject(new ApplianceError('call', { status: null, reason: 'connection refused' }))
    try {
      return Promise.resolve(answer(id, this.faults.get(id) ?? this.fault))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #find({ address }: ApplianceTarget): string | null {
    const port = [...this.#cloud.ports.values()].find((p) => p.fixed_ips.some((ip) => ip.ip_address === address))
    const server = port && this.#cloud.servers.get(port.device_id)
    if (!server || this.#clock.now() < server.activeAt + this.startMs) return null
    if (server.deletedAt !== null || server.status === 'ERROR') return null
    return (this.faults.get(server.id) ?? this.fault).dead ? null : server.id
  }
}
