import ipaddr from 'ipaddr.js'
import { type Clock, type Logger, messageOf, type Timer } from '../../shared/index.ts'
import type { NetworkState } from '../network/state.ts'
import type { Ranges } from './ranges.ts'
import { ip, ipBatch, sysctl } from './run.ts'
import { removeSpace } from './sweep.ts'
import type { Switch } from './switch.ts'

/** Addresses that everybody pings: the hosts of this Internet. */
const FAMOUS = { v4: '8.8.8.8', v6: '2001:4860:4860::8888' }
const LOOK_MS = 500
/** A route that a tenant cannot have asked for: anything wider would take the way to somewhere else. */
const MIN_PREFIX = 48

/**
 * The outside: a namespace that is the provider's gateway on the external network and holds a few addresses that people ping. It leads
 * nowhere: no packet of a tenant leaves this machine.
 */
export class Internet {
  readonly space: string
  readonly #fabric: Switch
  readonly #network: NetworkState
  readonly #clock: Clock
  readonly #logger: Logger
  #routes = new Map<string, string>()
  #timer: Timer | null = null
  #looking: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(deps: {
    readonly space: string
    readonly fabric: Switch
    readonly network: NetworkState
    readonly clock: Clock
    readonly logger: Logger
  }) {
    this.space = deps.space
    this.#fabric = deps.fabric
    this.#network = deps.network
    this.#clock = deps.clock
    this.#logger = deps.logger
  }

  async open(networkId: string, ranges: Ranges['external']): Promise<void> {
    await ip(null, 'netns', 'add', this.space)
    await sysctl(this.space, {
      'net/ipv4/ip_forward': '1',
      'net/ipv6/conf/all/forwarding': '1',
      'net/ipv6/conf/default/accept_dad': '0',
      'net/ipv4/conf/all/rp_filter': '0',
      'net/ipv4/conf/default/rp_filter': '0',
    })
    await this.#fabric.plug({ id: 'internet', networkId, macAddress: '02:00:00:00:00:01' }, this.space, 'eth0')
    const length = ranges.cidr.split('/')[1]
    await ipBatch(this.space, [
      'link set dev lo up',
      `address add ${FAMOUS.v4}/32 dev lo`,
      `address add ${FAMOUS.v6}/128 dev lo`,
      `address add ${ranges.gateway}/${length} dev eth0`,
      `address add ${ranges.gateway6}/64 dev eth0 nodad`,
      'link set dev eth0 up',
    ])
    this.#again()
  }

  #again(): void {
    if (this.#isClosed) return
    this.#timer = this.#clock.after(
      LOOK_MS,
      () => {
        this.#looking = this.#followRouters().finally(() => this.#again())
      },
      { unref: true },
    )
  }

  /** IPv6 is not translated: the provider routes a tenant's prefixes to the tenant's router. */
  async #followRouters(): Promise<void> {
    const wanted = wantedRoutes(this.#network)
    const lines = [
      ...[...this.#routes].flatMap(([prefix]) => (wanted.has(prefix) ? [] : [`-6 route delete ${prefix}`])),
      ...[...wanted].flatMap(([prefix, via]) =>
        this.#routes.get(prefix) === via ? [] : [`-6 route replace ${prefix} via ${via}`],
      ),
    ]
    if (lines.length === 0) return
    this.#routes = wanted
    for (const line of lines) {
      await ip(this.space, ...line.split(' ')).catch((error: unknown) => {
        if (!this.#isClosed) this.#logger.warn({ reason: messageOf(error) }, 'the provider could not route a prefix')
      })
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#looking
    await removeSpace(this.space)
  }
}

/** Next hop of each IPv6 prefix behind a router with an external IPv6 address. */
export function wantedRoutes(network: Pick<NetworkState, 'routers' | 'ports' | 'subnets'>): Map<string, string> {
  const routes = new Map<string, string>()
  for (const router of network.routers.ordered()) {
    const gateway = router.gatewayPortId === null ? undefined : network.ports.get(router.gatewayPortId)
    const via = gateway?.fixedIps.find((address) => address.ip_address.includes(':'))?.ip_address
    if (via === undefined) continue
    for (const port of network.ports.by('device_id', router.id)) {
      if (port.deviceOwner !== 'network:router_interface') continue
      for (const { subnet_id: id } of port.fixedIps) {
        const cidr = network.subnets.get(id)?.cidr
        if (cidr?.includes(':') && isRoutable(cidr) && !routes.has(cidr)) routes.set(cidr, via)
      }
    }
  }
  return routes
}

function isRoutable(cidr: string): boolean {
  const [address, length] = ipaddr.parseCIDR(cidr)
  return length >= MIN_PREFIX && !['linkLocal', 'multicast', 'loopback', 'unspecified'].includes(address.range())
}
