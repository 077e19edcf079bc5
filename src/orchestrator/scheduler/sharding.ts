import { normalizeUuid } from '../../shared/index.ts'

const WILDCARDS: readonly string[] = ['*', 'error']

/**
 * A tenant id in its canonical form, or null when it is none. Accepted as Python's `uuid.UUID` does: any case, without dashes, in braces,
 * as `urn:uuid:`, with blanks around it.
 */
export function normalizeTenant(text: string): string | null {
  const bare = text.trim().replace(/^urn:uuid:/i, '')
  return normalizeUuid(bare.startsWith('{') && bare.endsWith('}') ? bare.slice(1, -1) : bare)
}

/** A UUID as a 128-bit integer, modulo `n`. Four hex digits at a time: exact in doubles for every sensible `n`. */
function moduloOfUuid(uuid: string, n: number): number {
  const hex = uuid.replaceAll('-', '')
  let rest = 0
  for (let i = 0; i < hex.length; i += 4) rest = (rest * 0x10000 + Number.parseInt(hex.slice(i, i + 4), 16)) % n
  return rest
}

/**
 * Indexes of the workers an event for `target` goes to, of `workers` in all: a tenant's UUID as integer modulo the number of workers;
 * `*` and `error` to all; anything else to none (dispatch.csv).
 */
export function pickWorkers(target: string | null, workers: number): readonly number[] {
  if (target === null) return []
  if (WILDCARDS.includes(target.trim())) return Array.from({ length: workers }, (_, index) => index)
  const uuid = normalizeTenant(target)
  return uuid === null ? [] : [moduloOfUuid(uuid, workers)]
}
