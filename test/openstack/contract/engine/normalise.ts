import type { Cloud } from './cloud.ts'

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<request>'],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>'],
  [/\b[0-9a-f]{64}\b/g, '<hash>'],
  [/\b[0-9a-f]{32}\b/g, '<hex>'],
  [/\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, '<mac>'],
  [/[0-9a-f:]+:[0-9a-f]{1,4}:[0-9a-f]{0,2}ff:fe[0-9a-f]{2}:[0-9a-f]{1,4}\b/g, '<eui64>'],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?/g, '<time>'],
]

/** Keys of values that are random, or count everything that a cloud has ever made. */
const OWN_VALUES = new Set(['audit_ids', 'standard_attr_id', 'adminPass', 'hostId', 'OS-EXT-SRV-ATTR:instance_name'])

/** A time that is a variable stays a time: others are the same by accident. */
export const SOON = 'soon'

/** Takes what is a cloud's own out of texts: ids get the names of their variables, times and addresses their kinds. */
export class Normaliser {
  readonly #names: readonly (readonly [string, string])[]

  readonly #host: string

  constructor(cloud: Cloud, variables: ReadonlyMap<string, string>) {
    this.#host = cloud.host
    this.#names = [
      ...Object.entries(cloud.endpoints).map(([name, url]) => [url, `<${name}>`] as const),
      ...[...variables]
        .filter(([name, value]) => name !== SOON && value.length >= 8)
        .map(([name, value]) => [value, `<${name}>`] as const),
      [`network.${cloud.host}`, 'network.<host>'],
      [`router.${cloud.host}`, 'router.<host>'],
    ]
  }

  text(text: string): string {
    let result = text
    for (const [value, name] of this.#names) result = result.replaceAll(value, name)
    for (const [pattern, name] of PATTERNS) {
      // A time keeps how it is written: clients parse it.
      result = result.replaceAll(pattern, (found) => (name === '<time>' ? found.replaceAll(/\d/g, 'd') : name))
    }
    return result
  }

  /** The same value with its texts normalised; lists in an order of their own unless theirs matters. */
  value(value: unknown, isOrdered: boolean): unknown {
    if (typeof value === 'string') return value === this.#host ? '<host>' : this.text(value)
    if (Array.isArray(value)) {
      const all = value.map((one) => this.value(one, isOrdered))
      return isOrdered ? all : all.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    }
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).map(
      ([key, one]) => [this.text(key), OWN_VALUES.has(key) ? shapeOf(one) : this.value(one, isOrdered)] as const,
    )
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

/** The keys and types of a value; all elements of a list together. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    const shapes = new Map(value.map((one) => [JSON.stringify(shapeOf(one)), shapeOf(one)]))
    return [...shapes.keys()].sort().map((key) => shapes.get(key))
  }
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shapeOf(one)]))
}
