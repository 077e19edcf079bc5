import type { Clock } from '../../shared/index.ts'
import { hasStatus } from '../errors.ts'
import type { Caller } from '../http/caller.ts'
import { listCollection } from '../http/lister.ts'
import { path } from '../http/path.ts'
import { type JsonObject, member, object, requiredList, text } from '../http/shape.ts'
import type { CallOptions, NeutronClient } from '../types.ts'
import { absentIsDone, nothing } from './absent.ts'
import { readAgent, readFloatingIp, readNetwork, readPort, readRouter, readSubnet } from './neutron-shapes.ts'
import { createStatusExtension } from './router-status.ts'

const NETWORKS = { path: path`/networks`, key: 'networks', read: readNetwork }
const SUBNETS = { path: path`/subnets`, key: 'subnets', read: readSubnet }
const PORTS = { path: path`/ports`, key: 'ports', read: readPort }
const ROUTERS = { path: path`/routers`, key: 'routers', read: readRouter }
const AGENTS = { path: path`/agents`, key: 'agents', read: readAgent }
const FLOATING_IPS = { path: path`/floatingips`, key: 'floatingips', read: readFloatingIp }

const one =
  <T>(key: string, read: (source: JsonObject) => T) =>
  (body: unknown): T =>
    member(object(body, 'the body'), key, read)

/** A client of Neutron v2.0. */
export function createNeutron(call: Caller, clock: Clock): NeutronClient {
  return {
    listNetworks: (filter = {}, options) => listCollection(call, NETWORKS, filter, options),
    listSubnets: (filter = {}, options) => listCollection(call, SUBNETS, filter, options),
    listPorts: (filter = {}, options) => listCollection(call, PORTS, filter, options),
    listRouters: (filter = {}, options) => listCollection(call, ROUTERS, filter, options),
    listFloatingIps: (filter = {}, options) => listCollection(call, FLOATING_IPS, filter, options),

    async getRouter(id, options) {
      return call({ method: 'GET', path: path`/routers/${id}`, read: one('router', readRouter) }, options)
    },
    async getPort(id, options) {
      return call({ method: 'GET', path: path`/ports/${id}`, read: one('port', readPort) }, options)
    },
    async createPort(port, options) {
      return call({ method: 'POST', path: path`/ports`, body: { port }, read: one('port', readPort) }, options)
    },
    async updatePort(id, port, options) {
      return call({ method: 'PUT', path: path`/ports/${id}`, body: { port }, read: one('port', readPort) }, options)
    },
    async deletePort(id, options) {
      await absentIsDone(call({ method: 'DELETE', path: path`/ports/${id}`, read: nothing }, options))
    },
    listAgents: (filter = {}, options) => listCollection(call, AGENTS, filter, options),
    async listRoutersOnAgent(id, options) {
      const read = (body: unknown): readonly string[] =>
        requiredList(object(body, 'the body'), 'routers', (router) => text(router, 'id'))
      return call({ method: 'GET', path: path`/agents/${id}/l3-routers`, read }, options)
    },
    async listAgentsOfRouter(id, options) {
      const read = (body: unknown) => requiredList(object(body, 'the body'), 'agents', readAgent)
      return call({ method: 'GET', path: path`/routers/${id}/l3-agents`, read }, options)
    },
    async listExtensions(options) {
      const read = (body: unknown): readonly string[] =>
        requiredList(object(body, 'the body'), 'extensions', (extension) => text(extension, 'alias'))
      return call({ method: 'GET', path: path`/extensions`, read }, options)
    },
    updateRouterStatus: createStatusExtension(
      (id, status, options) => putRouterStatus(call, id, status, options),
      clock,
    ),
  }
}

/** Resolves false when Neutron does not know the path: the extension is absent. A router it does not know has a type of its own. */
async function putRouterStatus(call: Caller, id: string, status: string, options?: CallOptions): Promise<boolean> {
  try {
    const body = { routerstatus: { status } }
    await call({ method: 'PUT', path: path`/dhrouterstatus/${id}`, body, read: nothing }, options)
    return true
  } catch (error) {
    if (hasStatus(error, 404) && !/^router/i.test(error.type)) return false
    throw error
  }
}
