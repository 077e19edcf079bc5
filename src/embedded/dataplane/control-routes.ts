import { z } from 'zod'
import { AstaraError } from '../../shared/index.ts'
import type { Server } from '../compute/model.ts'
import { ApiError } from '../http/api-error.ts'
import type { RouteTable } from '../http/route-table.ts'
import type { ApiRequest } from '../http/types.ts'
import type { NetworkState } from '../network/state.ts'
import type { Dataplane } from './dataplane.ts'
import type { HostView } from './host-control.ts'
import type { TestHost } from './hosts.ts'

const creation = z.strictObject({ network: z.string().min(1).max(255), name: z.string().optional() })

/**
 * What the control API of an embedded cloud with real packets has besides: `GET|POST /_embedded/hosts`, `DELETE /_embedded/hosts/{name}`,
 * and `GET /_embedded/metadata`, what Nova's metadata service was asked lately.
 */
export function addDataplaneRoutes(
  routes: RouteTable,
  deps: { readonly dataplane: Dataplane; readonly network: NetworkState; readonly servers: () => Iterable<Server> },
): void {
  const { dataplane, network, servers } = deps
  const { hosts, hypervisor, metadata } = dataplane

  const view = (host: TestHost): HostView => ({
    name: host.name,
    namespace: host.space,
    network_id: host.networkId,
    network: network.networks.get(host.networkId)?.name ?? '',
    port_id: host.portId,
    instance_id: host.instanceId,
    mac_address: host.macAddress,
    addresses: host.addresses,
    dhcp: host.usesDhcp,
    lease: hosts.lease(host),
  })

  routes
    .open('GET', '/_embedded/hosts', () => ({
      status: 200,
      body: {
        hosts: hosts.list().map(view),
        internet: { namespace: dataplane.internetSpace },
        instances: [...servers()].flatMap(({ id, name }) => {
          const namespace = hypervisor.spaceOf(id)
          return namespace === null ? [] : [{ id, name, namespace }]
        }),
      },
    }))
    .open('POST', '/_embedded/hosts', async (request) => {
      requireJson(request)
      const parsed = creation.safeParse(request.body)
      if (!parsed.success) throw new ApiError(400, 'Bad Request', parsed.error.issues[0]?.message ?? 'wrong body')
      const { network: wanted, name } = parsed.data
      return { status: 201, body: { host: view(await answering(() => hosts.add(wanted, name))) } }
    })
    .open('DELETE', '/_embedded/hosts/{name}', async (request) => {
      await answering(() => hosts.remove(request.params.name ?? ''))
      return { status: 204 }
    })
    .open('GET', '/_embedded/metadata', () => ({ status: 200, body: { requests: metadata.requests() } }))
}

/** A web page in somebody's browser can reach the loopback, but cannot send this content type unasked. */
function requireJson(request: ApiRequest): void {
  if (request.headers['content-type']?.split(';', 1)[0] !== 'application/json') {
    throw new ApiError(415, 'Unsupported Media Type', 'Content-Type must be application/json.')
  }
}

async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AstaraError) throw new ApiError(error.http, error.code, error.message)
    throw error
  }
}
