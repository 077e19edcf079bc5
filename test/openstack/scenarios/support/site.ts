import { Space } from '../../../dataplane/system/support/space.ts'
import { until } from '../../../support/program.ts'
import { type Cloud, type Machine, OUTSIDE } from './cloud.ts'
import { becomesReal } from './reality.ts'
import { type Body, RestError } from './rest-error.ts'

export interface NetworkInit {
  readonly cidr: string
  readonly dhcp?: boolean
  readonly dns?: readonly string[]
  readonly hostRoutes?: readonly { readonly destination: string; readonly nexthop: string }[]
  readonly mtu?: number
  /** null: the subnet has no gateway. */
  readonly gateway?: null
  /** A SLAAC subnet besides. */
  readonly cidr6?: string
}

export interface MadeNetwork {
  readonly id: string
  readonly subnetId: string
  readonly subnet6Id: string | null
}

const LOOK_EVERY_MS = 1_500

/** Names are used once, for several sites may stand in one cloud. */
let names = 0

/** What one scenario makes in a cloud, as a tenant makes it, and takes away again. */
export class Site {
  readonly cloud: Cloud
  readonly #machines: (Machine & { unplug(): Promise<void> })[] = []
  readonly #routers: string[] = []
  readonly #networks: string[] = []
  /** What an administrator made. */
  readonly #adminNetworks: string[] = []
  readonly #floatingIps: string[] = []
  /** What is outside, for this site's servers there. */
  readonly outside: Space

  constructor(cloud: Cloud) {
    this.cloud = cloud
    this.outside = new Space(cloud.outside.name)
  }

  get #next(): string {
    names += 1
    return `s${names}`
  }

  async network(init: NetworkInit): Promise<MadeNetwork> {
    const { tenant } = this.cloud
    const id = await this.emptyNetwork()
    // Only an administrator may choose an MTU on some clouds: it is the tenant's right on stock Neutron.
    if (init.mtu !== undefined) await tenant('PUT', `v2.0/networks/${id}`, { network: { mtu: init.mtu } })
    const subnet = await this.subnet(id, init)
    const subnet6Id = init.cidr6 === undefined ? null : await this.#slaac(id, init.cidr6)
    return { id, subnetId: subnet, subnet6Id }
  }

  /** A network without a subnet. */
  async emptyNetwork(): Promise<string> {
    const { network } = await this.cloud.tenant('POST', 'v2.0/networks', { network: { name: `net-${this.#next}` } })
    this.#networks.push(network.id)
    return network.id
  }

  /** An external network of its own, as an administrator makes it, with a subnet for each CIDR. Nothing outside routes to it. */
  async externalNetwork(
    cidrs: readonly string[],
  ): Promise<{ readonly id: string; readonly subnetIds: readonly string[] }> {
    const { admin } = this.cloud
    const { network } = await admin('POST', 'v2.0/networks', {
      network: { name: `ext-${this.#next}`, 'router:external': true },
    })
    this.#adminNetworks.push(network.id)
    const subnetIds: string[] = []
    for (const cidr of cidrs) {
      const { subnet } = await admin('POST', 'v2.0/subnets', {
        subnet: { network_id: network.id, ip_version: cidr.includes(':') ? 6 : 4, cidr, enable_dhcp: false },
      })
      subnetIds.push(subnet.id)
    }
    return { id: network.id, subnetIds }
  }

  /** A network of an administrator's project, on which every tenant may plug. */
  async sharedNetwork(cidr: string): Promise<{ readonly id: string; readonly subnetId: string }> {
    const { admin } = this.cloud
    const { network } = await admin('POST', 'v2.0/networks', { network: { name: `net-${this.#next}`, shared: true } })
    this.#adminNetworks.push(network.id)
    const { subnet } = await admin('POST', 'v2.0/subnets', { subnet: { network_id: network.id, ip_version: 4, cidr } })
    return { id: network.id, subnetId: subnet.id }
  }

  async subnet(networkId: string, init: NetworkInit): Promise<string> {
    const { subnet } = await this.cloud.tenant('POST', 'v2.0/subnets', {
      subnet: {
        network_id: networkId,
        ip_version: 4,
        cidr: init.cidr,
        enable_dhcp: init.dhcp ?? true,
        ...(init.gateway === null ? { gateway_ip: null } : {}),
        dns_nameservers: init.dns ?? [],
        host_routes: init.hostRoutes ?? [],
      },
    })
    return subnet.id
  }

  async #slaac(networkId: string, cidr: string): Promise<string> {
    const { subnet } = await this.cloud.tenant('POST', 'v2.0/subnets', {
      subnet: { network_id: networkId, ip_version: 6, cidr, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' },
    })
    return subnet.id
  }

  async router(init: Readonly<Record<string, unknown>> = {}): Promise<Body> {
    const { router } = await this.cloud.tenant('POST', 'v2.0/routers', { router: { name: `r-${this.#next}`, ...init } })
    this.#routers.push(router.id)
    return router
  }

  /** A router with a way out. */
  gatewayRouter(init: Readonly<Record<string, unknown>> = {}): Promise<Body> {
    return this.router({ external_gateway_info: { network_id: this.cloud.externalId }, ...init })
  }

  async plug(routerId: string, what: { readonly subnet_id: string } | { readonly port_id: string }): Promise<Body> {
    return this.cloud.tenant('PUT', `v2.0/routers/${routerId}/add_router_interface`, what)
  }

  async unplug(routerId: string, what: { readonly subnet_id: string } | { readonly port_id: string }): Promise<void> {
    await this.cloud.tenant('PUT', `v2.0/routers/${routerId}/remove_router_interface`, what)
  }

  update(kind: 'router' | 'network' | 'subnet' | 'port', id: string, body: Body): Promise<Body> {
    return this.cloud.tenant('PUT', `v2.0/${kind}s/${id}`, { [kind]: body })
  }

  /** A floating IP, on a port when one is named. */
  async floatingIp(portId?: string): Promise<Body> {
    const { floatingip } = await this.cloud.tenant('POST', 'v2.0/floatingips', {
      floatingip: { floating_network_id: this.cloud.externalId, ...(portId === undefined ? {} : { port_id: portId }) },
    })
    this.#floatingIps.push(floatingip.id)
    return floatingip
  }

  async point(floatingIpId: string, portId: string | null): Promise<void> {
    await this.cloud.tenant('PUT', `v2.0/floatingips/${floatingIpId}`, { floatingip: { port_id: portId } })
  }

  /** A machine, with its lease unless told otherwise. */
  async machine(networkId: string, options: { readonly lease?: boolean } = {}): Promise<Machine> {
    const made = await this.cloud.machine(networkId, this.#next)
    const machine = {
      ...made,
      remove: async () => {
        const at = this.#machines.indexOf(machine)
        if (at >= 0) await this.#machines.splice(at, 1)[0]?.unplug()
      },
      unplug: () => made.remove(),
    }
    this.#machines.push(machine)
    if (options.lease !== false) await this.lease(machine)
    return machine
  }

  /** Waits until a machine has the address that Neutron gave it. */
  async lease(machine: Machine, timeoutMs = 300_000): Promise<Readonly<Record<string, string>>> {
    const lease = await until(
      () => machine.lease(),
      (one) => one !== null && machine.addresses.includes(one.ip ?? ''),
      timeoutMs,
    )
    return lease ?? {}
  }

  real(routerId: string, timeoutMs?: number): Promise<void> {
    return becomesReal(this.cloud, routerId, timeoutMs)
  }

  /** Waits until a machine gets an answer, or, told so, until it gets none. */
  async pings(from: Pick<Machine, 'space'>, target: string, is = true): Promise<void> {
    await until(
      () => from.space.reaches(target),
      (answers) => answers === is,
      90_000,
    ).catch(async () => {
      const { stdout } = await from.space.run('sh', '-c', 'ip -br address; ip route; ip -6 route')
      const what = is ? 'does not reach' : 'still reaches'
      throw new Error(`a machine ${what} ${target}; it has ${stdout.replace(/\s+/g, ' ')}`)
    })
  }

  reachesOutside(from: Machine): Promise<void> {
    return this.pings(from, OUTSIDE)
  }

  /** A floating IP answers from outside, or, told so, does not. */
  async answersOutside(address: string, is = true): Promise<void> {
    await until(
      () => this.cloud.outside.reaches(address),
      (answers) => answers === is,
      90_000,
    )
  }

  /** Takes everything that it has made away, and waits until nothing of its routers is left in Nova and Neutron. */
  async clear(): Promise<void> {
    this.outside.close()
    for (const machine of [...this.#machines]) await machine.remove()
    await clearProject(this.cloud, {
      routers: this.#routers,
      networks: this.#networks,
      floatingIps: this.#floatingIps,
    })
    for (const id of this.#routers) await this.nothingLeft(id)
    for (const id of this.#adminNetworks) await gone(this.cloud.admin('DELETE', `v2.0/networks/${id}`))
  }

  /** Waits until neither an instance nor a port of a deleted router is left. */
  async nothingLeft(routerId: string): Promise<void> {
    const { admin, orchestrator } = this.cloud
    // It is asked first, for it costs the cloud nothing.
    await until(
      () => orchestrator.resource(routerId),
      (one) => one === null,
      240_000,
    )
    await until(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
        const { servers } = await admin('GET', `servers?all_tenants=1&name=${routerId}`)
        const { ports } = await admin('GET', 'v2.0/ports?fields=name&fields=id')
        return [
          ...servers.map((server: Body) => `server ${server.name}`),
          ...ports.filter((port: Body) => port.name.includes(routerId)).map((port: Body) => `port ${port.name}`),
          ...((await orchestrator.resource(routerId)) ? ['the orchestrator knows it'] : []),
        ]
      },
      (left) => left.length === 0,
      180_000,
    )
  }
}

/**
 * Takes what a tenant has away, in an order that Neutron accepts: all of it, or only what is named.
 */
export async function clearProject(
  { admin, tenant, projectId }: Cloud,
  only?: Readonly<Record<'routers' | 'networks' | 'floatingIps', readonly string[]>>,
): Promise<void> {
  const list = async (kind: string, filter: string): Promise<Body[]> =>
    (await admin('GET', `v2.0/${kind}?${filter}`))[kind]
  const own = `project_id=${projectId}`
  const routers = (await list('routers', own)).filter((one) => !only || only.routers.includes(one.id))
  const floatingIps = (await list('floatingips', own)).filter((one) => !only || only.floatingIps.includes(one.id))
  const networks = (await list('networks', own)).filter((one) => !only || only.networks.includes(one.id))
  for (const one of floatingIps) await gone(tenant('DELETE', `v2.0/floatingips/${one.id}`))
  for (const router of routers) {
    if (router.routes.length > 0) await tenant('PUT', `v2.0/routers/${router.id}`, { router: { routes: [] } })
    for (const port of await list('ports', `device_id=${router.id}&device_owner=network:router_interface`)) {
      await gone(tenant('PUT', `v2.0/routers/${router.id}/remove_router_interface`, { port_id: port.id }))
    }
    await gone(tenant('DELETE', `v2.0/routers/${router.id}`))
  }
  for (const network of networks) {
    await until(
      async () => {
        // An instance's port on it goes with the instance.
        for (const port of await list('ports', `network_id=${network.id}&${own}`)) {
          if (port.device_owner.startsWith('compute:')) await gone(admin('DELETE', `v2.0/ports/${port.id}`))
        }
        await gone(tenant('DELETE', `v2.0/networks/${network.id}`))
        return true
      },
      Boolean,
      60_000,
    )
  }
}

/** Done, or not there to be done. */
async function gone(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof RestError && error.status === 404)) throw error
  })
}
