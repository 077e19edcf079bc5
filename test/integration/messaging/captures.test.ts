import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import {
  createRabbitTransport,
  formatRequest,
  type Notification,
  parseRequest,
  type RpcRequest,
  type Transport,
} from '../../../src/messaging/index.ts'
import { capturedNotifications, capturedRpc } from '../../messaging/captures.ts'
import { openRawAmqp, type RawAmqp } from '../../support/raw-amqp.ts'

const soon = { timeout: 20_000, interval: 10 }
const url = inject('amqpUrl')

/** Properties as the broker shows them, without those that nobody set. */
const set = (properties: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined))

describe('the bytes of a real OpenStack, through the broker', () => {
  let transport: Transport
  let raw: RawAmqp
  let names = 0
  const unique = (what: string): string => `${what}-cap-${process.pid}-${names++}`

  beforeEach(async () => {
    raw = await openRawAmqp(url)
    transport = createRabbitTransport({ url })
    await transport.connect()
  })
  afterEach(async () => {
    await transport.close()
    await raw.close()
  })

  test('every captured notification arrives, published verbatim', async () => {
    const exchange = unique('neutron')
    const got: Notification[] = []
    const parked: string[] = []
    await transport.listen({
      exchange,
      topic: 'notifications',
      pool: unique('pool'),
      handler: (n) => void got.push(n),
      onParked: (p) => void parked.push(p.reason),
    })
    const captured = capturedNotifications()
    for (const c of captured) await raw.publish(exchange, c.routingKey, c.body)
    await vi.waitFor(() => expect(got).toHaveLength(captured.length), soon)
    expect(got.map((n) => n.eventType)).toEqual(captured.map((c) => c.message.event_type))
    expect(got.map((n) => n.payload)).toEqual(captured.map((c) => c.message.payload))
    expect(parked).toEqual([])
  })

  test('every captured cast and call to the agent reaches the endpoint, and the call is answered', async () => {
    const exchange = unique('neutron')
    const topic = unique('l3_agent')
    const seen: RpcRequest[] = []
    const note = (request: RpcRequest): string => {
      seen.push(request)
      return 'done'
    }
    const methods = [
      'routers_updated',
      'router_deleted',
      'router_removed_from_agent',
      'router_added_to_agent',
      'agent_updated',
    ]
    const endpoint = Object.fromEntries(methods.map((method) => [method, note]))
    await transport.serve({ exchange, topic, server: 'fake-l3-host', endpoint })
    const toAgent = capturedRpc().filter((c) => methods.includes(String(c.message.method)))
    expect(toAgent.length).toBeGreaterThan(10)
    await raw.with(async (channel) => {
      for (const c of toAgent) {
        if (typeof c.message._reply_q === 'string') await channel.assertQueue(c.message._reply_q, { durable: false })
      }
    })
    for (const c of toAgent) {
      if (c.exchange === 'l3_agent_fanout') await raw.publish(`${topic}_fanout`, '', c.body)
      else await raw.publish(exchange, `${topic}.fake-l3-host`, c.body)
    }
    await vi.waitFor(() => expect(seen).toHaveLength(toAgent.length), soon)
    expect(seen.map((r) => r.args)).toEqual(expect.arrayContaining(toAgent.map((c) => c.message.args)))
    const calls = toAgent.filter((c) => '_msg_id' in c.message)
    expect(calls).toHaveLength(1)
    const queue = String(calls[0]?.message._reply_q)
    await vi.waitFor(async () => expect(await raw.depth(queue)).toBe(1), soon)
    const reply = await raw.take(queue)
    const capturedReply = capturedRpc().find(
      (c) => c.message._msg_id === calls[0]?.message._msg_id && 'ending' in c.message,
    )
    const inner = JSON.parse(JSON.parse(String(reply?.body))['oslo.message'])
    expect(Object.keys(inner)).toEqual(['result', 'failure', 'ending', '_msg_id', '_unique_id'])
    expect(inner).toMatchObject({ result: 'done', failure: null, ending: true, _msg_id: calls[0]?.message._msg_id })
    if (capturedReply) expect(Object.keys(inner)).toEqual(Object.keys(capturedReply.message))
    await raw.deleteQueue(queue)
  })

  test('what we publish has the envelope and the properties that oslo.messaging sets', async () => {
    const exchange = unique('neutron')
    const topic = unique('topic')
    await raw.with(async (channel) => {
      await channel.assertExchange(exchange, 'topic', { durable: false })
      await channel.assertQueue(topic, { durable: false })
      await channel.bindQueue(topic, exchange, '#')
    })
    const captured = capturedRpc()
    const cast = captured.find((c) => 'method' in c.message && !('_msg_id' in c.message) && c.exchange === 'neutron')
    const call = captured.find((c) => c.message.method === 'sync_routers')
    if (!cast || !call) throw new Error('captures are missing')

    await transport.notify({ exchange, topic: 'notifications', publisherId: 'p', eventType: 'e', payload: {} })
    const { request } = parseRequest(cast.body)
    const target = { exchange, topic, version: request.version }
    await transport.cast(target, request.method, request.args, { context: request.context })
    const waiting = transport.call(target, 'sync_routers', { host: 'h' }, { timeoutMs: 20_000 })
    waiting.catch(() => undefined)
    await vi.waitFor(async () => expect(await raw.depth(topic)).toBe(3), soon)
    const [sentNotification, sentCast, sentCall] = [await raw.take(topic), await raw.take(topic), await raw.take(topic)]

    const plain = {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      headers: {},
      deliveryMode: 2,
      priority: 0,
    }
    expect(set(sentNotification?.properties ?? {})).toEqual(plain)
    expect(set(sentCast?.properties ?? {})).toEqual(plain)
    expect(set(sentCall?.properties ?? {})).toEqual({ ...plain, expiration: '20000' })
    expect(call.properties).toMatchObject({ expiration: '20000' })

    const inner = (body: Buffer | undefined) => JSON.parse(JSON.parse(String(body))['oslo.message'])
    expect(inner(sentCast?.body)).toEqual({ ...cast.message, _unique_id: inner(sentCast?.body)._unique_id })
    const keys = (message: object): string[] => Object.keys(message).filter((key) => !key.startsWith('_context_'))
    expect(keys(inner(sentCall?.body))).toEqual(keys(call.message))
    expect(inner(sentCall?.body)._reply_q).toMatch(/^reply_[0-9a-f]{32}$/)
    await raw.deleteQueue(topic)
  })

  test('a stock service may declare the same queues and exchanges before or after us', async () => {
    const exchange = unique('neutron')
    const topic = unique('l3_agent')
    const pool = unique('pool')
    const stock = () =>
      raw.with(async (channel) => {
        await channel.assertExchange(exchange, 'topic', { durable: false, autoDelete: false })
        for (const queue of [topic, `${topic}.h`, pool])
          await channel.assertQueue(queue, { durable: false, autoDelete: false })
        await channel.assertExchange(`${topic}_fanout`, 'fanout', { durable: false, autoDelete: true })
      })
    await transport.serve({ exchange, topic, server: 'h', endpoint: {} })
    await transport.listen({ exchange, topic: 'notifications', pool, handler: () => undefined })
    await stock()
  })

  test('a server that stops takes its fanout queue along and leaves the shared ones', async () => {
    const exchange = unique('neutron')
    const topic = unique('l3_agent')
    const server = await transport.serve({ exchange, topic, server: 'h', endpoint: {} })
    await server.close()
    expect([await raw.depth(topic), await raw.depth(`${topic}.h`)]).toEqual([0, 0])
    await expect(raw.with((channel) => channel.checkExchange(`${topic}_fanout`))).rejects.toThrow(/NOT_FOUND/)
    const body = formatRequest({ target: { exchange, topic }, method: 'm', args: {} })
    await raw.publish(exchange, `${topic}.h`, body)
    expect(await raw.depth(`${topic}.h`)).toBe(1)
  })
})
