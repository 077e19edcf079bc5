import { expect, test } from 'vitest'
import { Turnstile } from '../../../src/orchestrator/instances/cloud-view/turnstile.ts'
import { systemClock } from '../../../src/shared/index.ts'

test('those whom one answer sets going do not hold up the event loop together', async () => {
  const turnstile = new Turnstile(systemClock)
  const order: string[] = []
  let done = false
  const tick = (): void => {
    if (done) return
    order.push('turn')
    setImmediate(tick)
  }
  tick()
  await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      await turnstile.pass()
      order.push(String(i))
    }),
  )
  done = true
  const passed = order.filter((entry) => entry !== 'turn')
  expect(passed).toEqual(Array.from({ length: 100 }, (_, i) => String(i)))
  let longest = 0
  let run = 0
  for (const entry of order) {
    run = entry === 'turn' ? 0 : run + 1
    longest = Math.max(longest, run)
  }
  expect(longest).toBeLessThanOrEqual(16)
})
