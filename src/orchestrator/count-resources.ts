import type { DriverName, InstanceState } from '../contract/index.ts'
import type { ResourceTable } from './scheduler/resource-table.ts'

/** How many resources there are of each driver in each state. */
export function countResources(
  table: ResourceTable,
): readonly { readonly driver: DriverName; readonly state: InstanceState; readonly count: number }[] {
  const counts = new Map<string, { driver: DriverName; state: InstanceState; count: number }>()
  for (const { driver, instance_state: state } of table.values()) {
    const row = counts.get(`${driver} ${state}`)
    if (row) row.count++
    else counts.set(`${driver} ${state}`, { driver, state, count: 1 })
  }
  return [...counts.values()]
}
