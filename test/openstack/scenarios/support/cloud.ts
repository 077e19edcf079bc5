import type { Space } from '../../../dataplane/system/support/space.ts'
import type { Orchestrator } from './orchestrator.ts'
import type { Rest } from './rest.ts'

/** A tenant's machine: a namespace with one NIC on a Neutron port, which asks for its address by DHCP. */
export interface Machine {
  readonly name: string
  readonly space: Space
  readonly portId: string
  readonly mac: string
  /** What Neutron gave the port. */
  readonly addresses: readonly string[]
  /** What the DHCP server gave, in udhcpc's words; null: nothing yet. */
  lease(): Promise<Readonly<Record<string, string>> | null>
  /** Unplugs and removes it, with its port. */
  remove(): Promise<void>
}

/** The inside of a router's instance. */
export interface Appliance {
  readonly serverId: string
  readonly space: Space
  /** Folder with what the agent made for its daemons. */
  readonly runDir: string
}

/** A cloud with one orchestrator, in which scenarios happen. The outside is reached from inside at `OUTSIDE`. */
export interface Cloud {
  readonly name: 'openstack' | 'embedded'
  readonly orchestrator: Orchestrator
  /** Another orchestrator, as on another host of this name, and as yet not started. */
  another(host: string): Orchestrator
  readonly admin: Rest
  /** A plain member of a project. */
  readonly tenant: Rest
  readonly projectId: string
  /** The external network. */
  readonly externalId: string
  /** Whence floating IPs are reached, and where `OUTSIDE` is. */
  readonly outside: Space
  /** Makes a machine on a tenant's network; returns when it is plugged, and does not wait for its lease. */
  machine(networkId: string, name: string): Promise<Machine>
  /** The instance of a router, as Nova has it now. Throws when there is none. */
  appliance(routerId: string): Promise<Appliance>
  /** Runs the real `openstack` client as the tenant; throws when it fails. */
  openstack(...words: readonly string[]): Promise<string>
  /** Switches an instance off behind everybody's back: Nova says SHUTOFF, nothing runs in it. */
  powerOff(serverId: string): Promise<void>
  /** Restarts RabbitMQ; what was in transit and in queues that are not durable is lost. */
  restartBus(): Promise<void>
  /** Neutron's API is away for a moment. */
  restartNeutron(): Promise<void>
  /** Nova's API is away during the work. */
  withoutNova(work: () => Promise<void>): Promise<void>
  /** No token is worth anything for longer than a minute during the work. */
  withShortTokens(work: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

/** An address outside that every tenant's machine reaches through its router. */
export const OUTSIDE = '8.8.8.8'
