import { isTenantNetwork, type Model, type Network, type Subnet } from '../model/index.ts'
import { contains, netmask } from '../net/ip.ts'
import { METADATA_ADDRESS } from './metadata.ts'

/** Where dnsmasq finds and leaves things. */
export interface DnsmasqPaths {
  readonly hosts: string
  readonly options: string
  readonly pid: string
  /** Where upstream name servers are read from. */
  readonly resolv: string
}

/**
 * dnsmasq's configuration in the three files that it treats differently: `main` is read at start, `hosts` and `options` again at
 * every SIGHUP, so that a changed allocation or name server needs no restart and loses no lease. `test` is all of it in one text,
 * because `dnsmasq --test` looks into the main file only.
 */
export interface DnsmasqFiles {
  readonly main: string
  readonly hosts: string
  readonly options: string
  readonly test: string
}

const LEASE = '86400s'

/** Enough leases for every machine; in powers of two, because a change of it needs a restart. */
function maxLeases(model: Model): number {
  const addresses = model.networks.reduce((sum, network) => sum + network.allocations.length, 0)
  return 2 ** Math.max(12, Math.ceil(Math.log2(addresses * 4 + 1)))
}

interface Served {
  readonly network: Network
  readonly subnet: Subnet
  readonly tag: string
}

/** Subnets with DHCP that this router really stands in. */
function servedSubnets(network: Network): Served[] {
  return network.subnets
    .map((subnet, index) => ({ network, subnet, tag: `ge${network.index}_${index}` }))
    .filter(({ subnet }) => subnet.dhcp && network.addresses.some((address) => contains(subnet.cidr, address.ip)))
}

function rangeOf({ subnet: { cidr }, tag }: Served): string {
  const mask = cidr.address.family === 4 ? netmask(cidr.prefix) : String(Math.max(64, cidr.prefix))
  return `dhcp-range=set:${tag},${cidr.address.text},static,${mask},${LEASE}`
}

/** The next hop of the default route that machines are told; none where the subnet has no gateway, and never one that is not there. */
function routerOf(network: Network, subnet: Subnet): string | null {
  return network.type === 'isolated' ? null : (subnet.gateway?.text ?? null)
}

/** Routes besides the default one. Without that the metadata service would be out of reach. */
function routesOf(network: Network, subnet: Subnet): string[] {
  const routes = subnet.hostRoutes.map(({ destination, nexthop }) => `${destination.text},${nexthop.text}`)
  const own = network.addresses.find((address) => contains(subnet.cidr, address.ip))
  if (network.type === 'isolated' || subnet.gateway || !own) return routes
  return [...routes, `${METADATA_ADDRESS}/32,${own.ip.text}`]
}

function options4({ network, subnet, tag }: Served): string[] {
  const lines: string[] = []
  const gateway = routerOf(network, subnet)
  // An empty value suppresses what dnsmasq would send of itself.
  lines.push(`tag:${tag},option:router${gateway === null ? '' : `,${gateway}`}`)
  if (subnet.dns.length > 0) lines.push(`tag:${tag},option:dns-server,${subnet.dns.map((ip) => ip.text).join(',')}`)
  const routes = routesOf(network, subnet)
  if (routes.length > 0) {
    // A client that gets option 121 ignores the router option (RFC 3442), so the default route has to be in it.
    const hasDefault = subnet.hostRoutes.some(({ destination }) => destination.prefix === 0)
    if (gateway !== null && !hasDefault) routes.push(`0.0.0.0/0,${gateway}`)
    lines.push(`tag:${tag},option:classless-static-route,${routes.join(',')}`)
  }
  if (network.mtu !== null) lines.push(`tag:${tag},option:mtu,${network.mtu}`)
  return lines
}

function options6({ subnet, tag }: Served): string[] {
  if (subnet.dns.length === 0) return []
  return [`tag:${tag},option6:dns-server,${subnet.dns.map((ip) => `[${ip.text}]`).join(',')}`]
}

/** One line per IPv4 address (dnsmasq takes one each); all IPv6 addresses stand in the first. */
function hostLines(network: Network, served: readonly Served[]): string[] {
  return network.allocations.flatMap(({ mac, hostname, addresses }) => {
    const usable = addresses.filter(({ ip, dhcp }) => dhcp && served.some(({ subnet }) => contains(subnet.cidr, ip)))
    const v4 = usable.filter(({ ip }) => ip.family === 4).map(({ ip }) => ip.text)
    const v6 = usable.filter(({ ip }) => ip.family === 6).map(({ ip }) => `[${ip.text}]`)
    const name = hostname === null ? [] : [hostname]
    const [first, ...more] = v4
    const fields = [...(first === undefined ? [] : [first]), ...v6]
    if (fields.length === 0) return []
    return [[mac, ...fields, ...name].join(','), ...more.map((address) => [mac, address, ...name].join(','))]
  })
}

const block = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

/** Renders DHCP and DNS for all tenant networks; null when no network has machines to serve. */
export function renderDnsmasq(model: Model, paths: DnsmasqPaths): DnsmasqFiles | null {
  const networks = model.networks.filter((network) => isTenantNetwork(network) && network.addresses.length > 0)
  if (networks.length === 0) return null
  const served = networks.flatMap(servedSubnets)
  const head = [
    // bind-interfaces would end the whole server for one missing NIC.
    'bind-dynamic',
    'except-interface=lo',
    'leasefile-ro',
    // A machine that comes back with a lease from before a restart is told at once what it has.
    'dhcp-authoritative',
    'domain-needed',
    'bogus-priv',
    'no-hosts',
    'no-poll',
    'strict-order',
    `dhcp-lease-max=${maxLeases(model)}`,
    `resolv-file=${paths.resolv}`,
    `pid-file=${paths.pid}`,
    ...networks.map((network) => `interface=${network.device}`),
    ...served.map(rangeOf),
  ]
  const options = served.flatMap((item) => (item.subnet.cidr.address.family === 4 ? options4(item) : options6(item)))
  const hosts = networks.flatMap((network) =>
    hostLines(
      network,
      served.filter((item) => item.network === network),
    ),
  )
  return {
    main: block([...head, `dhcp-hostsfile=${paths.hosts}`, `dhcp-optsfile=${paths.options}`]),
    hosts: block(hosts),
    options: block(options),
    test: block([
      ...head,
      ...options.map((line) => `dhcp-option=${line}`),
      ...hosts.map((line) => `dhcp-host=${line}`),
    ]),
  }
}

/** Address → MAC of every static lease: a reload cannot move an address from one machine to another, a restart can. */
export function leaseOwners(model: Model): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  for (const network of model.networks.filter(isTenantNetwork)) {
    for (const { mac, addresses } of network.allocations) {
      for (const { ip, dhcp } of addresses) if (dhcp) owners.set(`${network.id} ${ip.text}`, mac)
    }
  }
  return owners
}
