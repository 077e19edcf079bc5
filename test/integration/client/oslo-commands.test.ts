import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { connectAmqp, createHttpClient, type OrchestratorClient } from '../../../src/client/index.ts'
import { type Config, type ConfigOverrides, loadConfig } from '../../../src/config/index.ts'
import { type EmbeddedCloud, startEmbeddedCloud } from '../../../src/embedded/index.ts'
import { createRabbitTransport, type Transport } from '../../../src/messaging/index.ts'
import { type Daemon, forkedWorkers, startDaemon } from '../../../src/orchestrator/index.ts'
import { silentLogger, systemClock } from '../../../src/shared/index.ts'
import { SYSTEM_PYTHON } from '../../support/peers.ts'
import { startPython } from '../../support/python-peer.ts'

const missing = inject('osloMissing')
const url = inject('amqpUrl')
const PROGRAM = join(import.meta.dirname, 'commands.py')
const soon = { timeout: 30_000, interval: 50 }

/** The original's `astara-ctl`, which says each command over Python's oslo.messaging. */
function startOriginalCtl(exchange: string) {
  const child = spawn(SYSTEM_PYTHON, ['-W', 'ignore', PROGRAM, 'ctl', url, exchange], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const waiting: (() => void)[] = []
  lines.on('line', () => waiting.shift()?.())
  const said = (): Promise<void> => new Promise((resolve) => waiting.push(resolve))
  const ready = said()
  return {
    async send(payload: Readonly<Record<string, unknown>>): Promise<void> {
      await ready
      const done = said()
      child.stdin.write(`${JSON.stringify(payload)}\n`)
      await done
    },
    async stop(): Promise<void> {
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.stdin.end()
      await ended
    },
  }
}

describe.skipIf(missing !== '')(
  `commands between ours and the original's${missing && ` (SKIPPED: ${missing})`}`,
  () => {
    const exchange = `neutron-ctl-${process.pid}`
    const control = `openstack-ctl-${process.pid}`
    const undo: (() => Promise<unknown>)[] = []
    afterAll(async () => {
      for (const step of undo.splice(0).reverse()) await step()
    })
    const amqpClient = async (): Promise<OrchestratorClient> => {
      const client = await connectAmqp({
        transportUrl: url,
        exchange,
        controlExchange: control,
        topic: 'notifications',
        timeoutMs: 10_000,
        clock: systemClock,
      })
      undo.push(() => client.close())
      return client
    }

    test('our command line drives an original orchestrator: it hears what its own command line would say', async () => {
      const original = startPython(PROGRAM, ['orchestrator', url, exchange])
      undo.push(() => original.stop())
      await original.line((line) => line.ready === true)
      const client = await amqpClient()
      const [id, tenantId] = ['5f3c9d10-aaaa-4bbb-8ccc-0123456789ab', '11111111-1111-4111-8111-111111111111']
      await client.poll()
      await client.act(id, { action: 'rebuild', tenantId, imageUuid: tenantId, reason: 'räson' })
      await client.act(id, { action: 'debug', reason: 'look' })
      await client.setDebug({ scope: 'tenant', id: tenantId }, { enabled: true, reason: 'audit' })
      await client.setDebug({ scope: 'global' }, { enabled: false })
      await client.reloadConfig()
      const wanted = [
        { command: 'poll' },
        { command: 'router-rebuild', router_id: id, tenant_id: tenantId, router_image_uuid: tenantId, reason: 'räson' },
        { command: 'resource-debug', resource_id: id, tenant_id: '*', reason: 'look' },
        { command: 'tenant-debug', tenant_id: tenantId, reason: 'audit' },
        { command: 'global-debug', enabled: 0 },
        { command: 'config-reload' },
      ]
      for (const payload of wanted) {
        const heard = await original.line(
          (line) => (line.payload as { command?: string } | undefined)?.command === payload.command,
        )
        expect(heard).toMatchObject({ event_type: 'astara.command', payload })
      }
    })

    describe("our orchestrator, driven by the original's command line", () => {
      let cloud: EmbeddedCloud
      let daemon: Daemon
      let http: OrchestratorClient
      let original: ReturnType<typeof startOriginalCtl>
      let config: Config
      let reread: ConfigOverrides = {}

      beforeAll(async () => {
        const connect = async (): Promise<Transport> => {
          const transport = createRabbitTransport({ url })
          undo.push(() => transport.close())
          await transport.connect()
          return transport
        }
        const { createMemoryTransport, MemoryBroker } = await import('../../../src/messaging/index.ts')
        const inside = createMemoryTransport({ broker: new MemoryBroker({ clock: systemClock }) })
        cloud = await startEmbeddedCloud({
          routers: 2,
          tenants: 2,
          bootTimeMs: 50,
          transport: inside,
          logger: silentLogger,
        })
        undo.push(() => cloud.stop())
        const read = async (): Promise<Config> => {
          const overrides: ConfigOverrides = {
            ...cloud.configOverrides,
            DEFAULT: {
              ...cloud.configOverrides.DEFAULT,
              neutron_control_exchange: exchange,
              control_exchange: control,
              num_worker_processes: 1,
              api_port: 0,
              metadata_proxy: false,
              ...reread.DEFAULT,
            },
            database: { connection: 'sqlite://' },
          }
          return (await loadConfig({ files: [], env: {}, overrides })).config
        }
        config = await read()
        daemon = await startDaemon({
          config,
          transport: await connect(),
          workers: forkedWorkers({ output: { write: () => true } }),
          logger: silentLogger,
          version: '0',
          readConfig: read,
        })
        undo.push(() => daemon.stop())
        http = createHttpClient({
          url: daemon.apiUrl,
          timeoutMs: 10_000,
          clock: systemClock,
          userAgent: 'test',
          user: 'alice',
        })
        undo.push(() => http.close())
        original = startOriginalCtl(exchange)
        undo.push(() => original.stop())
        await vi.waitFor(
          async () => expect((await http.list({ instanceState: 'configured' })).resources).toHaveLength(2),
          { timeout: 60_000, interval: 100 },
        )
      })

      const first = async () => {
        const [resource] = (await http.list()).resources
        if (!resource) throw new Error('no resource')
        return resource
      }
      const pushes = async (id: string): Promise<number> =>
        (await http.timeline(id)).entries.filter((entry) => entry.type === 'config').length

      test('router-update pushes again, router-debug holds back, router-manage goes on', async () => {
        const { id, tenant_id: tenantId } = await first()
        const before = await pushes(id)
        await original.send({ command: 'router-update', router_id: id, tenant_id: tenantId, reason: 'again' })
        await expect.poll(() => pushes(id), soon).toBe(before + 1)
        await original.send({ command: 'router-debug', router_id: id, reason: 'looking' })
        await expect
          .poll(async () => (await http.get(id)).debug, soon)
          .toMatchObject({ scope: 'resource', reason: 'looking' })
        await original.send({ command: 'router-rebuild', router_id: id, tenant_id: tenantId })
        await expect
          .poll(
            async () => (await http.timeline(id)).entries.some((one) => one.type === 'event' && !one.accepted),
            soon,
          )
          .toBe(true)
        await expect(http.act(id, { action: 'rebuild' })).rejects.toMatchObject({ code: 'refused' })
        expect((await http.get(id)).instance_state).toBe('configured')
        await original.send({ command: 'router-manage', router_id: id })
        await expect.poll(async () => (await http.get(id)).debug, soon).toBeNull()
      })

      test('tenant and global debug modes, and an end to all of them', async () => {
        const { id, tenant_id: tenantId } = await first()
        await original.send({ command: 'tenant-debug', tenant_id: tenantId.replaceAll('-', ''), reason: 'theirs' })
        await expect.poll(async () => (await http.get(id)).debug?.scope, soon).toBe('tenant')
        await original.send({ command: 'global-debug', enabled: 1, reason: 'all' })
        await expect.poll(async () => (await http.debug()).global?.reason, soon).toBe('all')
        expect((await http.get(id)).debug?.scope).toBe('tenant')
        await original.send({ command: 'tenant-manage', tenant_id: tenantId })
        await expect.poll(async () => (await http.get(id)).debug?.scope, soon).toBe('global')
        await original.send({ command: 'global-debug', enabled: 0 })
        await expect.poll(async () => (await http.get(id)).debug, soon).toBeNull()
      })

      test('pitfall D28: config-reload takes the new values over in the workers', async () => {
        reread = { DEFAULT: { health_check_period: 1, api_port: 4711 } }
        const { id } = await first()
        await original.send({ command: 'config-reload' })
        const looks = async (): Promise<number> =>
          (await http.timeline(id)).entries.reduce(
            (sum, one) => (one.type === 'unchanged' && one.cause === 'health' ? sum + one.count : sum),
            0,
          )
        await original.send({ command: 'poll' })
        const before = await looks()
        await expect.poll(looks, soon).toBeGreaterThan(before + 2)
        expect(await http.reloadConfig()).toEqual({
          accepted: true,
          changed: [],
          restart_needed: ['[DEFAULT] api_port'],
        })
      })

      test('questions over AMQP get the answers of the HTTP API, and the stream goes on over it', async () => {
        const amqp = await amqpClient()
        const { id } = await first()
        expect((await amqp.list()).resources.map((one) => one.id)).toEqual(
          (await http.list()).resources.map((one) => one.id),
        )
        expect(await amqp.config(id)).toEqual(await http.config(id))
        expect((await amqp.workers())?.workers).toHaveLength(1)
        expect(await amqp.info()).toMatchObject({ ready: true })
        const abort = new AbortController()
        const opened = Promise.withResolvers<void>()
        const heard = (async () => {
          const options = { signal: abort.signal, onId: () => opened.resolve() }
          for await (const { event } of amqp.stream({ types: ['resource'], id }, options)) {
            if (event.type === 'resource') return event.resource.id
          }
          return null
        })()
        await opened.promise
        await amqp.act(id, { action: 'update', reason: 'from afar' })
        expect(await heard).toBe(id)
        await expect
          .poll(async () => (await http.timeline(id)).entries.filter((one) => one.type === 'command').at(-1), soon)
          .toMatchObject({ action: 'update', reason: 'from afar', by: expect.any(String) })
      })
    })
  },
)
