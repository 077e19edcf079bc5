import { describe, expect, test } from 'vitest'
import {
  formatNotification,
  formatTimestamp,
  openEnvelope,
  PoisonMessageError,
  parseNotification,
} from '../../src/messaging/index.ts'
import { capturedNotifications } from './captures.ts'

const captured = capturedNotifications()
const withoutContext = (message: object): string[] => Object.keys(message).filter((key) => !key.startsWith('_context_'))

describe('notifications', () => {
  test('all captured ones are there', () => {
    expect(captured.length).toBeGreaterThan(60)
  })

  test.each(captured.map((c) => [c.file, String(c.message.event_type), c] as const))(
    '%s %s is understood',
    (_file, event, c) => {
      const { notification, uniqueId } = parseNotification(c.body)
      expect(notification).toMatchObject({
        eventType: event,
        messageId: c.message.message_id,
        publisherId: c.message.publisher_id,
        priority: 'INFO',
        payload: c.message.payload,
        timestamp: c.message.timestamp,
      })
      expect(uniqueId).toBe(c.message._unique_id)
      const contextKeys = Object.keys(c.message).filter((key) => key.startsWith('_context_'))
      expect(Object.keys(notification.context)).toEqual(contextKeys.map((key) => key.slice(9)))
      for (const key of contextKeys) expect(notification.context[key.slice(9)]).toEqual(c.message[key])
    },
  )

  test('ours has the same keys in the same order, and values of the same shape', () => {
    const model = captured[0]
    if (!model) throw new Error('no capture')
    const { notification } = parseNotification(model.body)
    const { body, routingKey } = formatNotification(
      {
        exchange: 'neutron',
        topic: 'notifications',
        publisherId: notification.publisherId,
        eventType: notification.eventType,
        payload: notification.payload,
        context: notification.context,
      },
      Date.UTC(2026, 10, 22, 15, 12, 0, 49),
    )
    expect(routingKey).toBe(model.routingKey)
    expect(Object.keys(JSON.parse(body.toString()))).toEqual(Object.keys(JSON.parse(model.body.toString())))
    const message = openEnvelope(body)
    expect(Object.keys(message)).toEqual(Object.keys(model.message))
    const own = new Set(['message_id', 'timestamp', '_unique_id'])
    for (const [key, value] of Object.entries(model.message)) if (!own.has(key)) expect(message[key]).toEqual(value)
    const shape = (text: unknown): string => String(text).replaceAll(/[0-9a-f]/g, 'h')
    for (const key of own) expect(shape(message[key])).toBe(shape(model.message[key]))
    expect(message.timestamp).toBe('2026-11-22 15:12:00.049000')
    expect(withoutContext(message)).toHaveLength(7)
  })

  test('the time stamp is UTC with six digits', () => {
    expect(formatTimestamp(0)).toBe('1970-01-01 00:00:00.000000')
  })

  test('pitfall D47: a payload of null or a list is a payload', () => {
    for (const payload of [null, [], [1], 'text', 0]) {
      const body = Buffer.from(JSON.stringify({ event_type: 'router.create.end', payload }))
      expect(parseNotification(body).notification.payload).toEqual(payload)
    }
  })

  test('what an old or careless sender leaves out has a neutral value', () => {
    const { notification, uniqueId } = parseNotification(Buffer.from('{"event_type":"astara.command"}'))
    expect(uniqueId).toBeNull()
    expect(notification).toMatchObject({
      messageId: '',
      publisherId: '',
      priority: 'INFO',
      payload: null,
      timestamp: '',
    })
  })

  test.each([
    ['missing_field', '{}'],
    ['missing_field', '{"event_type":null}'],
    ['missing_field', '{"event_type":""}'],
    ['bad_field', '{"event_type":{"a":1}}'],
    ['bad_field', '{"event_type":"a","priority":7}'],
    ['bad_field', '{"event_type":"a","publisher_id":[]}'],
  ])('%s: %s', (reason, body) => {
    expect(() => parseNotification(Buffer.from(body))).toThrow(
      expect.objectContaining({ name: 'PoisonMessageError', reason }),
    )
    expect(() => parseNotification(Buffer.from(body))).toThrow(PoisonMessageError)
  })

  test('a context cannot change the prototype of anything', () => {
    const body = Buffer.from('{"event_type":"a","_context___proto__":{"is_admin":true},"_context_roles":["x"]}')
    const { context } = parseNotification(body).notification
    expect(context.is_admin).toBeUndefined()
    expect({ ...context }).toEqual({ roles: ['x'] })
  })
})
