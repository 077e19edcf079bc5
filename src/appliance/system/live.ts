import type { Family } from '../net/ip.ts'

/** An address as the kernel has it. */
export interface LiveAddress {
  /** `address/prefix`, canonical. */
  readonly text: string
  readonly family: Family
  readonly linkLocal: boolean
  /** Duplicate address detection found somebody else with it. */
  readonly duplicate: boolean
}

/** A network interface as the kernel has it. */
export interface LiveLink {
  readonly device: string
  readonly mac: string
  readonly mtu: number
  readonly up: boolean
  /** True for what a generic name is given to: an Ethernet NIC of its own, of any name. */
  readonly nic: boolean
  readonly addresses: readonly LiveAddress[]
}

/** A route of the main table with one next hop. */
export interface LiveRoute {
  readonly destination: string
  readonly gateway: string
  readonly device: string
  readonly protocol: string
  readonly onlink: boolean
}

/** A neighbour entry. */
export interface LiveNeighbour {
  readonly device: string
  readonly ip: string
  readonly mac: string
}

/** The accounting table: its counters and number of rules; null when there is none. */
export interface LiveAccounting {
  readonly counters: ReadonlySet<string>
  readonly rules: number
}

/** What this machine is now. */
export interface LiveState {
  readonly links: readonly LiveLink[]
  readonly routes: readonly LiveRoute[]
  readonly neighbours: readonly LiveNeighbour[]
  /** `iptables-save` without counters and comments. */
  readonly firewall: Readonly<Record<Family, string>>
  readonly accounting: LiveAccounting | null
}

/** Counters of one label direction. */
export interface Counter {
  readonly packets: number
  readonly bytes: number
}

/** One change of links, addresses, routes or neighbours. */
export type IpChange =
  | { readonly op: 'link'; readonly device: string; readonly up?: boolean; readonly mtu?: number }
  | {
      readonly op: 'address-add'
      readonly device: string
      readonly address: string
      readonly broadcast?: string
      readonly nodad?: boolean
    }
  | { readonly op: 'address-delete'; readonly device: string; readonly address: string }
  | {
      readonly op: 'route-replace'
      readonly destination: string
      readonly gateway: string
      readonly device: string
      readonly onlink: boolean
    }
  | { readonly op: 'route-delete'; readonly destination: string; readonly gateway: string; readonly device: string }
  | { readonly op: 'neighbour-delete'; readonly device: string; readonly ip: string }

/** The kernel, as far as the appliance touches it. The only other implementation is the tests'. */
export interface Kernel {
  readLinks(): Promise<readonly LiveLink[]>
  /**
   * `withAccounting` is only asked for by those who count or counted. With `trust`, rules of which no change was told since they were
   * last read are not read again.
   */
  read(withAccounting: boolean, trust: boolean): Promise<LiveState>
  /** Ends what stays between looks. */
  close(): void
  /** The filter rules of both families, for people. */
  listRules(): Promise<string>
  /** Switches that there are. With `trust`, those of interfaces are not read again while the links are the same. */
  readSysctls(names: readonly string[], trust: boolean): Promise<ReadonlyMap<string, string>>
  writeSysctl(name: string, value: string): Promise<void>
  change(changes: readonly IpChange[]): Promise<void>
  /** Null when the tool would take the rules, else what it said. */
  testFirewall(family: Family, rules: string): Promise<string | null>
  restoreFirewall(family: Family, rules: string): Promise<void>
  testAccounting(script: string): Promise<string | null>
  runAccounting(script: string): Promise<void>
  readCounters(reset: boolean): Promise<ReadonlyMap<string, Counter>>
  /** Forgets the connections of these addresses, or with these networks, in both directions. */
  forgetConnections(addresses: readonly string[]): Promise<void>
  /** Tells the neighbours where these addresses are. Best effort. */
  announce(addresses: readonly { readonly device: string; readonly ip: string }[]): Promise<void>
}

/** Protocol number by which we know our own routes. */
export const ROUTE_PROTOCOL = '97'
