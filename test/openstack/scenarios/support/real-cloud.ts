import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Space } from '../../../dataplane/system/support/space.ts'
import { until } from '../../../support/program.ts'
import { controlDaemon, type RigFacts, readRigFacts, setTokenLife, startHypervisor } from '../../harness/inside.ts'
import { type Cloud, OUTSIDE } from './cloud.ts'
import { openIngress } from './ingress.ts'
import { openstackClient } from './openstack-client.ts'
import { asAnotherHost, Orchestrator } from './orchestrator.ts'
import { plugMachine } from './real-machine.ts'
import { connect } from './rest.ts'

const PROGRAM = fileURLToPath(new URL('../../../../bin/run.js', import.meta.url))

/** What the rig's hypervisor runs in an instance: the real agent, on the address that the hypervisor gave the first NIC. */
const AGENT = [
  `exec ${process.execPath} ${PROGRAM} appliance serve --supervise --no-identity --listen $MGT_ADDRESS`,
  '--state-dir $INSTANCE_DIR/state --run-dir $INSTANCE_DIR/run --resolv-conf $INSTANCE_DIR/resolv.conf',
].join(' ')

export interface RealCloudOptions {
  /** More of the orchestrator's options, as environment variables. */
  readonly options?: Readonly<Record<string, string>>
  /** What instances run; the real agent when absent. */
  readonly applianceCommand?: string
}

function configuration(rig: RigFacts, database: string): string {
  return `[DEFAULT]
host = ${rig.host}
transport_url = ${rig.transportUrl}
management_network_id = ${rig.managementNetworkId}
management_subnet_id = ${rig.managementSubnetId}
management_prefix = ${rig.managementPrefix}
interface_driver = linuxbridge
metadata_proxy = false
[router]
image_uuid = ${rig.imageId}
instance_flavor = ${rig.flavorId}
[keystone_authtoken]
auth_url = ${rig.authUrl}
username = astara
password = ${rig.password}
project_name = service
user_domain_name = Default
project_domain_name = Default
[database]
connection = sqlite:///${database}
`
}

function killAll(pids: string): void {
  for (const pid of pids.split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // A child that went with its parent.
    }
  }
}

/**
 * The rig, in whose namespaces this process runs, with a hypervisor that makes its instances namespaces and an orchestrator. `stop` leaves the
 * rig itself running.
 */
export async function realCloud(options: RealCloudOptions = {}): Promise<Cloud> {
  const rig = readRigFacts()
  const work = mkdtempSync(join(tmpdir(), 'astara-scenarios-'))
  const root = new Space(null)
  const who = { authUrl: rig.authUrl, password: rig.password }
  const admin = await connect({ ...who, username: 'admin', project: 'admin' })
  const tenant = await connect({ ...who, username: 'demo', project: 'demo' })
  const close = await Promise.all([admin, tenant].map(({ rest, projectId }) => openIngress(rest, projectId)))
  await root.run('ip', 'address', 'replace', `${OUTSIDE}/32`, 'dev', 'lo')

  const hypervisor = startHypervisor({ applianceCommand: options.applianceCommand ?? AGENT })
  const config = join(work, 'orchestrator.ini')
  writeFileSync(config, configuration(rig, join(work, 'astara.sqlite')))
  const orchestrator = new Orchestrator(config, options.options)
  await orchestrator.start()

  return {
    name: 'openstack',
    orchestrator,
    another: (host) => new Orchestrator(config, { ...options.options, ...asAnotherHost(host) }),
    admin: admin.rest,
    tenant: tenant.rest,
    projectId: tenant.projectId,
    externalId: rig.externalNetworkId,
    outside: root,
    machine: (networkId, name) => plugMachine({ admin: admin.rest, host: rig.host, dir: work }, networkId, name),
    async appliance(routerId) {
      const { servers } = await admin.rest('GET', `servers/detail?all_tenants=1&name=${routerId}`)
      if (servers.length !== 1) throw new Error(`${servers.length} instances of ${routerId}`)
      const [{ id }] = servers
      return { serverId: id, space: new Space(`vm-${id}`), runDir: join(rig.folder, 'instances', id, 'run') }
    },
    openstack: (...words) => openstackClient(join(rig.folder, 'clouds.yaml'), 'astara-demo', words),
    async powerOff(serverId) {
      // Nova's fake driver only says so; what runs in the instance must end, too.
      await admin.rest('POST', `servers/${serverId}/action`, { 'os-stop': null })
      await until(
        async () => (await admin.rest('GET', `servers/${serverId}`)).server.status,
        (status) => status === 'SHUTOFF',
        60_000,
      )
      killAll((await root.run('ip', 'netns', 'pids', `vm-${serverId}`)).stdout)
    },
    restartBus: () => controlDaemon('restart', 'rabbitmq'),
    restartNeutron: () => controlDaemon('restart', 'neutron-server'),
    async withoutNova(work) {
      await controlDaemon('stop', 'nova-api')
      try {
        await work()
      } finally {
        await controlDaemon('start', 'nova-api')
      }
    },
    async withShortTokens(work) {
      await setTokenLife(60)
      try {
        await work()
      } finally {
        await setTokenLife()
      }
    },
    async stop() {
      await orchestrator.stop()
      await hypervisor.stop()
      await Promise.all(close.map((one) => one()))
      rmSync(work, { recursive: true, force: true })
    },
  }
}
