import { readFileSync } from 'node:fs'

/** One recorded request and its answer. */
export interface Exchange {
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Record<string, string>
    readonly body: unknown
  }
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown }
}

const CAPTURES = new URL('../fixtures/captures/', import.meta.url)

export function readCapture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, CAPTURES), 'utf8'))
}

export function readExchanges(name: string): readonly Exchange[] {
  return readCapture(name) as readonly Exchange[]
}

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}/g

/** The recorded cloud's ids to those of the cloud under test, learnt from answers that stand side by side. */
export class IdMap {
  readonly #ours = new Map<string, string>()

  set(theirs: string, ours: string): void {
    this.#ours.set(theirs, ours)
  }

  /** Replaces every known id in a JSON value or text. */
  translate<T>(value: T): T {
    if (value === null || value === undefined) return value
    return JSON.parse(JSON.stringify(value).replaceAll(ID, (id) => this.#ours.get(id) ?? id))
  }

  /** Learns from two values of the same shape. */
  learn(theirs: unknown, ours: unknown): void {
    if (typeof theirs === 'string' && typeof ours === 'string') {
      if (theirs.match(ID)?.[0] === theirs && ours.match(ID)?.[0] === ours) this.#ours.set(theirs, ours)
    } else if (Array.isArray(theirs) && Array.isArray(ours)) {
      // Lists come in the order of ids, which are random: only a single element is surely the same one.
      if (theirs.length === 1 && ours.length === 1) this.learn(theirs[0], ours[0])
    } else if (isObject(theirs) && isObject(ours)) {
      for (const key of Object.keys(theirs)) this.learn(theirs[key], ours[key])
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The keys and types of a JSON value, as `path: type` lines. Elements of a list count as one. */
export function shapeOf(value: unknown, path = '$'): readonly string[] {
  if (Array.isArray(value))
    return [...new Set([`${path}: list`, ...value.flatMap((one) => shapeOf(one, `${path}[]`))])].sort()
  if (isObject(value)) {
    return [`${path}: object`, ...Object.keys(value).flatMap((key) => shapeOf(value[key], `${path}.${key}`))].sort()
  }
  return [`${path}: ${value === null ? 'null' : typeof value}`]
}

/** What one has and the other has not. */
export function shapeDifference(theirs: unknown, ours: unknown): readonly string[] {
  const a = new Set(shapeOf(theirs))
  const b = new Set(shapeOf(ours))
  return [
    ...[...a].filter((line) => !b.has(line)).map((line) => `missing ${line}`),
    ...[...b].filter((line) => !a.has(line)).map((line) => `extra ${line}`),
  ]
}
