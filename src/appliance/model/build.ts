import { type Configuration, ConfigurationRefused, type Problem } from '../body/index.ts'
import { compareIps, contains, type Ip, isNexthop } from '../net/ip.ts'
import { resolveAnchors } from './anchors.ts'
import { crossCheck } from './checks.ts'
import { bindLoadBalancer } from './loadbalancer.ts'
import type { Machine } from './machine.ts'
import { bindNetwork } from './network.ts'
import { planRoutes } from './routes.ts'
import type { FloatingIp, Ha, Management, Model, Network } from './types.ts'
import { bindTunnels } from './vpn.ts'

const DEFAULT_ORCHESTRATOR: Ip = {
  family: 6,
  text: 'fdca:3ba5:a17a:acda::1',
  value: 0xfdca_3ba5_a17a_acda_0000_0000_0000_0001n,
}
const DEFAULT_METADATA_PORT = 9697

/** The lowest of an interface's addresses of one family. */
export function lowestAddress(network: Network | Management, family: 4 | 6): Ip | null {
  return (
    network.addresses
      .map((address) => address.ip)
      .filter((ip) => ip.family === family)
      .sort(compareIps)[0] ?? null
  )
}

/** The NIC of the API counts as management even when the configuration forgets it: nobody locks himself out. */
function managementOf(networks: readonly Network[], machine: Machine): Management | null {
  const configured = networks.find((network) => network.type === 'management')
  if (!machine.serving) return configured ?? null
  const addresses = [...machine.serving.addresses]
  if (configured?.device === machine.serving.device) {
    for (const address of configured.addresses) {
      if (!addresses.some((known) => known.ip.text === address.ip.text)) addresses.push(address)
    }
  }
  // In one order, whatever the kernel's: rules that only change places would be replaced for nothing.
  return { device: machine.serving.device, addresses: addresses.sort((a, b) => compareIps(a.ip, b.ip)) }
}

function floatingIpsOf(
  config: Configuration,
  networks: readonly Network[],
  problems: Problem[],
  warnings: string[],
): FloatingIp[] {
  const external = networks.find((network) => network.type === 'external')
  const seen = new Set<string>()
  const result: FloatingIp[] = []
  config.floating_ips.forEach(({ floating_ip, fixed_ip }, i) => {
    const path = `floating_ips[${i}]`
    if (floating_ip.family !== fixed_ip.family) {
      problems.push({ path, message: `${floating_ip.text} and ${fixed_ip.text} are of different families` })
    } else if (seen.has(floating_ip.text)) {
      problems.push({ path: `${path}.floating_ip`, message: `${floating_ip.text} is given twice` })
    } else if (networks.some((network) => network.addresses.some((address) => address.ip.text === floating_ip.text))) {
      problems.push({ path: `${path}.floating_ip`, message: `${floating_ip.text} is the router's own address` })
    } else if (
      networks.some((n) => n.type !== 'external' && n.addresses.some((a) => contains(a.network, floating_ip)))
    ) {
      problems.push({ path: `${path}.floating_ip`, message: `${floating_ip.text} is not an outside address` })
    } else if (!external) {
      warnings.push(`floating IP ${floating_ip.text} has no effect without an external network`)
    } else {
      result.push({ floating: floating_ip, fixed: fixed_ip })
    }
    seen.add(floating_ip.text)
  })
  return result
}

/** The peers know us by the address that the configuration gives us, not by whatever else the NIC may have. */
function haOf(
  config: Configuration,
  networks: readonly Network[],
  management: Management | null,
  problems: Problem[],
): Ha | null {
  if (!config.ha_resource) return null
  const peers = config.ha_config.peers ?? []
  const configured = networks.find((network) => network.type === 'management') ?? management
  const family = peers[0]?.family ?? configured?.addresses[0]?.ip.family ?? 6
  const source = (configured && lowestAddress(configured, family)) ?? (management && lowestAddress(management, family))
  if (!source) {
    problems.push({
      path: 'ha_config.peers',
      message: `the management network has no IPv${family} address to reach a peer from`,
    })
    return null
  }
  peers.forEach((peer, i) => {
    const path = `ha_config.peers[${i}]`
    if (peer.family !== family) problems.push({ path, message: 'peers are of different families' })
    if (peer.text === source.text) problems.push({ path, message: 'a peer cannot be this appliance itself' })
  })
  return { peers, priority: config.ha_config.priority ?? 50, source }
}

/**
 * Turns a checked configuration into what it means on this machine.
 *
 * @throws ConfigurationRefused (422) naming every contradiction; nothing was touched.
 */
export function buildModel(config: Configuration, machine: Machine): Model {
  const problems: Problem[] = []
  const warnings: string[] = []
  const networks = config.networks.flatMap((raw, i) => bindNetwork(raw, i, machine, problems) ?? [])
  const complete = networks.length === config.networks.length
  // Positions in the messages are those of the configuration, so the comparisons wait until every network was bound.
  if (complete) problems.push(...crossCheck(networks, machine))
  const external = networks.find((network) => network.type === 'external') ?? null
  const management = managementOf(networks, machine)
  const orchestrator = {
    address: config.orchestrator.address ?? DEFAULT_ORCHESTRATOR,
    port: config.orchestrator.metadata_port ?? DEFAULT_METADATA_PORT,
  }
  const gateway = config.default_v4_gateway
  if (gateway && external && (gateway.family !== 4 || !isNexthop(gateway, external.addresses))) {
    problems.push({ path: 'default_v4_gateway', message: `${gateway.text} cannot be an IPv4 gateway` })
  }
  const floatingIps = floatingIpsOf(config, networks, problems, warnings)
  const anchors = resolveAnchors(config, networks, machine, problems)
  const ha = haOf(config, networks, management, problems)
  const loadBalancer = complete ? bindLoadBalancer(config, networks, management, problems, warnings) : null
  const tunnels = bindTunnels(config, networks, management, orchestrator.address, problems, warnings)
  if (problems.length > 0) throw new ConfigurationRefused(problems)
  const plan = planRoutes(config, networks, external, machine, orchestrator.address)
  return {
    tenantId: config.tenant_id ?? '',
    hostname: config.hostname ?? null,
    networks,
    external,
    management,
    floatingIps,
    snat: config.enable_snat,
    defaultGateways: plan.defaultGateways,
    routes: plan.routes,
    labels: Object.entries(config.labels).map(([name, cidrs]) => ({ name, cidrs })),
    anchors,
    orchestrator,
    asn: config.asn,
    neighborAsn: config.neighbor_asn ?? config.asn,
    ha,
    loadBalancer,
    tunnels,
    warnings: [...warnings, ...plan.warnings],
  }
}
