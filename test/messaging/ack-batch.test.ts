import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AckBatch } from '../../src/messaging/engine/ack-batch.ts'

/** A broker's bookkeeping of one channel: throws as RabbitMQ closes the channel, for a tag that is not outstanding. */
function broker() {
  const outstanding = new Set<number>()
  const acked: number[] = []
  return {
    outstanding,
    acked,
    frames: 0,
    send(tag: number, upTo: boolean): void {
      this.frames++
      if (!outstanding.has(tag)) throw new Error(`unknown delivery tag ${tag}`)
      for (const each of [...outstanding]) {
        if (each === tag || (upTo && each < tag)) {
          outstanding.delete(each)
          acked.push(each)
        }
      }
    },
  }
}

describe('acknowledgements', () => {
  test('what is taken is acknowledged exactly once, and nothing else, in any order', () => {
    const action = fc.constantFrom('deliver', 'take', 'release', 'flush')
    fc.assert(
      fc.property(fc.array(fc.tuple(action, fc.nat()), { maxLength: 400 }), (steps) => {
        const far = broker()
        const batch = new AckBatch((tag, upTo) => {
          far.send(tag, upTo)
          for (const each of far.acked) expect(taken.has(each)).toBe(true)
        })
        const taken = new Set<number>()
        const open: number[] = []
        let next = 1
        for (const [what, which] of steps) {
          if (what === 'deliver') {
            far.outstanding.add(next)
            batch.delivered(next)
            open.push(next++)
          } else if (what === 'flush') batch.flush()
          else {
            const [tag] = open.splice(which % Math.max(1, open.length), 1)
            if (tag === undefined) continue
            if (what === 'take') {
              taken.add(tag)
              batch.taken(tag)
            } else {
              expect(batch.released(tag)).toBe(true)
              far.outstanding.delete(tag)
            }
          }
        }
        batch.flush()
        expect(far.acked.toSorted((a, b) => a - b)).toEqual([...taken].toSorted((a, b) => a - b))
      }),
      { numRuns: 300 },
    )
  })

  test('a stream in order costs one frame per batch', () => {
    const far = broker()
    const batch = new AckBatch((tag, upTo) => far.send(tag, upTo))
    for (let tag = 1; tag <= 640; tag++) {
      far.outstanding.add(tag)
      batch.delivered(tag)
      batch.taken(tag)
    }
    batch.flush()
    expect(far.acked).toHaveLength(640)
    expect(far.frames).toBeLessThanOrEqual(10)
  })

  test('taken twice or unknown is nothing', () => {
    const far = broker()
    const batch = new AckBatch((tag, upTo) => far.send(tag, upTo))
    far.outstanding.add(1)
    batch.delivered(1)
    batch.taken(1)
    batch.taken(1)
    batch.taken(99)
    batch.flush()
    expect(batch.released(1)).toBe(false)
    expect(far.acked).toEqual([1])
  })

  test('a quiet channel is acknowledged without being asked', async () => {
    const far = broker()
    const batch = new AckBatch((tag, upTo) => far.send(tag, upTo))
    far.outstanding.add(1)
    batch.delivered(1)
    batch.taken(1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(far.acked).toEqual([1])
  })
})
