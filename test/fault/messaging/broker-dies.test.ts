import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createRabbitTransport, MessagingUnavailableError, type Transport } from '../../../src/messaging/index.ts'
import { createBroker, type PrivateBroker } from '../../support/rabbitmq.ts'

const COUNT = 2000
const EXCHANGE = 'neutron'
const soon = { timeout: 90_000, interval: 20 }

describe('the broker dies', () => {
  let broker: PrivateBroker
  let transports: Transport[]

  beforeEach(async () => {
    transports = []
    broker = await createBroker()
    await broker.start()
  })
  afterEach(async () => {
    await Promise.all(transports.map((transport) => transport.close()))
    await broker.dispose()
  })

  const open = async (durableQueues: boolean): Promise<Transport> => {
    const backoff = { baseMs: 100, maxMs: 1000 }
    const transport = createRabbitTransport({ url: broker.url, durableQueues, backoff, publishTimeoutMs: 60_000 })
    transports.push(transport)
    await transport.connect()
    return transport
  }
  const notify = (transport: Transport, n: number): Promise<void> =>
    transport.notify({ exchange: EXCHANGE, topic: 'notifications', publisherId: 'p', eventType: 'e', payload: { n } })
  const numberOf = (payload: unknown): number =>
    typeof payload === 'object' && payload !== null && 'n' in payload ? Number(payload.n) : Number.NaN

  test('kill -9 twice in a stream of 2,000: nothing that reached our durable queue is lost, nothing is taken twice', async () => {
    const [sender, receiver] = [await open(true), await open(true)]
    const taken: number[] = []
    const handler = async ({ payload }: { payload: unknown }): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 2))
      taken.push(numberOf(payload))
    }
    await receiver.listen({ exchange: EXCHANGE, topic: 'notifications', pool: 'astara', prefetch: 20, handler })
    const confirmed: number[] = []
    const lanes = Array.from({ length: 20 }, async (_, lane) => {
      for (let n = lane; n < COUNT; n += 20) {
        await notify(sender, n)
        confirmed.push(n)
      }
    })
    for (const [after, epoch] of [
      [COUNT / 4, 1],
      [COUNT / 2, 2],
    ] as const) {
      await vi.waitFor(() => expect(confirmed.length).toBeGreaterThan(after), soon)
      await vi.waitFor(() => expect(receiver.state).toEqual({ state: 'connected', epoch }), soon)
      await broker.kill()
      await broker.start()
    }
    await Promise.all(lanes)
    expect(confirmed).toHaveLength(COUNT)
    await vi.waitFor(() => expect(new Set(taken).size).toBe(COUNT), soon)
    expect(taken).toHaveLength(COUNT)
    expect(receiver.state).toEqual({ state: 'connected', epoch: 3 })
  }, 170_000)

  test('kill -9 with stock, not durable queues: everything comes back, and the epoch says that something was missed', async () => {
    const [sender, receiver] = [await open(false), await open(false)]
    const taken = new Set<number>()
    const epochs: number[] = []
    receiver.onState((state) => {
      if (state.state === 'connected') epochs.push(state.epoch)
    })
    await receiver.listen({
      exchange: EXCHANGE,
      topic: 'notifications',
      pool: 'astara',
      handler: ({ payload }) => void taken.add(numberOf(payload)),
    })
    await receiver.serve({ exchange: EXCHANGE, topic: 'l3_agent', server: 'h', endpoint: { echo: (r) => r.args.n } })
    const send = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n += 50) await Promise.all(Array.from({ length: 50 }, (_, i) => notify(sender, n + i)))
    }
    await send(0, COUNT / 2)
    await vi.waitFor(() => expect(taken.size).toBe(COUNT / 2), soon)
    const waiting = receiver.call({ exchange: EXCHANGE, topic: 'l3_agent', server: 'h' }, 'echo', { n: 1 })
    expect(await waiting).toBe(1)
    await broker.kill()
    await broker.start()
    await vi.waitFor(() => expect(epochs).toEqual([2]), soon)
    await send(COUNT / 2, COUNT)
    await vi.waitFor(() => expect(taken.size).toBe(COUNT), soon)
    expect(await sender.call({ exchange: EXCHANGE, topic: 'l3_agent' }, 'echo', { n: 2 })).toBe(2)
    await sender.cast({ exchange: EXCHANGE, topic: 'l3_agent', fanout: true }, 'echo', { n: 3 })
  }, 120_000)

  test('a broker that hangs: calls and messages fail in time, and work again when it wakes', async () => {
    const transport = createRabbitTransport({ url: broker.url, publishTimeoutMs: 500, heartbeatSeconds: 60 })
    transports.push(transport)
    const where = { exchange: EXCHANGE, topic: 'l3_agent' }
    await transport.serve({ ...where, server: 'h', endpoint: { echo: (r) => r.args.n } })
    expect(await transport.call(where, 'echo', { n: 1 })).toBe(1)
    broker.freeze()
    await expect(notify(transport, 1)).rejects.toBeInstanceOf(MessagingUnavailableError)
    await expect(transport.call(where, 'echo', { n: 2 }, { timeoutMs: 700 })).rejects.toThrow(/within|no answer/)
    broker.thaw()
    await vi.waitFor(async () => expect(await transport.call(where, 'echo', { n: 3 })).toBe(3), soon)
  }, 60_000)

  test('a graceful restart is survived as well', async () => {
    const transport = await open(true)
    const taken: number[] = []
    await transport.listen({
      exchange: EXCHANGE,
      topic: 'notifications',
      pool: 'astara',
      handler: ({ payload }) => void taken.push(numberOf(payload)),
    })
    await broker.stop()
    await vi.waitFor(() => expect(transport.state.state).toBe('disconnected'), soon)
    const sending = notify(transport, 7)
    await broker.start()
    await sending
    await vi.waitFor(() => expect(taken).toEqual([7]), soon)
  }, 90_000)
})
