import { describe, expect, it } from 'vitest'
import { ResourceTable } from '../../../src/orchestrator/scheduler/resource-table.ts'
import { report } from '../../support/reports.ts'

describe('ResourceTable', () => {
  it('filters', () => {
    const table = new ResourceTable('h')
    table.apply(report({ id: 'a', tenant_id: 't1', instance_state: 'error', name: 'x' }), 'w0')
    table.apply(report({ id: 'b', tenant_id: 't2', instance_state: 'configured', name: 'y' }), 'w0')
    const ids = (filter: Parameters<ResourceTable['list']>[0]): string[] =>
      table.list(filter, { limit: 10, marker: null }).resources.map((r) => r.id)
    expect(ids({ tenantId: 't1' })).toEqual(['a'])
    expect(ids({ instanceState: 'configured' })).toEqual(['b'])
    expect(ids({ name: 'y', driver: 'router' })).toEqual(['b'])
    expect(ids({ driver: 'loadbalancer' })).toEqual([])
  })

  it('revisions only grow, and listeners see each change', () => {
    const table = new ResourceTable('h')
    const seen: number[] = []
    const stop = table.subscribe((change) =>
      seen.push(change.type === 'removed' ? change.revision : change.resource.revision),
    )
    table.apply(report({ id: 'a' }), 'w0')
    table.apply(report({ id: 'a' }), 'w1')
    table.remove('a')
    table.remove('a')
    stop()
    table.apply(report({ id: 'b' }), 'w0')
    expect(seen).toEqual([1, 2, 3])
    expect(table.get('b')).toMatchObject({ worker: 'w0', host: 'h', revision: 4 })
  })
})
