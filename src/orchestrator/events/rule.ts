import type { Action } from '../../contract/index.ts'
import type { Path } from './payload.ts'

/** What a kind of notification means to a driver: one row of its table. */
export interface EventRule {
  readonly types: readonly string[]
  readonly action: Action
  /** Key of the object in the payload; `<key>s` holds a list of them (bulk create). */
  readonly object: string
  /** Where the resource's id stands; the first that is there counts. */
  readonly id: readonly Path[]
  /** Without an id the message is unreadable; otherwise the resources are found through hints. */
  readonly idRequired?: true
  /** How hints are read from the object when there is no id. `tenant`: none, all resources of its owner are meant. */
  readonly hints: 'port' | 'subnet' | 'network' | 'floatingip' | 'tenant'
  /** Only with `[router] ipsec_vpn`. */
  readonly ipsecVpn?: true
}

/** Rules by event type. */
export function tableOf(rules: readonly EventRule[]): ReadonlyMap<string, EventRule> {
  return new Map(rules.flatMap((rule) => rule.types.map((type) => [type, rule] as const)))
}

/** `port.create.end`, … for each verb. */
export const ends = (kind: string, ...verbs: readonly string[]): readonly string[] =>
  verbs.map((verb) => `${kind}.${verb}.end`)
