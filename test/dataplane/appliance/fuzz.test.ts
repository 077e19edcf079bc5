import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mutate } from '../../appliance/support/mutate.ts'
import { golden } from './support/configs.ts'
import { type LoneRouter, startLoneRouter } from './support/lone-router.ts'
import type { Router } from './support/router.ts'
import { announceSkip, prepareTools } from './support/tools.ts'

const reason = prepareTools()
if (reason !== null) announceSkip(reason)

const BASES = ['c-dual', 'p-dataplane', 'n-anchor-ok', 'h-labels', 'i-fip-v6', 'e-lb', 'e2-lb-https-tcp', 'f-vpn']
const RUNS = Number(process.env.ASTARA_TEST_FUZZ ?? 120)
const SEED = Number(process.env.ASTARA_TEST_SEED ?? Date.now() % 1_000_000)

/** Numbers that are the same for the same seed. */
function* numbers(seed: number): Generator<number> {
  let state = seed >>> 0
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state >>> 8
  }
}

/** The stand-in of the unit tests takes what Linux might not: the same mutations against the real tools. */
describe.skipIf(reason !== null)('bent configurations on a real machine', () => {
  let alone: LoneRouter | undefined
  let router: Router

  beforeAll(async () => {
    alone = await startLoneRouter()
    router = alone.router
  })

  afterAll(() => alone?.close())

  it(`each of ${RUNS} is refused with 4xx or applied (seed ${SEED})`, async () => {
    const random = numbers(SEED)
    const next = (limit: number): number => (random.next().value ?? 0) % limit
    const seen = new Map<number, number>()
    for (let i = 0; i < RUNS; i += 1) {
      let body = golden(BASES[next(BASES.length)] ?? 'c-dual')
      for (let n = next(2); n >= 0; n -= 1) body = mutate(body, next(5000), next(4), next(500))
      const { status, text } = await router.request('PUT', '/v1/system/config', body)
      seen.set(status, (seen.get(status) ?? 0) + 1)
      const expected = status === 200 || (status >= 400 && status < 500)
      if (!expected) throw new Error(`run ${i} of seed ${SEED}: ${status} ${text}\n${JSON.stringify(body)}`)
    }
    console.log(`answers by status: ${JSON.stringify(Object.fromEntries(seen))}`)
    expect(seen.get(200) ?? 0).toBeGreaterThan(RUNS / 10)
    // And it is still a router.
    await router.push(golden('c-dual'))
    expect(await router.push(golden('c-dual'))).toEqual([])
  }, 600_000)
})
