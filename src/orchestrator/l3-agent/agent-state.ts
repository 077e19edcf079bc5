import type { L3Facts } from '../drivers/index.ts'

/** What this agent says of itself, whatever it manages. */
export interface AgentIdentity {
  readonly host: string
  readonly availabilityZone: string
  /** As configured; null: none. */
  readonly interfaceDriver: string | null
  readonly logHeartbeats: boolean
}

/** What the agent has in hand, under the names that Neutron's operators know. */
export interface AgentCounts {
  readonly routers: number
  readonly ex_gw_ports: number
  readonly interfaces: number
  readonly floating_ips: number
}

/** Adds up; null is a router of which nothing more is known yet. */
export function countRouters(routers: Iterable<L3Facts | null>): AgentCounts {
  const counts = { routers: 0, ex_gw_ports: 0, interfaces: 0, floating_ips: 0 }
  for (const facts of routers) {
    counts.routers += 1
    counts.ex_gw_ports += facts?.gateways ?? 0
    counts.interfaces += facts?.interfaces ?? 0
    counts.floating_ips += facts?.floatingIps.length ?? 0
  }
  return counts
}

/** Arguments of `report_state` (captures/rpc/01). `now` is milliseconds since the epoch; `starting` only until Neutron took a report. */
export function reportArgs(
  identity: AgentIdentity,
  counts: AgentCounts,
  options: { readonly now: number; readonly starting: boolean },
): Readonly<Record<string, unknown>> {
  const { host, availabilityZone, interfaceDriver, logHeartbeats } = identity
  return {
    agent_state: {
      agent_state: {
        agent_type: 'L3 agent',
        binary: 'astara-l3-agent',
        host,
        topic: 'l3_agent',
        availability_zone: availabilityZone,
        configurations: {
          agent_mode: 'legacy',
          handle_internal_only_routers: true,
          interface_driver: interfaceDriver,
          log_agent_heartbeats: logHeartbeats,
          ...counts,
        },
        ...(options.starting ? { start_flag: true } : {}),
      },
    },
    time: utcMicros(options.now),
  }
}

/** As oslo.utils reads it: UTC, no zone, microseconds. */
function utcMicros(now: number): string {
  return `${new Date(now).toISOString().slice(0, -1)}000`
}
