import { afterEach, expect, inject, test, vi } from 'vitest'
import {
  createRabbitTransport,
  type Notification,
  PoisonMessageError,
  type Transport,
} from '../../../src/messaging/index.ts'
import { openRawAmqp, type RawAmqp } from '../../support/raw-amqp.ts'

const url = inject('amqpUrl')
const soon = { timeout: 60_000, interval: 20 }
let transport: Transport | null = null
let raw: RawAmqp | null = null

afterEach(async () => {
  await transport?.close()
  await raw?.close()
})

const envelope = (message: unknown): string =>
  JSON.stringify({
    'oslo.version': '2.0',
    'oslo.message': typeof message === 'string' ? message : JSON.stringify(message),
  })
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const good = (n: number): string =>
  envelope({
    message_id: `m${n}`,
    publisher_id: 'network.h',
    event_type: 'port.update.end',
    priority: 'INFO',
    payload: { n },
    _unique_id: `u${n}`,
  })

/** Twenty ways to be wrong, with the reason that must be given. */
const SHAPES: readonly (readonly [reason: string, body: string | Buffer])[] = [
  ['empty', ''],
  ['not_json', 'hello'],
  ['not_json', '{"oslo.version": "2.0", "oslo.message": "'],
  ['not_an_object', 'null'],
  ['not_an_object', '[{"event_type":"port.update.end"}]'],
  ['not_an_object', '"port.update.end"'],
  ['bad_utf8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
  ['unknown_envelope', '{"oslo.version":"9.9","oslo.message":"{}"}'],
  ['bad_envelope', '{"oslo.version":"2.0","oslo.message":17}'],
  ['not_json', envelope('{"event_type":')],
  ['not_an_object', envelope('[]')],
  ['not_an_object', envelope('null')],
  ['missing_field', envelope({ payload: {} })],
  ['bad_field', envelope({ event_type: ['port.update.end'], payload: {} })],
  ['bad_field', envelope({ event_type: 'port.update.end', publisher_id: { a: 1 }, payload: {} })],
  ['too_deep', envelope(`{"event_type":"a","payload":${nested(10_000)}}`)],
  ['too_large', envelope({ event_type: 'a', payload: 'x'.repeat(5_000_000) })],
  ['payload', envelope({ event_type: 'port.update.end', payload: null })],
  ['payload', envelope({ event_type: 'port.update.end', payload: [1, 2] })],
  ['payload', envelope({ event_type: 'port.update.end', payload: { __proto__: null, n: { $gt: 1 } } })],
]

test('twenty malformed shapes among two thousand good messages: each parked with its reason, no good one waits', async () => {
  const amqp = await openRawAmqp(url)
  raw = amqp
  transport = createRabbitTransport({ url })
  const stamp = `${process.pid}-${Date.now()}`
  const [exchange, pool] = [`neutron-poison-${stamp}`, `pool-poison-${stamp}`]
  const seen: number[] = []
  const parked: { reason: string; excerpt: string }[] = []
  const handler = (n: Notification): void => {
    const payload = n.payload
    if (typeof payload !== 'object' || payload === null || !('n' in payload) || typeof payload.n !== 'number') {
      throw new PoisonMessageError('payload', 'the payload has no number')
    }
    seen.push(payload.n)
  }
  await transport.listen({ exchange, topic: 'notifications', pool, handler, onParked: (p) => parked.push(p) })
  await amqp.with(async (channel) => {
    for (let n = 0; n < 2000; n++) {
      channel.publish(exchange, 'notifications.info', Buffer.from(good(n)))
      const shape = SHAPES[n / 100]
      if (shape)
        channel.publish(exchange, 'notifications.info', Buffer.isBuffer(shape[1]) ? shape[1] : Buffer.from(shape[1]))
    }
    await channel.waitForConfirms()
  })
  await vi.waitFor(() => expect([seen.length, parked.length]).toEqual([2000, 20]), soon)
  expect(seen).toEqual(Array.from({ length: 2000 }, (_, n) => n))
  expect(parked.map((p) => p.reason)).toEqual(SHAPES.map(([reason]) => reason))
  for (const p of parked) expect(Buffer.byteLength(p.excerpt)).toBeLessThanOrEqual(3 * 4096)
  const kept = await vi.waitFor(async () => {
    const messages = await amqp.peek(`${pool}.parked`)
    expect(messages).toHaveLength(20)
    return messages
  }, soon)
  expect(kept.map((m) => m.headers.reason).toSorted()).toEqual(SHAPES.map(([reason]) => reason).toSorted())
  const bodies = new Set(kept.map((m) => m.body.toString('base64')))
  for (const [, body] of SHAPES) expect(bodies.has(Buffer.from(body).toString('base64'))).toBe(true)
  expect(await amqp.depth(pool)).toBe(0)
  expect(Object.prototype).not.toHaveProperty('polluted')
  await amqp.deleteQueue(`${pool}.parked`)
  await amqp.deleteQueue(pool)
})
