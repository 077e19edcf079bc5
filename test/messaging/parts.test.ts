import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BrokerRefusedError } from '../../src/messaging/index.ts'
import { topicMatches } from '../../src/messaging/memory/topic-match.ts'
import {
  controlExchange,
  DEFAULT_STYLE,
  fanoutExchange,
  topicQueue,
  transientQueue,
} from '../../src/messaging/oslo/topology.ts'
import { BrokerList } from '../../src/messaging/rabbit/broker-list.ts'
import { operationError } from '../../src/messaging/rabbit/refusal.ts'
import { MandatoryMessages } from '../../src/messaging/rabbit/returned.ts'

describe('broker list', () => {
  const address = (host: string) => ({ host, port: 1, username: 'u', password: 'p' })
  const backoff = { baseMs: 1000, maxMs: 8000 }

  test('one broker: the pause doubles up to the limit', () => {
    const list = new BrokerList([address('a')], backoff, () => 0.5)
    expect([1, 2, 3, 4, 5].map((attempt) => list.next(attempt))).toEqual([1000, 2000, 4000, 8000, 8000])
    expect(list.current.host).toBe('a')
  })

  test('with a step, as oslo.messaging does it: the pause grows by it', () => {
    const list = new BrokerList([address('a')], { baseMs: 1000, stepMs: 2000, maxMs: 6000 }, () => 0.5)
    expect([1, 2, 3, 4, 5].map((attempt) => list.next(attempt))).toEqual([1000, 3000, 5000, 6000, 6000])
  })

  test('several: the next one at once, a pause after each round', () => {
    const list = new BrokerList([address('a'), address('b'), address('c')], backoff, () => 0.5)
    const walked = [1, 2, 3, 4, 5, 6].map((attempt) => [list.next(attempt), list.current.host])
    expect(walked).toEqual([
      [50, 'b'],
      [50, 'c'],
      [1000, 'a'],
      [50, 'b'],
      [50, 'c'],
      [2000, 'a'],
    ])
  })
})

describe('topic patterns', () => {
  test.each([
    ['notifications.info', 'notifications.info', true],
    ['notifications.*', 'notifications.info', true],
    ['notifications.*', 'notifications', false],
    ['notifications.*', 'notifications.a.b', false],
    ['notifications.#', 'notifications', true],
    ['notifications.#', 'notifications.a.b', true],
    ['#.info', 'info', true],
    ['#.info', 'a.b.info', true],
    ['*.*', 'a', false],
    ['#', '', true],
    ['a.#.b', 'a.b', true],
    ['a.#.b', 'a.x.y.b.b', true],
    ['a.#.b', 'a.x.y', false],
  ])('%s and %s: %s', (pattern, key, answer) => {
    expect(topicMatches(pattern, key)).toBe(answer)
  })

  test('agree with a regular expression', () => {
    const word = fc.constantFrom('a', 'b')
    const patternWord = fc.constantFrom('a', 'b', '*', '#')
    const toRegex = (pattern: readonly string[]): RegExp =>
      new RegExp(`^${pattern.map((w) => (w === '#' ? '(?:[^.]+\\.)*' : w === '*' ? '[^.]+\\.' : `${w}\\.`)).join('')}$`)
    fc.assert(
      fc.property(
        fc.array(patternWord, { minLength: 1, maxLength: 5 }),
        fc.array(word, { minLength: 1, maxLength: 5 }),
        (p, k) => {
          expect(topicMatches(p.join('.'), k.join('.'))).toBe(toRegex(p).test(`${k.join('.')}.`))
        },
      ),
    )
  })
})

describe('refusals', () => {
  const amqp = (code: number, text: string): Error =>
    Object.assign(new Error(`Operation failed: QueueDeclare; ${code} (X) with message "${text}"`), { code })

  test.each([
    [406, "PRECONDITION_FAILED - inequivalent arg 'durable' for exchange 'neutron'", /amqp_durable_queues/],
    [406, "PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue 'q'", /amqp_auto_delete/],
    [406, "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'q'", /rabbit_quorum_queue/],
    [406, "PRECONDITION_FAILED - inequivalent arg 'x-expires' for queue 'q'", /Delete exchange 'neutron'/],
    [404, "NOT_FOUND - no exchange 'neutron'", /is the service that owns it running/],
    [403, "ACCESS_REFUSED - access to exchange 'neutron' refused", /set_permissions/],
    [405, "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q'", /Another connection/],
  ])('%i %s', (code, text, suggestion) => {
    const error = operationError(amqp(code, text), "exchange 'neutron'")
    expect(error).toBeInstanceOf(BrokerRefusedError)
    expect(error.message).toMatch(suggestion)
    expect(error.message).toContain("exchange 'neutron'")
    expect(error.message).toContain(text)
  })

  test('a lost channel is not a refusal', () => {
    expect(operationError(new Error('Channel closed'), 'queue q')).not.toBeInstanceOf(BrokerRefusedError)
  })
})

test('a returned message is recognised by its bytes, each once', () => {
  const messages = new MandatoryMessages()
  const message = (text: string) => ({ exchange: '', routingKey: 'q', body: Buffer.from(text) })
  const [a, b, c] = [messages.add(message('a')), messages.add(message('b')), messages.add(message('b'))]
  messages.cameBack(message('b'))
  expect([a.returned, b.returned, c.returned]).toEqual([false, true, false])
  messages.done(a)
  messages.cameBack(message('a'))
  expect(a.returned).toBe(false)
})

test('queues and exchanges are declared as a stock oslo.messaging declares them', () => {
  expect(controlExchange('neutron', DEFAULT_STYLE)).toEqual({
    name: 'neutron',
    type: 'topic',
    durable: false,
    autoDelete: false,
  })
  expect(fanoutExchange('l3_agent')).toEqual({
    name: 'l3_agent_fanout',
    type: 'fanout',
    durable: false,
    autoDelete: true,
  })
  expect(topicQueue('q', DEFAULT_STYLE)).toEqual({ name: 'q', durable: false, autoDelete: false, arguments: {} })
  expect(transientQueue('r')).toEqual({
    name: 'r',
    durable: false,
    autoDelete: false,
    arguments: { 'x-expires': 1_800_000 },
  })
  const quorum = topicQueue('q', { durable: true, autoDelete: false, quorum: true })
  expect(quorum).toMatchObject({ durable: true, arguments: { 'x-queue-type': 'quorum' } })
})
