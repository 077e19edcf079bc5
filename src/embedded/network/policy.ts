import { ApiError } from '../http/api-error.ts'
import type { Caller } from '../identity/caller.ts'
import type { Kind } from './errors.ts'
import { badRequest } from './errors.ts'

type Given = Readonly<Record<string, unknown>>

/** Refuses with Neutron's sentence for a policy rule. */
export function disallowed(...rules: readonly string[]): ApiError {
  const text = rules.length === 1 ? `rule:${rules[0]}` : `(${rules.map((rule) => `rule:${rule}`).join(' and ')})`
  return new ApiError(403, 'PolicyNotAuthorized', `${text} is disallowed by policy`)
}

/** Refuses attributes that only administrators may set. */
export function checkAdminOnly(
  caller: Caller,
  verb: 'create' | 'update',
  kind: Kind,
  given: Given,
  adminOnly: readonly string[],
): void {
  if (caller.isAdmin) return
  const refused = adminOnly.find((name) => given[name] !== undefined && given[name] !== false)
  if (refused) throw disallowed(`${verb}_${kind}`, `${verb}_${kind}:${refused}`)
}

/** The project a new resource belongs to. */
export function projectFor(
  caller: Caller,
  given: { readonly project_id?: unknown; readonly tenant_id?: unknown },
): string {
  const asked = given.project_id ?? given.tenant_id
  if (typeof asked === 'string') {
    if (!caller.isAdmin && asked !== caller.projectId) {
      throw badRequest(
        "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc privileges",
      )
    }
    return asked
  }
  return caller.projectId ?? ''
}

/** Whether the caller may see what belongs to this project. */
export const owns = (caller: Caller, projectId: string): boolean => caller.isAdmin || caller.projectId === projectId
