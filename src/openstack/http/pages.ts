import { hasStatus } from '../errors.ts'
import { isObject, type JsonObject, object, requiredList } from './shape.ts'

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Marker to ask the next page with; null at the end. */
  readonly next: string | null
}

/** Items asked for per request. Nova gives no more than 1,000 by default, Glance neither. */
export const PAGE_SIZE = 1_000

/** A list longer than this is a server that goes round in circles. */
const MAX_PAGES = 1_000
/** How often a list is started anew because its marker was deleted under it. */
const MAX_RESTARTS = 3

/**
 * Reads a page: `{ports: […], ports_links: [{rel: 'next', href}]}` (Neutron, Nova) or `{images: […], next: '/v2/images?marker=…'}`
 * (Glance). Only the marker is taken from a link: its host is often that of a proxy or of nobody. A full page without any link is
 * followed too, by the id of its last item.
 */
export function readPage<T extends { readonly id: string }>(
  body: unknown,
  key: string,
  read: (item: JsonObject) => T,
): Page<T> {
  const source = object(body, 'the body')
  const items = requiredList(source, key, read)
  const link = nextLink(source, key)
  if (link !== null) return { items, next: new URLSearchParams(link.split('?')[1] ?? '').get('marker') }
  const paged = `${key}_links` in source
  return { items, next: !paged && items.length === PAGE_SIZE ? (items.at(-1)?.id ?? null) : null }
}

function nextLink(source: JsonObject, key: string): string | null {
  if (typeof source.next === 'string') return source.next
  const links = source[`${key}_links`]
  if (!Array.isArray(links)) return null
  const next: unknown = links.find((link) => isObject(link) && link.rel === 'next')
  return isObject(next) && typeof next.href === 'string' ? next.href : null
}

/**
 * All items of a list. What is created or deleted meanwhile may or may not be among them, but nothing is twice. When the item that
 * marks the place was deleted between two pages (Nova answers 400, others 404), the list starts anew.
 */
export async function allPages<T extends { readonly id: string }>(
  fetchPage: (marker: string | null) => Promise<Page<T>>,
): Promise<readonly T[]> {
  for (let restarts = 0; ; restarts += 1) {
    const items = await onePass(fetchPage, restarts < MAX_RESTARTS)
    if (items !== null) return items
  }
}

/** Null when the marker got lost and `mayRestart`. */
async function onePass<T extends { readonly id: string }>(
  fetchPage: (marker: string | null) => Promise<Page<T>>,
  mayRestart: boolean,
): Promise<readonly T[] | null> {
  const found = new Map<string, T>()
  let marker: string | null = null
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    let page: Page<T>
    try {
      page = await fetchPage(marker)
    } catch (error) {
      if (marker !== null && mayRestart && (hasStatus(error, 400) || hasStatus(error, 404))) return null
      throw error
    }
    const before = found.size
    for (const item of page.items) found.set(item.id, item)
    marker = page.next
    // A server that does not know markers gives the same page for ever.
    if (marker === null || found.size === before) break
  }
  return [...found.values()]
}

/**
 * Runs all parts of one operation at the same time. The first failure aborts the others and is the result; a result is complete.
 */
export async function together<I, O>(
  inputs: readonly I[],
  signal: AbortSignal | undefined,
  run: (input: I, signal: AbortSignal) => Promise<O>,
): Promise<readonly O[]> {
  const controller = new AbortController()
  const onAbort = (): void => controller.abort(signal?.reason)
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.all(inputs.map((input) => run(input, controller.signal)))
  } catch (error) {
    controller.abort(error)
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
