import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLimiter } from '../../src/shared/index.ts'

const never = new AbortController().signal
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the limiter', () => {
  it('grows and shrinks while in use', async () => {
    const limiter = createLimiter(1)
    const lane = Symbol('lane')
    const first = await limiter.acquire(lane, never)
    const others = [limiter.acquire(lane, never), limiter.acquire(lane, never)]
    limiter.resize(2)
    expect([limiter.active, limiter.waiting]).toEqual([2, 1])
    limiter.resize(1)
    first()
    expect([limiter.active, limiter.waiting]).toEqual([1, 1])
    const second = await others[0]
    second?.()
    const third = await others[1]
    third?.()
    expect([limiter.active, limiter.waiting]).toEqual([0, 0])
  })

  it('lets lanes take turns: a big batch does not hold up a single call', async () => {
    const limiter = createLimiter(1)
    const first = await limiter.acquire(Symbol('holder'), never)
    const order: string[] = []
    const batch = Symbol('batch')
    const take = async (name: string, lane: symbol): Promise<void> => {
      const release = await limiter.acquire(lane, never)
      order.push(name)
      release()
    }
    const all = [
      take('b1', batch),
      take('b2', batch),
      take('b3', batch),
      take('single', Symbol('s')),
      take('b4', batch),
    ]
    first()
    await Promise.all(all)
    expect(order).toEqual(['b1', 'single', 'b2', 'b3', 'b4'])
    expect([limiter.active, limiter.waiting]).toEqual([0, 0])
  })

  it('gives a slot back only once', async () => {
    const limiter = createLimiter(1)
    const release = await limiter.acquire(Symbol('a'), never)
    release()
    release()
    await limiter.acquire(Symbol('b'), never)
    expect(limiter.active).toBe(1)
  })

  it('neither loses nor invents a slot, whatever is taken, given back and aborted in whatever order', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('take' as const), lane: fc.nat(3) }),
      fc.record({ kind: fc.constant('release' as const), index: fc.nat(20) }),
      fc.record({ kind: fc.constant('abort' as const), index: fc.nat(20) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), async (slots, steps) => {
        const limiter = createLimiter(slots)
        const lanes = [Symbol('0'), Symbol('1'), Symbol('2'), Symbol('3')]
        const held: (() => void)[] = []
        const waiting: AbortController[] = []
        let granted = 0
        let refused = 0
        let asked = 0
        for (const each of steps) {
          if (each.kind === 'take') {
            const controller = new AbortController()
            waiting.push(controller)
            asked += 1
            limiter.acquire(lanes[each.lane] ?? Symbol('x'), controller.signal).then(
              (release) => {
                granted += 1
                held.push(release)
              },
              () => {
                refused += 1
              },
            )
          } else if (each.kind === 'release') {
            held.splice(each.index % Math.max(1, held.length), 1)[0]?.()
          } else {
            waiting.splice(each.index % Math.max(1, waiting.length), 1)[0]?.abort()
          }
          await settle()
          expect(held.length).toBe(limiter.active)
          expect(limiter.active).toBeLessThanOrEqual(slots)
          expect(limiter.active < slots && limiter.waiting > 0, 'a free slot while somebody waits').toBe(false)
        }
        while (held.length > 0) {
          held.pop()?.()
          await settle()
        }
        expect(granted + refused).toBe(asked)
        expect([limiter.active, limiter.waiting]).toEqual([0, 0])
      }),
      { numRuns: 60 },
    )
  })
})
