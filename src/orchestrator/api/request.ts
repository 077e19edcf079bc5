import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AstaraError, escapeControls, isUuid, normalizeUuid } from '../../shared/index.ts'

/** A UUID, with or without dashes. */
export const Uuid = z.string().refine(isUuid, 'must be a UUID')

const NAME_LIMIT = 100

/** @throws AstaraError `bad_request` naming every field that is wrong and why, without repeating what was sent. */
export function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.join('.')
    return path === '' ? issue.message : `${path}: ${issue.message}`
  })
  throw new AstaraError('bad_request', problems.join('; '), { details: { problems } })
}

/** The id in the path, as it is written everywhere. */
export function idOf(params: unknown, what: string): string {
  const given = (params as { readonly id?: unknown }).id
  const id = typeof given === 'string' ? normalizeUuid(given) : null
  if (id === null) throw new AstaraError('bad_request', `${what} must be a UUID`)
  return id
}

/** A UUID as it is written everywhere; null where none was given. */
export const dashed = (id: string | undefined): string | null => (id === undefined ? null : normalizeUuid(id))

/** Who asks, as their client says (X-Astara-User, percent-encoded). Nobody checks it yet: it is for the record. */
export function operatorOf(request: FastifyRequest): string | null {
  const header = request.headers['x-astara-user']
  if (typeof header !== 'string' || header === '') return null
  let name = header
  try {
    name = decodeURIComponent(header)
  } catch {
    // Not encoded: as it stands.
  }
  return escapeControls(name).slice(0, NAME_LIMIT)
}
