/** An object of a parsed JSON document. */
export type JsonObject = Readonly<Record<string, unknown>>

/** A document that has not the shape it must have; `path` says where (`ports[3].fixed_ips[0].subnet_id`). */
export class ShapeError extends Error {
  readonly path: string
  readonly expected: string

  constructor(path: string, expected: string) {
    super(`${path} is not ${expected}`)
    this.name = 'ShapeError'
    this.path = path
    this.expected = expected
  }

  /** The same, seen from one level further up. */
  under(parent: string): ShapeError {
    return new ShapeError(`${parent}.${this.path}`, this.expected)
  }
}

// These readers run for each field of 10,000 ports: no schema library, and paths are only put together once something is wrong.

/** An object, or a ShapeError. */
export function object(value: unknown, name: string): JsonObject {
  if (isObject(value)) return value
  throw new ShapeError(name, 'an object')
}

/** True for a JSON object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The member `key`, which must be an object; its errors are told with the key before them. */
export function member<T>(source: JsonObject, key: string, read: (value: JsonObject) => T): T {
  const value = object(source[key], key)
  return within(key, () => read(value))
}

/** The text under `key`. */
export function text(source: JsonObject, key: string): string {
  const value = source[key]
  if (typeof value === 'string') return value
  throw new ShapeError(key, 'a text')
}

/** The text under `key`; `fallback` when it is absent or null. */
export function textOr<T>(source: JsonObject, key: string, fallback: T): string | T {
  const value = source[key]
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return fallback
  throw new ShapeError(key, 'a text')
}

/** The boolean under `key`; `fallback` when it is absent or null. */
export function flagOr(source: JsonObject, key: string, fallback: boolean): boolean {
  const value = source[key]
  if (typeof value === 'boolean') return value
  if (value === undefined || value === null) return fallback
  throw new ShapeError(key, 'true or false')
}

/** Those of `keys` under which there is a number. */
export function numbersOf<const K extends string>(source: JsonObject, keys: readonly K[]): { [P in K]?: number } {
  const found: { [P in K]?: number } = {}
  for (const key of keys) {
    const value = source[key]
    if (typeof value === 'number') found[key] = value
  }
  return found
}

/** The number under `key`. */
export function number(source: JsonObject, key: string): number {
  const value = source[key]
  if (typeof value === 'number') return value
  throw new ShapeError(key, 'a number')
}

/** The number under `key`, or null when it is absent or null. */
export function numberOrNull(source: JsonObject, key: string): number | null {
  const value = source[key]
  if (typeof value === 'number') return value
  if (value === undefined || value === null) return null
  throw new ShapeError(key, 'a number')
}

/** The list of objects under `key`, each read by `read`; empty when it is absent or null. */
export function list<T>(source: JsonObject, key: string, read: (value: JsonObject) => T): readonly T[] {
  const value = source[key]
  if (value === undefined || value === null) return []
  return requiredList(source, key, read)
}

/** The list of objects under `key`, which must be there. */
export function requiredList<T>(source: JsonObject, key: string, read: (value: JsonObject) => T): readonly T[] {
  const value = source[key]
  if (!Array.isArray(value)) throw new ShapeError(key, 'a list')
  const items: readonly unknown[] = value
  const result: T[] = []
  let index = 0
  try {
    for (; index < items.length; index += 1) {
      const item = items[index]
      if (!isObject(item)) throw new ShapeError('', 'an object')
      result.push(read(item))
    }
  } catch (error) {
    const place = `${key}[${index}]`
    if (!(error instanceof ShapeError)) throw error
    throw error.path === '' ? new ShapeError(place, error.expected) : error.under(place)
  }
  return result
}

/** The list of texts under `key`; empty when it is absent or null. */
export function texts(source: JsonObject, key: string): readonly string[] {
  const value = source[key]
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new ShapeError(key, 'a list')
  const items: readonly unknown[] = value
  return items.map((item, index) => {
    if (typeof item === 'string') return item
    throw new ShapeError(`${key}[${index}]`, 'a text')
  })
}

function within<T>(key: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof ShapeError ? error.under(key) : error
  }
}
