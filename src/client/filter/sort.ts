import type { Resource } from '../../contract/index.ts'
import { AstaraError, nearest } from '../../shared/index.ts'
import { FIELD_NAMES, type Field, fieldOf } from './fields.ts'

/** By what and which way. */
interface SortKey {
  readonly name: string
  readonly field: Field
  readonly descending: boolean
}

/** A sort order that was understood; ids decide in the end, so it is never ambiguous. */
export interface SortOrder {
  /** As written. */
  readonly text: string
  readonly keys: readonly SortKey[]
}

/** What a resource is sorted by: made once for each. */
export type SortValues = readonly (string | number | null)[]

/** Digits are padded, so that r9 comes before r10. */
const natural = (text: string): string => text.toLowerCase().replaceAll(/\d+/g, (digits) => digits.padStart(12, '0'))

function sortValueOf(field: Field, resource: Resource): string | number | null {
  const value = field.read(resource)
  if (value === null) return null
  if (typeof value === 'string') return natural(value)
  // The younger has the smaller age.
  return field.kind === 'age' ? -value : Number(value)
}

/**
 * Reads a sort order: field names separated by commas, `-` before a name for descending: `state,-age`. Fields are those of filters.
 *
 * @throws AstaraError `usage` for an unknown field
 */
export function parseSort(text: string): SortOrder {
  const names = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const keys = names.map((written): SortKey => {
    const descending = written.startsWith('-')
    const name = written.replace(/^[-+]/, '')
    const field = fieldOf(name)
    if (field === null) {
      const near = nearest(name, FIELD_NAMES)
      throw new AstaraError('usage', `cannot sort by "${name}": there is no such field`, {
        suggestions: [...(near === null ? [] : [`Did you mean ${near}?`]), `Fields: ${FIELD_NAMES.join(', ')}`],
      })
    }
    return { name, field, descending }
  })
  return { text, keys }
}

export function sortValues(order: SortOrder, resource: Resource): SortValues {
  return order.keys.map(({ field }) => sortValueOf(field, resource))
}

/** Compares by the order, then by id. What has no value comes last, whichever way. */
export function compareSorted(
  order: SortOrder,
  a: { readonly id: string; readonly values: SortValues },
  b: { readonly id: string; readonly values: SortValues },
): number {
  for (const [i, { descending }] of order.keys.entries()) {
    const x = a.values[i] ?? null
    const y = b.values[i] ?? null
    if (x === y) continue
    if (x === null) return 1
    if (y === null) return -1
    const direction = x < y ? -1 : 1
    return descending ? -direction : direction
  }
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

/** A sorted copy. */
export function sortResources(order: SortOrder, resources: Iterable<Resource>): Resource[] {
  const rows = Array.from(resources, (resource) => ({
    id: resource.id,
    values: sortValues(order, resource),
    resource,
  }))
  return rows.sort((a, b) => compareSorted(order, a, b)).map(({ resource }) => resource)
}
