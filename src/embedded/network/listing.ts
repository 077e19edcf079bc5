import { ApiError } from '../http/api-error.ts'
import type { Caller } from '../identity/caller.ts'
import { badRequest, type Kind, notFound } from './errors.ts'
import type { Row, Table } from './table.ts'

type View = Readonly<Record<string, unknown>>

/** How one kind of resource is listed. */
export interface Listing<T extends Row> {
  readonly table: Table<T>
  /** Plural key of the answer. */
  readonly plural: string
  readonly path: string
  readonly view: (row: T, caller: Caller) => View
  /** Who may see it. */
  readonly visible: (row: T, caller: Caller) => boolean
  /** Filters that are not simply an attribute of the view. */
  readonly special?: Readonly<Record<string, (row: T, values: readonly string[]) => boolean>>
  /** Names that may be filtered by. */
  readonly filterable: readonly string[]
}

/** Parameters of every list that choose nothing. */
export const CONTROL: ReadonlySet<string> = new Set([
  'fields',
  'limit',
  'marker',
  'page_reverse',
  'sort_key',
  'sort_dir',
])

function matches(actual: unknown, wanted: readonly string[]): boolean {
  if (typeof actual === 'boolean') return wanted.some((text) => /^(true|1)$/i.test(text) === actual)
  if (actual === null || actual === undefined) return wanted.some((text) => text === '' || text === 'None')
  if (Array.isArray(actual)) return actual.some((one) => wanted.includes(String(one)))
  return wanted.includes(String(actual))
}

/** `fixed_ips=subnet_id=…` and the like: name=value pairs inside a value. */
export function pairs(values: readonly string[]): readonly (readonly [string, string])[] {
  return values.map((value) => {
    const cut = value.indexOf('=')
    return [value.slice(0, cut), value.slice(cut + 1)] as const
  })
}

/** Picks the attributes that `fields` asks for. */
export function pick(view: View, query: URLSearchParams): View {
  const fields = query.getAll('fields').filter((field) => field !== '')
  if (fields.length === 0) return view
  return Object.fromEntries(Object.entries(view).filter(([key]) => fields.includes(key)))
}

function compare(a: unknown, b: unknown): number {
  if (a === b) return 0
  if (a === null || a === undefined) return -1
  if (b === null || b === undefined) return 1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : 1
}

/** Answers a list: filters, visibility, sorting, paging and fields as Neutron does. `base` is the service's URL for links. */
export function list<T extends Row>(
  listing: Listing<T>,
  kind: Kind,
  query: URLSearchParams,
  caller: Caller,
  base: string,
): Record<string, unknown> {
  const { table, view, special = {} } = listing
  const filters = new Map<string, string[]>()
  for (const [name, value] of query) {
    if (CONTROL.has(name)) continue
    const key = name === 'tenant_id' ? 'project_id' : name
    filters.set(key, [...(filters.get(key) ?? []), value])
  }
  const strange = [...filters.keys()].filter((name) => !(name in special) && !listing.filterable.includes(name))
  if (strange.length > 0)
    throw badRequest(`[${strange.map((name) => `'${name}'`).join(', ')}] is invalid attribute for filtering`)

  const limitText = query.get('limit')
  const limit = limitText === null ? Number.POSITIVE_INFINITY : Number(limitText)
  if (limitText !== null && (!Number.isInteger(limit) || limit < 0)) {
    throw new ApiError(
      400,
      'BadRequest',
      `Bad limit request: Limit must be an integer 0 or greater and not '${limitText}'.`,
    )
  }
  const marker = query.get('marker') ?? undefined
  if (marker !== undefined && !table.get(marker)) throw notFound(kind, marker)
  const reverse = /^(true|1)$/i.test(query.get('page_reverse') ?? '')
  const sortKeys = query.getAll('sort_key')
  const sortDirs = query.getAll('sort_dir')
  const strangeDirs = sortDirs.filter((dir) => dir !== 'asc' && dir !== 'desc')
  if (sortKeys.length !== sortDirs.length) throw badRequest('The number of sort_keys and sort_dirs must be same')
  if (strangeDirs.length > 0) {
    const named = strangeDirs.map((dir) => `'${dir}'`).join(', ')
    throw badRequest(`[${named}] is invalid value for sort_dirs, valid value is 'asc' and 'desc'`)
  }
  const isPlain = sortKeys.length === 0 && !reverse

  const wantedFields = query.getAll('fields')
  const page: View[] = []
  const checks = [...filters]
  const accept = (row: T): View | null => {
    if (!listing.visible(row, caller)) return null
    const seen = view(row, caller)
    for (const [name, values] of checks) {
      const test = special[name]
      if (test ? !test(row, values) : !matches(seen[name], values)) return null
    }
    return seen
  }

  // The narrowest index that a filter offers decides what is looked at.
  let candidates: readonly T[] | null = null
  for (const [name, values] of checks) {
    if (name === 'id') {
      const found = [...new Set(values)].flatMap((id) => table.get(id) ?? [])
      if (!candidates || found.length < candidates.length) candidates = found
    } else if (table.hasIndex(name)) {
      const count = values.reduce((sum, value) => sum + table.countBy(name, value), 0)
      if (!candidates || count < candidates.length) {
        candidates = [...new Set(values.flatMap((value) => table.by(name, value)))]
      }
    }
  }

  if (isPlain) {
    const source = candidates
      ? [...candidates].sort((a, b) => compare(a.id, b.id)).filter((row) => marker === undefined || row.id > marker)
      : table.ordered(marker)
    for (const row of source) {
      if (page.length >= limit) break
      const seen = accept(row)
      if (seen) page.push(seen)
    }
  } else {
    const keys = [
      ...sortKeys.map((key, index) => ({ key, down: sortDirs[index] === 'desc' })),
      { key: 'id', down: false },
    ]
    const all: View[] = []
    for (const row of candidates ?? table.values()) {
      const seen = accept(row)
      if (seen) all.push(seen)
    }
    all.sort((a, b) => {
      for (const { key, down } of keys) {
        const order = compare(a[key], b[key]) * (down !== reverse ? -1 : 1)
        if (order !== 0) return order
      }
      return 0
    })
    const start = marker === undefined ? 0 : all.findIndex((row) => row.id === marker) + 1
    page.push(...all.slice(start, start + limit))
    if (reverse) page.reverse()
  }

  const answer: Record<string, unknown> = {
    [listing.plural]: wantedFields.length > 0 ? page.map((row) => pick(row, query)) : page,
  }
  if (limitText !== null && limit > 0) {
    const links = pageLinks(page, {
      isShort: page.length < limit,
      isReverse: reverse,
      query,
      base: `${base}${listing.path}`,
    })
    if (links.length > 0) answer[`${listing.plural}_links`] = links
  }
  return answer
}

/** Links to the neighbours of a page, as Neutron gives them: to the previous one also where there is none. */
function pageLinks(
  page: readonly View[],
  at: {
    /** Fewer than were asked for. */
    readonly isShort: boolean
    readonly isReverse: boolean
    readonly query: URLSearchParams
    readonly base: string
  },
): readonly { rel: string; href: string }[] {
  const link = (rel: 'next' | 'previous', edge: View | undefined): { rel: string; href: string } => {
    const query = new URLSearchParams(at.query)
    query.delete('marker')
    query.delete('page_reverse')
    if (edge) query.set('marker', String(edge.id))
    if (rel === 'previous') query.set('page_reverse', 'True')
    return { rel, href: `${at.base}?${query}` }
  }
  const links: { rel: string; href: string }[] = []
  // A short page is the last one in the direction in which one was going.
  if (!at.isShort || at.isReverse) links.push(link('next', page.at(-1)))
  if (!at.isShort || !at.isReverse) links.push(link('previous', page[0]))
  return links
}
