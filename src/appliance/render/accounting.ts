import { createHash } from 'node:crypto'
import type { Model } from '../model/index.ts'

/** Table of the accounting counters. It is not iptables', so a new ruleset does not touch what was counted. */
export const ACCOUNTING_TABLE = 'astara_labels'

/** Name of a counter: a label's own name may hold what nft does not take. */
export function counterName(label: string, direction: 'in' | 'out'): string {
  return `l${createHash('sha256').update(label).digest('hex').slice(0, 16)}_${direction}`
}

/**
 * nft script that makes the counters of the labels, keeping the values of those that are there already. `existing` are the counters
 * now in the kernel, `present` whether the table is there. Null when nothing is counted and nothing is to be removed.
 */
export function renderAccounting(model: Model, existing: ReadonlySet<string> | null): string | null {
  if (model.labels.length === 0) return existing === null ? null : `delete table inet ${ACCOUNTING_TABLE}\n`
  const table = `inet ${ACCOUNTING_TABLE}`
  const wanted = model.labels.flatMap(({ name }) => [counterName(name, 'in'), counterName(name, 'out')])
  const obsolete = [...(existing ?? [])].filter((name) => !wanted.includes(name))
  const device = model.external?.device
  const rules = model.labels.flatMap(({ name, cidrs }) =>
    device === undefined
      ? []
      : cidrs.flatMap((cidr) => {
          const family = cidr.address.family === 4 ? 'ip' : 'ip6'
          return [
            `add rule ${table} count iifname "${device}" ${family} saddr ${cidr.text} counter name ${counterName(name, 'in')}`,
            `add rule ${table} count oifname "${device}" ${family} daddr ${cidr.text} counter name ${counterName(name, 'out')}`,
          ]
        }),
  )
  return `${[
    `add table ${table}`,
    `add chain ${table} count { type filter hook forward priority 10; }`,
    `flush chain ${table} count`,
    ...wanted.map((name) => `add counter ${table} ${name}`),
    ...rules,
    ...obsolete.map((name) => `delete counter ${table} ${name}`),
  ].join('\n')}\n`
}
