import { describe, expect, it } from 'vitest'
import { OpenStackError } from '../../src/openstack/index.ts'
import { imageCheck } from '../../src/orchestrator/image-check.ts'
import { ManualClock } from '../support/manual-clock.ts'

const failure = (status: number | null) =>
  new OpenStackError({
    service: 'glance',
    method: 'GET',
    url: 'http://glance/v2/images/x',
    pathTemplate: '/v2/images/{id}',
    status,
    requestId: null,
    type: 'x',
    detail: 'x',
    retryable: false,
    retryAfterMs: null,
  })

function rig(answer: (id: string) => { status: string } | OpenStackError) {
  const clock = new ManualClock()
  let asked = 0
  const check = imageCheck({
    clock,
    glance: {
      async getImage(id) {
        asked += 1
        const result = answer(id)
        if (result instanceof Error) throw result
        return { id, name: 'n', ...result }
      },
    },
  })
  return { clock, check, asked: () => asked }
}

describe('an image that something is to be rebuilt with', () => {
  it('is asked for once for a whole fleet, and again later', async () => {
    const { check, clock, asked } = rig(() => ({ status: 'active' }))
    for (let i = 0; i < 50; i++) await check('a')
    expect(asked()).toBe(1)
    await clock.advance(31_000)
    await check('a')
    expect(asked()).toBe(2)
  })

  it.each([
    [() => failure(404), 'bad_request', 'there is no image a in Glance'],
    [() => ({ status: 'queued' }), 'bad_request', 'image a is queued, not active'],
    [() => failure(503), 'unavailable', 'cannot be looked up'],
    [() => failure(null), 'unavailable', 'cannot be looked up'],
  ] as const)('is refused: %#', async (answer, code, message) => {
    const { check, asked } = rig(answer)
    for (const _ of [1, 2]) {
      await expect(check('a')).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    }
    expect(asked()).toBe(2)
  })
})
