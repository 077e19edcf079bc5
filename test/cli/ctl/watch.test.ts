import { expect, it, vi } from 'vitest'
import { watchResources } from '../../../src/cli/ctl/watch-resources.ts'
import { numberedId, sampleResource } from '../../orchestrator/api/memory-port.ts'
import { memoryIo } from '../memory-io.ts'
import { FakeOrchestrator } from './fake-client.ts'

const A = numberedId(1)
const B = numberedId(2)

/** Watches with a filter until the test ends it; `lines` are ids or words as printed. */
async function watch(filter: string, resources: readonly ReturnType<typeof sampleResource>[]) {
  const client = new FakeOrchestrator(resources)
  const io = memoryIo({ now: Date.UTC(2026, 0, 1) })
  const stop = new AbortController()
  const done = watchResources({
    io,
    client,
    listing: { filter },
    output: { format: 'value', columns: ['name'], headers: false, sort: null },
    signal: stop.signal,
  })
  await vi.waitFor(() => expect(client.listeners).toBe(1))
  return {
    client,
    clock: io.clock,
    lines: () => io.out().split('\n').slice(0, -1),
    async end() {
      stop.abort()
      await done.catch(() => {})
      return io.clock.pending
    },
  }
}

const seenAt = (n: number, name: string, seconds: number) =>
  sampleResource(n, { name, last_alive_at: new Date(Date.UTC(2026, 0, 1, 0, 0, -seconds)).toISOString() })

it('tells within a second what time alone made fit', async () => {
  const w = await watch('alive_age>1m', [seenAt(1, 'old', 90), seenAt(2, 'young', 50)])
  expect(w.lines()).toEqual(['old'])
  await w.clock.advance(9_900)
  expect(w.lines()).toEqual(['old'])
  await w.clock.advance(1_200)
  expect(w.lines()).toEqual(['old', 'young'])
  await w.clock.advance(60_000)
  expect(w.lines()).toEqual(['old', 'young'])
  expect(await w.end()).toBe(0)
})

it('tells once more what fits no longer, by the clock or by a change', async () => {
  const w = await watch('alive_age<1m', [seenAt(1, 'a', 50), seenAt(2, 'b', 10)])
  expect(w.lines()).toEqual(['a', 'b'])
  await w.clock.advance(11_500)
  expect(w.lines()).toEqual(['a', 'b', 'a'])
  w.client.change(B, { last_alive_at: new Date(0).toISOString() })
  await vi.waitFor(() => expect(w.lines()).toEqual(['a', 'b', 'a', 'b']))
  w.client.change(A, { last_alive_at: new Date(w.clock.now()).toISOString() })
  await vi.waitFor(() => expect(w.lines()).toHaveLength(5))
  await w.end()
})

it('has no clock of its own for a filter that time does not change', async () => {
  const w = await watch('name:r', [sampleResource(1), sampleResource(2)])
  await w.clock.advance(5_000)
  expect(w.clock.pending).toBe(0)
  expect(w.lines()).toEqual(['r1', 'r2'])
  await w.end()
})
