import type { LiveLink } from '../system/live.ts'

/** Generic name → MAC, as remembered. */
export type NameTable = Readonly<Record<string, string>>

const collator = new Intl.Collator('en', { numeric: true })

/** Orders `eth2` before `eth10`. */
const natural = (a: LiveLink, b: LiveLink): number => collator.compare(a.device, b.device)

/**
 * Gives every NIC its generic name. A MAC keeps the name that it has; a new one takes the lowest free number; ge0 is the management
 * NIC when it is known. Names of NICs that went away stay reserved while a configuration speaks of them (`reserved`), so that a NIC
 * which comes back is the same.
 */
export function assignNames(
  remembered: NameTable,
  links: readonly LiveLink[],
  management: string | null,
  reserved: ReadonlySet<string>,
): NameTable {
  const nics = links.filter((link) => link.nic && link.mac !== '').sort(natural)
  const present = new Set(nics.map((nic) => nic.mac))
  const table = new Map<string, string>()
  const named = new Set<string>()
  for (const [name, mac] of Object.entries(remembered)) {
    if (!present.has(mac) && !reserved.has(name)) continue
    if (named.has(mac)) continue
    table.set(name, mac)
    named.add(mac)
  }
  const ordered = [
    ...nics.filter((nic) => nic.device === management),
    ...nics.filter((nic) => nic.device !== management),
  ]
  for (const nic of ordered) {
    if (named.has(nic.mac)) continue
    let number = management !== null && nic.device !== management && !table.has('ge0') ? 1 : 0
    while (table.has(`ge${number}`)) number += 1
    table.set(`ge${number}`, nic.mac)
    named.add(nic.mac)
  }
  return Object.fromEntries([...table].sort(([a], [b]) => Number(a.slice(2)) - Number(b.slice(2))))
}

/** Generic name → kernel name, for the NICs that are here. */
export function devicesByName(table: NameTable, links: readonly LiveLink[]): Map<string, string> {
  const byMac = new Map(links.filter((link) => link.nic).map((link) => [link.mac, link.device]))
  return new Map(
    Object.entries(table).flatMap(([name, mac]) => {
      const device = byMac.get(mac)
      return device === undefined ? [] : [[name, device] as const]
    }),
  )
}
