import type { DriverName } from '../../contract/index.ts'

/** Every instance of every driver begins with this. */
export const INSTANCE_NAME_PREFIX = 'ak-'

/** Name of a resource's instance group: `ak-<driver>-<resource id>`. */
export function resourceName(driver: DriverName, resourceId: string): string {
  return `${INSTANCE_NAME_PREFIX}${driver}-${resourceId}`
}

/** Name of one instance of a group. */
export function instanceName(group: string, index: number): string {
  return `${group}_${index}`
}

/** The index in an instance's name, or null when `name` is not an instance of exactly this group (`_1` is not `_10`, `x_1` not `xy_1`). */
export function instanceIndex(group: string, name: string): number | null {
  if (!name.startsWith(`${group}_`)) return null
  const digits = name.slice(group.length + 1)
  return /^\d{1,9}$/.test(digits) ? Number(digits) : null
}

/** The group an instance's name belongs to, or null when the name is not one of ours. */
export function groupOf(name: string): string | null {
  return /^(ak-.+)_\d{1,9}$/.exec(name)?.[1] ?? null
}

/** One more than the highest index in use; 0 for the first. */
export function nextInstanceIndex(group: string, names: Iterable<string>): number {
  let next = 0
  for (const name of names) {
    const index = instanceIndex(group, name)
    if (index !== null && index >= next) next = index + 1
  }
  return next
}

/** What a port of an instance is for. */
export type PortKind = 'MGT' | 'VRRP' | 'LB'

/** `ASTARA:<kind>:<resource id>`. */
export function portName(kind: PortKind, resourceId: string): string {
  return `ASTARA:${kind}:${resourceId}`
}

/** What the predecessor of Astara called the same port. */
export function legacyPortName(kind: PortKind, resourceId: string): string {
  return `AKANDA:${kind}:${resourceId}`
}

/** True for instance ports (not management ports) by name: no lease and no metadata is for them. */
export function isServicePort(name: string): boolean {
  return /^(ASTARA|AKANDA):(VRRP|LB):/.test(name)
}
