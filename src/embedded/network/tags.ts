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
    const change = (row: Standard, tags: readonly string[]): void => {
      row.tags = [...new Set(tags)]
      state.touch(row)
    }
    routes
      .on('GET', path, (request) => ({ status: 200, body: { tags: rowOf(request).tags } }))
      .on('PUT', path, (request) => {
        const row = rowOf(request)
        const parsed = body.safeParse(request.body)
        if (!parsed.success) throw badRequest('Invalid tags body')
        change(row, parsed.data.tags)
        return { status: 200, body: { tags: row.tags } }
      })
      .on('DELETE', path, (request) => {
        change(rowOf(request), [])
        return { status: 204 }
      })
      .on('PUT', `${path}/{tag}`, (request) => {
        const row = rowOf(request)
        change(row, [...row.tags, request.params.tag ?? ''])
        return { status: 201 }
      })
      .on('DELETE', `${path}/{tag}`, (request) => {
        const row = rowOf(request)
        const tag = request.params.tag ?? ''
        if (!row.tags.includes(tag)) throw new ApiError(404, 'TagNotFound', `Tag ${tag} could not be found.`)
        change(
          row,
          row.tags.filter((one) => one !== tag),
        )
        return { status: 204 }
      })
  }
}
