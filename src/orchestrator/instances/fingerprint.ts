import { createHash } from 'node:crypto'
import type { ApplianceConfig } from '../../contract/index.ts'

/** Lists whose order says nothing: Neutron may answer them in any. */
const UNORDERED: Readonly<Record<string, (item: unknown) => string>> = {
  networks: (item) => `${field(item, 'network_type')} ${field(item, 'network_id')}`,
  subnets: (item) => field(item, 'id'),
  allocations: (item) => field(item, 'mac_address'),
  floating_ips: (item) => field(item, 'floating_ip'),
  addresses: String,
}

/** Identifies a configuration by its content: equal for equal content, whatever order keys and unordered lists come in. */
export function fingerprint(config: ApplianceConfig): string {
  return createHash('sha256').update(canonicalJson(config)).digest('hex')
}

/** JSON with sorted keys and sorted unordered lists. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(canonical(value, null))
}

function canonical(value: unknown, key: string | null): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(item, null))
    const order = key === null ? undefined : UNORDERED[key]
    return order ? items.sort((a, b) => compare(order(a), order(b))) : items
  }
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => compare(a, b))
    return Object.fromEntries(entries.map(([name, item]) => [name, canonical(item, name)]))
  }
  return value
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function field(item: unknown, name: string): string {
  if (item === null || typeof item !== 'object') return ''
  return String((item as Readonly<Record<string, unknown>>)[name] ?? '')
}

/** One fingerprint for a resource out of those of its instances. */
export function combinedFingerprint(fingerprints: readonly string[]): string | null {
  const [first, ...rest] = [...fingerprints].sort()
  if (first === undefined) return null
  if (rest.length === 0) return first
  return createHash('sha256')
    .update([first, ...rest].join(' '))
    .digest('hex')
}
