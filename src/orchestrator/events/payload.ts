import { normalizeUuid } from '../../shared/index.ts'

/** A JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>

/** A way into a payload, from key to key. (A key may hold a dot: `router.interface`.) */
export type Path = readonly string[]

/** Raised inside this room only: the message can never be understood; `reason` is a label for counters. */
export class UnreadableError extends Error {
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.name = 'UnreadableError'
    this.reason = reason
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An own property only: a key such as `__proto__` in a message reaches nothing. null counts as absent. */
export function field(object: unknown, key: string): unknown {
  if (!isObject(object) || !Object.hasOwn(object, key)) return undefined
  return object[key] ?? undefined
}

export function at(object: unknown, path: Path): unknown {
  return path.reduce(field, object)
}

/**
 * Strict grammar at the entrance: what stands at `path` is absent (undefined, null or empty) → null, a UUID → in its canonical form, or
 * unreadable. No id from a message ever becomes a path or a query in any other form.
 */
export function idAt(object: unknown, path: Path): string | null {
  return idOf(at(object, path), path.join('.'))
}

/** Like idAt, for a value already at hand; `name` is for the message. */
export function idOf(value: unknown, name: string): string | null {
  if (value === undefined || value === null || value === '') return null
  const id = typeof value === 'string' ? normalizeUuid(value) : null
  if (id === null) throw new UnreadableError('bad_id', `${name} is not a UUID`)
  return id
}

/** The ids that stand at the first of these paths that has one. */
export function firstIdAt(object: unknown, paths: readonly Path[]): string | null {
  for (const path of paths) {
    const id = idAt(object, path)
    if (id !== null) return id
  }
  return null
}
