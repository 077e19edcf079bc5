import { createServer } from 'node:net'
import { afterEach, describe, expect, inject, test, vi } from 'vitest'
import {
  createRabbitTransport,
  MessagingUnavailableError,
  parseTransportUrl,
  type RabbitTransportOptions,
  type Transport,
  type TransportState,
} from '../../../src/messaging/index.ts'
import { createLogger } from '../../../src/shared/index.ts'
import { freePort } from '../../support/rabbitmq.ts'
import { openRawAmqp } from '../../support/raw-amqp.ts'
import { createTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'

const url = inject('amqpUrl')
const broker = parseTransportUrl(url).hosts[0]
const soon = { timeout: 20_000, interval: 10 }
const withHosts = (...hosts: string[]): string => url.replace(`${broker.host}:${broker.port}`, hosts.join(','))
const quick = { backoff: { baseMs: 50, maxMs: 300 } }

describe('links to the broker', () => {
  const cleanUp: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean()
  })
  const open = (options: RabbitTransportOptions): Transport => {
    const transport = createRabbitTransport({ ...quick, ...options })
    cleanUp.push(() => transport.close())
    return transport
  }
  const proxy = async (): Promise<TcpProxy> => {
    const relay = await createTcpProxy(broker)
    cleanUp.push(() => relay.close())
    return relay
  }
  const states = (transport: Transport): TransportState[] => {
    const seen: TransportState[] = []
    transport.onState((state) => seen.push(state))
    return seen
  }

  test('the first of two brokers is down', async () => {
    const dead = await freePort()
    const transport = open({ url: withHosts(`127.0.0.1:${dead}`, `${broker.host}:${broker.port}`) })
    const seen = states(transport)
    await transport.connect()
    expect(seen[0]).toMatchObject({ state: 'disconnected', reason: expect.stringContaining(`127.0.0.1:${dead}`) })
    expect(transport.state).toEqual({ state: 'connected', epoch: 1 })
  })

  test('the first of two brokers accepts and says nothing', async () => {
    const mute = createServer(() => undefined)
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    cleanUp.push(async () => mute.close())
    const address = mute.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const transport = open({
      url: withHosts(`127.0.0.1:${port}`, `${broker.host}:${broker.port}`),
      connectTimeoutMs: 300,
    })
    await transport.connect(AbortSignal.timeout(10_000))
    expect(transport.state).toEqual({ state: 'connected', epoch: 1 })
  })

  test('a broker that goes is left for the next one', async () => {
    const [a, b] = [await proxy(), await proxy()]
    const transport = open({ url: withHosts(`127.0.0.1:${a.port}`, `127.0.0.1:${b.port}`) })
    await transport.connect()
    expect([a.connections, b.connections]).toEqual([1, 0])
    await a.close()
    await vi.waitFor(() => expect(transport.state).toEqual({ state: 'connected', epoch: 2 }), soon)
    expect(b.connections).toBe(1)
  })

  test('close ends in bounded time on a dead link', async () => {
    const relay = await proxy()
    const transport = open({ url: withHosts(`127.0.0.1:${relay.port}`), drainMs: 1000 })
    const stamp = `${process.pid}-${Date.now()}`
    await transport.listen({
      exchange: `x-${stamp}`,
      topic: 'notifications',
      pool: `p-${stamp}`,
      handler: () => undefined,
    })
    relay.freeze()
    const before = performance.now()
    await transport.close()
    expect(performance.now() - before).toBeLessThan(5500)
    expect(transport.state).toEqual({ state: 'closed' })
    relay.thaw()
    await vi.waitFor(() => expect(relay.connections).toBe(0), soon)
  })

  test('close while the broker has never been reached', async () => {
    const transport = open({ url: `rabbit://guest:guest@127.0.0.1:${await freePort()}/` })
    const connecting = transport.connect()
    const failed = expect(connecting).rejects.toBeInstanceOf(MessagingUnavailableError)
    await vi.waitFor(() => expect(transport.state.state).toBe('disconnected'), soon)
    await transport.close()
    await failed
  })

  test('connect stops waiting when its signal aborts', async () => {
    const transport = open({ url: `rabbit://guest:guest@127.0.0.1:${await freePort()}/` })
    const reason = new Error('enough')
    const abort = new AbortController()
    const connecting = transport.connect(abort.signal)
    abort.abort(reason)
    await expect(connecting).rejects.toBe(reason)
  })

  test('a dead link is found by heartbeats, and comes back', async () => {
    const relay = await proxy()
    const transport = open({ url: withHosts(`127.0.0.1:${relay.port}`), heartbeatSeconds: 1, connectTimeoutMs: 500 })
    await transport.connect()
    relay.freeze()
    await vi.waitFor(() => expect(transport.state.state).toBe('disconnected'), soon)
    const failed = transport.cast({ exchange: 'nowhere', topic: 't' }, 'm', {}, { signal: AbortSignal.timeout(200) })
    await expect(failed).rejects.toMatchObject({ name: 'TimeoutError' })
    relay.thaw()
    await vi.waitFor(() => expect(transport.state).toEqual({ state: 'connected', epoch: 2 }), soon)
  })

  test('what the broker does not confirm fails in time, and says where it was going', async () => {
    const relay = await proxy()
    const transport = open({ url: withHosts(`127.0.0.1:${relay.port}`), publishTimeoutMs: 300 })
    const notification = {
      exchange: 'neutron-x',
      topic: 'notifications',
      publisherId: 'p',
      eventType: 'e',
      payload: {},
    }
    await transport.notify(notification)
    relay.freeze()
    const late = transport.notify(notification)
    await expect(late).rejects.toBeInstanceOf(MessagingUnavailableError)
    await expect(late).rejects.toThrow('exchange neutron-x within 300 ms')
    relay.thaw()
  })

  test('a call without a connection fails after a short wait, not after its time-out', async () => {
    const transport = open({ url: `rabbit://guest:guest@127.0.0.1:${await freePort()}/`, connectWaitMs: 200 })
    const before = performance.now()
    const call = transport.call({ exchange: 'neutron', topic: 't' }, 'm', {}, { timeoutMs: 60_000 })
    await expect(call).rejects.toBeInstanceOf(MessagingUnavailableError)
    expect(performance.now() - before).toBeLessThan(2000)
  })

  test('pitfall D59: a wrong password is told, never shown', async () => {
    let logged = ''
    const write = (line: string): void => {
      logged += line
    }
    const logger = createLogger({ level: 'trace', pretty: false, stream: { write } })
    const secret = 's3cret-p@ss/word'
    const hosts = `guest:${encodeURIComponent(secret)}@${broker.host}:${broker.port}`
    const transport = open({
      url: `rabbit://${hosts},guest:${encodeURIComponent(secret)}2@${broker.host}:${broker.port}/`,
      logger,
    })
    const seen = states(transport)
    transport.connect().catch(() => undefined)
    await vi.waitFor(() => expect(seen.filter((s) => s.state === 'disconnected').length).toBeGreaterThan(2), soon)
    expect(seen[0]).toMatchObject({ reason: expect.stringContaining('ACCESS_REFUSED') })
    const everything = logged + JSON.stringify(seen)
    expect(logged).toContain('not connected to the bus')
    expect(everything).not.toContain('s3cret')
    expect(everything).not.toContain(encodeURIComponent(secret))
  })

  test('a virtual host that does not exist is told', async () => {
    const transport = open({ url: `${url.replace(/\/$/, '')}/no%2Fsuch` })
    transport.connect().catch(() => undefined)
    await vi.waitFor(() => expect(transport.state).toMatchObject({ reason: expect.stringContaining('no/such') }), soon)
  })

  test('an exchange that the cloud made durable is refused by name, with the option to set', async () => {
    const raw = await openRawAmqp(url)
    cleanUp.push(() => raw.close())
    const stamp = `${process.pid}-${Date.now()}`
    const exchange = `neutron-durable-${stamp}`
    await raw.with((channel) => channel.assertExchange(exchange, 'topic', { durable: true }))
    const options = { exchange, topic: 'notifications', pool: `p-durable-${stamp}`, handler: () => undefined }
    const listening = open({ url }).listen(options)
    await expect(listening).rejects.toThrow(`exchange '${exchange}'`)
    await expect(listening).rejects.toThrow('amqp_durable_queues')
    const notified = open({ url }).notify({
      exchange,
      topic: 'notifications',
      publisherId: 'p',
      eventType: 'e',
      payload: 1,
    })
    await expect(notified).rejects.toThrow('amqp_durable_queues')
    const durable = open({ url: `${url}?amqp_durable_queues=true` })
    await (await durable.listen(options)).close()
    await raw.deleteQueue(options.pool)
    await raw.with((channel) => channel.deleteExchange(exchange))
  })

  test('a queue that somebody else made anew and otherwise is reported, tried again, and healed', async () => {
    const raw = await openRawAmqp(url)
    cleanUp.push(() => raw.close())
    let logged = ''
    const write = (line: string): void => {
      logged += line
    }
    const stamp = `${process.pid}-${Date.now()}`
    const [exchange, pool] = [`x-heal-${stamp}`, `p-heal-${stamp}`]
    const transport = open({ url, logger: createLogger({ level: 'error', pretty: false, stream: { write } }) })
    const got: string[] = []
    await transport.listen({ exchange, topic: 'notifications', pool, handler: (n) => void got.push(n.eventType) })
    await raw.with(async (channel) => {
      await channel.deleteQueue(pool)
      await channel.assertQueue(pool, { durable: true })
    })
    await vi.waitFor(() => expect(logged).toContain(`queue '${pool}'`), soon)
    expect(logged).toContain("inequivalent arg 'durable'")
    await raw.deleteQueue(pool)
    await vi.waitFor(() => expect(transport.state).toEqual({ state: 'connected', epoch: 2 }), soon)
    await transport.notify({ exchange, topic: 'notifications', publisherId: 'p', eventType: 'healed', payload: 1 })
    await vi.waitFor(() => expect(got).toEqual(['healed']), soon)
  })

  test('quorum queues, as [oslo_messaging_rabbit] rabbit_quorum_queue makes them', async () => {
    const raw = await openRawAmqp(url)
    cleanUp.push(() => raw.close())
    const stamp = `${process.pid}-${Date.now()}`
    const [exchange, pool] = [`x-quorum-${stamp}`, `p-quorum-${stamp}`]
    const transport = open({ url, quorumQueues: true })
    const got: string[] = []
    let failed = 0
    const handler = async ({ eventType }: { eventType: string }): Promise<void> => {
      if (eventType === 'e3' && failed++ === 0) throw new Error('once more')
      got.push(eventType)
    }
    await transport.listen({ exchange, topic: 'notifications', pool, handler })
    const events = Array.from({ length: 10 }, (_, n) => `e${n}`)
    for (const eventType of events) {
      await transport.notify({ exchange, topic: 'notifications', publisherId: 'p', eventType, payload: 1 })
    }
    await vi.waitFor(() => expect(got.toSorted()).toEqual(events), soon)
    await raw.with((channel) => channel.assertQueue(pool, { durable: true, arguments: { 'x-queue-type': 'quorum' } }))
    await transport.close()
    await raw.deleteQueue(pool)
  })

  test('pitfall D46: a retired host\u2019s queue can be made to go by itself', async () => {
    const raw = await openRawAmqp(url)
    cleanUp.push(() => raw.close())
    const stamp = `${process.pid}-${Date.now()}`
    const [exchange, pool] = [`x-expire-${stamp}`, `p-expire-${stamp}`]
    const transport = open({ url })
    const options = { exchange, topic: 'notifications', pool, expiresMs: 300, handler: () => undefined }
    const subscription = await transport.listen(options)
    expect(await raw.depth(pool)).toBe(0)
    await subscription.close()
    // Asking for the queue counts as use: ask seldom.
    const seldom = { timeout: 20_000, interval: 900 }
    await vi.waitFor(async () => await expect(raw.depth(pool)).rejects.toThrow('NOT_FOUND'), seldom)
  })
})
