import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import {
  createRabbitTransport,
  MessagingTimeoutError,
  type Notification,
  RemoteError,
  type RpcRequest,
  type Transport,
} from '../../../src/messaging/index.ts'
import { type PythonPeer, startPython } from '../../support/python-peer.ts'

const missing = inject('osloMissing')
const url = inject('amqpUrl')
const PEER = join(import.meta.dirname, 'peer.py')
const soon = { timeout: 20_000, interval: 10 }

describe.skipIf(missing !== '')(`Python's oslo.messaging${missing && ` (SKIPPED: ${missing})`}`, () => {
  let transport: Transport
  let peers: PythonPeer[] = []
  let names = 0
  const unique = (what: string): string => `${what}-py-${process.pid}-${names++}`
  const start = (...args: string[]): PythonPeer => {
    const peer = startPython(PEER, args)
    peers.push(peer)
    return peer
  }

  beforeEach(async () => {
    transport = createRabbitTransport({ url })
    await transport.connect()
  })
  afterEach(async () => {
    await transport.close()
    await Promise.all(peers.map((peer) => peer.stop()))
    peers = []
  })

  test('its notifier, our listener: messagingv2, and messaging (version 1)', async () => {
    const exchange = unique('neutron')
    const got: Notification[] = []
    const pool = unique('pool')
    await transport.listen({
      exchange,
      topic: 'notifications',
      priorities: ['info', 'error'],
      pool,
      handler: (n) => void got.push(n),
    })
    await start('notify', url, exchange, '5').line((line) => line.sent === 5)
    await vi.waitFor(() => expect(got).toHaveLength(6), soon)
    expect(got[3]).toMatchObject({
      eventType: 'router.update.end',
      publisherId: 'network.peer',
      priority: 'INFO',
      payload: { router: { id: 3, name: 'r\u00e4uter' } },
      context: { project_id: 't3' },
    })
    expect(got[5]).toMatchObject({ eventType: 'router.broken', priority: 'ERROR', payload: null })
    await start('notify_v1', url, exchange).line((line) => line.sent === 1)
    await vi.waitFor(() => expect(got).toHaveLength(7), soon)
    expect(got[6]).toMatchObject({ eventType: 'router.create.end', payload: { n: 1 }, context: { project_id: 'old' } })
  })

  test('our notifier, its listener, in two pools', async () => {
    const exchange = unique('neutron')
    const listeners = [unique('pool'), unique('pool')].map((pool) => start('listen', url, exchange, pool))
    for (const listener of listeners) await listener.line((line) => line.ready === true)
    await transport.notify({
      exchange,
      topic: 'notifications',
      publisherId: 'astara.here',
      eventType: 'astara.command',
      payload: { command: 'poll', text: 'r\u00e4uter' },
      context: { tenant_id: 't', roles: ['admin'] },
    })
    for (const listener of listeners) {
      expect(await listener.line((line) => line.event_type === 'astara.command')).toMatchObject({
        priority: 'info',
        publisher_id: 'astara.here',
        payload: { command: 'poll', text: 'r\u00e4uter' },
        context: { tenant_id: 't', roles: ['admin'] },
        metadata: { message_id: expect.stringMatching(/^[0-9a-f-]{36}$/), timestamp: expect.stringMatching(/^\d{4}-/) },
      })
    }
  })

  test('its client, our server: calls, casts, fanout, failures', async () => {
    const where = { exchange: unique('neutron'), topic: unique('l3_agent') }
    const casts: string[] = []
    const releases: (() => void)[] = []
    const endpointOf = (server: string) => ({
      echo: (r: RpcRequest) => ({ args: r.args, context: r.context, server }),
      nothing: () => undefined,
      double: async (r: RpcRequest) => Number(r.args.n) * 2,
      plain: () => {
        throw new Error('no such router')
      },
      typed: () => {
        throw new RemoteError({ className: 'ValueError', module: 'builtins', message: 'bad', args: ['bad', 7] })
      },
      hang: () => new Promise<void>((resolve) => releases.push(resolve)),
      note: (r: RpcRequest) => void casts.push(`${server}:${String(r.args.n)}`),
    })
    await transport.serve({ ...where, server: 'h1', endpoint: endpointOf('h1') })
    const second = createRabbitTransport({ url })
    await second.serve({ ...where, topic: where.topic, server: 'h2', endpoint: endpointOf('h2') })
    const client = start('client', url, where.exchange, where.topic, 'h2')
    await client.line((line) => line.done === true)
    const outcome = (name: string) => client.lines.find((line) => line.name === name)
    const failed = client.lines.filter((line) => line.error !== undefined).map((line) => line.name)
    expect(failed).toEqual(['plain', 'typed', 'timeout'])
    expect(outcome('echo')?.result).toMatchObject({
      args: { a: [1, null, 'r\u00e4uter'] },
      context: { is_admin: true, user_id: null },
    })
    expect(outcome('server')?.result).toMatchObject({ args: { b: 2 }, server: 'h2' })
    expect(outcome('nothing')).toMatchObject({ result: null })
    expect(outcome('plain')).toMatchObject({ error: expect.stringContaining('Exception') })
    expect(JSON.stringify(outcome('plain'))).toContain('no such router')
    expect(JSON.stringify(outcome('typed'))).toContain('ValueError')
    expect(outcome('unknown')).toMatchObject({ remote: 'NoSuchMethod' })
    expect(outcome('version')).toMatchObject({ remote: 'UnsupportedVersion' })
    expect(outcome('timeout')).toMatchObject({ error: expect.stringContaining('MessagingTimeout') })
    const many = client.lines.filter((line) => line.name === 'many').map((line) => Number(line.result))
    expect(many.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n * 2))
    await vi.waitFor(() => expect(casts).toHaveLength(4), soon)
    expect(casts.filter((cast) => cast.endsWith(':3')).toSorted()).toEqual(['h1:3', 'h2:3'])
    expect(casts).toContain('h2:2')
    for (const release of releases) release()
    await second.close()
  })

  test('our client, its server: result, errors, time-out, casts', async () => {
    const where = { exchange: unique('neutron'), topic: unique('q-l3-plugin'), version: '1.0' }
    const server = start('serve', url, where.exchange, where.topic, 'peer-host')
    await server.line((line) => line.ready === true)
    const context = { is_admin: true, roles: ['admin'] }
    expect(await transport.call(where, 'echo', { a: ['r\u00e4uter', null] }, { context })).toMatchObject({
      args: { a: ['r\u00e4uter', null] },
      context: { is_admin: true, roles: ['admin'] },
    })
    expect(await transport.call({ ...where, server: 'peer-host' }, 'nothing', {})).toBeNull()
    await expect(transport.call(where, 'value_error', {})).rejects.toMatchObject({
      name: 'RemoteError',
      className: 'ValueError',
      module: 'builtins',
      args: ['bad value', 7],
      traceback: expect.arrayContaining([expect.stringContaining('Traceback')]),
    })
    await expect(transport.call(where, 'own_error', {})).rejects.toMatchObject({
      className: 'PeerError',
      message: 'r\u00e4uter',
    })
    await expect(transport.call(where, 'no_such', {})).rejects.toMatchObject({ className: 'NoSuchMethod' })
    await expect(transport.call({ ...where, version: '1.5' }, 'echo', {})).rejects.toMatchObject({
      className: 'UnsupportedVersion',
    })
    const late = transport.call(where, 'slow', { seconds: 1.5 }, { timeoutMs: 300 })
    await expect(late).rejects.toBeInstanceOf(MessagingTimeoutError)
    await transport.cast({ ...where, server: 'peer-host' }, 'note', { n: 1 }, { context })
    await transport.cast({ ...where, fanout: true }, 'note', { n: 2 })
    await server.line((line) => line.note === 1)
    await server.line((line) => line.note === 2)
  })
})
