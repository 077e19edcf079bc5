import { isTenantNetwork, type Model } from '../model/index.ts'

/** Kernel switches, by their path under /proc/sys. */
export type Sysctls = ReadonlyMap<string, string>

/** True when this configuration makes the machine a router. */
const routes = (model: Model): boolean =>
  model.networks.some((network) => network.type === 'internal' || network.type === 'external')

/** Forwarding: set only after the firewall stands, taken back before it changes to nothing. */
export function forwardingSysctls(model: Model): Sysctls {
  const value = routes(model) ? '1' : '0'
  return new Map([
    ['net/ipv4/ip_forward', value],
    ['net/ipv6/conf/all/forwarding', value],
  ])
}

/** What each interface needs before it gets addresses. */
export function interfaceSysctls(model: Model): Sysctls {
  const wanted = new Map<string, string>()
  // The balancer listens on its address from the start, while duplicate address detection still runs.
  for (const family of ['ipv4', 'ipv6']) wanted.set(`net/${family}/ip_nonlocal_bind`, model.loadBalancer ? '1' : '0')
  for (const network of model.networks) {
    const v4 = `net/ipv4/conf/${network.device}`
    const v6 = `net/ipv6/conf/${network.device}`
    // A router believes its configuration, not advertisements or redirects of others.
    wanted.set(`${v6}/accept_ra`, '0')
    wanted.set(`${v6}/accept_redirects`, '0')
    wanted.set(`${v4}/accept_redirects`, '0')
    wanted.set(`${v4}/send_redirects`, '0')
    // Answer ARP only for addresses of the network that was asked on.
    wanted.set(`${v4}/arp_ignore`, '1')
    wanted.set(`${v4}/arp_announce`, '2')
    // New IPv6 addresses announce themselves.
    wanted.set(`${v6}/ndisc_notify`, '1')
    // On the management network addresses are ours by construction and needed at once; elsewhere a duplicate must be noticed.
    wanted.set(`${v6}/accept_dad`, network.type === 'management' ? '0' : '1')
    if (isTenantNetwork(network)) wanted.set(`${v4}/rp_filter`, '1')
  }
  return wanted
}

/** The entries of `wanted` that are different now. Switches that this kernel does not have are left out. */
export function sysctlChanges(wanted: Sysctls, live: Sysctls): [string, string][] {
  return [...wanted].filter(([name, value]) => live.has(name) && live.get(name) !== value)
}
