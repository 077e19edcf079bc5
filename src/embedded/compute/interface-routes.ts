import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import type { RouteTable } from '../http/route-table.ts'
import type { ApiRequest } from '../http/types.ts'
import type { Port } from '../network/model.ts'
import { owns } from '../network/policy.ts'
import { createPort } from '../network/ports.ts'
import { callerOf } from '../network/resource.ts'
import { strangers } from './complaint.ts'
import type { Server } from './model.ts'
import { refuseWithoutAddress } from './server-create.ts'
import type { ComputeServiceDeps } from './service.ts'

const schema = z.object({
  interfaceAttachment: z
    .strictObject({
      port_id: z.string().optional(),
      net_id: z.string().optional(),
      fixed_ips: z.array(z.object({ ip_address: z.string() })).optional(),
      tag: z.string().optional(),
    })
    .default({}),
})

const PATH = '/v2.1/servers/{id}/os-interface'

const itemNotFound = (message: string): ApiError => new ApiError(404, 'itemNotFound', message)

/** Attaching, listing and detaching ports. */
export function addInterfaceRoutes(
  routes: RouteTable,
  deps: ComputeServiceDeps,
  serverOf: (request: ApiRequest) => Server,
): void {
  const { nova, net } = deps
  const { state } = net

  const view = (port: Port): Record<string, unknown> => ({
    net_id: port.networkId,
    port_id: port.id,
    mac_addr: port.macAddress,
    port_state: port.status,
    fixed_ips: port.fixedIps,
  })
  /** Neutron's order, not the order of attachment. */
  const attached = (server: Server): readonly Port[] =>
    server.portIds.flatMap((id) => state.ports.get(id) ?? []).sort((a, b) => (a.id < b.id ? -1 : 1))

  routes
    .on('GET', PATH, (request) => ({
      status: 200,
      body: { interfaceAttachments: attached(serverOf(request)).map(view) },
    }))
    .on('GET', `${PATH}/{port}`, (request) => {
      const port = attached(serverOf(request)).find((one) => one.id === request.params.port)
      if (!state.ports.get(request.params.port ?? ''))
        throw itemNotFound(`Port id ${request.params.port} could not be found.`)
      if (!port) throw itemNotFound(`Instance ${request.params.id} does not have a port with id ${request.params.port}`)
      return { status: 200, body: { interfaceAttachment: view(port) } }
    })
    .on('POST', PATH, (request) => {
      const caller = callerOf(request)
      const server = serverOf(request)
      const parsed = schema.safeParse(request.body)
      if (!parsed.success) {
        const [issue] = parsed.error.issues
        const value: unknown = Reflect.get(Object(request.body), 'interfaceAttachment')
        const message =
          issue?.code === 'unrecognized_keys'
            ? strangers('interfaceAttachment', value, issue.keys)
            : 'Invalid input for field/attribute interfaceAttachment.'
        throw new ApiError(400, 'badRequest', message)
      }
      const { port_id: portId, net_id: netId, fixed_ips: fixedIps } = parsed.data.interfaceAttachment
      if (!['ACTIVE', 'SHUTOFF'].includes(server.status)) {
        throw new ApiError(
          409,
          'conflictingRequest',
          `Cannot 'attach_interface' instance ${server.id} while it is in vm_state ${server.vmState}`,
        )
      }
      if (portId === undefined && netId === undefined) {
        throw new ApiError(400, 'badRequest', 'Either net_id or port_id should be specified.')
      }
      let port: Port | undefined
      if (portId !== undefined) {
        port = state.ports.get(portId)
        if (!port || !owns(caller, port.projectId)) throw itemNotFound(`Port id ${portId} could not be found.`)
        if (port.deviceId !== '') throw new ApiError(409, 'conflictingRequest', `Port ${portId} is still in use.`)
        refuseWithoutAddress(port)
      } else {
        port = createPort(
          net,
          { network_id: netId ?? '', project_id: server.projectId, ...(fixedIps ? { fixed_ips: fixedIps } : {}) },
          { ...caller, isAdmin: true },
        )
        server.ownPortIds.add(port.id)
      }
      // Nova shows the port as it was when it asked Neutron, before the wiring.
      const shown = { ...view(port), port_state: 'DOWN' }
      nova.attach(server, port)
      return { status: 200, body: { interfaceAttachment: shown } }
    })
    .on('DELETE', `${PATH}/{port}`, (request) => {
      nova.detach(serverOf(request), request.params.port ?? '')
      return { status: 202, headers: { 'Content-Type': 'application/json' } }
    })
}
