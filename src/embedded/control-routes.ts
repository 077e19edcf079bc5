import { z } from 'zod'
import { apiFaultSchema } from './faults/api-faults.ts'
import { applianceFaultSchema } from './faults/appliance-faults.ts'
import type { Faults } from './faults/faults.ts'
import { ApiError } from './http/api-error.ts'
import type { RouteTable } from './http/route-table.ts'
import type { ApiRequest } from './http/types.ts'
import type { Journal } from './journal.ts'

const body = z.strictObject({
  /** For every instance. */
  all: applianceFaultSchema.optional(),
  /** By server id, server name, or part of it (a router's id). */
  instances: z.record(z.string().min(1), applianceFaultSchema).optional(),
  /** Replaces the faults of the APIs. */
  apis: z.array(apiFaultSchema).optional(),
})

/**
 * The control API of the embedded cloud, on Keystone's port and open to whoever reaches it (loopback):
 * `GET /_embedded/faults`, `PUT` merges what the body names, `DELETE` ends all faults (`?instance=` those of one selector);
 * `GET /_embedded/journal` sums up the requests so far, `DELETE` forgets them; `POST /_embedded/tokens/revoke` makes every token
 * worthless.
 */
export function addControlRoutes(
  routes: RouteTable,
  deps: { readonly faults: Faults; readonly journal: Journal; readonly revokeTokens: () => void },
): void {
  const { faults, journal } = deps

  /** A web page in somebody's browser can reach the loopback, but cannot send this content type unasked. */
  function requireJson(request: ApiRequest): void {
    if (request.headers['content-type']?.split(';', 1)[0] !== 'application/json') {
      throw new ApiError(415, 'Unsupported Media Type', 'Content-Type must be application/json.')
    }
  }

  routes
    .open('GET', '/_embedded/faults', () => ({ status: 200, body: faults.list() }))
    .open('PUT', '/_embedded/faults', (request) => {
      requireJson(request)
      const parsed = body.safeParse(request.body)
      if (!parsed.success) {
        const [issue] = parsed.error.issues
        throw new ApiError(400, 'Bad Request', `${issue?.path.join('.') || 'body'}: ${issue?.message}`)
      }
      const { all, instances = {}, apis } = parsed.data
      if (all) faults.setAll(all)
      for (const [selector, fault] of Object.entries(instances)) faults.set(selector, fault)
      if (apis) {
        faults.clearApis()
        for (const fault of apis) faults.api(fault)
      }
      return { status: 200, body: faults.list() }
    })
    .open('DELETE', '/_embedded/faults', (request) => {
      const instance = request.query.get('instance')
      if (instance === null) faults.clear()
      else faults.clear(instance)
      return { status: 204 }
    })
    .open('GET', '/_embedded/journal', () => ({ status: 200, body: { requests: journal.summary() } }))
    .open('DELETE', '/_embedded/journal', () => {
      journal.clear()
      return { status: 204 }
    })
    .open('POST', '/_embedded/tokens/revoke', (request) => {
      requireJson(request)
      deps.revokeTokens()
      return { status: 204 }
    })
}
