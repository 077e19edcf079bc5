import { describe, expect, it } from 'vitest'
import type { Token } from '../../../src/openstack/identity/token.ts'
import { createTokenSource, type TokenSource } from '../../../src/openstack/identity/token-source.ts'
import { OpenStackError } from '../../../src/openstack/index.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { ManualClock, settle } from '../../support/manual-clock.ts'

const never = new AbortController().signal
const HOUR = 3_600_000

const refusedLogin = new OpenStackError({
  service: 'keystone',
  method: 'POST',
  url: 'http://keystone/v3/auth/tokens',
  pathTemplate: '/v3/auth/tokens',
  status: 401,
  requestId: null,
  type: 'Unauthorized',
  detail: 'no',
  retryable: false,
  retryAfterMs: null,
})

interface Bench {
  readonly clock: ManualClock
  readonly source: TokenSource
  fetches: number
  failure: Error | null
}

function bench(lifetimeMs = HOUR): Bench {
  const clock = new ManualClock()
  const made: Bench = {
    clock,
    fetches: 0,
    failure: null,
    source: createTokenSource({
      clock,
      random: () => 0.5,
      logger: silentLogger,
      async fetch(): Promise<Token> {
        made.fetches += 1
        await settle(1)
        if (made.failure !== null) throw made.failure
        const value = `t${made.fetches}`
        return {
          value,
          userId: 'u',
          roles: [],
          projectId: 'p',
          catalog: [],
          lifetimeMs,
          validUntil: clock.monotonic() + lifetimeMs,
        }
      },
    }),
  }
  return made
}

const value = async (source: TokenSource): Promise<string> => (await source.get(never)).value

describe('the token source', () => {
  it('fetches once for all who ask together', async () => {
    const made = bench()
    const values = await Promise.all(Array.from({ length: 20 }, () => value(made.source)))
    expect(new Set(values)).toEqual(new Set(['t1']))
    expect(made.fetches).toBe(1)
  })

  it('renews before the end, while the old token still serves', async () => {
    const made = bench()
    await value(made.source)
    await made.clock.advance(HOUR - 500_000)
    expect(await value(made.source)).toBe('t1')
    expect(made.fetches).toBe(1)
    await made.clock.advance(200_000)
    expect(await value(made.source), 'nobody waits').toBe('t1')
    await settle()
    expect(await value(made.source)).toBe('t2')
    expect(made.fetches).toBe(2)
  })

  it('goes on with the old token while Keystone is away, asking now and then', async () => {
    const made = bench()
    await value(made.source)
    made.failure = new Error('away')
    await made.clock.advance(HOUR - 200_000)
    for (let second = 0; second < 60; second += 1) {
      expect(await value(made.source)).toBe('t1')
      await made.clock.advance(1_000)
    }
    expect(made.fetches).toBeLessThanOrEqual(8)
    await made.clock.advance(200_000)
    await expect(value(made.source)).rejects.toThrow('away')
    made.failure = null
    expect(await value(made.source)).toMatch(/^t/)
  })

  it('renews a short-lived token in proportion', async () => {
    const made = bench(10_000)
    await value(made.source)
    await made.clock.advance(7_000)
    await value(made.source)
    await settle()
    expect(made.fetches).toBe(1)
    await made.clock.advance(1_000)
    await value(made.source)
    await settle()
    expect(made.fetches).toBe(2)
  })

  it('does not hammer a Keystone that refuses the password: it might lock the user', async () => {
    const made = bench()
    made.failure = refusedLogin
    for (let n = 0; n < 100; n += 1) {
      await expect(value(made.source)).rejects.toBe(refusedLogin)
      await made.clock.advance(100)
    }
    expect(made.fetches).toBeGreaterThan(1)
    expect(made.fetches).toBeLessThan(6)
    made.failure = null
    await made.clock.advance(60_000)
    expect(await value(made.source)).toMatch(/^t/)
  })

  it('replaces a refused token once, however many met it', async () => {
    const made = bench()
    const token = await made.source.get(never)
    for (let n = 0; n < 10; n += 1) expect(made.source.refused(token)).toBe(true)
    expect(await value(made.source)).toBe('t2')
    expect(made.fetches).toBe(2)
  })

  it('stops replacing when fresh ones are refused too, and starts again after a success', async () => {
    const made = bench()
    let worth = 0
    for (let n = 0; n < 50; n += 1) if (made.source.refused(await made.source.get(never))) worth += 1
    expect(worth).toBeLessThanOrEqual(4)
    await made.clock.advance(60_000)
    expect(made.source.refused(await made.source.get(never))).toBe(true)
    made.source.accepted(await made.source.get(never))
    expect(made.source.refused(await made.source.get(never))).toBe(true)
  })
})
