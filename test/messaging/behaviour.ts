import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  BrokerRefusedError,
  formatNotification,
  formatRequest,
  MessagingTimeoutError,
  MessagingUnavailableError,
  type Notification,
  type ParkedMessage,
  PoisonMessageError,
  RemoteError,
  type RpcRequest,
  type Transport,
  type TransportState,
} from '../../src/messaging/index.ts'

/** What the suite needs of a transport's surroundings. */
export interface Harness {
  /** A new transport to the same broker. */
  open(): Transport
  /** Publishes bytes that no transport of ours would. */
  publishRaw(exchange: string, routingKey: string, body: Buffer): Promise<void>
  /** The messages in a queue, which stay there. */
  peek(
    queue: string,
  ): Promise<readonly { readonly body: Buffer; readonly headers: Readonly<Record<string, unknown>> }[]>
  deleteQueue(queue: string): Promise<void>
  /** Cuts every connection; they come back by themselves. */
  cut(): void
  close(): Promise<void>
}

const soon = { timeout: 15_000, interval: 5 }

/** The behaviour that every transport has, RabbitMQ or not. */
export function describeTransport(name: string, makeHarness: () => Promise<Harness>): void {
  let harness: Harness
  let opened: Transport[] = []
  let names = 0
  const stamp = `${process.pid}-${Math.floor(performance.now() * 1000)}`
  const unique = (what: string): string => `${what}-${stamp}-${names++}`

  const setUp = async (): Promise<Transport> => {
    harness = await makeHarness()
    return await openOne()
  }
  const openOne = async (): Promise<Transport> => {
    const transport = harness.open()
    opened.push(transport)
    await transport.connect()
    return transport
  }
  const listenTo = async (
    transport: Transport,
    where: { exchange: string; pool: string; priorities?: string[]; prefetch?: number },
    handler: (n: Notification) => Promise<void> | void,
    onParked?: (p: ParkedMessage) => void,
  ) =>
    await transport.listen({
      topic: 'notifications',
      handler,
      ...where,
      ...(onParked ? { onParked } : {}),
    })
  const notify = async (
    transport: Transport,
    exchange: string,
    eventType: string,
    payload: unknown = {},
  ): Promise<void> =>
    await transport.notify({ exchange, topic: 'notifications', publisherId: 'network.t', eventType, payload })

  afterEach(async () => {
    await Promise.all(opened.map((transport) => transport.close()))
    opened = []
    await harness.close()
  })

  describe(`${name}: notifications`, () => {
    test('arrive with every field and the context', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const got: Notification[] = []
      await listenTo(transport, { exchange, pool: unique('pool') }, (n) => void got.push(n))
      await transport.notify({
        exchange,
        topic: 'notifications',
        publisherId: 'network.host-1',
        eventType: 'router.create.end',
        payload: { router: { id: 'r', name: 'r\u00e4uter' } },
        context: { tenant_id: 't', is_admin: true },
      })
      await vi.waitFor(() => expect(got).toHaveLength(1), soon)
      expect(got[0]).toMatchObject({
        publisherId: 'network.host-1',
        eventType: 'router.create.end',
        priority: 'INFO',
        payload: { router: { id: 'r', name: 'r\u00e4uter' } },
        context: { tenant_id: 't', is_admin: true },
      })
      expect(got[0]?.timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/)
    })

    test('each pool has its own copy, listeners of one pool share', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const [shared, own] = [unique('pool'), unique('pool')]
      const seen = { a: 0, b: 0, c: 0 }
      await listenTo(transport, { exchange, pool: shared, prefetch: 1 }, () => void seen.a++)
      await listenTo(await openOne(), { exchange, pool: shared, prefetch: 1 }, () => void seen.b++)
      await listenTo(transport, { exchange, pool: own }, () => void seen.c++)
      for (let i = 0; i < 20; i++) await notify(transport, exchange, `e${i}`)
      await vi.waitFor(() => expect([seen.a + seen.b, seen.c]).toEqual([20, 20]), soon)
      expect(seen.a).toBeGreaterThan(0)
      expect(seen.b).toBeGreaterThan(0)
    })

    test('pitfall D47: not only info, but the priorities asked for', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const got: string[] = []
      const pool = unique('pool')
      await listenTo(transport, { exchange, pool, priorities: ['error', 'warn'] }, (n) => void got.push(n.priority))
      for (const priority of ['INFO', 'ERROR', 'WARN']) {
        await transport.notify({
          exchange,
          topic: 'notifications',
          publisherId: 'p',
          eventType: 'e',
          payload: {},
          priority,
        })
      }
      await vi.waitFor(() => expect(got).toEqual(['ERROR', 'WARN']), soon)
    })

    test('a message whose handler failed comes again after a pause, others pass it meanwhile', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const order: string[] = []
      let failures = 0
      const pool = unique('pool')
      await listenTo(transport, { exchange, pool, prefetch: 2 }, (n) => {
        order.push(n.eventType)
        if (n.eventType === 'bad' && failures++ < 2) throw new Error('not now')
      })
      const before = performance.now()
      await notify(transport, exchange, 'bad')
      for (let i = 0; i < 10; i++) await notify(transport, exchange, `good${i}`)
      await vi.waitFor(() => expect(order.filter((e) => e === 'bad')).toHaveLength(3), soon)
      expect(performance.now() - before).toBeGreaterThan(900) // 0.5 s and 1 s, each less a quarter
      expect(order.indexOf('good9')).toBeLessThan(order.indexOf('bad', 1))
      expect(order).toHaveLength(13)
    })

    test('many failing messages do not stop the queue', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      let bad = 0
      let badBeforeGood = Number.NaN
      const pool = unique('pool')
      await listenTo(transport, { exchange, pool, prefetch: 4 }, async (n) => {
        if (n.eventType === 'good') badBeforeGood = bad
        else if (bad++ < 24) throw new Error('no')
      })
      for (let i = 0; i < 12; i++) await notify(transport, exchange, 'bad')
      await notify(transport, exchange, 'good')
      await vi.waitFor(() => expect(bad).toBe(36), soon)
      // With four held messages in its way, the good one would have come only after these had been tried 24 times.
      expect(badBeforeGood).toBeLessThan(24)
    })

    test('PoisonMessageError parks with its reason, and never comes again', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const pool = unique('pool')
      const parked: ParkedMessage[] = []
      const got: string[] = []
      await listenTo(
        transport,
        { exchange, pool },
        (n) => {
          got.push(n.eventType)
          if (n.eventType === 'bad') throw new PoisonMessageError('no_tenant', 'the event has no tenant')
        },
        (p) => parked.push(p),
      )
      await transport.notify({
        exchange,
        topic: 'notifications',
        publisherId: 'p',
        eventType: 'bad',
        payload: null,
        context: { auth_token: 'gAAAA-secret' },
      })
      await notify(transport, exchange, 'good')
      await vi.waitFor(async () => expect(await harness.peek(`${pool}.parked`)).toHaveLength(1), soon)
      expect(parked).toHaveLength(1)
      expect(parked[0]).toMatchObject({ reason: 'no_tenant', message: 'the event has no tenant', queue: pool })
      expect(parked[0]?.excerpt).toContain('bad')
      expect(parked[0]?.excerpt).not.toContain('gAAAA-secret')
      const [kept] = await harness.peek(`${pool}.parked`)
      expect(kept?.headers.reason).toBe('no_tenant')
      expect(kept?.body.toString()).toContain('\\"event_type\\":\\"bad\\"')
      await vi.waitFor(() => expect(got).toEqual(['bad', 'good']), soon)
    })

    test('what cannot be parsed is parked and the next message is handled', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const pool = unique('pool')
      const parked: string[] = []
      const got: string[] = []
      await listenTo(
        transport,
        { exchange, pool },
        (n) => void got.push(n.eventType),
        (p) => parked.push(p.reason),
      )
      await harness.publishRaw(exchange, 'notifications.info', Buffer.from('{nonsense'))
      await harness.publishRaw(exchange, 'notifications.info', Buffer.from([0x22, 0xff, 0xfe, 0x22]))
      await notify(transport, exchange, 'good')
      await vi.waitFor(() => expect(got).toEqual(['good']), soon)
      await vi.waitFor(async () => expect(await harness.peek(`${pool}.parked`)).toHaveLength(2), soon)
      expect(parked.toSorted()).toEqual(['bad_utf8', 'not_json'])
    })

    test('pitfall D46: a message is acknowledged only when the handler has taken it', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const pool = unique('pool')
      let started = 0
      let finish = (): void => undefined
      const sub = await listenTo(transport, { exchange, pool }, async () => {
        started++
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        throw new Error('the process dies here')
      })
      await notify(transport, exchange, 'e')
      await vi.waitFor(() => expect(started).toBe(1), soon)
      const closing = sub.close()
      finish()
      await closing
      const got: string[] = []
      await listenTo(await openOne(), { exchange, pool }, (n) => void got.push(n.eventType))
      await vi.waitFor(() => expect(got).toEqual(['e']), soon)
    })

    test('a repetition with the same _unique_id is dropped', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const got: string[] = []
      await listenTo(transport, { exchange, pool: unique('pool') }, async (n) => void got.push(n.eventType))
      const outgoing = { exchange, topic: 'notifications', publisherId: 'p', eventType: 'twice', payload: {} }
      const { body } = formatNotification(outgoing, Date.now())
      await harness.publishRaw(exchange, 'notifications.info', body)
      await harness.publishRaw(exchange, 'notifications.info', body)
      await notify(transport, exchange, 'end')
      await vi.waitFor(() => expect(got).toContain('end'), soon)
      expect(got).toEqual(['twice', 'end'])
    })

    test('after close there are no more deliveries; what was under way is finished first', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const pool = unique('pool')
      let started = 0
      let finished = 0
      let release = (): void => undefined
      const gate = new Promise<void>((resolve) => {
        release = resolve
      })
      const sub = await listenTo(transport, { exchange, pool, prefetch: 1 }, async () => {
        started++
        await gate
        finished++
      })
      await notify(transport, exchange, 'one')
      await notify(transport, exchange, 'two')
      await vi.waitFor(() => expect(started).toBe(1), soon)
      const closed = sub.close()
      release()
      await closed
      expect([started, finished]).toEqual([1, 1])
      const rest: string[] = []
      await listenTo(transport, { exchange, pool }, (n) => void rest.push(n.eventType))
      await vi.waitFor(() => expect(rest).toEqual(['two']), soon)
    })
  })

  describe(`${name}: RPC`, () => {
    const serve = async (
      transport: Transport,
      where: { exchange: string; topic: string; server: string },
      endpoint: Record<string, (r: RpcRequest) => unknown>,
      more: { onUnknownCast?: (r: RpcRequest) => void; onParked?: (p: ParkedMessage) => void } = {},
    ) => await transport.serve({ ...where, endpoint, ...more })

    test('a call gets what the method returns', async () => {
      const transport = await setUp()
      const where = { exchange: unique('x'), topic: unique('topic') }
      let seen: RpcRequest | undefined
      await serve(
        transport,
        { ...where, server: 'h1' },
        {
          echo: async (request) => {
            seen = request
            return { got: request.args }
          },
          nothing: () => undefined,
        },
      )
      const client = await openOne()
      const options = { context: { is_admin: true, user_id: null } }
      expect(await client.call({ ...where, version: '1.4' }, 'echo', { a: [1, null, 'x'] }, options)).toEqual({
        got: { a: [1, null, 'x'] },
      })
      expect(seen).toMatchObject({ method: 'echo', version: '1.4', namespace: null, expectsReply: true })
      expect(seen?.context).toEqual({ is_admin: true, user_id: null })
      expect(await client.call(where, 'nothing', {})).toBeNull()
    })

    test('many calls at once each get their own answer', async () => {
      const transport = await setUp()
      const where = { exchange: unique('x'), topic: unique('topic') }
      await serve(transport, { ...where, server: 'h1' }, { twice: (r) => Number(r.args.n) * 2 })
      const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => transport.call(where, 'twice', { n })))
      expect(answers).toEqual(Array.from({ length: 200 }, (_, n) => n * 2))
    })

    test('what a method throws is a RemoteError at the caller', async () => {
      const transport = await setUp()
      const where = { exchange: unique('x'), topic: unique('topic') }
      await serve(
        transport,
        { ...where, server: 'h1' },
        {
          plain: () => {
            throw new TypeError('no such thing')
          },
          typed: async () => {
            throw new RemoteError({
              className: 'AgentNotFoundByTypeHost',
              module: 'neutron_lib.exceptions.agent',
              message: 'Agent not found',
              args: ['L3 agent', 'h'],
            })
          },
        },
      )
      await expect(transport.call(where, 'plain', {})).rejects.toMatchObject({
        name: 'RemoteError',
        className: 'Exception',
        module: 'builtins',
        message: 'no such thing',
        args: ['no such thing'],
      })
      await expect(transport.call(where, 'typed', {})).rejects.toMatchObject({
        className: 'AgentNotFoundByTypeHost',
        module: 'neutron_lib.exceptions.agent',
        args: ['L3 agent', 'h'],
      })
    })

    test('unknown methods and versions are failures by oslo.messaging\u2019s names', async () => {
      const transport = await setUp()
      const where = { exchange: unique('x'), topic: unique('topic') }
      await serve(transport, { ...where, server: 'h1' }, { known: () => 1 })
      for (const method of ['no_such_method', 'constructor', '__proto__', 'toString']) {
        await expect(transport.call(where, method, {})).rejects.toMatchObject({
          className: 'NoSuchMethod',
          message: `Endpoint does not support RPC method ${method}`,
        })
      }
      for (const version of ['2.0', '1.99', 'rubbish']) {
        await expect(transport.call({ ...where, version }, 'known', {})).rejects.toMatchObject({
          className: 'UnsupportedVersion',
          message: `Endpoint does not support RPC version ${version}. Attempted method: known`,
        })
      }
      await expect(transport.call({ ...where, namespace: 'other' }, 'known', {})).rejects.toMatchObject({
        className: 'UnsupportedVersion',
      })
    })

    test('topic.server reaches that server, fanout reaches all', async () => {
      const transport = await setUp()
      const where = { exchange: unique('x'), topic: unique('topic') }
      const got: string[] = []
      for (const server of ['h1', 'h2']) {
        const own = await openOne()
        await serve(own, { ...where, server }, { ping: (r) => void got.push(`${server}:${String(r.args.n)}`) })
      }
      await transport.cast({ ...where, server: 'h2' }, 'ping', { n: 1 })
      await vi.waitFor(() => expect(got).toEqual(['h2:1']), soon)
      await transport.cast({ ...where, fanout: true }, 'ping', { n: 2 })
      await vi.waitFor(() => expect(got.toSorted()).toEqual(['h1:2', 'h2:1', 'h2:2']), soon)
      await transport.cast(where, 'ping', { n: 3 })
      await vi.waitFor(() => expect(got).toHaveLength(4), soon)
    })

    test('a cast whose method throws comes again; a poisonous one is parked', async () => {
      const transport = await setUp()
      const where = { exchange: unique('x'), topic: unique('topic') }
      let tries = 0
      const parked: string[] = []
      const endpoint = {
        sometimes: () => {
          if (tries++ === 0) throw new Error('not yet')
        },
        never: () => {
          throw new PoisonMessageError('bad_args', 'no')
        },
      }
      await serve(transport, { ...where, server: 'h1' }, endpoint, { onParked: (p) => void parked.push(p.reason) })
      await transport.cast({ ...where, server: 'h1' }, 'sometimes', {})
      await transport.cast({ ...where, server: 'h1' }, 'never', {})
      await vi.waitFor(() => expect([tries, parked]).toEqual([2, ['bad_args']]), soon)
      await vi.waitFor(async () => expect(await harness.peek(`${where.topic}.h1.parked`)).toHaveLength(1), soon)
    })

    test('an unknown cast is reported and gone', async () => {
      const transport = await setUp()
      const where = { exchange: unique('x'), topic: unique('topic') }
      const unknown: string[] = []
      let pings = 0
      const endpoint = { ping: () => void pings++ }
      await serve(transport, { ...where, server: 'h1' }, endpoint, {
        onUnknownCast: (r) => void unknown.push(r.method),
      })
      await transport.cast(where, 'ha_stuff', {})
      await transport.cast(where, 'ping', {})
      await vi.waitFor(() => expect([unknown, pings]).toEqual([['ha_stuff'], 1]), soon)
    })

    test('a cast delivered twice is taken once', async () => {
      const transport = await setUp()
      const where = { exchange: unique('x'), topic: unique('topic') }
      let pings = 0
      await serve(transport, { ...where, server: 'h1' }, { ping: () => void pings++, end: () => pings })
      const body = formatRequest({ target: where, method: 'ping', args: {} })
      await harness.publishRaw(where.exchange, where.topic, body)
      await harness.publishRaw(where.exchange, where.topic, body)
      expect(await transport.call(where, 'end', {})).toBe(1)
    })

    test('a call ends: time-out, signal, nobody there', async () => {
      const transport = await setUp()
      const where = { exchange: unique('x'), topic: unique('topic') }
      const releases: (() => void)[] = []
      const hang = (): Promise<void> => new Promise((resolve) => releases.push(resolve))
      await serve(transport, { ...where, server: 'h1' }, { hang })
      const late = transport.call(where, 'hang', {}, { timeoutMs: 150 })
      await expect(late).rejects.toBeInstanceOf(MessagingTimeoutError)
      const reason = new Error('shutting down')
      const abort = new AbortController()
      const aborted = transport.call(where, 'hang', {}, { signal: abort.signal })
      setTimeout(() => abort.abort(reason), 50)
      await expect(aborted).rejects.toBe(reason)
      await expect(transport.call({ ...where, server: 'nobody' }, 'x', {})).rejects.toThrow(/no queue .*nobody/)
      for (const release of releases) release()
    })

    test('a result that is not JSON is a failure, not a lost call', async () => {
      const transport = await setUp()
      const where = { exchange: unique('x'), topic: unique('topic') }
      await serve(transport, { ...where, server: 'h1' }, { big: () => 10n })
      await expect(transport.call(where, 'big', {}, { timeoutMs: 5000 })).rejects.toBeInstanceOf(RemoteError)
    })
  })

  describe(`${name}: connection`, () => {
    test('subscriptions come back after a cut, and the epoch grows', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const states: TransportState[] = []
      transport.onState((state) => states.push(state))
      const got: string[] = []
      await listenTo(transport, { exchange, pool: unique('pool') }, (n) => void got.push(n.eventType))
      const where = { exchange: unique('x'), topic: unique('topic') }
      await transport.serve({ ...where, server: 'h1', endpoint: { echo: (r) => r.args } })
      expect(transport.state).toEqual({ state: 'connected', epoch: 1 })
      harness.cut()
      await vi.waitFor(() => expect(transport.state).toEqual({ state: 'connected', epoch: 2 }), soon)
      expect(states.map((s) => s.state)).toContain('disconnected')
      await notify(transport, exchange, 'after')
      await vi.waitFor(() => expect(got).toEqual(['after']), soon)
      expect(await transport.call({ ...where, fanout: false }, 'echo', { n: 1 })).toEqual({ n: 1 })
    })

    test('what is sent during a short outage arrives once', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const got: string[] = []
      await listenTo(await openOne(), { exchange, pool: unique('pool') }, (n) => void got.push(n.eventType))
      harness.cut()
      const events = Array.from({ length: 20 }, (_, i) => `e${i}`)
      await Promise.all(events.map((event) => notify(transport, exchange, event)))
      await vi.waitFor(() => expect(got.toSorted()).toEqual(events.toSorted()), soon)
    })

    test('a message in the handler when the link is cut is not taken twice', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      let taken = 0
      let release = (): void => undefined
      const gate = new Promise<void>((resolve) => {
        release = resolve
      })
      const got: string[] = []
      await listenTo(transport, { exchange, pool: unique('pool') }, async (n) => {
        if (n.eventType === 'slow') {
          taken++
          await gate
        }
        got.push(n.eventType)
      })
      await notify(transport, exchange, 'slow')
      await vi.waitFor(() => expect(taken).toBe(1), soon)
      harness.cut()
      await vi.waitFor(() => expect(transport.state).toMatchObject({ epoch: 2 }), soon)
      release()
      await notify(transport, exchange, 'end')
      await vi.waitFor(() => expect(got).toContain('end'), soon)
      expect(taken).toBe(1)
    })

    test('a call that waits when the link is cut fails at once', async () => {
      const transport = await setUp()
      const where = { exchange: unique('x'), topic: unique('topic') }
      let started = false
      let release = (): void => undefined
      await transport.serve({
        ...where,
        server: 'h1',
        endpoint: {
          hang: () => {
            started = true
            return new Promise<void>((resolve) => {
              release = resolve
            })
          },
        },
      })
      const call = transport.call(where, 'hang', {}, { timeoutMs: 60_000 })
      const failed = expect(call).rejects.toBeInstanceOf(MessagingUnavailableError)
      await vi.waitFor(() => expect(started).toBe(true), soon)
      harness.cut()
      await failed
      release()
    })

    test('a queue deleted under us is declared again, and the epoch says that something may be missed', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const pool = unique('pool')
      const got: string[] = []
      await listenTo(transport, { exchange, pool }, (n) => void got.push(n.eventType))
      await harness.deleteQueue(pool)
      await vi.waitFor(() => expect(transport.state).toEqual({ state: 'connected', epoch: 2 }), soon)
      await notify(transport, exchange, 'after')
      await vi.waitFor(() => expect(got).toEqual(['after']), soon)
    })

    test('a differing declaration is refused by name, and hurts nobody else', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const pool = unique('pool')
      const got: string[] = []
      const other = unique('pool')
      await listenTo(transport, { exchange, pool: other }, (n) => void got.push(n.eventType))
      const first = await listenTo(transport, { exchange, pool }, () => undefined)
      await first.close()
      const wrong = transport.listen({
        exchange,
        topic: 'notifications',
        pool,
        durable: true,
        handler: () => undefined,
      })
      await expect(wrong).rejects.toBeInstanceOf(BrokerRefusedError)
      await expect(wrong).rejects.toMatchObject({ replyCode: 406, entity: `queue '${pool}'` })
      await expect(wrong).rejects.toThrow(/[Dd]elete/)
      await notify(transport, exchange, 'still')
      await vi.waitFor(() => expect(got).toEqual(['still']), soon)
      expect(transport.state).toEqual({ state: 'connected', epoch: 1 })
    })

    test('close is final and may be repeated', async () => {
      const transport = await setUp()
      const exchange = unique('neutron')
      const states: string[] = []
      transport.onState((state) => states.push(state.state))
      await listenTo(transport, { exchange, pool: unique('pool') }, () => undefined)
      await Promise.all([transport.close(), transport.close()])
      await transport.close()
      expect(transport.state).toEqual({ state: 'closed' })
      expect(states).toEqual(['closed'])
      await expect(notify(transport, exchange, 'x')).rejects.toBeInstanceOf(MessagingUnavailableError)
      await expect(transport.call({ exchange, topic: 't' }, 'x', {})).rejects.toBeInstanceOf(MessagingUnavailableError)
      await expect(listenTo(transport, { exchange, pool: 'p' }, () => undefined)).rejects.toBeInstanceOf(
        MessagingUnavailableError,
      )
      await expect(transport.connect()).rejects.toBeInstanceOf(MessagingUnavailableError)
    })
  })
}
