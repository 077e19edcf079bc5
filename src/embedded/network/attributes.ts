import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import type { ApiRequest } from '../http/types.ts'
import { badRequest } from './errors.ts'

const OPERATION = 'Invalid input for operation: '

/** The message of a schema for what Neutron refuses as a whole, not as the value of one attribute. */
export const operation = (message: string): string => `${OPERATION}${message}`

/** Which attributes a resource's bodies may carry. */
export interface AttributeMap {
  /** Settable in POST. */
  readonly create: z.ZodObject
  /** Settable in PUT. */
  readonly update: z.ZodObject
  /** Known, but decided by Neutron. */
  readonly readOnly: readonly string[]
}

function wrapped(request: ApiRequest, key: string): unknown {
  const { body } = request
  if (typeof body !== 'object' || body === null) throw badRequest('Resource body required')
  if (Array.isArray(body)) throw badRequest('Body contains invalid data')
  const inner: unknown = Reflect.get(body, key)
  if (inner === undefined) throw badRequest(`Unable to find '${key}' in request body`)
  return inner
}

function check<T extends z.ZodObject>(
  schema: T,
  given: unknown,
  known: AttributeMap,
  verb: 'POST' | 'PUT',
): z.infer<T> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw badRequest('Resource body required')
  const names = Object.keys(given)
  const isKnown = (name: string): boolean =>
    name in known.create.shape || name in known.update.shape || known.readOnly.includes(name)
  const strange = names.filter((name) => !isKnown(name))
  if (strange.length > 0) throw badRequest(`Unrecognized attribute(s) '${strange.join(', ')}'`)
  const refused = names.filter((name) => !(name in schema.shape))
  if (refused.length > 0) {
    throw badRequest(
      verb === 'PUT'
        ? `Cannot update read-only attribute ${refused.join(', ')}`
        : `Attribute '${refused.join(', ')}' not allowed in POST`,
    )
  }
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = String(issue?.path[0] ?? '')
  if (!(issue?.path[0] !== undefined && Object.hasOwn(given, String(issue.path[0])))) {
    throw badRequest(`Failed to parse request. Required attribute '${path}' not specified`)
  }
  if (issue?.message.startsWith(OPERATION)) throw new ApiError(400, 'InvalidInput', `${issue.message}.`)
  throw new ApiError(400, 'HTTPBadRequest', `Invalid input for ${path}. Reason: ${issue?.message ?? 'invalid'}.`)
}

/** The object under `key` of a POST body, checked against what may be set. */
export function parseCreate<T extends z.ZodObject>(
  request: ApiRequest,
  key: string,
  map: AttributeMap & { readonly create: T },
): z.infer<T> {
  return check(map.create, wrapped(request, key), map, 'POST')
}

/** As parseCreate, for one element of a bulk body. */
export function parseBulkElement<T extends z.ZodObject>(
  element: unknown,
  map: AttributeMap & { readonly create: T },
): z.infer<T> {
  return check(map.create, element, map, 'POST')
}

/** The object under `key` of a PUT body, checked against what may be changed. */
export function parseUpdate<T extends z.ZodObject>(
  request: ApiRequest,
  key: string,
  map: AttributeMap & { readonly update: T },
): z.infer<T> {
  return check(map.update, wrapped(request, key), map, 'PUT')
}

/** A boolean as Neutron converts it: JSON, or the words people type. */
export const flag = z.union(
  [
    z.boolean(),
    z.literal(['true', 'True', '1']).transform(() => true),
    z.literal(['false', 'False', '0']).transform(() => false),
    z.literal(1).transform(() => true),
    z.literal(0).transform(() => false),
  ],
  { error: (issue) => operation(`'${String(issue.input)}' cannot be converted to boolean`) },
)
export const text = z
  .string({ error: (issue) => `'${String(issue.input)}' is not a valid string` })
  .max(255, { error: (issue) => `'${String(issue.input)}' exceeds maximum length of 255` })
export const uuid = z.string().regex(/^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/, 'is not a valid UUID')
