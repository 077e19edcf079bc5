import { errorPage, NO_SUCH_PAGE } from '../http/error-page.ts'
import { RouteTable } from '../http/route-table.ts'
import type { ApiService } from '../http/service.ts'
import { addAgentRoutes } from './agents.ts'
import { addExtensionRoutes } from './extensions.ts'
import { floatingIpSpec } from './floating-ips.ts'
import type { Net } from './net.ts'
import { networkSpec } from './networks.ts'
import { portSpec } from './ports.ts'
import { addQuotaRoutes } from './quotas.ts'
import { addResource } from './resource.ts'
import { addRouterExtraRoutes } from './router-extras.ts'
import { addRouterInterfaceRoutes } from './router-interfaces.ts'
import { routerSpec } from './routers.ts'
import { securityGroupRuleSpec, securityGroupSpec } from './security-groups.ts'
import { subnetSpec } from './subnets.ts'
import { addTagRoutes } from './tags.ts'

/** Collections that exist and are always empty here. */
const EMPTY = ['subnetpools', 'address-scopes', 'rbac-policies', 'address-groups', 'flavors'] as const

const WRONG_METHOD = 'The server could not comply with the request since it is either malformed or otherwise incorrect.'
/** Neutron v2.0. */
export function createNetworkService(
  net: Net,
  options: { readonly routerStatus: boolean; readonly segments: boolean; readonly keystoneUrl: () => string },
): ApiService {
  const routes = new RouteTable()
  routes.open('GET', '/', () => ({
    status: 200,
    body: { versions: [{ id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: `${net.url()}/v2.0/` }] }] },
  }))
  routes.on('GET', '/v2.0/', () => ({ status: 200, body: { resources: [] } }))
  addResource(routes, net, networkSpec(net))
  addResource(routes, net, subnetSpec(net))
  addResource(routes, net, portSpec(net))
  addResource(routes, net, routerSpec(net))
  addResource(routes, net, floatingIpSpec(net))
  addResource(routes, net, securityGroupSpec(net))
  addResource(routes, net, securityGroupRuleSpec(net))
  addRouterInterfaceRoutes(routes, net)
  addRouterExtraRoutes(routes, net, options)
  addAgentRoutes(routes, net)
  addQuotaRoutes(routes, net)
  addTagRoutes(routes, net)
  addExtensionRoutes(routes, options)
  for (const name of EMPTY) {
    routes.on('GET', `/v2.0/${name}`, () => ({ status: 200, body: { [name.replaceAll('-', '_')]: [] } }))
  }
  routes
    .on('GET', '/v2.0/service-providers', () => ({
      status: 200,
      body: { service_providers: [{ service_type: 'L3_ROUTER_NAT', name: 'single_node', default: false }] },
    }))
    .on('GET', '/v2.0/availability_zones', () => ({
      status: 200,
      body: { availability_zones: [{ name: 'nova', resource: 'router', state: 'available' }] },
    }))

  return {
    name: 'neutron',
    routes,
    malformedBody: 'Body contains invalid data',
    requestIdHeaders: ['X-Openstack-Request-Id'],
    headers: () => ({}),
    renderError(error, request) {
      if (error.type === 'ExtensionNotFound') {
        return { status: 404, body: errorPage(404, 'Not Found', 'The resource could not be found.', error.message) }
      }
      if (!request.path.startsWith('/v2.0') && error.status === 404) return { status: 404, body: NO_SUCH_PAGE }
      if (error.status === 401) {
        return {
          status: 401,
          headers: { 'Www-Authenticate': `Keystone uri="${options.keystoneUrl()}/"` },
          body: { error: { code: 401, title: 'Unauthorized', message: error.message } },
        }
      }
      return {
        status: error.status,
        body: {
          NeutronError: { type: error.type, message: error.status === 405 ? WRONG_METHOD : error.message, detail: '' },
        },
      }
    },
  }
}
