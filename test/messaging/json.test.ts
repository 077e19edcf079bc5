import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openEnvelope, PoisonMessageError, sealEnvelope } from '../../src/messaging/index.ts'
import { MAX_BODY_BYTES, MAX_DEPTH } from '../../src/messaging/oslo/json.ts'

const reasonOf = (body: Buffer | string): string => {
  try {
    openEnvelope(Buffer.isBuffer(body) ? body : Buffer.from(body))
  } catch (error) {
    if (error instanceof PoisonMessageError) return error.reason
    throw error
  }
  return 'fine'
}
const nested = (depth: number, pad = ''): string => `${'['.repeat(depth)}${pad}${']'.repeat(depth)}`

describe('envelope', () => {
  test('what is sealed opens again', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((k) => k !== '__proto__'),
          fc.jsonValue({ maxDepth: 5 }),
        ),
        (message) => {
          fc.pre(!('oslo.version' in message) && !('oslo.message' in message))
          const json: unknown = JSON.parse(JSON.stringify(message))
          fc.pre(!JSON.stringify(json).includes('__proto__'))
          expect(openEnvelope(sealEnvelope(message))).toEqual(json)
        },
      ),
    )
  })

  test('version 1 is the bare message', () => {
    expect(openEnvelope(Buffer.from('{"event_type":"a"}'))).toEqual({ event_type: 'a' })
  })

  test.each([
    ['empty', ''],
    ['not_json', '{'],
    ['not_json', 'router.create'],
    ['not_an_object', 'null'],
    ['not_an_object', '[1]'],
    ['not_an_object', '"text"'],
    ['not_an_object', '17'],
    ['unknown_envelope', '{"oslo.version":"3.0","oslo.message":"{}"}'],
    ['unknown_envelope', '{"oslo.message":"{}"}'],
    ['bad_envelope', '{"oslo.version":"2.0"}'],
    ['bad_envelope', '{"oslo.version":"2.0","oslo.message":{"event_type":"a"}}'],
    ['not_json', '{"oslo.version":"2.0","oslo.message":"{nope"}'],
    ['not_an_object', '{"oslo.version":"2.0","oslo.message":"[]"}'],
    ['not_an_object', '{"oslo.version":"2.0","oslo.message":"null"}'],
    ['too_deep', `{"payload":${nested(MAX_DEPTH + 1)}}`],
    ['too_deep', `{"payload":${nested(10_000)}}`],
    ['too_deep', `{"payload":${nested(10_000, `"${'x'.repeat(70_000)}"`)}}`],
    ['too_deep', `{"payload":${nested(1_000_000)}}`],
    ['too_large', `{"payload":"${'x'.repeat(MAX_BODY_BYTES)}"}`],
    ['fine', `{"payload":${nested(MAX_DEPTH - 2)}}`],
    ['fine', `{"payload":"${'[{'.repeat(60_000)}\\"["}`],
    ['fine', `{"payload":[${'[],'.repeat(40_000)}0]}`],
  ])('%s', (reason, body) => {
    expect(reasonOf(body)).toBe(reason)
  })

  test('bad UTF-8 is refused, not repaired', () => {
    expect(reasonOf(Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]))).toBe('bad_utf8')
  })

  test('keys named __proto__ are gone, at any depth and however they are escaped', () => {
    const inner = '{"a":[{"__proto__":{"polluted":1}}],"\\u005f_proto__":{"polluted":1},"b":{"constructor":{"x":1}}}'
    const message = openEnvelope(sealEnvelope(JSON.parse(`{"m":1}`)))
    expect(message).toEqual({ m: 1 })
    const opened = openEnvelope(Buffer.from(JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': inner })))
    expect(JSON.stringify(opened)).not.toContain('polluted')
    expect(Object.assign({}, opened)).not.toHaveProperty('polluted')
    expect(opened.b).toEqual({ constructor: { x: 1 } })
  })

  test('nothing but PoisonMessageError ever comes out, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void reasonOf(Buffer.from(bytes))))
    fc.assert(fc.property(fc.json(), (text) => void reasonOf(text)))
  })
})
