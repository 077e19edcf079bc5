import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import type { RouteTable } from '../http/route-table.ts'
import type { ApiRequest } from '../http/types.ts'
import { badRequest, type Kind, notFound } from './errors.ts'
import type { Standard } from './model.ts'
import type { Net } from './net.ts'
import { owns } from './policy.ts'
import { callerOf } from './resource.ts'

const body = z.object({ tags: z.array(z.string().min(1).max(60)) })

/** `/v2.0/<resources>/{id}/tags`. */
export function addTagRoutes(routes: RouteTable, net: Net): void {
  const { state } = net
  const tables: Readonly<Record<string, { readonly kind: Kind; readonly get: (id: string) => Standard | undefined }>> =
    {
      networks: { kind: 'network', get: (id) => state.networks.get(id) },
      subnets: { kind: 'subnet', get: (id) => state.subnets.get(id) },
      ports: { kind: 'port', get: (id) => state.ports.get(id) },
      routers: { kind: 'router', get: (id) => state.routers.get(id) },
      floatingips: { kind: 'floatingip', get: (id) => state.floatingIps.get(id) },
      'security-groups': { kind: 'security_group', get: (id) => state.securityGroups.get(id) },
    }
  for (const [plural, { kind, get }] of Object.entries(tables)) {
    const path = `/v2.0/${plural}/{id}/tags`
    const rowOf = (request: ApiRequest): Standard => {
      const row = get(request.params.id ?? '')
      if (!row || !owns(callerOf(request), row.projectId)) throw notFound(kind, request.params.id ?? '')
      return row
    }
    const change = (request: ApiRequest, what: string, row: Standard, tags: readonly string[], said: object): void => {
      const payload = { parent_resource: plural, parent_resource_id: row.id, ...said }
      net.emitter.notify(`tag.${what}.start`, payload, callerOf(request))
      row.tags = [...new Set(tags)]
      state.touch(row)
      net.emitter.notify(`tag.${what}.end`, payload, callerOf(request))
    }
    const held = (request: ApiRequest): { readonly row: Standard; readonly tag: string } => {
      const row = rowOf(request)
      const tag = request.params.tag ?? ''
      if (!row.tags.includes(tag)) throw new ApiError(404, 'TagNotFound', `Tag ${tag} could not be found.`)
      return { row, tag }
    }
    routes
      .on('GET', path, (request) => ({ status: 200, body: { tags: rowOf(request).tags } }))
      .on('PUT', path, (request) => {
        const row = rowOf(request)
        const parsed = body.safeParse(request.body)
        if (!parsed.success) throw badRequest('Invalid tags body')
        change(request, 'update', row, parsed.data.tags, { tags: parsed.data.tags })
        return { status: 200, body: { tags: row.tags } }
      })
      .on('DELETE', path, (request) => {
        change(request, 'delete_all', rowOf(request), [], {})
        return { status: 204 }
      })
      .on('PUT', `${path}/{tag}`, (request) => {
        const row = rowOf(request)
        const tag = request.params.tag ?? ''
        change(request, 'create', row, [...row.tags, tag], { tags: [tag] })
        return { status: 201, body: null }
      })
      .on('GET', `${path}/{tag}`, (request) => {
        held(request)
        return { status: 204 }
      })
      .on('DELETE', `${path}/{tag}`, (request) => {
        const { row, tag } = held(request)
        const left = row.tags.filter((one) => one !== tag)
        change(request, 'delete', row, left, { tag })
        return { status: 204 }
      })
  }
}
