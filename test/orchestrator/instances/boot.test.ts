import { describe, expect, test } from 'vitest'
import { Bench } from './support/bench.ts'

describe('boot', () => {
  test('a router becomes one configured instance', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('down')
    await bench.bringUp(manager)
    expect(bench.cloud.serversOf(id)).toHaveLength(1)
    expect(bench.appliances.pushes).toHaveLength(1)
    const snapshot = manager.snapshot()
    expect(snapshot).toMatchObject({
      instanceState: 'configured',
      requiredInstances: 1,
      imageUuid: 'image-1',
      imageCurrent: true,
      lastError: null,
    })
    expect(snapshot.configFingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(snapshot.networkIds).toHaveLength(2)
    expect(bench.cloud.statuses.map(({ status }) => status)).toEqual(['DOWN', 'BUILD', 'ACTIVE'])
  })
})
