import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readErrorBody } from '../../../src/openstack/http/error-body.ts'
import { captured } from '../support/replay.ts'

const folder = new URL('../../fixtures/captures/rest/', import.meta.url)
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json') && !name.startsWith('nova-status'))
  .map((name) => name.replace('.json', ''))

describe('readErrorBody', () => {
  it('finds type and text in every refusal that was captured', () => {
    const refusals = files.flatMap(captured).filter((exchange) => exchange.response.status >= 400)
    expect(refusals.length).toBeGreaterThan(25)
    for (const { response } of refusals) {
      const text = typeof response.body === 'string' ? response.body : JSON.stringify(response.body)
      const { type, detail } = readErrorBody(response.status, text, [])
      expect(type).toMatch(/^[A-Za-z]+$/)
      expect(detail).toMatch(/\w+ \w+/)
      expect(detail).not.toMatch(/[<>{}]/)
    }
  })

  it.each([
    ['Neutron of old', 404, '{"NeutronError": "gone"}', 'NeutronError', 'gone'],
    ['a bare message', 400, '{"code": "400 Bad Request", "title": "Bad Request", "message": "no"}', 'BadRequest', 'no'],
    [
      'a proxy',
      502,
      '<html><body><h1>502 Bad Gateway</h1>\nThe server is away.\n</body></html>',
      'BadGateway',
      'The server is away.',
    ],
    ['plain text', 500, 'Internal Server Error', 'InternalServerError', 'Internal Server Error'],
    ['nothing', 503, '', 'ServiceUnavailable', 'Service Unavailable'],
    ['broken JSON', 500, '{"NeutronError": ', 'InternalServerError', 'Internal Server Error'],
    ['a list', 418, '[1]', "I'maTeapot", '[1]'],
    ['controls', 400, '{"badRequest": {"message": "a\\u001b[2Jb\\nc"}}', 'badRequest', 'a\\u001b[2Jb c'],
  ])('reads what %s says', (_, status, text, type, detail) => {
    expect(readErrorBody(status, text, [])).toEqual({ type, detail })
  })

  it('blots out secrets and cuts what nobody reads', () => {
    const { detail } = readErrorBody(
      400,
      JSON.stringify({ badRequest: { message: `key s3cret ${'x'.repeat(9_999)}` } }),
      ['s3cret'],
    )
    expect(detail).toMatch(/^key \*\*\* x+…$/)
    expect(detail.length).toBe(501)
  })

  it('falls back to the status where a word is only blanks', () => {
    expect(readErrorBody(500, '{" ": "\\n"}', [])).toEqual({
      type: 'InternalServerError',
      detail: 'Internal Server Error',
    })
  })

  it('never throws, and always has a type and a detail', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { type, detail } = readErrorBody(500, text, [])
        return type !== '' && detail !== ''
      }),
    )
  })
})
