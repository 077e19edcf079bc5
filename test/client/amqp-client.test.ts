import { afterEach, describe, expect, it } from 'vitest'
import { createAmqpClient, type OrchestratorClient, type StreamItem } from '../../src/client/index.ts'
import { createMemoryTransport, MemoryBroker, type Notification, type Transport } from '../../src/messaging/index.ts'
import { createApi, QUESTIONS_TOPIC, questionEndpoint } from '../../src/orchestrator/api/index.ts'
import { commandToEvents } from '../../src/orchestrator/events/index.ts'
import { type AstaraError, silentLogger, systemClock } from '../../src/shared/index.ts'
import { depsOf } from '../orchestrator/api/http.ts'
import { MemoryOrchestrator, numberedId, sampleResource } from '../orchestrator/api/memory-port.ts'
import { ManualClock, settle } from '../support/manual-clock.ts'

const ID = '5f3c9d10-aaaa-4bbb-8ccc-0123456789ab'
const TENANT = '11111111-1111-4111-8111-111111111111'
const IMAGE = '33333333-3333-4333-8333-333333333333'
const open: Transport[] = []
afterEach(async () => {
  for (const transport of open.splice(0)) await transport.close()
})

/** A client and what an orchestrator on the same bus hears of it. */
async function onBus(
  options: { readonly user?: string } = {},
): Promise<{ client: OrchestratorClient; heard: Notification[]; broker: MemoryBroker }> {
  const broker = new MemoryBroker({ clock: systemClock })
  const heard: Notification[] = []
  const listener = createMemoryTransport({ broker })
  const transport = createMemoryTransport({ broker })
  open.push(listener, transport)
  await listener.listen({
    exchange: 'neutron',
    topic: 'notifications',
    pool: 'astara.notifications.host1',
    handler: (notification) => void heard.push(notification),
  })
  const client = createAmqpClient({
    transport,
    exchange: 'neutron',
    topic: 'notifications',
    attempts: 1,
    publisherId: 'astara-ctl.here',
    timeoutMs: 5_000,
    clock: systemClock,
    target: 'memory',
    ...options,
  })
  return { client, heard, broker }
}

describe('commands over AMQP', () => {
  it.each<[string, (client: OrchestratorClient) => Promise<unknown>, object, object]>([
    ['poll', (c) => c.poll(), { command: 'poll' }, { action: 'poll', resourceId: '*' }],
    ['workers', (c) => c.workers(), { command: 'workers-debug' }, { kind: 'command', command: 'workers-debug' }],
    [
      'update of a router whose tenant is known',
      (c) => c.act(ID, { action: 'update', tenantId: TENANT, reason: 'why' }),
      { command: 'router-update', router_id: ID, tenant_id: TENANT, reason: 'why' },
      { driver: 'router', action: 'update', resourceId: ID, tenantId: TENANT, reason: 'why', force: true },
    ],
    [
      'rebuild of a router whose tenant is known, with an image',
      (c) => c.act(ID, { action: 'rebuild', tenantId: TENANT, imageUuid: IMAGE }),
      { command: 'router-rebuild', router_id: ID, tenant_id: TENANT, router_image_uuid: IMAGE },
      { driver: 'router', action: 'rebuild', resourceId: ID, imageUuid: IMAGE },
    ],
    [
      'rebuild of a resource whose tenant is not known',
      (c) => c.act(ID, { action: 'rebuild', imageUuid: IMAGE }),
      { command: 'resource-rebuild', resource_id: ID, tenant_id: '*', resource_image_uuid: IMAGE },
      { driver: null, action: 'rebuild', resourceId: ID, tenantId: '*', imageUuid: IMAGE },
    ],
    [
      'debug',
      (c) => c.act(ID, { action: 'debug', reason: 'looking' }),
      { command: 'resource-debug', resource_id: ID, tenant_id: '*', reason: 'looking' },
      { kind: 'command', command: 'resource-debug', resourceId: ID, reason: 'looking' },
    ],
    [
      'manage',
      (c) => c.act(ID, { action: 'manage', tenantId: TENANT }),
      { command: 'router-manage', router_id: ID, tenant_id: TENANT },
      { kind: 'command', command: 'resource-manage', resourceId: ID },
    ],
    [
      'rebuild of all routers in error',
      (c) => c.actOnMany('error', { action: 'rebuild', driver: 'router', imageUuid: IMAGE, reason: 'why' }),
      { command: 'router-rebuild', router_id: 'error', tenant_id: 'error', router_image_uuid: IMAGE, reason: 'why' },
      { driver: 'router', action: 'rebuild', resourceId: 'error', tenantId: '*' },
    ],
    [
      'update of all resources',
      (c) => c.actOnMany('*', { action: 'update', driver: null }),
      { command: 'resource-update', resource_id: '*', tenant_id: '*' },
      { driver: null, action: 'update', resourceId: '*', tenantId: '*' },
    ],
  ])("%s: the original's notification, understood by an orchestrator", async (_what, send, payload, event) => {
    const { client, heard } = await onBus()
    await send(client)
    await expect.poll(() => heard.length).toBe(1)
    expect(heard[0]).toMatchObject({
      eventType: 'astara.command',
      publisherId: 'astara-ctl.here',
      priority: 'INFO',
    })
    expect(heard[0]?.payload).toEqual(payload)
    expect(commandToEvents(heard[0]?.payload).events).toMatchObject([event])
  })

  it('say honestly what came back: nothing', async () => {
    const { client } = await onBus()
    expect(await client.act(ID, { action: 'update' })).toEqual({ accepted: true, resource: null })
    expect(await client.poll()).toEqual({ accepted: true, resources: null })
    expect(await client.workers()).toBeNull()
  })

  it('an original answers no questions: that is said, and how to ask instead', async () => {
    const { client, heard } = await onBus()
    for (const ask of [() => client.list(), () => client.get(ID), () => client.timeline(ID), () => client.debug()]) {
      await expect(ask()).rejects.toMatchObject({
        code: 'unreachable',
        exit: 5,
        suggestions: expect.arrayContaining([expect.stringContaining('answer no questions')]),
      })
    }
    expect(heard).toEqual([])
  })

  it('cannot poll just one', async () => {
    const { client, heard } = await onBus()
    await expect(client.act(ID, { action: 'poll' })).rejects.toMatchObject({ code: 'not_implemented', exit: 2 })
    expect(heard).toEqual([])
  })

  it.each<[string, (c: OrchestratorClient) => Promise<unknown>, object]>([
    ['resource', (c) => c.setDebug({ scope: 'resource', id: ID }, { enabled: true, reason: 'r' }), { resource_id: ID }],
    ['tenant', (c) => c.setDebug({ scope: 'tenant', id: TENANT }, { enabled: false }), { command: 'tenant-manage' }],
    ['global', (c) => c.setDebug({ scope: 'global' }, { enabled: true }), { command: 'global-debug', enabled: 1 }],
    ['reload', (c) => c.reloadConfig(), { command: 'config-reload' }],
  ])('debug modes and reload go out as the original writes them: %s', async (_what, send, payload) => {
    const { client, heard } = await onBus()
    expect(await send(client)).toBeNull()
    await expect.poll(() => heard.length).toBe(1)
    expect(heard[0]?.payload).toMatchObject(payload)
    expect(commandToEvents(heard[0]?.payload).events).toHaveLength(1)
  })

  it('says who sends when it is told, and orchestrators hear it', async () => {
    const { client, heard } = await onBus({ user: 'alice' })
    await client.act(ID, { action: 'update', tenantId: TENANT })
    await expect.poll(() => heard.length).toBe(1)
    expect(commandToEvents(heard[0]?.payload).events).toMatchObject([{ by: 'alice' }])
  })
})

describe('questions over AMQP', () => {
  async function answering(port: MemoryOrchestrator): Promise<{ client: OrchestratorClient; heard: Notification[] }> {
    const bus = await onBus()
    const server = createMemoryTransport({ broker: bus.broker })
    open.push(server)
    const api = createApi(depsOf(port), { listen: '127.0.0.1', port: 0 })
    await server.serve({
      exchange: 'openstack',
      topic: QUESTIONS_TOPIC,
      server: 'host1',
      endpoint: questionEndpoint({ port, hub: api.stream, version: '1.2.3', logger: silentLogger }),
    })
    return bus
  }

  it('get the same answers as over HTTP, page by page', async () => {
    const port = new MemoryOrchestrator(Array.from({ length: 1_234 }, (_, i) => sampleResource(i + 1)))
    const { client, heard } = await answering(port)
    const { resources, revision } = await client.list({ driver: 'router' })
    expect(resources.map((one) => one.id)).toEqual(Array.from({ length: 1_234 }, (_, i) => numberedId(i + 1)))
    expect(revision).toBe(7)
    expect((await client.list({ idPrefix: numberedId(7) })).resources).toHaveLength(1)
    expect(await client.get(numberedId(3))).toEqual(port.table.get(numberedId(3)))
    expect(await client.info()).toMatchObject({ host: 'host1', version: '1.2.3', ready: true })
    expect(await client.timeline(numberedId(3))).toEqual({ resource_id: numberedId(3), entries: [] })
    expect(await client.config(numberedId(3))).toMatchObject({ fingerprint: 'f00d' })
    expect((await client.tenants()).tenants).toMatchObject([{ id: TENANT, resources: 1_234 }])
    expect(await client.tenant(TENANT)).toMatchObject({ states: { configured: 1_234 } })
    expect(await client.debug()).toEqual({ global: null, tenants: [], resources: [] })
    expect((await client.workers())?.workers).toHaveLength(1)
    expect(heard).toEqual([])
  })

  it('are refused as over HTTP', async () => {
    const { client } = await answering(new MemoryOrchestrator())
    await expect(client.get(ID)).rejects.toMatchObject({ code: 'not_found', exit: 3 })
    await expect(client.get('nonsense')).rejects.toMatchObject({ code: 'bad_request' })
  })

  it('the stream: what changes after it begins, then on from there', async () => {
    const port = new MemoryOrchestrator([sampleResource(1), sampleResource(2)])
    const { client } = await answering(port)
    const stop = new AbortController()
    const seen: StreamItem[] = []
    const reading = (async () => {
      for await (const item of client.stream({}, { signal: stop.signal })) seen.push(item)
    })().catch((error: unknown) => error)
    await expect
      .poll(() => {
        port.put(sampleResource(1, { name: 'new' }))
        return seen.length
      }, POLL)
      .toBeGreaterThan(0)
    expect(seen[0]?.event).toMatchObject({ type: 'resource', resource: { name: 'new' } })
    stop.abort()
    expect(await reading).toMatchObject({ code: 'interrupted' })
    port.drop(numberedId(2))
    const last = seen.at(-1)?.id ?? ''
    for await (const { event } of client.stream({ types: ['removed'] }, { lastEventId: last })) {
      expect(event).toMatchObject({ type: 'removed', id: numberedId(2) })
      break
    }
  })
})

const POLL = { timeout: 10_000, interval: 50 }

/** A bus that never answers: only what the client touches of a transport. */
function deafTransport(): { transport: Transport; drop: (reason: string) => void } {
  const listeners = new Set<Parameters<Transport['onState']>[0]>()
  let state: Transport['state'] = { state: 'connecting' }
  const never = (signal?: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => {
      if (signal?.aborted) reject(signal.reason)
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  const unused = (): never => {
    throw new Error('not used here')
  }
  return {
    transport: {
      kind: 'rabbit',
      get state() {
        return state
      },
      onState(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      connect: never,
      notify: (_notification, signal) => never(signal),
      listen: unused,
      serve: unused,
      call: unused,
      cast: unused,
      close: async () => {},
    },
    drop(reason) {
      state = { state: 'disconnected', reason, retryInMs: 1_000 }
      for (const listener of listeners) listener(state)
    },
  }
}

describe('when the bus does not answer', () => {
  const start = (attempts: number) => {
    const clock = new ManualClock()
    const { transport, drop } = deafTransport()
    const client = createAmqpClient({
      transport,
      exchange: 'neutron',
      topic: 'notifications',
      attempts,
      publisherId: 'x',
      timeoutMs: 5_000,
      clock,
      target: 'h1:5672',
    })
    return { client, clock, drop }
  }
  const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => null,
      (error: unknown) => error,
    )

  it('gives up once every broker was tried, with the reason', async () => {
    const { client, drop } = start(2)
    let error: unknown = 'still trying'
    const done = errorOf(client.poll()).then((e) => {
      error = e
    })
    await settle()
    drop('h1:5672: connection refused')
    await settle()
    expect(error).toBe('still trying')
    drop('h2:5672: ACCESS_REFUSED')
    await done
    expect(error).toMatchObject({ code: 'unreachable', exit: 5 })
    expect((error as AstaraError).message).toBe('no broker answers at h1:5672: h2:5672: ACCESS_REFUSED')
  })

  it('gives up after its time', async () => {
    const { client, clock } = start(1)
    const error = errorOf(client.poll())
    await clock.advance(5_000)
    expect(await error).toMatchObject({ code: 'unreachable', message: 'no broker answers at h1:5672' })
    expect(clock.pending).toBe(0)
  })

  it('ends with the caller', async () => {
    const { client } = start(1)
    expect(await errorOf(client.poll({ signal: AbortSignal.abort() }))).toMatchObject({
      code: 'interrupted',
      exit: 130,
    })
  })
})
