import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import { NO_SUCH_PAGE } from '../http/error-page.ts'
import { RouteTable } from '../http/route-table.ts'
import type { ApiService } from '../http/service.ts'
import type { ApiReply, ApiRequest } from '../http/types.ts'
import type { ImageState } from '../image/service.ts'
import type { Net } from '../network/net.ts'
import { owns } from '../network/policy.ts'
import { callerOf } from '../network/resource.ts'
import { addInterfaceRoutes } from './interface-routes.ts'
import { MAX_MINOR, minorOf, versionAsked } from './microversion.ts'
import { FLAVORS, type Server } from './model.ts'
import type { Nova } from './nova.ts'
import { readServerCreate } from './server-create.ts'
import { pageServers } from './server-list.ts'
import { serverLinks, type ViewContext, viewChanged, viewServer } from './server-view.ts'
import { addSideRoutes } from './side-routes.ts'

export interface ComputeServiceDeps {
  readonly nova: Nova
  readonly net: Net
  readonly images: ImageState
  readonly url: () => string
  readonly keystoneUrl: () => string
  /** Makes a password nobody uses, as Nova does. */
  readonly password: () => string
}

const WRAPPERS: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  503: 'serviceUnavailable',
}

const action = z.record(z.string(), z.unknown())
const change = z.object({
  server: z.object({ name: z.string().min(1).max(255).optional(), description: z.string().nullish() }),
})

/** Nova v2.1. */
export function createComputeService(deps: ComputeServiceDeps): ApiService {
  const { nova, net, url } = deps
  const routes = new RouteTable()

  const version = (id: string, isMicro: boolean): Record<string, unknown> => ({
    id,
    status: isMicro ? 'CURRENT' : 'SUPPORTED',
    version: isMicro ? `2.${MAX_MINOR}` : '',
    min_version: isMicro ? '2.1' : '',
    updated: isMicro ? '2013-07-23T11:33:21Z' : '2011-01-21T11:33:21Z',
  })
  const context = (request: ApiRequest): ViewContext => ({
    url: url(),
    network: net.state,
    flavor: (id) => FLAVORS.find((flavor) => flavor.id === id),
    isAdmin: request.caller?.isAdmin ?? false,
    minor: minorOf(request.headers),
  })
  const serverOf = (request: ApiRequest): Server => {
    const id = request.params.id ?? ''
    const server = nova.servers.get(id)
    if (!server || !owns(callerOf(request), server.projectId)) {
      throw new ApiError(404, 'itemNotFound', `Instance ${id} could not be found.`)
    }
    return server
  }
  const listed = (request: ApiRequest, view: (server: Server) => unknown): ApiReply => {
    const { servers, next } = pageServers(nova, request)
    const href = `${url()}${request.path}?${next}`
    return {
      status: 200,
      body: { servers: servers.map(view), ...(next ? { servers_links: [{ rel: 'next', href }] } : {}) },
    }
  }
  const root = (): ApiReply => ({
    status: 200,
    body: {
      versions: [
        { ...version('v2.0', false), links: [{ rel: 'self', href: `${url()}/v2/` }] },
        { ...version('v2.1', true), links: [{ rel: 'self', href: `${url()}/v2.1/` }] },
      ],
    },
  })
  const versionTwoOne = (): ApiReply => ({
    status: 200,
    body: {
      version: {
        ...version('v2.1', true),
        links: [
          { rel: 'self', href: `${url()}/v2.1/` },
          { rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' },
        ],
        'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' }],
      },
    },
  })

  routes
    .open('GET', '/', root)
    .open('GET', '/v2.1/', versionTwoOne)
    .open('GET', '/v2.1', versionTwoOne)
    .on('GET', '/v2.1/servers', (request) =>
      listed(request, (server) => ({ id: server.id, name: server.name, links: serverLinks(url(), server.id) })),
    )
    .on('GET', '/v2.1/servers/detail', (request) => {
      const seen = context(request)
      return listed(request, (server) => viewServer(server, seen, false))
    })
    .on('GET', '/v2.1/servers/{id}', (request) => ({
      status: 200,
      body: { server: viewServer(serverOf(request), context(request), true) },
    }))
    .on('POST', '/v2.1/servers', (request) => {
      const server = nova.create(readServerCreate(request, callerOf(request), deps))
      return {
        status: 202,
        headers: { Location: `${url()}/v2.1/servers/${server.id}` },
        body: {
          server: {
            id: server.id,
            links: serverLinks(url(), server.id),
            'OS-DCF:diskConfig': 'MANUAL',
            security_groups: [{ name: 'default' }],
            adminPass: deps.password(),
          },
        },
      }
    })
    .on('PUT', '/v2.1/servers/{id}', (request) => {
      const server = serverOf(request)
      const parsed = change.safeParse(request.body)
      if (!parsed.success) throw new ApiError(400, 'badRequest', 'Invalid input for field/attribute server.')
      if (parsed.data.server.name !== undefined) server.name = parsed.data.server.name
      if (parsed.data.server.description !== undefined) server.description = parsed.data.server.description
      nova.servers.put(server)
      return { status: 200, body: { server: viewChanged(server, context(request)) } }
    })
    .on('DELETE', '/v2.1/servers/{id}', (request) => {
      nova.delete(serverOf(request))
      return { status: 204, headers: { 'Content-Type': 'application/json' } }
    })
    .on('POST', '/v2.1/servers/{id}/action', async (request) => {
      const server = serverOf(request)
      const parsed = action.safeParse(request.body)
      const [name] = parsed.success ? Object.keys(parsed.data) : []
      switch (name) {
        case 'os-stop':
          await nova.setPower(server, false)
          break
        case 'os-start':
          await nova.setPower(server, true)
          break
        case 'reboot':
          await nova.setPower(server, false)
          await nova.setPower(server, true)
          break
        case 'lock':
        case 'unlock':
          server.locked = name === 'lock'
          break
        case 'os-getConsoleOutput':
          return { status: 200, body: { output: '' } }
        default:
          throw new ApiError(400, 'badRequest', `There is no such action: ${name ?? ''}`)
      }
      return { status: 202, headers: { 'Content-Type': 'application/json' } }
    })
    .on('GET', '/v2.1/servers/{id}/os-security-groups', (request) => {
      const groups = serverOf(request).portIds.flatMap((id) => net.state.ports.get(id)?.securityGroups ?? [])
      return {
        status: 200,
        body: {
          security_groups: [...new Set(groups)].map((id) => ({ id, name: net.state.securityGroups.get(id)?.name })),
        },
      }
    })
    .on('GET', '/v2.1/servers/{id}/os-volume_attachments', (request) => {
      serverOf(request)
      return { status: 200, body: { volumeAttachments: [] } }
    })
  addInterfaceRoutes(routes, deps, serverOf)
  addSideRoutes(routes, deps)

  return {
    name: 'nova',
    routes,
    malformedBody: 'Malformed request body',
    requestIdHeaders: ['X-Openstack-Request-Id', 'X-Compute-Request-Id'],
    headers(request, reply) {
      const asked = versionAsked(request.headers)
      const isMalformed = asked !== undefined && asked !== 'latest' && !/^\d+\.\d+$/.test(asked)
      // What is answered before the version is known says nothing of it.
      if (reply.status === 401 || typeof reply.body === 'string' || isMalformed) return {}
      const spoken = reply.status === 406 ? asked : `2.${minorOf(request.headers)}`
      return {
        'Openstack-Api-Version': `compute ${spoken}`,
        'X-Openstack-Nova-Api-Version': String(spoken),
        Vary: 'OpenStack-API-Version, X-OpenStack-Nova-API-Version',
      }
    },
    check: (request) => void minorOf(request.headers),
    renderError(error) {
      if (error.status === 404 && error.type === 'HTTPNotFound') return { status: 404, body: NO_SUCH_PAGE }
      if (error.status === 401) {
        return {
          status: 401,
          headers: { 'Www-Authenticate': `Keystone uri="${deps.keystoneUrl()}/"` },
          body: { error: { code: 401, title: 'Unauthorized', message: error.message } },
        }
      }
      const wrapper = WRAPPERS[error.status] ?? 'computeFault'
      return {
        status: error.status,
        headers: { 'Content-Type': 'application/json; charset=UTF-8' },
        body: { [wrapper]: { code: error.status, message: error.message } },
      }
    },
  }
}
