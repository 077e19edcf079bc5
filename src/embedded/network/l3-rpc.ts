import { RemoteError, type RpcEndpoint, type RpcRequest } from '../../messaging/index.ts'
import type { Journal } from '../journal.ts'
import type { Router } from './model.ts'
import type { Net } from './net.ts'
import { bind } from './ports.ts'
import { interfacesOf } from './router-interfaces.ts'
import { syncRouter } from './sync-view.ts'

/** The service plugins this Neutron has, as agents may ask. */
const SERVICE_PLUGINS = ['CORE', 'L3_ROUTER_NAT', 'TAG', 'timestamp', 'revision_plugin']

/** Wraps an endpoint so that each call stands in the journal. */
export function journaled(endpoint: RpcEndpoint, topic: string, journal: Journal, now: () => number): RpcEndpoint {
  return Object.fromEntries(
    Object.entries(endpoint).map(([name, method]) => [
      name,
      (request: RpcRequest): unknown => {
        let status = 200
        try {
          return method(request)
        } catch (error) {
          status = 500
          throw error
        } finally {
          journal.add({
            at: now(),
            service: 'neutron-rpc',
            method: name,
            path: topic,
            status,
            userAgent: '',
            durationMs: 0,
          })
        }
      },
    ]),
  )
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const ids = (value: unknown): readonly string[] | null =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : null

/** What Neutron's L3 plugin answers on `q-l3-plugin`. */
export function l3Endpoint(net: Net): RpcEndpoint {
  const { state, l3 } = net

  function agentNotFound(host: string | null): RemoteError {
    return new RemoteError({
      className: 'AgentNotFoundByTypeHost',
      module: 'neutron_lib.exceptions.agent',
      message: `Agent with agent_type=L3 agent and host=${host ?? 'None'} could not be found.`,
    })
  }

  /** Who is no agent is refused and who is disabled told of nothing, unless this cloud gives every router to whoever asks. */
  function isServed(host: string | null): host is string {
    if (host !== null && l3.autoSchedule) return true
    const agent = host === null ? undefined : l3.agentOn(host)
    if (!agent) throw agentNotFound(host)
    return agent.adminStateUp
  }

  /** Asking for a router's details binds its ports to the agent's host. */
  function bindPorts(router: Router, host: string): void {
    const gatewayPort = router.gatewayPortId === null ? undefined : state.ports.get(router.gatewayPortId)
    for (const port of [...interfacesOf(net, router), ...(gatewayPort ? [gatewayPort] : [])]) {
      if (port.hostId === host) continue
      bind(net, port, host)
      state.touch(port)
    }
  }

  return {
    sync_routers({ args }) {
      const host = text(args.host)
      if (!isServed(host)) return []
      const asked = ids(args.router_ids)
      const routers = asked
        ? asked.flatMap((id) => state.routers.get(id) ?? []).filter((router) => l3.isOn(router, host))
        : l3.routersOn(host)
      // Neutron leaves out what is administratively down; whoever may ask for every router is told of those too.
      const active = routers.filter((router) => l3.autoSchedule || router.adminStateUp)
      for (const router of active) bindPorts(router, host)
      return active.map((router) => syncRouter(net, router))
    },
    get_router_ids({ args, context }) {
      const host = text(args.host)
      if (host !== null && l3.autoSchedule) return l3.routersOn(host).map((router) => router.id)
      const agent = host === null ? undefined : l3.agentOn(host)
      if (host === null || !agent?.adminStateUp) return []
      if (!l3.isAlive(agent)) return l3.routersOn(host).map((router) => router.id)
      const [unhosted] = state.routers.by('agent_host', '')
      if (unhosted && context.is_admin !== true) {
        throw new RemoteError({
          className: 'RouterNotFound',
          module: 'neutron_lib.exceptions.l3',
          message: `Router ${unhosted.id} could not be found`,
        })
      }
      l3.scheduleUnhosted(host)
      return l3.routersOn(host).map((router) => router.id)
    },
    update_floatingip_statuses({ args }) {
      const statuses = args.fip_statuses
      if (typeof statuses !== 'object' || statuses === null || Array.isArray(statuses)) {
        throw new RemoteError({
          className: 'AttributeError',
          module: 'builtins',
          message: `'${Array.isArray(statuses) ? 'list' : typeof statuses}' object has no attribute 'items'`,
        })
      }
      const routerId = text(args.router_id)
      for (const [id, status] of Object.entries(statuses)) {
        const fip = state.floatingIps.get(id)
        if (!fip || typeof status !== 'string' || fip.status === status) continue
        fip.status = status
        state.touch(fip)
      }
      // What this router carried last and nothing carries now is down.
      for (const fip of state.floatingIps.by('last_router_id', routerId ?? '')) {
        if (fip.routerId !== null || fip.status === 'DOWN') continue
        fip.status = 'DOWN'
        state.touch(fip)
      }
      return null
    },
    get_service_plugin_list: () => SERVICE_PLUGINS,
    get_host_ha_router_count: () => 0,
    get_external_network_id() {
      const external = [...state.networks.values()].filter((network) => network.external)
      return external.length === 1 ? external[0]?.id : null
    },
    get_ports_by_subnet({ args }) {
      const subnetId = text(args.subnet_id) ?? ''
      return state.ports.by('subnet_id', subnetId).map((port) => ({ id: port.id, network_id: port.networkId }))
    },
    update_all_ha_network_port_statuses: () => null,
    update_ha_routers_states: () => null,
    process_prefix_update: () => null,
  }
}
