import type { ApplianceInterface, LabelCounter } from '../contract/index.ts'
import type { Configuration, ConfiguredNetwork } from './body/index.ts'
import type { Model } from './model/index.ts'
import { counterName } from './render/accounting.ts'
import type { Kernel, LiveLink } from './system/live.ts'

/** A NIC as the API shows it, under its generic name. */
export function interfaceAnswer(generic: string, link: LiveLink): ApplianceInterface {
  return {
    addresses: link.addresses.map((address) => address.text),
    description: '',
    groups: [],
    ifname: generic,
    lladdr: link.mac === '' ? null : link.mac,
    media: null,
    mtu: link.mtu,
    state: link.up ? 'up' : 'down',
  }
}

/** What was counted for each label; one without a counter yet has counted nothing. */
export function labelCounters(
  labels: Model['labels'],
  counters: Awaited<ReturnType<Kernel['readCounters']>>,
): LabelCounter[] {
  const none = { packets: 0, bytes: 0 }
  return labels.map(({ name }) => {
    const into = counters.get(counterName(name, 'in')) ?? none
    const out = counters.get(counterName(name, 'out')) ?? none
    return {
      name,
      total_packets: into.packets + out.packets,
      total_bytes: into.bytes + out.bytes,
      packets_in: into.packets,
      bytes_in: into.bytes,
      packets_out: out.packets,
      bytes_out: out.bytes,
    }
  })
}

function configuredInterface({ interface: nic }: ConfiguredNetwork): ApplianceInterface {
  return {
    addresses: nic.addresses.map((address) => address.text),
    description: nic.description,
    groups: nic.groups.map((group) => group.slice(0, 15)),
    ifname: nic.ifname,
    lladdr: nic.lladdr,
    media: nic.media,
    mtu: nic.mtu,
    state: nic.state,
  }
}

function routerAnswer(config: Configuration) {
  return {
    networks: config.networks.map((network) => ({
      network_id: network.network_id,
      interface: configuredInterface(network),
      name: network.name,
      network_type: network.network_type,
      v4_conf_service: network.v4_conf_service,
      v6_conf_service: network.v6_conf_service,
      address_allocations: network.allocations,
    })),
    address_book: Object.fromEntries(
      Object.entries(config.address_book).map(([name, cidrs]) => [
        name,
        { name, _cidrs: cidrs.map(({ text }) => text) },
      ]),
    ),
    anchors: config.anchors.map((anchor) => ({
      name: anchor.name,
      rules: anchor.rules.map((rule) => ({
        ...rule,
        source: rule.source instanceof Object ? rule.source.text : (rule.source ?? null),
        destination: rule.destination instanceof Object ? rule.destination.text : (rule.destination ?? null),
        redirect: rule.redirect?.text ?? null,
      })),
    })),
    static_routes: config.static_routes.map(({ destination, next_hop }) => ({
      destination: destination.text,
      next_hop: next_hop.text,
    })),
    vpn: config.vpn.map(vpnServiceAnswer),
  }
}

type VpnService = Configuration['vpn'][number]
type EndpointGroup = VpnService['ipsec_connections'][number]['local_ep_group']

const groupAnswer = (group: EndpointGroup) =>
  group && {
    type: group.type,
    endpoints: group.type === 'cidr' ? group.endpoints.map(({ text }) => text) : group.endpoints,
  }

/** A VPN service as it was given, without the keys: the original answered with them in clear. */
function vpnServiceAnswer({ ipsec_connections, ...service }: VpnService) {
  return {
    ...service,
    external_v4_ip: service.external_v4_ip?.text ?? null,
    external_v6_ip: service.external_v6_ip?.text ?? null,
    ipsec_site_connections: ipsec_connections.map(({ psk: _secret, ...connection }) => ({
      ...connection,
      peer_address: connection.peer_address.text,
      peer_cidrs: connection.peer_cidrs.map(({ text }) => text),
      local_ep_group: groupAnswer(connection.local_ep_group),
      peer_ep_group: groupAnswer(connection.peer_ep_group),
    })),
  }
}

/** The load balancer in Neutron's words. */
function loadBalancerAnswer(config: Configuration | null) {
  const balancer = config?.services?.loadbalancer
  if (!balancer) return null
  return {
    ...balancer,
    vip_address: balancer.vip_address.text,
    listeners: balancer.listeners.map(({ default_pool: pool, ...listener }) => ({
      ...listener,
      default_pool: pool && {
        ...pool,
        members: pool.members.map((member) => ({ ...member, address: member.address.text })),
      },
    })),
  }
}

/** `configuration` of the answers to GET and PUT, in the original's words; without a configuration what a fresh appliance says. */
export function configurationAnswer(config: Configuration | null, management: string | null): Record<string, unknown> {
  const router = config && routerAnswer(config)
  return {
    ...(router ?? { networks: [], address_book: {}, anchors: [], static_routes: [], vpn: [] }),
    services: { router, loadbalancer: loadBalancerAnswer(config) },
    system: {
      tenant_id: config?.tenant_id ?? null,
      hostname: config?.hostname ?? null,
      management_address: config === null ? null : management,
      interfaces: config?.networks.map(configuredInterface) ?? [],
    },
  }
}
