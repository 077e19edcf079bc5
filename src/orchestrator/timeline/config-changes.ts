import type { ConfigChange } from '../../contract/index.ts'
import { isSecretKey, masked, maskSecrets } from './secrets.ts'

/** Changes listed one by one; the rest is only counted. */
const MAX_CHANGES = 40
/** A value longer than this (as JSON) is cut to its beginning. */
const MAX_VALUE = 400

type Plain = Readonly<Record<string, unknown>>

const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value)
const own = (object: Plain, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined)
const textOf = (item: unknown, key: string): string | null =>
  isPlain(item) && typeof item[key] === 'string' ? item[key] : null

/** How the items of a list are told apart (`same`) and called (`name`). Lists that are not named here go by position. */
interface ListRule {
  readonly same: (item: unknown) => string | null
  readonly name: (item: unknown) => string
}

const by = (...keys: readonly string[]): ListRule => ({
  same: (item) => textOf(item, keys[0] ?? ''),
  name: (item) => keys.map((key) => textOf(item, key)).find((text) => text !== null) ?? '?',
})

const firstCidr = (network: unknown): string | null => {
  const subnets = isPlain(network) ? network.subnets : null
  return Array.isArray(subnets) ? textOf(subnets[0], 'cidr') : null
}

const whole: ListRule = { same: (item) => JSON.stringify(item), name: (item) => String(item) }

const LISTS: Readonly<Record<string, ListRule>> = {
  networks: {
    same: (item) => `${textOf(item, 'network_type')} ${textOf(item, 'network_id')}`,
    name: (item) => `${textOf(item, 'network_type')} ${firstCidr(item) ?? textOf(item, 'network_id')}`,
  },
  subnets: { same: (item) => textOf(item, 'id') ?? textOf(item, 'cidr'), name: by('cidr', 'id').name },
  allocations: by('mac_address'),
  floating_ips: by('floating_ip'),
  host_routes: { same: (item) => textOf(item, 'destination'), name: by('destination').name },
  ipsec: { same: by('id').same, name: by('name', 'id').name },
  ipsec_connections: { same: by('id').same, name: by('name', 'id').name },
  listeners: by('id'),
  members: by('id'),
  addresses: whole,
  dns_nameservers: whole,
  peers: whole,
  peer_cidrs: whole,
}

function cut(value: unknown): unknown {
  const text = JSON.stringify(value)
  return text !== undefined && text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : value
}

class Comparison {
  readonly changes: ConfigChange[] = []
  total = 0

  compare(path: string, key: string, before: unknown, after: unknown): void {
    if (Object.is(before, after)) return
    if (before === undefined) this.#note({ path, change: 'added', after: this.#show(key, after) })
    else if (after === undefined) this.#note({ path, change: 'removed', before: this.#show(key, before) })
    else if (isSecretKey(key)) this.#secret(path, before, after)
    else if (isPlain(before) && isPlain(after)) this.#objects(path, before, after)
    else if (Array.isArray(before) && Array.isArray(after)) this.#lists(path, key, before, after)
    else this.#note({ path, change: 'changed', before: this.#show(key, before), after: this.#show(key, after) })
  }

  #objects(path: string, before: Plain, after: Plain): void {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      this.compare(path === '' ? key : `${path}.${key}`, key, own(before, key), own(after, key))
    }
  }

  #lists(path: string, key: string, before: readonly unknown[], after: readonly unknown[]): void {
    const rule = Object.hasOwn(LISTS, key) ? LISTS[key] : undefined
    const keyed = rule && keys(rule, before)
    const keyedAfter = rule && keys(rule, after)
    if (!rule || !keyed || !keyedAfter) {
      for (let i = 0; i < Math.max(before.length, after.length); i++) {
        this.compare(`${path}[${i}]`, '', before[i], after[i])
      }
      return
    }
    for (const same of new Set([...keyed.keys(), ...keyedAfter.keys()])) {
      const was = keyed.get(same)
      const is = keyedAfter.get(same)
      this.compare(`${path}[${rule.name(is ?? was)}]`, '', was, is)
    }
  }

  #secret(path: string, before: unknown, after: unknown): void {
    if (JSON.stringify(before) === JSON.stringify(after)) return
    this.#note({ path, change: 'changed', before: masked(before), after: masked(after) })
  }

  #show(key: string, value: unknown): unknown {
    return isSecretKey(key) ? masked(value) : cut(maskSecrets(value))
  }

  #note(change: ConfigChange): void {
    this.total++
    if (this.changes.length < MAX_CHANGES) this.changes.push(change)
  }
}

/** The items by what tells them apart; null when that does not tell them apart. */
function keys(rule: ListRule, items: readonly unknown[]): ReadonlyMap<string, unknown> | null {
  const found = new Map<string, unknown>()
  for (const item of items) {
    const same = rule.same(item)
    if (same === null || found.has(same)) return null
    found.set(same, item)
  }
  return found
}

/** Where two configurations differ, secrets masked, lists by what their items are and not by position. */
export function configChanges(
  before: unknown,
  after: unknown,
): { readonly changes: readonly ConfigChange[]; readonly total: number } {
  if (before === null || before === undefined) return { changes: [{ path: '', change: 'added' }], total: 1 }
  const comparison = new Comparison()
  comparison.compare('', '', before, after)
  return { changes: comparison.changes, total: comparison.total }
}
