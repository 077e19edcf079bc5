import type { InterfaceAddress } from '../net/ip.ts'

/** What of this machine a configuration is checked against. */
export interface Machine {
  /** Generic name → kernel name, for every NIC that is here now. */
  readonly devices: ReadonlyMap<string, string>
  /** The NIC that carries the address on which we are asked, and that address; null when that is loopback. */
  readonly serving: { readonly device: string; readonly addresses: readonly InterfaceAddress[] } | null
}
