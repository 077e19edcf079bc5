import type { Cidr, InterfaceAddress, Ip } from '../net/ip.ts'

/** What a network is to the router. `loadbalancer` only gets its addresses. */
type NetworkType = 'external' | 'internal' | 'isolated' | 'management' | 'loadbalancer'

/** A subnet of a network: what DHCP and router advertisements say on it. */
export interface Subnet {
  readonly id: string
  readonly cidr: Cidr
  readonly gateway: Ip | null
  readonly dhcp: boolean
  /** IPv6: machines make their addresses themselves, and ask DHCP for the rest. */
  readonly stateless: boolean
  /** Name servers of the subnet's own family. */
  readonly dns: readonly Ip[]
  /** Host routes of the subnet's own family. */
  readonly hostRoutes: readonly Route[]
}

/** A destination and the next hop towards it. */
export interface Route {
  readonly destination: Cidr
  readonly nexthop: Ip
}

/** A machine's port on a tenant network. */
export interface Allocation {
  readonly mac: string
  /** A name fit for DHCP (one label), or null. */
  readonly hostname: string | null
  /** The machine's Nova id, or null when the port belongs to something else. */
  readonly instanceId: string | null
  readonly addresses: readonly { readonly ip: Ip; readonly dhcp: boolean }[]
}

/** One network, bound to one interface of this machine. */
export interface Network {
  readonly id: string
  readonly type: NetworkType
  /** Generic name (`ge2`). */
  readonly generic: string
  /** The N of geN. */
  readonly index: number
  /** The kernel's name. */
  readonly device: string
  readonly mtu: number | null
  readonly addresses: readonly InterfaceAddress[]
  readonly subnets: readonly Subnet[]
  readonly allocations: readonly Allocation[]
}

/** A floating address and the fixed address that it stands for; both of one family. */
export interface FloatingIp {
  readonly floating: Ip
  readonly fixed: Ip
}

/** Accounting label: traffic with these networks outside is counted under this name. */
interface Label {
  readonly name: string
  readonly cidrs: readonly Cidr[]
}

/** One provider rule, ready to render. Sources and destinations are alternatives; empty = any. */
export interface AnchorRule {
  readonly action: 'pass' | 'block'
  readonly family: 4 | 6 | null
  readonly protocol: 'tcp' | 'udp' | 'icmp' | null
  readonly inDevice: string | null
  readonly outDevice: string | null
  readonly sources: readonly Cidr[] | null
  readonly destinations: readonly Cidr[] | null
  readonly sourcePort: number | null
  readonly destinationPort: number | null
  readonly redirect: { readonly to: Ip; readonly port: number | null } | null
}

/** One of a pair of appliances. */
export interface Ha {
  /** Management addresses of the others, of one family with `source`. */
  readonly peers: readonly Ip[]
  readonly priority: number
  readonly source: Ip
}

/** The NIC that carries the REST API, and what must never be taken from it. */
export interface Management {
  readonly device: string
  readonly addresses: readonly InterfaceAddress[]
}

/** How connections are spread over members: by turns, to the least busy, or by the client's address. */
export type Balancing = 'round-robin' | 'least-connections' | 'source'

/** One port of the virtual address and who serves it. */
export interface Listener {
  readonly id: string
  readonly port: number
  /** `stream` passes bytes through unchanged. */
  readonly mode: 'http' | 'stream'
  readonly balancing: Balancing
  /** At least one takes connections; a weight of 0 takes none. */
  readonly members: readonly { readonly address: Ip; readonly port: number; readonly weight: number }[]
  /** After so many failures a member is left out for so many seconds; null for the tool's own habit. */
  readonly patience: { readonly failures: number; readonly seconds: number; readonly connectSeconds: number } | null
}

/** A load balancer: only listeners that can serve. */
export interface LoadBalancer {
  readonly vip: Ip
  /** The kernel's name of the interface that carries `vip`. */
  readonly device: string
  readonly listeners: readonly Listener[]
}

/** One end of IPsec for the networks behind it: a connection of Neutron's VPNaaS that can be set up here. */
export interface Tunnel {
  readonly id: string
  /** Version of IKE. */
  readonly version: 1 | 2
  /** Our address, of the external network, and the peer's; of one family. */
  readonly local: Ip
  readonly remote: Ip
  readonly remoteId: string
  /** Secret. */
  readonly psk: string
  /** Proposals in strongSwan's words. */
  readonly ike: string
  readonly child: string
  readonly ikeSeconds: number | null
  readonly life: { readonly unit: 'seconds' | 'kilobytes'; readonly value: number }
  readonly protocol: 'esp' | 'ah'
  readonly mode: 'tunnel' | 'transport'
  /** False: only the peer may begin. */
  readonly initiates: boolean
  readonly dpd: {
    readonly action: 'clear' | 'trap' | 'restart'
    readonly interval: number
    readonly timeout: number
  } | null
  /** Largest packet that shall enter the tunnel. */
  readonly mtu: number
  /** What is negotiated at once: networks of one family on both sides. */
  readonly selectors: readonly { readonly local: readonly Cidr[]; readonly remote: readonly Cidr[] }[]
}

/** What the pushed configuration means on this very machine: checked, cross-checked, free of choices. */
export interface Model {
  readonly tenantId: string
  readonly hostname: string | null
  readonly networks: readonly Network[]
  readonly external: Network | null
  readonly management: Management | null
  readonly floatingIps: readonly FloatingIp[]
  /** Whether IPv4 leaves with the router's own address where no floating IP stands for the machine. */
  readonly snat: boolean
  readonly defaultGateways: readonly { readonly gateway: Ip; readonly onlink: boolean }[]
  /** Routes that the kernel can take: next hop reachable, nothing hijacked. */
  readonly routes: readonly (Route & { readonly device: string })[]
  readonly labels: readonly Label[]
  readonly anchors: readonly AnchorRule[]
  readonly orchestrator: { readonly address: Ip; readonly port: number }
  readonly asn: number
  readonly neighborAsn: number
  readonly ha: Ha | null
  readonly loadBalancer: LoadBalancer | null
  readonly tunnels: readonly Tunnel[]
  /** What was asked for and could not be honoured, each a sentence. */
  readonly warnings: readonly string[]
}

/** Networks whose machines we serve: DHCP, advertisements, metadata. */
export const isTenantNetwork = (network: Network): boolean => network.type === 'internal' || network.type === 'isolated'
