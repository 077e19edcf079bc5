import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type HostView, hostControl } from '../../../../src/embedded/index.ts'
import { Space } from '../../../dataplane/system/support/space.ts'
import { field, startProgram, until } from '../../../support/program.ts'
import { createBroker } from '../../../support/rabbitmq.ts'
import type { Cloud, Machine } from './cloud.ts'
import { openstackClient } from './openstack-client.ts'
import { asAnotherHost, Orchestrator } from './orchestrator.ts'
import { connect } from './rest.ts'
import type { Body } from './rest-error.ts'

/** How long Neutron is away when it is restarted: about what the real one takes. */
const RESTART_MS = 8_000
const TOKEN_LIFETIME_MS = 60_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * The embedded cloud with real packets and as stock Neutron behaves, a process of its own, on a RabbitMQ of its own, and an orchestrator in a
 * third process.
 */
export async function embeddedCloud(): Promise<Cloud> {
  const work = mkdtempSync(join(tmpdir(), 'astara-scenarios-'))
  const broker = await createBroker()
  await broker.start()
  const cloudsYaml = join(work, 'clouds.yaml')
  const config = join(work, 'orchestrator.ini')
  const program = startProgram([
    ...['embedded', '--port', '0', '--dataplane', 'netns', '--transport-url', broker.url, '--no-router-status'],
    ...['--routers', '0', '--tenants', '1', '--clouds-yaml', cloudsYaml, '--orchestrator-ini', config],
    ...(process.env.ASTARA_SCENARIO_SCHEDULING === 'no' ? [] : ['--neutron-scheduling']),
  ])
  await program.line(/The embedded cloud is ready/, 60_000)
  const keystone = field(program.output(), 'Keystone')
  const pid = program.child.pid ?? 0
  const { clouds } = parse(readFileSync(cloudsYaml, 'utf8'))
  const user = (name: string) => {
    const { auth } = clouds[name]
    return { authUrl: auth.auth_url, username: auth.username, password: auth.password, project: auth.project_name }
  }
  const admin = await connect(user('astara-embedded'))
  const tenant = await connect(user('tenant-1'))
  const control = hostControl(keystone, new AbortController().signal)
  const [external] = (await admin.rest('GET', 'v2.0/networks?router:external=true')).networks
  const outside = new Space((await control.list()).internet.namespace)
  const orchestrator = new Orchestrator(config)
  await orchestrator.start()

  const faults = async (apis: readonly Body[]): Promise<void> => {
    await fetch(`${keystone}/_embedded/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ apis }),
    })
  }
  const away = async (service: 'neutron' | 'nova', work: () => Promise<void>): Promise<void> => {
    await faults([{ service, mode: 'drop' }])
    try {
      await work()
    } finally {
      await faults([])
    }
  }
  const revoke = (): Promise<unknown> =>
    fetch(`${keystone}/_embedded/tokens/revoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }).catch(() => undefined)

  const view = async (name: string): Promise<HostView | undefined> =>
    (await control.list()).hosts.find((host) => host.name === name)

  return {
    name: 'embedded',
    orchestrator,
    another: (host) => new Orchestrator(config, asAnotherHost(host)),
    admin: admin.rest,
    tenant: tenant.rest,
    projectId: tenant.projectId,
    externalId: external.id,
    outside,
    async machine(networkId, name): Promise<Machine> {
      const made = await control.add(networkId, name)
      const space = new Space(made.namespace)
      return {
        name,
        space,
        portId: made.port_id,
        mac: made.mac_address,
        addresses: made.addresses,
        lease: async () => (await view(name))?.lease ?? null,
        async remove() {
          space.close()
          await control.remove(name)
        },
      }
    },
    async appliance(routerId) {
      const found = (await control.list()).instances.filter((one) => one.name.includes(routerId))
      const [one] = found
      if (!one || found.length > 1) throw new Error(`${found.length} instances of ${routerId}`)
      const folder = `/run/astara-dataplane/${pid}/vm-${one.id.slice(0, 8)}`
      return { serverId: one.id, space: new Space(one.namespace), runDir: join(folder, 'run') }
    },
    openstack: (...words) => openstackClient(cloudsYaml, 'tenant-1', words),
    async powerOff(serverId) {
      await admin.rest('POST', `servers/${serverId}/action`, { 'os-stop': null })
      await until(
        async () => (await admin.rest('GET', `servers/${serverId}`)).server.status,
        (status) => status === 'SHUTOFF',
        60_000,
      )
    },
    async restartBus() {
      await broker.stop()
      await broker.start()
    },
    restartNeutron: () => away('neutron', () => pause(RESTART_MS)),
    withoutNova: (something) => away('nova', something),
    async withShortTokens(something) {
      await revoke()
      const timer = setInterval(() => void revoke(), TOKEN_LIFETIME_MS)
      try {
        await something()
      } finally {
        clearInterval(timer)
      }
    },
    async stop() {
      await orchestrator.stop()
      program.child.kill('SIGINT')
      await program.ended
      await broker.dispose()
      rmSync(work, { recursive: true, force: true })
    },
  }
}
