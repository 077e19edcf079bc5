import {
  type Filter,
  type NeutronEndpointGroup,
  type NeutronFloatingIp,
  type NeutronIkePolicy,
  type NeutronIpsecConnection,
  type NeutronIpsecPolicy,
  type NeutronNetwork,
  type NeutronPort,
  type NeutronRouter,
  type NeutronSubnet,
  type NeutronVpnService,
  type NovaServer,
  type OpenStack,
  OpenStackError,
  type PortCreate,
  type ServerCreate,
} from '../../../../src/openstack/index.ts'
import type { L3Source } from '../../../../src/orchestrator/drivers/index.ts'
import { noteRequest } from '../../../../src/orchestrator/instances/index.ts'
import type { Clock } from '../../../../src/shared/index.ts'

export const MANAGEMENT_NETWORK = 'aaaaaaaa-0000-4000-8000-000000000001'
export const EXTERNAL_NETWORK = 'aaaaaaaa-0000-4000-8000-000000000002'
export const MANAGEMENT_PREFIX = 'fdca:3ba5:a17a:acda::/64'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** `op` is the client's method (or sync_routers); return an error to have the call fail. */
export type Fault = (op: string, argument: unknown) => Error | undefined

/** What some operations send. */
const REQUESTS: Readonly<
  Record<string, readonly [service: 'neutron' | 'neutron-rpc' | 'nova', method: string, path: string]>
> = {
  sync_routers: ['neutron-rpc', 'call', 'sync_routers'],
  updateRouterStatus: ['neutron', 'PUT', '/v2.0/dhrouterstatus/{id}'],
  listPorts: ['neutron', 'GET', '/v2.0/ports'],
  createPort: ['neutron', 'POST', '/v2.0/ports'],
  listServers: ['nova', 'GET', '/v2.1/servers/detail'],
  createServer: ['nova', 'POST', '/v2.1/servers'],
}

export function httpError(
  service: 'neutron' | 'nova',
  status: number | null,
  detail = 'made up',
  type = status === null ? 'Timeout' : `Error${status}`,
): OpenStackError {
  return new OpenStackError({
    service,
    method: 'GET',
    url: 'http://127.0.0.1/',
    pathTemplate: '/',
    status,
    requestId: null,
    type,
    detail,
    retryable: false,
    retryAfterMs: null,
  })
}

export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
}

interface FakeServer extends Mutable<NovaServer> {
  userData: string
  activeAt: number
  deletedAt: number | null
  ports: string[]
  body: ServerCreate
}

/** Neutron, Nova and the L3 plugin in memory: just as much as instances need, with faults on demand and a journal of every call. */
export class FakeCloud {
  readonly networks = new Map<string, Mutable<NeutronNetwork>>()
  readonly subnets = new Map<string, Mutable<NeutronSubnet>>()
  readonly ports = new Map<string, Mutable<NeutronPort>>()
  readonly routers = new Map<string, Mutable<NeutronRouter>>()
  readonly floatingIps = new Map<string, Mutable<NeutronFloatingIp>>()
  readonly servers = new Map<string, FakeServer>()
  readonly vpn = {
    services: [] as NeutronVpnService[],
    connections: [] as NeutronIpsecConnection[],
    ikePolicies: [] as NeutronIkePolicy[],
    ipsecPolicies: [] as NeutronIpsecPolicy[],
    endpointGroups: [] as NeutronEndpointGroup[],
  }
  /** Routers that sync_routers answers. */
  readonly scheduled = new Set<string>()
  /** Hosts whose L3 agents Neutron has given every router to. */
  agentHosts: string[] = []
  readonly journal: { readonly op: string; readonly argument: unknown }[] = []
  readonly portBodies: PortCreate[] = []
  readonly statuses: { id: string; status: string }[] = []
  fault: Fault = () => undefined
  /** Calls that are carried out, but whose answer is lost. */
  lost: Fault = () => undefined
  /** Lists of this kind answer [] (`listPorts`, …). */
  readonly emptied = new Set<string>()
  statusExtension = true
  /** Whether the L2 agent wires what Nova plugs in. */
  wires = true
  /** Neutron's service plugin: a port without addresses says that it is meant so, and Nova takes it. */
  segments = true
  /** Subnets that have no address to give. */
  readonly full = new Set<string>()
  bootMs = 1_000
  deleteMs = 1_000
  readonly #clock: Clock
  #next = 1

  constructor(clock: Clock) {
    this.#clock = clock
    this.addNetwork(MANAGEMENT_NETWORK, { external: false })
    this.addSubnet(MANAGEMENT_NETWORK, MANAGEMENT_PREFIX, { slaac: true })
    this.addNetwork(EXTERNAL_NETWORK, { external: true })
    this.addSubnet(EXTERNAL_NETWORK, '203.0.113.0/24', { gateway: '203.0.113.1' })
  }

  id(): string {
    return uuid(this.#next++)
  }

  count(op: string): number {
    return this.journal.filter((entry) => entry.op === op).length
  }

  addNetwork(id: string, options: { readonly external: boolean }): void {
    this.networks.set(id, {
      id,
      name: id,
      tenant_id: 'service',
      mtu: 1450,
      status: 'ACTIVE',
      admin_state_up: true,
      'router:external': options.external,
      shared: false,
      subnets: [],
    })
  }

  addSubnet(
    networkId: string,
    cidr: string,
    options: { readonly gateway?: string; readonly slaac?: boolean } = {},
  ): string {
    const id = this.id()
    this.subnets.set(id, {
      id,
      name: '',
      tenant_id: 'service',
      network_id: networkId,
      ip_version: cidr.includes(':') ? 6 : 4,
      cidr,
      gateway_ip: options.gateway ?? null,
      enable_dhcp: true,
      dns_nameservers: [],
      host_routes: [],
      ipv6_ra_mode: options.slaac ? 'slaac' : null,
      ipv6_address_mode: options.slaac ? 'slaac' : null,
    })
    return id
  }

  addPort(port: Partial<Mutable<NeutronPort>> & { network_id: string }): Mutable<NeutronPort> {
    const id = this.id()
    const n = Number.parseInt(id.slice(-8), 16)
    const mac = ['fa', '16', ...[24, 16, 8, 0].map((shift) => ((n >> shift) & 255).toString(16).padStart(2, '0'))].join(
      ':',
    )
    const full: Mutable<NeutronPort> = {
      id,
      name: '',
      tenant_id: 'service',
      mac_address: mac,
      device_id: '',
      device_owner: '',
      admin_state_up: true,
      status: 'DOWN',
      fixed_ips: [],
      ip_allocation: this.segments ? 'none' : null,
      ...port,
    }
    this.ports.set(id, full)
    return full
  }

  /** A router with a gateway and `networks` internal networks. */
  addRouter(
    options: {
      readonly id?: string
      readonly ha?: boolean
      readonly networks?: number
      readonly gateway?: boolean
    } = {},
  ): string {
    const id = options.id ?? this.id()
    this.routers.set(id, {
      id,
      name: `router-${id.slice(-4)}`,
      tenant_id: 'd22b149cee9b4eac8349c517eda00b89',
      status: 'ACTIVE',
      admin_state_up: true,
      ha: options.ha ?? false,
      routes: [],
      external_gateway_info: null,
    })
    if (options.gateway ?? true) {
      const subnet = [...this.subnets.values()].find((s) => s.network_id === EXTERNAL_NETWORK)
      this.addPort({
        network_id: EXTERNAL_NETWORK,
        device_id: id,
        device_owner: 'network:router_gateway',
        fixed_ips: [{ subnet_id: subnet?.id ?? '', ip_address: '203.0.113.5' }],
      })
    }
    for (let i = 0; i < (options.networks ?? 1); i += 1) this.addInterface(id)
    this.scheduled.add(id)
    return id
  }

  /** Adds an internal network to a router; returns the network's id. */
  addInterface(routerId: string): string {
    const networkId = this.id()
    const octet = this.networks.size % 250
    this.addNetwork(networkId, { external: false })
    const subnetId = this.addSubnet(networkId, `10.${octet}.0.0/24`, { gateway: `10.${octet}.0.1` })
    this.addPort({
      network_id: networkId,
      device_id: routerId,
      device_owner: 'network:router_interface',
      fixed_ips: [{ subnet_id: subnetId, ip_address: `10.${octet}.0.1` }],
    })
    return networkId
  }

  removeRouter(id: string): void {
    this.routers.delete(id)
    for (const port of [...this.ports.values()]) if (port.device_id === id) this.ports.delete(port.id)
  }

  serversOf(routerId: string): FakeServer[] {
    this.#tick()
    return [...this.servers.values()].filter((server) => server.name.startsWith(`ak-router-${routerId}_`))
  }

  portsOf(routerId: string): NeutronPort[] {
    return [...this.ports.values()].filter((port) => port.name.endsWith(routerId))
  }

  /** Puts a server into Nova without anyone having asked (an earlier life, a late create). */
  plantServer(name: string, options: Partial<FakeServer> = {}): FakeServer {
    const id = this.id()
    const server: FakeServer = {
      id,
      name,
      status: 'ACTIVE',
      created: new Date(this.#clock.now()).toISOString(),
      image_id: 'image',
      tenant_id: 'service',
      fault: null,
      task_state: null,
      userData: '',
      activeAt: 0,
      deletedAt: null,
      ports: [],
      body: { name, imageRef: 'image', flavorRef: '1', networks: [] },
      ...options,
    }
    this.servers.set(id, server)
    return server
  }

  #tick(): void {
    const now = this.#clock.now()
    for (const server of this.servers.values()) {
      if (server.status === 'BUILD' && now >= server.activeAt) server.status = 'ACTIVE'
      if (server.deletedAt === null || now < server.deletedAt) continue
      this.servers.delete(server.id)
      for (const port of this.ports.values()) if (port.device_id === server.id) port.device_id = ''
    }
  }

  #call<T>(op: string, argument: unknown, answer: () => T): Promise<T> {
    this.journal.push({ op, argument })
    this.#tick()
    const fault = this.fault(op, argument)
    this.#note(op, fault)
    if (fault) return Promise.reject(fault)
    try {
      const result = answer()
      const lost = this.lost(op, argument)
      if (lost) return Promise.reject(lost)
      return Promise.resolve(structuredClone(this.emptied.has(op) ? ([] as unknown as T) : result))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** As the real clients do. */
  #note(op: string, fault: Error | undefined): void {
    const [service, method, pathTemplate] = REQUESTS[op] ?? ['neutron', 'GET', `/${op}`]
    const now = this.#clock.monotonic()
    const status = fault instanceof OpenStackError ? (fault.status ?? 'Timeout') : (fault?.message ?? 200)
    const requestId = `req-${this.journal.length}`
    noteRequest({ service, method, pathTemplate, status, requestId, startedAt: now, endedAt: now })
  }

  #list<T extends object>(
    op: string,
    rows: Iterable<T>,
    filter: Readonly<Record<string, Filter>> = {},
  ): Promise<readonly T[]> {
    return this.#call(op, filter, () => {
      const wanted = Object.entries(filter).map(
        ([key, values]) => [key, new Set<unknown>(Array.isArray(values) ? values : [values])] as const,
      )
      return [...rows].filter((row) =>
        wanted.every(([key, values]) => values.has((row as Readonly<Record<string, unknown>>)[key])),
      )
    })
  }

  #get<T>(op: string, rows: ReadonlyMap<string, T>, id: string, service: 'neutron' | 'nova'): Promise<T> {
    return this.#call(op, id, () => {
      const row = rows.get(id)
      if (row === undefined) throw httpError(service, 404)
      return row
    })
  }

  get l3(): L3Source {
    return {
      syncRouters: (ids) =>
        this.#call('sync_routers', ids, () =>
          ids.flatMap((id) => {
            const router = this.routers.get(id)
            if (!router || !this.scheduled.has(id)) return []
            const ports = [...this.ports.values()]
              .filter((port) => port.device_id === id)
              .map((port) => ({ ...port, mtu: this.networks.get(port.network_id)?.mtu }))
            return [
              {
                ...router,
                gw_port: ports.find((port) => port.device_owner === 'network:router_gateway') ?? null,
                _interfaces: ports.filter((port) => port.device_owner === 'network:router_interface'),

                _floatingips: [...this.floatingIps.values()].filter((ip) => ip.router_id === id),
              },
            ]
          }),
        ),
    }
  }

  get openstack(): OpenStack {
    const absent = () => Promise.reject(new Error('not in this fake'))
    return {
      authenticate: () => Promise.resolve({ projectId: 'service', userId: 'astara' }),
      close: () => Promise.resolve(),
      glance: { getImage: absent, listImages: absent },
      vpn: {
        listServices: (filter) => this.#list('listServices', this.vpn.services, filter),
        listConnections: (filter) => this.#list('listConnections', this.vpn.connections, filter),
        listIkePolicies: (filter) => this.#list('listIkePolicies', this.vpn.ikePolicies, filter),
        listIpsecPolicies: (filter) => this.#list('listIpsecPolicies', this.vpn.ipsecPolicies, filter),
        listEndpointGroups: (filter) => this.#list('listEndpointGroups', this.vpn.endpointGroups, filter),
      },
      neutron: {
        listNetworks: (filter) => this.#list('listNetworks', this.networks.values(), filter),
        listSubnets: (filter) => this.#list('listSubnets', this.subnets.values(), filter),
        listPorts: (filter) => this.#list('listPorts', this.ports.values(), filter),
        listRouters: (filter) => this.#list('listRouters', this.routers.values(), filter),
        listFloatingIps: (filter) => this.#list('listFloatingIps', this.floatingIps.values(), filter),
        getRouter: (id) => this.#get('getRouter', this.routers, id, 'neutron'),
        getPort: (id) => this.#get('getPort', this.ports, id, 'neutron'),
        createPort: (body) =>
          this.#call('createPort', body, () => {
            this.portBodies.push(body)
            const slaac = body.network_id === MANAGEMENT_NETWORK
            const port = this.addPort({ network_id: body.network_id, name: body.name })
            const suffix = port.id.slice(-4)
            if (slaac)
              port.fixed_ips = [{ subnet_id: this.#managementSubnet(), ip_address: `fdca:3ba5:a17a:acda::${suffix}` }]
            return port
          }),
        updatePort: (id, body) =>
          this.#call('updatePort', { id, body }, () => {
            const port = this.ports.get(id)
            if (!port) throw httpError('neutron', 404)
            port.fixed_ips = (body.fixed_ips ?? []).map(({ subnet_id = '' }, i) => this.#allocate(subnet_id, i))
            return port
          }),
        deletePort: (id) =>
          this.#call('deletePort', id, () => {
            this.ports.delete(id)
          }),
        listAgents: absent,
        listRoutersOnAgent: absent,
        listAgentsOfRouter: (id) =>
          this.#call('listAgentsOfRouter', id, () =>
            this.agentHosts.map((host) => ({
              id: host,
              host,
              agent_type: 'L3 agent',
              admin_state_up: true,
              alive: true,
            })),
          ),
        listExtensions: absent,
        updateRouterStatus: (id, status) =>
          this.#call('updateRouterStatus', { id, status }, () => {
            const router = this.routers.get(id)
            if (this.statusExtension && router) router.status = status
            if (this.statusExtension) this.statuses.push({ id, status })
            return this.statusExtension
          }),
      },
      nova: {
        listServers: (filter = {}) =>
          this.#call('listServers', filter, () => {
            // As on MySQL: alternatives are none.
            const pattern = new RegExp((filter.name ?? '').replaceAll('|', String.raw`\|`))
            return [...this.servers.values()].filter((server) => pattern.test(server.name))
          }),
        getServer: (id) => this.#get('getServer', this.servers, id, 'nova'),
        createServer: (body) =>
          this.#call('createServer', body, () => {
            return { id: this.makeServer(body) }
          }),
        deleteServer: (id) =>
          this.#call('deleteServer', id, () => {
            const server = this.servers.get(id)
            if (server && server.deletedAt === null) {
              server.task_state = 'deleting'
              server.deletedAt = this.#clock.now() + this.deleteMs
            }
          }),
        listInterfaces: absent,
        attachInterface: (serverId, portId) =>
          this.#call('attachInterface', { serverId, portId }, () => {
            const port = this.ports.get(portId)
            const server = this.servers.get(serverId)
            if (!port || !server) throw httpError('nova', 404)
            if (port.device_id !== '') throw httpError('nova', 409)
            this.#requireAddress(port)
            port.device_id = serverId
            port.status = this.wires ? 'ACTIVE' : 'DOWN'
            server.ports.push(portId)
          }),
        detachInterface: (serverId, portId) =>
          this.#call('detachInterface', { serverId, portId }, () => {
            const port = this.ports.get(portId)
            const server = this.servers.get(serverId)
            if (port) Object.assign(port, { device_id: '', status: 'DOWN' })
            if (server) server.ports = server.ports.filter((id) => id !== portId)
          }),
        getFlavor: (idOrName) =>
          this.#call('getFlavor', idOrName, () => ({ id: `flavor-${idOrName}`, name: idOrName })),
      },
    }
  }

  makeServer(body: ServerCreate): string {
    for (const { port: id } of body.networks) {
      const port = this.ports.get(id)
      if (!port) throw httpError('nova', 400, `Port id ${id} could not be found.`)
      if (port.device_id !== '') throw httpError('nova', 409, `Port ${id} is still in use.`)
      this.#requireAddress(port)
    }
    const server = this.plantServer(body.name, {
      status: 'BUILD',
      image_id: body.imageRef,
      userData: Buffer.from(body.user_data ?? '', 'base64').toString('utf8'),
      activeAt: this.#clock.now() + this.bootMs,
      ports: body.networks.map(({ port }) => port),
      body,
    })
    for (const id of server.ports) {
      const port = this.ports.get(id)
      if (port) Object.assign(port, { device_id: server.id, status: this.wires ? 'ACTIVE' : 'DOWN' })
    }
    return server.id
  }

  #requireAddress(port: NeutronPort): void {
    if (port.fixed_ips.length > 0 || port.ip_allocation === 'none') return
    throw httpError('nova', 400, `Port ${port.id} requires a FixedIP in order to be used.`)
  }

  #allocate(subnetId: string, i: number): NeutronPort['fixed_ips'][number] {
    if (this.full.has(subnetId))
      throw httpError('neutron', 409, 'No more IP addresses available.', 'IpAddressGenerationFailure')
    return { subnet_id: subnetId, ip_address: `192.0.2.${(this.#next++ % 250) + i}` }
  }

  #managementSubnet(): string {
    return [...this.subnets.values()].find((subnet) => subnet.network_id === MANAGEMENT_NETWORK)?.id ?? ''
  }
}
