import { neutron } from '../engine/step.ts'

/** An id that nothing has. */
export const UNKNOWN = '11111111-2222-4333-8444-555555555555'

/** Makes a network, its id kept as `{key}`. */
export const makeNetwork = (name: string, key: string, network: Readonly<Record<string, unknown>>) =>
  neutron(name, 'POST', '/v2.0/networks', { network }, { save: { [key]: 'network.id' } })

/** Makes a subnet, its id kept as `{key}`. */
export const makeSubnet = (name: string, key: string, subnet: Readonly<Record<string, unknown>>) =>
  neutron(name, 'POST', '/v2.0/subnets', { subnet }, { save: { [key]: 'subnet.id' } })

/** An external network `{ext}` with an IPv4 subnet `{extSub}`. */
export const makeOutside = (subnet: Readonly<Record<string, unknown>> = {}) => [
  makeNetwork('an external network', 'ext', { name: 'c-ext', 'router:external': true }),
  makeSubnet('its subnet', 'extSub', {
    network_id: '{ext}',
    ip_version: 4,
    cidr: '198.51.100.0/24',
    enable_dhcp: false,
    ...subnet,
  }),
]
