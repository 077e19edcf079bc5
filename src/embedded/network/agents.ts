import { z } from 'zod'
import type { RpcEndpoint } from '../../messaging/index.ts'
import type { RouteTable } from '../http/route-table.ts'
import type { ApiRequest } from '../http/types.ts'
import { isoMicrosPlain, sqlSeconds } from '../times.ts'
import { flag } from './attributes.ts'
import { badRequest, conflict, notFound } from './errors.ts'
import { L3_AGENT_TYPE } from './l3-scheduler.ts'
import { CONTROL } from './listing.ts'
import type { Agent, Router } from './model.ts'
import type { Net } from './net.ts'
import { disallowed } from './policy.ts'
import { callerOf } from './resource.ts'
import { viewRouterRow } from './routers.ts'

const report = z.object({
  agent_state: z.object({
    agent_state: z.object({
      agent_type: z.string(),
      host: z.string(),
      binary: z.string(),
      topic: z.string(),
      configurations: z.record(z.string(), z.unknown()).default({}),
      availability_zone: z.string().nullish(),
      start_flag: z.boolean().optional(),
    }),
  }),
})
const change = z.object({
  agent: z.object({ admin_state_up: flag.optional(), description: z.string().nullish() }),
})
const router = z.object({ router_id: z.string() })

/** An agent as REST shows it. */
function viewAgent(net: Net, agent: Agent): Record<string, unknown> {
  const heartbeat = agent.isBuiltIn ? net.state.clock.now() : agent.heartbeatAt
  return {
    id: agent.id,
    agent_type: agent.agentType,
    binary: agent.binary,
    topic: agent.topic,
    host: agent.host,
    admin_state_up: agent.adminStateUp,
    created_at: sqlSeconds(agent.createdAt),
    started_at: sqlSeconds(agent.startedAt),
    heartbeat_timestamp: sqlSeconds(heartbeat),
    description: agent.description,
    resources_synced: null,
    availability_zone: agent.availabilityZone,
    alive: net.l3.isAlive(agent),
    configurations: agent.configurations,
  }
}

/** An agent as notifications show it: times as Python's database driver has them. */
function viewNotified(net: Net, agent: Agent): Record<string, unknown> {
  const view = viewAgent(net, agent)
  return {
    ...view,
    created_at: isoMicrosPlain(agent.createdAt),
    started_at: isoMicrosPlain(agent.startedAt),
    heartbeat_timestamp: isoMicrosPlain(agent.isBuiltIn ? net.state.clock.now() : agent.heartbeatAt),
  }
}

/** The cloud's own L2 agent: what makes ports of its hypervisor ACTIVE. */
export function addBuiltInAgent(net: Net): void {
  const { state } = net
  const now = state.clock.now()
  const id = state.ids.uuid()
  state.agents.set(id, {
    id,
    agentType: 'Linux bridge agent',
    binary: 'neutron-linuxbridge-agent',
    topic: 'N/A',
    host: net.host,
    adminStateUp: true,
    createdAt: now,
    startedAt: now,
    heartbeatAt: now,
    description: null,
    availabilityZone: null,
    configurations: { bridge_mappings: {}, devices: 0, extensions: [], interface_mappings: { physext: 'embedded' } },
    isBuiltIn: true,
  })
}

/** What Neutron answers on `q-reports-plugin`: `new` the first time, then `alive`, `revived` after having been dead. */
export function reportsEndpoint(net: Net): RpcEndpoint {
  const { state, l3 } = net
  return {
    report_state({ args }) {
      const given = report.parse(args).agent_state.agent_state
      const now = state.clock.now()
      const known = [...state.agents.values()].find(
        (agent) => agent.host === given.host && agent.agentType === given.agent_type,
      )
      if (!known) {
        const id = state.ids.uuid()
        state.agents.set(id, {
          id,
          agentType: given.agent_type,
          binary: given.binary,
          topic: given.topic,
          host: given.host,
          adminStateUp: true,
          createdAt: now,
          startedAt: now,
          heartbeatAt: now,
          description: null,
          availabilityZone: given.availability_zone ?? null,
          configurations: given.configurations,
          isBuiltIn: false,
        })
        return 'new'
      }
      const wasAlive = l3.isAlive(known)
      known.heartbeatAt = now
      if (given.start_flag) known.startedAt = now
      known.configurations = given.configurations
      return wasAlive ? 'alive' : 'revived'
    },
  }
}

/** `/v2.0/agents` and the scheduling of routers onto them. */
export function addAgentRoutes(routes: RouteTable, net: Net): void {
  const { state, l3, emitter } = net

  const admin = (request: ApiRequest, rule: string) => {
    const caller = callerOf(request)
    if (!caller.isAdmin) throw disallowed(rule)
    return caller
  }
  const agentOf = (request: ApiRequest): Agent => {
    const agent = state.agents.get(request.params.id ?? '')
    if (!agent) throw notFound('agent', request.params.id ?? '')
    return agent
  }
  const routerOf = (id: string): Router => {
    const found = state.routers.get(id)
    if (!found) throw notFound('router', id)
    return found
  }

  routes
    .on('GET', '/v2.0/agents', (request) => {
      const caller = callerOf(request)
      const rows = caller.isAdmin ? [...state.agents.values()].map((agent) => viewAgent(net, agent)) : []
      const wanted = [...request.query].filter(([name]) => !CONTROL.has(name))
      const agents = rows.filter((row) =>
        wanted.every(([name, value]) => String(row[name]).toLowerCase() === value.toLowerCase()),
      )
      return { status: 200, body: { agents } }
    })
    .on('GET', '/v2.0/agents/{id}', (request) => {
      admin(request, 'get_agent')
      return { status: 200, body: { agent: viewAgent(net, agentOf(request)) } }
    })
    .on('PUT', '/v2.0/agents/{id}', (request) => {
      const caller = admin(request, 'update_agent')
      const agent = agentOf(request)
      const parsed = change.safeParse(request.body)
      if (!parsed.success) throw badRequest("Unable to find 'agent' in request body")
      const { admin_state_up: up, description } = parsed.data.agent
      emitter.notify('agent.update.start', { ...(request.body as object), id: agent.id }, caller)
      if (description !== undefined) agent.description = description
      if (up !== undefined && up !== agent.adminStateUp) {
        agent.adminStateUp = up
        if (agent.agentType === L3_AGENT_TYPE) {
          emitter.castToAgent(agent.host, 'agent_updated', { payload: { admin_state_up: up } }, caller)
        }
      }
      emitter.notify('agent.update.end', { agent: viewNotified(net, agent) }, caller)
      return { status: 200, body: { agent: viewAgent(net, agent) } }
    })
    .on('DELETE', '/v2.0/agents/{id}', (request) => {
      const caller = admin(request, 'delete_agent')
      emitter.notify('agent.delete.start', { agent_id: request.params.id }, caller)
      const agent = agentOf(request)
      const seen = viewNotified(net, agent)
      state.agents.delete(agent.id)
      if (agent.agentType === L3_AGENT_TYPE) {
        for (const row of state.routers.by('agent_host', agent.host)) l3.bind(row, null)
      }
      emitter.notify('agent.delete.end', { agent_id: agent.id, agent: seen }, caller)
      return { status: 204 }
    })
    .on('GET', '/v2.0/agents/{id}/l3-routers', (request) => {
      admin(request, 'get_l3-routers')
      const rows = state.routers.by('agent_host', agentOf(request).host)
      return {
        status: 200,
        body: { routers: rows.map((row) => viewRouterRow(net, row)) },
      }
    })
    .on('POST', '/v2.0/agents/{id}/l3-routers', async (request) => {
      const caller = admin(request, 'create_l3-router')
      const agent = agentOf(request)
      const parsed = router.safeParse(request.body)
      if (!parsed.success) throw badRequest('router_id is required')
      const row = routerOf(parsed.data.router_id)
      if (agent.agentType !== L3_AGENT_TYPE || !agent.adminStateUp)
        throw conflict('InvalidL3Agent', `Agent ${agent.id} is not a L3 Agent or has been disabled`)
      if (row.agentHost !== null && row.agentHost !== agent.host) {
        throw conflict(
          'RouterHostedByL3Agent',
          `The router ${row.id} has been already hosted by the L3 Agent ${l3.agentOn(row.agentHost)?.id}.`,
        )
      }
      if (row.agentHost !== agent.host) {
        l3.bind(row, agent.host)
        await emitter.callAgent(agent.host, 'router_added_to_agent', { payload: [row.id] }, caller)
      }
      emitter.notify('l3_agent.router.add', { agent: { id: agent.id, router_id: row.id } }, caller, 'router')
      return { status: 201, headers: { 'Content-Type': 'application/json' }, body: null }
    })
    .on('DELETE', '/v2.0/agents/{id}/l3-routers/{router}', (request) => {
      const caller = admin(request, 'delete_l3-router')
      const agent = agentOf(request)
      const row = routerOf(request.params.router ?? '')
      // Taking away what is elsewhere is no mistake to Neutron, and the agent is told all the same.
      if (row.agentHost === agent.host) l3.bind(row, null)
      emitter.castToAgent(agent.host, 'router_removed_from_agent', { payload: { router_id: row.id } }, caller)
      emitter.notify('l3_agent.router.remove', { agent: { id: agent.id, router_id: row.id } }, caller, 'router')
      return { status: 204 }
    })
    .on('GET', '/v2.0/routers/{id}/l3-agents', (request) => {
      admin(request, 'get_l3-agents')
      const row = routerOf(request.params.id ?? '')
      const agent = row.agentHost === null ? undefined : l3.agentOn(row.agentHost)
      const agents = agent ? [{ ...viewAgent(net, agent), resource_versions: {}, ha_state: null }] : []
      return { status: 200, body: { agents } }
    })
}
