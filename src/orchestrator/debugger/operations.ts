import type { GlanceClient, NeutronClient, NovaClient } from '../../openstack/index.ts'
import type { ApplianceClient } from '../instances/index.ts'

/** What a call sends. */
export interface CallRequest {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}

interface Operation<Args extends readonly unknown[]> {
  /** It changes something outside. */
  readonly writes: boolean
  readonly request: (...args: Args) => CallRequest
}

/** One entry for each method of a client: a method that is added there without being judged here does not compile. */
export type Operations<C> = {
  readonly [M in keyof C as C[M] extends (...args: never[]) => Promise<unknown> ? M : never]-?: C[M] extends (
    ...args: infer Args
  ) => Promise<unknown>
    ? Operation<Args>
    : never
}

const reads = (path: string, filter: unknown): CallRequest => ({
  method: 'GET',
  path,
  ...(filter === undefined ? {} : { body: filter }),
})

export const NEUTRON: Operations<NeutronClient> = {
  listNetworks: { writes: false, request: (filter) => reads('/v2.0/networks', filter) },
  listSubnets: { writes: false, request: (filter) => reads('/v2.0/subnets', filter) },
  listPorts: { writes: false, request: (filter) => reads('/v2.0/ports', filter) },
  listRouters: { writes: false, request: (filter) => reads('/v2.0/routers', filter) },
  listFloatingIps: { writes: false, request: (filter) => reads('/v2.0/floatingips', filter) },
  listAgents: { writes: false, request: (filter) => reads('/v2.0/agents', filter) },
  listRoutersOnAgent: { writes: false, request: (id) => reads(`/v2.0/agents/${id}/l3-routers`, undefined) },
  listAgentsOfRouter: { writes: false, request: (id) => reads(`/v2.0/routers/${id}/l3-agents`, undefined) },
  listExtensions: { writes: false, request: () => reads('/v2.0/extensions', undefined) },
  getRouter: { writes: false, request: (id) => reads(`/v2.0/routers/${id}`, undefined) },
  getPort: { writes: false, request: (id) => reads(`/v2.0/ports/${id}`, undefined) },
  createPort: { writes: true, request: (port) => ({ method: 'POST', path: '/v2.0/ports', body: { port } }) },
  updatePort: { writes: true, request: (id, port) => ({ method: 'PUT', path: `/v2.0/ports/${id}`, body: { port } }) },
  deletePort: { writes: true, request: (id) => ({ method: 'DELETE', path: `/v2.0/ports/${id}` }) },
  updateRouterStatus: {
    writes: true,
    request: (id, status) => ({
      method: 'PUT',
      path: `/v2.0/dhrouterstatus/${id}`,
      body: { routerstatus: { status } },
    }),
  },
}

export const NOVA: Operations<NovaClient> = {
  listServers: { writes: false, request: (filter) => reads('/v2.1/servers/detail', filter) },
  getServer: { writes: false, request: (id) => reads(`/v2.1/servers/${id}`, undefined) },
  listInterfaces: { writes: false, request: (id) => reads(`/v2.1/servers/${id}/os-interface`, undefined) },
  getFlavor: { writes: false, request: (id) => reads(`/v2.1/flavors/${id}`, undefined) },
  createServer: { writes: true, request: (server) => ({ method: 'POST', path: '/v2.1/servers', body: { server } }) },
  deleteServer: { writes: true, request: (id) => ({ method: 'DELETE', path: `/v2.1/servers/${id}` }) },
  attachInterface: {
    writes: true,
    request: (id, port) => ({
      method: 'POST',
      path: `/v2.1/servers/${id}/os-interface`,
      body: { interfaceAttachment: { port_id: port } },
    }),
  },
  detachInterface: {
    writes: true,
    request: (id, port) => ({ method: 'DELETE', path: `/v2.1/servers/${id}/os-interface/${port}` }),
  },
}

export const GLANCE: Operations<GlanceClient> = {
  getImage: { writes: false, request: (id) => reads(`/v2/images/${id}`, undefined) },
  listImages: { writes: false, request: (filter) => reads('/v2/images', filter) },
}

const at = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  `http://${address.includes(':') ? `[${address}]` : address}:${port}`

type Target = Parameters<ApplianceClient['alive']>[0]

/** Path of the alive check is an option. Reading the labels counts as a write: the appliance starts counting anew. */
export const appliance = (alivePath: string): Operations<Omit<ApplianceClient, 'close'>> => ({
  alive: { writes: false, request: (target: Target) => reads(`${at(target)}${alivePath}`, undefined) },
  interfaces: { writes: false, request: (target: Target) => reads(`${at(target)}/v1/system/interfaces`, undefined) },
  configure: {
    writes: true,
    request: (target, config) => ({ method: 'PUT', path: `${at(target)}/v1/system/config`, body: config }),
  },
  readLabels: {
    writes: true,
    request: (target: Target) => ({ method: 'POST', path: `${at(target)}/v1/firewall/labels` }),
  },
})
