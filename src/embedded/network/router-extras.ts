import { z } from 'zod'
import type { RouteTable } from '../http/route-table.ts'
import type { ApiRequest } from '../http/types.ts'
import { badRequest, notFound } from './errors.ts'
import type { HostRoute, Router } from './model.ts'
import type { Net } from './net.ts'
import { disallowed, owns } from './policy.ts'
import { callerOf } from './resource.ts'
import { checkRoutes, viewRouterRow } from './routers.ts'

const extraRoutes = z.object({
  router: z.object({ routes: z.array(z.object({ destination: z.string(), nexthop: z.string() })) }),
})
const routerStatus = z.object({ routerstatus: z.object({ status: z.string().min(1).max(16) }) })

/** Adding and removing single routes, and the status that an orchestrator reports (the Astara plugin's extension). */
export function addRouterExtraRoutes(routes: RouteTable, net: Net, options: { readonly routerStatus: boolean }): void {
  const { state } = net

  function routerOf(request: ApiRequest): Router {
    const id = request.params.id ?? ''
    const router = state.routers.get(id)
    if (!router || !owns(callerOf(request), router.projectId)) throw notFound('router', id)
    return router
  }
  const isSame = (a: HostRoute, b: HostRoute): boolean => a.destination === b.destination && a.nexthop === b.nexthop

  function change(request: ApiRequest, combine: (held: HostRoute[], given: HostRoute[]) => HostRoute[]) {
    const caller = callerOf(request)
    const router = routerOf(request)
    const parsed = extraRoutes.safeParse(request.body)
    if (!parsed.success) throw badRequest("Unable to find 'routes' in request body")
    const next = combine(router.routes, parsed.data.router.routes)
    checkRoutes(net, router, next)
    router.routes = next
    state.touch(router)
    net.l3.updated(router.id, caller)
    // Nobody is notified, and the router is shown as the database has it.
    return {
      status: 200,
      body: { router: viewRouterRow(net, router) },
    }
  }

  routes
    .on('PUT', '/v2.0/routers/{id}/add_extraroutes', (request) =>
      change(request, (held, given) => [...held, ...given.filter((one) => !held.some((route) => isSame(route, one)))]),
    )
    .on('PUT', '/v2.0/routers/{id}/remove_extraroutes', (request) =>
      change(request, (held, given) => held.filter((route) => !given.some((one) => isSame(route, one)))),
    )

  if (!options.routerStatus) return
  routes.on('PUT', '/v2.0/dhrouterstatus/{id}', (request) => {
    const caller = callerOf(request)
    if (!caller.isAdmin) throw disallowed('update_routerstatus')
    const router = routerOf(request)
    const parsed = routerStatus.safeParse(request.body)
    if (!parsed.success) throw badRequest("Unable to find 'routerstatus' in request body")
    const { status } = parsed.data.routerstatus
    net.emitter.notify('routerstatus.update.start', { routerstatus: { status }, id: router.id }, caller)
    router.status = status
    state.routers.put(router)
    const body = { routerstatus: { status } }
    net.emitter.notify('routerstatus.update.end', body, caller)
    return { status: 200, body }
  })
}
