/** What is about to get a port. */
interface PlannedPort {
  readonly name: string
  readonly networkId: string
  /** What the network is for the appliance: where it is managed, the provider's side, a tenant's side. */
  readonly network: 'management' | 'external' | 'internal'
  /** Number of the router that the port's name belongs to (`ASTARA:<kind>:<router id>`), in order of creation. */
  readonly routerIndex: number
}

/** Decides MAC and address of appliance ports, so that a load generator on fixed addresses can play the appliances. */
export type AddressPlan = (
  port: PlannedPort,
) => { readonly macAddress: string; readonly ipAddress: string | null } | null

const INTERFACES = { management: 0, external: 1, internal: 2 } as const

const byte = (value: number): string => (value & 255).toString(16).padStart(2, '0')

/**
 * The plan of `bench/appliance_stub.py`: appliance i is 127.(1 + (i >> 16)).((i >> 8) & 255).(i & 255), and its interface k (0 management,
 * 1 external, 2 internal) has the MAC fa:16:k:(i >> 16):(i >> 8):i.
 */
export const stubAddressPlan: AddressPlan = ({ network, routerIndex: i }) => ({
  macAddress: `fa:16:${byte(INTERFACES[network])}:${byte(i >> 16)}:${byte(i >> 8)}:${byte(i)}`,
  ipAddress: network === 'management' ? `127.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}` : null,
})
