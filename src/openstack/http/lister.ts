import type { CallOptions, Filter } from '../types.ts'
import type { Caller } from './caller.ts'
import { allPages, PAGE_SIZE, readPage, together } from './pages.ts'
import type { Path } from './path.ts'
import { filterQueries, type Pair } from './query.ts'
import type { JsonObject } from './shape.ts'

/** Lists a collection to its end: the filter split where it is too long, every part paged, nothing twice. */
export async function listCollection<T extends { readonly id: string }>(
  caller: Caller,
  collection: { readonly path: Path; readonly key: string; read(item: JsonObject): T },
  filter: Readonly<Record<string, Filter>>,
  options: CallOptions = {},
): Promise<readonly T[]> {
  const lane = Symbol(collection.key)
  const queries = filterQueries(filter)
  const parts = await together(queries, options.signal, (query, signal) =>
    allPages((marker) => {
      const place: readonly Pair[] = marker === null ? [] : [['marker', marker]]
      return caller(
        {
          method: 'GET',
          path: collection.path,
          query: [...query, ['limit', String(PAGE_SIZE)], ...place],
          lane,
          read: (body) => readPage(body, collection.key, collection.read),
        },
        { ...options, signal },
      )
    }),
  )
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const found = new Map<string, T>()
  for (const items of parts) for (const item of items) found.set(item.id, item)
  return [...found.values()]
}
