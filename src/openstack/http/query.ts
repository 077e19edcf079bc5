import { AstaraError } from '../../shared/index.ts'
import type { Filter } from '../types.ts'

/** Name and value of one query parameter; names may repeat. */
export type Pair = readonly [name: string, value: string]

/** Proxies and WSGI servers commonly stop at 8 KB of request line; 6 KB, less the endpoint, path, limit and marker. */
const MAX_QUERY_BYTES = 5_700

/** Encodes pairs as a query string without the question mark. */
export function encodeQuery(pairs: readonly Pair[]): string {
  return new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString()
}

const sizeOf = (pair: Pair): number => encodeQuery([pair]).length + 1

function valuesOf(filter: Filter): readonly string[] {
  if (typeof filter === 'boolean') return [filter ? 'True' : 'False']
  return typeof filter === 'string' ? [filter] : [...new Set(filter)]
}

/**
 * Turns a filter into the queries that ask for it: one, or several when a long list of values does not fit (the longest list is split,
 * the rest repeated in each). No query at all when some list is empty: nothing can match, and sending it without would match everything.
 * Throws `bad_request` when even a single value does not fit.
 */
export function filterQueries(
  filter: Readonly<Record<string, Filter>>,
  maxBytes: number = MAX_QUERY_BYTES,
): readonly (readonly Pair[])[] {
  const lists = Object.entries(filter).map(([name, value]) => valuesOf(value).map((text): Pair => [name, text]))
  if (lists.some((list) => list.length === 0)) return []
  const sizes = lists.map((list) => list.reduce((sum, pair) => sum + sizeOf(pair), 0))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total <= maxBytes) return [lists.flat()]

  const longest = sizes.indexOf(Math.max(...sizes))
  const rest = lists.filter((_, index) => index !== longest).flat()
  const room = maxBytes - (total - (sizes[longest] ?? 0))
  return pack(lists[longest] ?? [], room).map((chunk) => [...chunk, ...rest])
}

function pack(pairs: readonly Pair[], room: number): readonly Pair[][] {
  const chunks: Pair[][] = []
  let chunk: Pair[] = []
  let used = 0
  for (const pair of pairs) {
    const size = sizeOf(pair)
    if (size > room) throw new AstaraError('bad_request', `the filter on ${pair[0]} does not fit into a request`)
    if (used + size > room) {
      chunks.push(chunk)
      chunk = []
      used = 0
    }
    chunk.push(pair)
    used += size
  }
  chunks.push(chunk)
  return chunks
}
