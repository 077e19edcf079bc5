import { ApiError } from '../http/api-error.ts'
import type { ApiRequest } from '../http/types.ts'
import type { Server } from './model.ts'
import type { Nova } from './nova.ts'

const MAX_LIMIT = 1000

const badRequest = (message: string): ApiError => new ApiError(400, 'badRequest', message)

/** A page of servers, newest first as Nova lists them, and whether there is more. */
export interface ServerPage {
  readonly servers: readonly Server[]
  /** Query of the next page, or null. */
  readonly next: URLSearchParams | null
}

/**
 * `name` is a regular expression that may match anywhere, in which Nova escapes every `|` for MySQL. A literal start is checked first, which
 * is far cheaper.
 */
function nameTest(pattern: string): (name: string) => boolean {
  let expression: RegExp
  try {
    expression = new RegExp(pattern.replaceAll('|', String.raw`\|`))
  } catch {
    throw badRequest(`Invalid input for query parameters name. Value: ${pattern}. '${pattern}' is not a 'regex'`)
  }
  const start = /^\^([\w-]{8,})(?![*+?{])/.exec(pattern)?.[1]?.slice(0, -1) ?? ''
  return (name) => name.startsWith(start) && expression.test(name)
}

/** Answers the filters and paging of `GET /servers` and `/servers/detail`. */
export function pageServers(nova: Nova, request: ApiRequest): ServerPage {
  const { query, caller } = request
  const isEverybody = /^(1|true|t|yes|on|)$/i.test(query.get('all_tenants') ?? 'no')
  if (isEverybody && !caller?.isAdmin) {
    throw new ApiError(
      403,
      'forbidden',
      "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.",
    )
  }
  const tests: ((server: Server) => boolean)[] = []
  if (!isEverybody) tests.push((server) => server.projectId === caller?.projectId)
  const name = query.get('name')
  if (name !== null) {
    const test = nameTest(name)
    tests.push((server) => test(server.name))
  }
  const status = query.getAll('status').map((one) => one.toUpperCase())
  const isDeletedAsked = /^(1|true)$/i.test(query.get('deleted') ?? '')
  if (!isDeletedAsked) tests.push((server) => server.status !== 'DELETED')
  if (status.length > 0) tests.push((server) => status.includes(server.status))
  const exact: Readonly<Record<string, (server: Server) => string | null>> = {
    image: (server) => server.imageId,
    flavor: (server) => server.flavorId,
    host: (server) => server.host,
    uuid: (server) => server.id,
    user_id: (server) => server.userId,
    ...(caller?.isAdmin && isEverybody
      ? { project_id: (server) => server.projectId, tenant_id: (server) => server.projectId }
      : {}),
  }
  for (const [key, keyOf] of Object.entries(exact)) {
    const wanted = query.get(key)
    if (wanted !== null) tests.push((server) => keyOf(server) === wanted)
  }
  const since = query.get('changes-since')
  if (since !== null) {
    const from = Date.parse(since)
    if (Number.isNaN(from)) throw badRequest(`Invalid input for query parameters changes-since. Value: ${since}.`)
    tests.push((server) => server.updatedAt >= from)
  }

  const found = [...nova.servers.values()].filter((server) => tests.every((test) => test(server)))
  const isUpward = query.get('sort_dir') === 'asc'
  const key = query.get('sort_key')
  const keyOf = (server: Server): string | number =>
    key === 'display_name' ? server.name : key === 'uuid' ? server.id : server.index
  found.sort((a, b) => {
    const order = keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : a.index - b.index
    return isUpward ? order : -order
  })

  const limitText = query.get('limit')
  if (limitText !== null && !/^\d+$/.test(limitText)) {
    throw badRequest(
      `Invalid input for query parameters limit. Value: ${limitText}. '${limitText}' does not match '^[0-9]*$'`,
    )
  }
  const limit = Math.min(limitText === null ? MAX_LIMIT : Number(limitText), MAX_LIMIT)
  const marker = query.get('marker')
  const at = marker === null ? -1 : found.findIndex((server) => server.id === marker)
  if (marker !== null && at < 0) throw badRequest(`marker [${marker}] not found`)
  const servers = found.slice(at + 1, at + 1 + limit)
  const isMore = servers.length === limit && limit > 0 && at + 1 + limit < found.length
  const last = servers.at(-1)
  if (!isMore || !last) return { servers, next: null }
  const next = new URLSearchParams(query)
  next.set('marker', last.id)
  return { servers, next }
}
