import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../../../support/program.ts'
import type { Appliance, Cloud } from './cloud.ts'
import type { Body } from './rest-error.ts'

/** One NIC of an appliance, as its kernel has it. */
interface Nic {
  readonly device: string
  readonly mac: string
  readonly mtu: number
  readonly up: boolean
  /** With prefix length, link-local ones left out. */
  readonly addresses: readonly string[]
}

/** What is inside an instance. */
interface Inside {
  readonly nics: readonly Nic[]
  /** `destination via gateway`, IPv4 and IPv6. */
  readonly routes: readonly string[]
  /** `iptables-save -t nat`, line by line. */
  readonly nat: readonly string[]
  /** `mac address` of every host that dnsmasq has a lease for. */
  readonly hosts: readonly string[]
}

async function json(appliance: Appliance, ...words: readonly string[]): Promise<Body> {
  const { code, stdout, stderr } = await appliance.space.run('ip', '-j', ...words)
  if (code !== 0) throw new Error(`ip ${words.join(' ')} in the appliance: ${stderr.trim()}`)
  return JSON.parse(stdout || '[]')
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return ''
  }
}

/** Looks into an instance. */
async function lookInside(appliance: Appliance): Promise<Inside> {
  const [links, v4, v6, nat, listening, text] = await Promise.all([
    json(appliance, 'address'),
    json(appliance, '-4', 'route'),
    json(appliance, '-6', 'route'),
    appliance.space.run('iptables-save', '-t', 'nat'),
    appliance.space.run('ss', '-Hlun', 'sport', '=', ':67'),
    textOf(join(appliance.runDir, 'dnsmasq.hosts')),
  ])
  // Where nobody serves, the file of the last time is nobody's.
  const hosts = listening.stdout.trim() === '' ? '' : text
  return {
    nics: links
      .filter((link: Body) => /^eth\d+$/.test(link.ifname))
      .map((link: Body) => ({
        device: link.ifname,
        mac: link.address,
        mtu: link.mtu,
        up: link.flags.includes('UP'),
        addresses: link.addr_info
          .filter((one: Body) => one.scope === 'global')
          .map((one: Body) => `${one.local}/${one.prefixlen}`)
          .sort(),
      })),
    routes: [...v4, ...v6]
      .filter((route: Body) => route.gateway)
      .map((route: Body) => `${route.dst} via ${route.gateway}`),
    nat: nat.stdout.split('\n'),
    hosts: hosts.split('\n').flatMap((line) => {
      const [mac, ...rest] = line.split(',')
      return rest
        .map((part) => part.replace(/^\[(.*)\]$/, '$1'))
        .filter((part) => /^[\d.]+$/.test(part) || part.includes(':'))
        .filter((part) => !part.startsWith('set:') && !part.startsWith('tag:'))
        .map((address) => `${mac} ${address}`)
    }),
  }
}

/** What Neutron says of a router. */
async function neutronsView(cloud: Cloud, routerId: string, serverId: string) {
  const get = async (path: string): Promise<Body> => cloud.admin('GET', `v2.0/${path}`)
  const [{ router }, { ports }, { ports: plugged }, { floatingips }] = await Promise.all([
    get(`routers/${routerId}`),
    get(`ports?device_id=${routerId}`),
    get(`ports?device_id=${serverId}`),
    get(`floatingips?router_id=${routerId}`),
  ])
  // Few requests, whatever the number of networks: looking must not slow down what is looked at.
  const own = new Set<string>(ports.map((port: Body) => port.network_id))
  const filter = [...own].map((id) => `network_id=${id}`).join('&')
  const [all, under, on] = await Promise.all([
    get(`networks?${filter.replaceAll('network_id=', 'id=') || 'id=none'}`),
    get(`subnets?${filter || 'id=none'}`),
    get(`ports?${filter || 'id=none'}`),
  ])
  const networks = new Map<string, Body>(all.networks.map((network: Body) => [network.id, network]))
  const subnets = new Map<string, Body>(under.subnets.map((subnet: Body) => [subnet.id, subnet]))
  const members: Body[] = on.ports
  return { router, ports, plugged, floatingips, networks, subnets, members }
}

/** Everything in which an appliance is not what Neutron says of its router, in words; empty: it is. */
export async function differences(cloud: Cloud, routerId: string): Promise<readonly string[]> {
  const resource = await cloud.orchestrator.resource(routerId)
  if (resource?.instance_state !== 'configured') return [`the router is ${resource?.instance_state ?? 'unknown'}`]
  const found: string[] = []
  const says = (isSo: boolean, what: string): void => {
    if (!isSo) found.push(what)
  }
  const appliance = await cloud.appliance(routerId)
  const [inside, neutron] = await Promise.all([
    lookInside(appliance),
    neutronsView(cloud, routerId, appliance.serverId),
  ])
  const { router, ports, plugged, floatingips, networks, subnets, members } = neutron
  const gateway = ports.find((port: Body) => port.device_owner === 'network:router_gateway')
  const given = floatingips.filter((one: Body) => one.fixed_ip_address)

  // A NIC for each network, and no more: the management network comes on top.
  const networkOf = new Map<string, string>(plugged.map((port: Body) => [port.mac_address, port.network_id]))
  const onNetwork = new Map<string, Nic>()
  for (const nic of inside.nics) {
    const network = networkOf.get(nic.mac)
    if (network === undefined) found.push(`${nic.device} (${nic.mac}) is no port of the instance`)
    else onNetwork.set(network, nic)
  }
  says(onNetwork.size === networks.size + 1, `${onNetwork.size} NICs for ${networks.size} networks and management`)

  for (const [id, network] of networks) {
    const nic = onNetwork.get(id)
    if (!nic) {
      found.push(`no NIC on network ${network.name}`)
      continue
    }
    const own = ports
      .filter((port: Body) => port.network_id === id)
      .flatMap((port: Body) => port.fixed_ips)
      .map((one: Body) => `${one.ip_address}/${subnets.get(one.subnet_id)?.cidr.split('/')[1]}`)
    const floating = given
      .filter((one: Body) => one.floating_network_id === id)
      .map((one: Body) => `${one.floating_ip_address}/32`)
    const expected = [...own, ...floating].sort()
    says(nic.up, `${nic.device} is down`)
    says(
      JSON.stringify(nic.addresses) === JSON.stringify(expected),
      `network ${network.name}: addresses ${nic.addresses.join(' ')} instead of ${expected.join(' ')}`,
    )
    says(nic.mtu === network.mtu, `network ${network.name}: MTU ${nic.mtu} instead of ${network.mtu}`)
  }

  const defaults = (gateway?.fixed_ips ?? [])
    .map((one: Body) => subnets.get(one.subnet_id)?.gateway_ip)
    .filter(Boolean)
    .map((address: string) => `default via ${address}`)
  const extra = router.routes.map((route: Body) => `${route.destination} via ${route.nexthop}`)
  const passed = [...subnets.values()].flatMap((subnet) =>
    subnet.host_routes.map((route: Body) => `${route.destination} via ${route.nexthop}`),
  )
  const expectedRoutes = [...defaults, ...extra].map((route) =>
    route.replace(/\/(32|128) /, ' ').replace(/^(0\.0\.0\.0|::)\/0 /, 'default '),
  )
  for (const route of expectedRoutes) {
    // Of several gateways of one family one is enough.
    const others = defaults.filter((one: string) => one.includes(':') === route.includes(':'))
    const accepted = route.startsWith('default ') && defaults.includes(route) ? others : [route]
    says(
      accepted.some((one: string) => inside.routes.includes(one)),
      `no route ${route}`,
    )
  }
  for (const route of inside.routes) {
    says(expectedRoutes.includes(route) || passed.includes(route), `a route that nobody asked for: ${route}`)
  }

  const translations = new Set(
    inside.nat.flatMap((line) => {
      const match = /-d ([\d.]+)\/32 .*-j DNAT --to-destination ([\d.]+)$/.exec(line)
      return match && match[1] !== '169.254.169.254' ? [`${match[1]} ${match[2]}`] : []
    }),
  )
  const wanted = new Set<string>(given.map((one: Body) => `${one.floating_ip_address} ${one.fixed_ip_address}`))
  for (const one of wanted) says(translations.has(one), `no DNAT ${one}`)
  for (const one of translations) says(wanted.has(one), `DNAT that nobody asked for: ${one}`)
  if (gateway && router.external_gateway_info.enable_snat !== false) {
    // Of several addresses the one that is beside the default gateway in force: Neutron lists them in no order.
    const own = gateway.fixed_ips.filter((one: Body) => !one.ip_address.includes(':'))
    const beside = own.find((one: Body) =>
      inside.routes.includes(`default via ${subnets.get(one.subnet_id)?.gateway_ip}`),
    )
    const source = (beside ?? own[0])?.ip_address
    says(
      source === undefined || inside.nat.some((line) => line.includes(`-j SNAT --to-source ${source}`)),
      `no SNAT to ${source}`,
    )
  } else {
    const rules = inside.nat.filter((line) => line.startsWith('-A PUBLIC -j SNAT'))
    says(rules.length === 0, `SNAT that nobody asked for: ${rules.join('; ')}`)
  }

  // DHCP: every machine's address, and none that Neutron does not know.
  const internal = members.filter((port) => !networks.get(port.network_id)?.['router:external'])
  const pairs = (port: Body, keep: (subnet: Body) => boolean): string[] =>
    port.fixed_ips
      .filter((one: Body) => keep(subnets.get(one.subnet_id) ?? {}))
      .map((one: Body) => `${port.mac_address} ${one.ip_address}`)
  const machines = internal.filter((port) => port.device_owner.startsWith('compute:'))
  // Only subnets on which the router has an interface are its business.
  const attached = new Set<string>(ports.flatMap((port: Body) => port.fixed_ips.map((one: Body) => one.subnet_id)))
  const due = machines.flatMap((port) =>
    pairs(port, (subnet) => subnet.enable_dhcp && subnet.ip_version === 4 && attached.has(subnet.id)),
  )
  const known = new Set(internal.flatMap((port) => pairs(port, () => true)))
  for (const pair of due) says(inside.hosts.includes(pair), `DHCP does not know ${pair}`)
  for (const pair of inside.hosts) {
    const [mac, address] = pair.split(' ')
    says(known.has(pair), `DHCP knows ${mac} ${address}, and Neutron does not`)
  }
  return found
}

const LOOK_EVERY_MS = 500
/** After so long it is looked again even if the orchestrator says that nothing has changed. */
const LOOK_ANYWAY_MS = 6_000

/**
 * Waits until the appliance is what Neutron says of its router. Throws with the differences that remain. A look costs Neutron seven requests,
 * so it is taken only when something may have changed.
 */
export async function becomesReal(cloud: Cloud, routerId: string, timeoutMs = 600_000): Promise<void> {
  let last: readonly string[] = ['it was never looked at']
  let seen = -1
  let looked = 0
  await until(
    async () => {
      const revision = (await cloud.orchestrator.resource(routerId))?.revision ?? -1
      if (revision !== seen || performance.now() - looked > LOOK_ANYWAY_MS) {
        seen = revision
        last = await differences(cloud, routerId)
        looked = performance.now()
      }
      if (last.length > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      return last
    },
    (found) => found.length === 0,
    timeoutMs,
  ).catch((error: unknown) => {
    throw new Error(`the appliance of ${routerId} is not what Neutron says: ${last.join('; ') || String(error)}`)
  })
}
