import type { Clock, Logger } from '../../shared/index.ts'
import type { AddressPlan } from '../address-plan.ts'
import type { Ids } from '../ids.ts'
import { Ipam } from './ipam.ts'
import type {
  Agent,
  FloatingIp,
  Network,
  Port,
  Router,
  SecurityGroup,
  SecurityGroupRule,
  Standard,
  Subnet,
} from './model.ts'
import { Table } from './table.ts'

/** Everything Neutron knows, in memory, indexed for every look-up a client of this cloud makes often. */
export class NetworkState {
  readonly networks = new Table<Network>({ name: (n) => [n.name], project_id: (n) => [n.projectId] })
  readonly subnets = new Table<Subnet>({
    name: (s) => [s.name],
    project_id: (s) => [s.projectId],
    network_id: (s) => [s.networkId],
  })
  readonly ports = new Table<Port>({
    name: (p) => [p.name],
    project_id: (p) => [p.projectId],
    network_id: (p) => [p.networkId],
    device_id: (p) => [p.deviceId],
    mac_address: (p) => [p.macAddress],
    subnet_id: (p) => [...new Set(p.fixedIps.map((ip) => ip.subnet_id))],
    ip_address: (p) => p.fixedIps.map((ip) => ip.ip_address),
  })
  readonly routers = new Table<Router>({
    name: (r) => [r.name],
    project_id: (r) => [r.projectId],
    agent_host: (r) => [r.agentHost ?? ''],
  })
  readonly floatingIps = new Table<FloatingIp>({
    project_id: (f) => [f.projectId],
    port_id: (f) => (f.portId === null ? [] : [f.portId]),
    router_id: (f) => (f.routerId === null ? [] : [f.routerId]),
    last_router_id: (f) => (f.lastRouterId === null ? [] : [f.lastRouterId]),
    floating_ip_address: (f) => [f.address],
    floating_network_id: (f) => [f.networkId],
  })
  readonly securityGroups = new Table<SecurityGroup>({ name: (g) => [g.name], project_id: (g) => [g.projectId] })
  readonly rules = new Table<SecurityGroupRule>({ security_group_id: (r) => [r.securityGroupId] })
  readonly agents = new Map<string, Agent>()
  /** Limits that differ from the defaults, by project. */
  readonly quotas = new Map<string, Map<string, number>>()
  readonly ipam = new Ipam()
  /** Position of each router in the order of creation: what address plans count by. */
  readonly routerIndex = new Map<string, number>()

  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  readonly addressPlan: AddressPlan | null
  managementNetworkId: string | null = null
  #standardAttrs = 0

  constructor(deps: {
    readonly clock: Clock
    readonly ids: Ids
    readonly logger: Logger
    readonly addressPlan: AddressPlan | null
  }) {
    this.clock = deps.clock
    this.ids = deps.ids
    this.logger = deps.logger
    this.addressPlan = deps.addressPlan
  }

  /** The part every new resource starts with. */
  standard(init: { readonly name: string; readonly description: string; readonly projectId: string }): Standard {
    const now = this.clock.now()
    this.#standardAttrs += 1
    return {
      id: this.ids.uuid(),
      standardAttrId: this.#standardAttrs,
      ...init,
      tags: [],
      createdAt: now,
      updatedAt: now,
      revision: 1,
    }
  }

  /** Notes a change: revision and time. */
  touch(resource: Standard): void {
    resource.revision += 1
    resource.updatedAt = this.clock.now()
  }
}
