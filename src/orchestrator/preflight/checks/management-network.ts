import ipaddr from 'ipaddr.js'
import type { CheckLine } from '../../../contract/index.ts'
import type { NeutronNetwork, NeutronSubnet } from '../../../openstack/index.ts'
import { failed, ok, warning } from '../lines.ts'
import type { Check } from '../types.ts'

/** The management network and its subnet are there, and management_prefix is that subnet's. */
export const managementNetwork: Check = {
  name: 'management_network',
  async run({ openstack, config, signal }) {
    const {
      management_network_id: networkId,
      management_subnet_id: subnetId,
      management_prefix: prefix,
    } = config.DEFAULT
    if (networkId === null || subnetId === null) {
      return [failed('management_network', 'management_network_id or management_subnet_id is not set')]
    }
    const [networks, subnets] = await Promise.all([
      openstack.neutron.listNetworks({ id: networkId }, { signal }),
      openstack.neutron.listSubnets({ network_id: networkId }, { signal }),
    ])
    const [network] = networks
    if (!network) {
      return [
        failed(
          'management_network',
          `Neutron shows no network ${networkId}`,
          'Set [DEFAULT] management_network_id to the id of the management network: openstack network list',
        ),
      ]
    }
    return [networkLine(network), subnetLine(network, subnets, subnetId, prefix)]
  },
}

function networkLine(network: NeutronNetwork): CheckLine {
  const found = `${network.name || network.id}, MTU ${network.mtu ?? 'unknown'}`
  if (!network.admin_state_up) {
    return failed('management_network', `${found}: switched off`, `openstack network set --enable ${network.id}`)
  }
  if (network['router:external'] || network.shared) {
    const kind = network.shared ? 'shared with tenants' : 'an external network'
    return warning(
      'management_network',
      `${found}: ${kind}, so others than appliances can stand on it`,
      'Use a network of its own: on it appliances take orders and metadata is asked for.',
    )
  }
  return ok('management_network', found)
}

function subnetLine(
  network: NeutronNetwork,
  subnets: readonly NeutronSubnet[],
  subnetId: string,
  prefix: string,
): CheckLine {
  const check = 'management_subnet'
  const subnet = subnets.find(({ id }) => id === subnetId)
  if (!subnet) {
    const known = subnets.map(({ id, cidr }) => `${id} (${cidr})`).join(', ') || 'none'
    return failed(
      check,
      `${network.name || network.id} has no subnet ${subnetId}; it has ${known}`,
      'Set [DEFAULT] management_subnet_id to one of them.',
    )
  }
  if (!sameNetwork(subnet.cidr, prefix)) {
    return failed(
      check,
      `the subnet is ${subnet.cidr}, but management_prefix is ${prefix}: no appliance would be talked to`,
      `Set [DEFAULT] management_prefix to ${subnet.cidr}`,
    )
  }
  const mode = subnet.ipv6_address_mode ?? subnet.ipv6_ra_mode
  return ok(check, `${subnet.cidr}${mode === null ? '' : `, ${mode}`}`)
}

function sameNetwork(a: string, b: string): boolean {
  const [one, oneLength] = ipaddr.parseCIDR(a)
  const [other, otherLength] = ipaddr.parseCIDR(b)
  return one.kind() === other.kind() && oneLength === otherLength && one.match(other, oneLength)
}
