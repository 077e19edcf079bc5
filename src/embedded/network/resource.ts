import type { z } from 'zod'
import type { RouteTable } from '../http/route-table.ts'
import type { ApiRequest } from '../http/types.ts'
import type { Caller } from '../identity/caller.ts'
import { type AttributeMap, parseBulkElement, parseCreate, parseUpdate } from './attributes.ts'
import { type Kind, notFound } from './errors.ts'
import { type Listing, list, pick } from './listing.ts'
import type { Standard } from './model.ts'
import type { Net } from './net.ts'
import { checkAdminOnly, disallowed, projectFor } from './policy.ts'

type View = Readonly<Record<string, unknown>>

/** One kind of resource: attributes, operations and looks. Operations change the state and tell agents; they notify nobody. */
export interface ResourceSpec<T extends Standard, C extends z.ZodObject, U extends z.ZodObject> {
  readonly kind: Kind
  readonly listing: Listing<T>
  readonly attributes: AttributeMap & { readonly create: C; readonly update: U }
  /** Attributes that only administrators may set. */
  readonly adminOnly?: readonly string[]
  /** Not of Neutron's core: it notifies before it looks at the body, and shows no more in notifications than in answers. */
  readonly isExtension?: boolean
  /** Refuses what the quota has no room for, before anybody is notified. */
  readonly checkRoom?: (given: readonly z.infer<C>[], caller: Caller) => void
  /** Refuses what would lie on somebody else's ground, before anybody is notified. */
  readonly checkGround?: (given: z.infer<C>, caller: Caller) => void
  readonly create: (given: z.infer<C>, caller: Caller) => T
  readonly update: (row: T, given: z.infer<U>, caller: Caller) => void
  readonly remove: (row: T, caller: Caller) => void
  /** How the object looks in the answer to its creation (Neutron shows a little more, or less, there). */
  readonly viewCreated?: (row: T, caller: Caller) => View
  /** How it looks in its `.delete.end` notification. */
  readonly viewDeleted?: (row: T, caller: Caller) => View
}

/** The caller of a route that needed a token. */
export function callerOf(request: ApiRequest): Caller {
  if (!request.caller) throw new Error(`${request.path} was reached without a token`)
  return request.caller
}

/** The row an id in the path means, if the caller may see it. */
function find<T extends Standard>(
  spec: { readonly kind: Kind; readonly listing: Listing<T> },
  id: string,
  caller: Caller,
): T {
  const row = spec.listing.table.get(id)
  if (!row || !spec.listing.visible(row, caller)) throw notFound(spec.kind, id)
  return row
}

/** Whether a body is an object that says nothing of this kind of resource: Neutron announces it all the same. */
function isAboutSomethingElse(body: unknown, kind: string, plural: string): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false
  const keys = Object.keys(body)
  return keys.length > 0 && !keys.includes(kind) && !keys.includes(plural)
}

/** Adds list, create (bulk too), show, update and delete, each with the notifications Neutron sends around it. */
export function addResource<T extends Standard, C extends z.ZodObject, U extends z.ZodObject>(
  routes: RouteTable,
  net: Net,
  spec: ResourceSpec<T, C, U>,
): void {
  const { kind, listing, attributes, adminOnly = [], isExtension = false } = spec
  const { path, plural } = listing
  const viewCreated = spec.viewCreated ?? listing.view
  const viewDeleted = spec.viewDeleted ?? listing.view

  const owned = (id: string, caller: Caller, verb: 'update' | 'delete'): T => {
    const row = find(spec, id, caller)
    if (!caller.isAdmin && row.projectId !== caller.projectId) throw disallowed(`${verb}_${kind}`)
    return row
  }
  // Neutron's order: the body, then whose it is to be and whether there is room for it, then the notification, and only then what exists
  // and is allowed. Extensions (routers and what came after them) notify first of all.
  const parseAll = (
    request: ApiRequest,
    caller: Caller,
  ): { readonly given: readonly z.infer<C>[]; isBulk: boolean } => {
    const bulk = bulkOf(request.body)
    const start = (): void => net.emitter.notify(`${kind}.create.start`, request.body, caller)
    if (isExtension || isAboutSomethingElse(request.body, kind, plural)) start()
    const given = bulk
      ? bulk.map((element) => parseBulkElement(element, attributes))
      : [parseCreate(request, kind, attributes)]
    for (const one of given) {
      projectFor(caller, one)
      spec.checkGround?.(one, caller)
    }
    if (!isExtension) {
      spec.checkRoom?.(given, caller)
      start()
    }
    return { given, isBulk: bulk !== null }
  }
  const bulkOf = (body: unknown): readonly unknown[] | null => {
    if (typeof body !== 'object' || body === null) return null
    const many: unknown = Reflect.get(body, plural)
    return Array.isArray(many) ? many : null
  }

  routes
    .on('GET', path, (request) => ({
      status: 200,
      body: list(listing, kind, request.query, callerOf(request), net.url()),
    }))
    .on('GET', `${path}/{id}`, (request) => {
      const caller = callerOf(request)
      const row = find(spec, request.params.id ?? '', caller)
      return { status: 200, body: { [kind]: pick(listing.view(row, caller), request.query) } }
    })
    .on('POST', path, (request) => {
      const caller = callerOf(request)
      const { given, isBulk } = parseAll(request, caller)
      for (const one of given) checkAdminOnly(caller, 'create', kind, one, adminOnly)
      const rows: T[] = []
      try {
        for (const one of given) rows.push(spec.create(one, caller))
      } catch (error) {
        for (const row of rows) spec.remove(row, caller)
        throw error
      }
      const views = rows.map((row) => viewCreated(row, caller))
      const body = isBulk ? { [plural]: views } : { [kind]: views[0] }
      net.emitter.notify(`${kind}.create.end`, body, caller)
      return { status: 201, body }
    })
    .on('PUT', `${path}/{id}`, (request) => {
      const caller = callerOf(request)
      const id = request.params.id ?? ''
      const start = (): void => net.emitter.notify(`${kind}.update.start`, { ...(request.body as object), id }, caller)
      if (isExtension) start()
      const given = parseUpdate(request, kind, attributes)
      if (!isExtension) start()
      const row = owned(id, caller, 'update')
      checkAdminOnly(caller, 'update', kind, given, adminOnly)
      spec.update(row, given, caller)
      const body = { [kind]: listing.view(row, caller) }
      net.emitter.notify(`${kind}.update.end`, body, caller)
      return { status: 200, body }
    })
    .on('DELETE', `${path}/{id}`, (request) => {
      const caller = callerOf(request)
      const id = request.params.id ?? ''
      net.emitter.notify(`${kind}.delete.start`, { [`${kind}_id`]: id }, caller)
      const row = owned(id, caller, 'delete')
      const seen = viewDeleted(row, isExtension ? caller : { ...caller, isAdmin: true })
      spec.remove(row, caller)
      net.emitter.notify(`${kind}.delete.end`, { [`${kind}_id`]: row.id, [kind]: seen }, caller)
      return { status: 204 }
    })
}
