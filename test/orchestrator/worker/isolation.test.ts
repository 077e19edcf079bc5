import { describe, expect, it } from 'vitest'
import { WorkerBench } from './bench.ts'

const id = (n: number): string => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`

describe('one resource in trouble', () => {
  it('pitfall D27: whatever breaks in a pass, the worker lives, and the resource is tried again', async () => {
    const b = new WorkerBench()
    for (const n of [1, 2]) b.world(id(n)).alive = true
    const broken = b.world(id(1))
    let left = 3
    broken.onCall = () => {
      if (left-- > 0) throw new TypeError('reading a property of undefined')
    }
    b.take({ resourceId: id(1) })
    b.take({ resourceId: id(2) })
    await b.clock.advance(100)
    expect(b.state(id(2))).toBe('configured')
    expect(b.state(id(1))).not.toBe('configured')
    await b.clock.advance(60_000)
    expect(b.state(id(1))).toBe('configured')
  })

  it('pitfall D49: a resource that nobody answers for keeps neither intake nor others waiting', async () => {
    const b = new WorkerBench()
    b.take({ resourceId: id(0) })
    const stuck = b.managers.get(id(0))
    if (stuck) stuck.updateState = () => new Promise(() => {})
    for (let n = 1; n <= 500; n++) {
      b.world(id(n)).alive = true
      b.take({ resourceId: id(n) })
    }
    expect(b.worker.stats.resources).toBe(501)
    await b.clock.advance(5_000)
    const configured = Array.from({ length: 500 }, (_, i) => b.state(id(i + 1))).filter((s) => s === 'configured')
    expect(configured).toHaveLength(500)
    expect(b.worker.stats.running.map((pass) => pass.resource_id)).toEqual([id(0)])
  })
})
