import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shownBody, shownError } from '../../../src/orchestrator/debugger/shown.ts'
import { InstanceError } from '../../../src/orchestrator/instances/index.ts'
import { AstaraError } from '../../../src/shared/index.ts'

describe('shownBody', () => {
  it('pitfall D59: no pre-shared key, password or user data, however deep', () => {
    const secret = 'correct horse battery staple'
    const body = {
      vpn: { ipsec: [{ ike: { psk: secret }, connections: [{ psk: secret }] }] },
      server: { name: 'i0', user_data: secret },
      auth: { password: secret, token: secret },
    }
    const shown = JSON.stringify(shownBody(body))
    expect(shown).not.toContain(secret)
    expect(shown).toContain('i0')
    expect(shown).toContain(`${secret.length} characters`)
  })

  it('is bounded, whatever comes, and can always be written as JSON', () => {
    expect(JSON.stringify(shownBody({ list: Array(5_000).fill('x'), text: 'y'.repeat(100_000) })).length).toBeLessThan(
      10_000,
    )
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() =>
          JSON.stringify(shownBody(value), (_key, one) => (typeof one === 'bigint' ? `${one}` : one)),
        ).not.toThrow()
      }),
    )
  })
})

describe('shownError', () => {
  it('has the causes, outermost first, and what to do', () => {
    const error = new InstanceError('config_rejected', 'refused', {
      cause: new AstaraError('failed', 'no', { cause: new Error('deepest') }),
      suggestions: ['Look at it.'],
    })
    expect(shownError(error)).toMatchObject({
      code: 'config_rejected',
      causes: [{ message: 'no' }, { name: 'Error', message: 'deepest' }],
      suggestions: ['Look at it.'],
      stack: null,
    })
  })

  it('pitfall D59: credentials in an address are not repeated, in causes neither', () => {
    const url = 'rabbit://user:hunter2@host:5672/'
    const shown = JSON.stringify(shownError(new Error(`at ${url}`, { cause: new Error(url) })))
    expect(shown).not.toContain('hunter2')
  })

  it('shows where a bug is, and does not follow causes for ever', () => {
    const circle = new Error('round')
    circle.cause = circle
    expect(shownError(circle).causes.length).toBeLessThan(10)
    expect(shownError(circle).stack).toContain('shown.test')
    expect(shownError('text')).toMatchObject({ name: 'string', message: 'text', stack: null })
  })
})
