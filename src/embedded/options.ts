import type { Transport } from '../messaging/index.ts'
import type { Clock, Logger, Random } from '../shared/index.ts'
import type { AddressPlan } from './address-plan.ts'
import type { ExternalAppliances } from './machines/external-hypervisor.ts'

/** Ports of the four APIs. 0: any free one. */
export interface EmbeddedPorts {
  readonly keystone: number
  readonly neutron: number
  readonly nova: number
  readonly glance: number
}

/** The ports people know; when one is taken, a free one is used instead. */
export const USUAL_PORTS: EmbeddedPorts = { keystone: 35_357, neutron: 9_696, nova: 8_774, glance: 9_292 }

export interface EmbeddedCloudOptions {
  /** The bus on which Neutron speaks and is asked: connected, and not closed by the cloud. */
  readonly transport: Transport
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default: the usual ports, each with a free one as fallback. A port given here must be free. */
  readonly ports?: Partial<EmbeddedPorts>
  /** Routers to begin with, spread over the tenants; default 6. */
  readonly routers?: number
  /** Tenants to begin with; default 3. */
  readonly tenants?: number
  readonly clock?: Clock
  /** Makes ids, MACs and boot times repeatable. */
  readonly random?: Random
  readonly logger?: Logger
  /** Milliseconds from Nova's accept to the appliance's first answer, ±20 %; default 2,000. */
  readonly bootTimeMs?: number
  /** Port of the appliances' REST API; default 5000. */
  readonly appliancePort?: number
  /**
   * `simulated` (default); `external`: something outside the cloud answers as the appliances, told by hooks; `netns`: network namespaces
   * with the real agent and real packets (root on Linux). `program` is how this program is started: interpreter and file.
   */
  readonly appliances?:
    | 'simulated'
    | { readonly kind: 'netns'; readonly program: readonly string[] }
    | ({ readonly kind: 'external'; readonly addressPlan?: AddressPlan } & ExternalAppliances)
  /** Name of the host as Neutron and Nova give it; default `embedded`. */
  readonly hostName?: string
  /** Every router to whoever calls `sync_routers`, L3 agent or not; default true. False: Neutron's own scheduling. */
  readonly autoSchedule?: boolean
  /** Whether Neutron has the Astara extension for a router's status; default true. */
  readonly routerStatusExtension?: boolean
  /** Whether Neutron has the service plugin `segments`, and so knows ports that are meant to have no address; default true. */
  readonly segments?: boolean
  /** Milliseconds that tokens live; default 24 h. */
  readonly tokenLifetimeMs?: number
}
