import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const SCRIPTS = fileURLToPath(new URL('../rig/', import.meta.url))

/** The daemons of the rig; each one's output is `log/<name>.log`. */
export type Daemon =
  | 'mariadb'
  | 'rabbitmq'
  | 'keystone'
  | 'placement'
  | 'glance-api'
  | 'neutron-server'
  | 'nova-api'
  | 'nova-conductor'
  | 'nova-scheduler'
  | 'nova-compute'
  | 'neutron-linuxbridge-agent'

/** What a test inside the rig needs to know of it. */
export interface RigFacts {
  /** The rig's folder: `etc/`, `log/`, `clouds.yaml` (astara-test: admin; astara-service; astara-demo). */
  readonly folder: string
  /** Of Keystone, with `/v3`. */
  readonly authUrl: string
  /** As the catalog has them: Neutron and Glance without a version, Nova with `/v2.1`. */
  readonly endpoints: { readonly neutron: string; readonly nova: string; readonly glance: string }
  /** `rabbit://…`, as `transport_url` says it. */
  readonly transportUrl: string
  /** Of every user: admin (project admin), astara, nova, neutron (project service), demo (project demo). */
  readonly password: string
  /** `host` of the L2 agent and of nova-compute: where ports bind. */
  readonly host: string
  readonly managementNetworkId: string
  readonly managementSubnetId: string
  readonly managementPrefix: string
  readonly externalNetworkId: string
  readonly externalSubnetId: string
  /** Here, in the root namespace of the rig, 172.24.4.1 is the outside world. */
  readonly externalDevice: string
  readonly imageId: string
  readonly flavorId: string
}

/** The rig in which this process runs. Throws outside of one. */
export function readRigFacts(): RigFacts {
  const folder = process.env.ASTARA_RIG
  if (!folder) throw new Error('this runs inside the rig only: npm run test:openstack, or npm run rig -- enter')
  const lines = readFileSync(join(folder, 'ids.env'), 'utf8').trim().split('\n')
  const ids = new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  const id = (name: string): string => {
    const value = ids.get(name)
    if (value === undefined) throw new Error(`ids.env of the rig has no ${name}`)
    return value
  }
  return {
    folder,
    authUrl: 'http://127.0.0.1:35357/v3',
    endpoints: {
      neutron: 'http://127.0.0.1:9696',
      nova: 'http://127.0.0.1:8774/v2.1',
      glance: 'http://127.0.0.1:9292',
    },
    transportUrl: id('AMQP_URL').replace(/^amqp:/, 'rabbit:'),
    password: 'secret',
    host: id('OS_HOST'),
    managementNetworkId: id('MGT_NETWORK_ID'),
    managementSubnetId: id('MGT_SUBNET_ID'),
    managementPrefix: id('MGT_PREFIX'),
    externalNetworkId: id('EXT_NETWORK_ID'),
    externalSubnetId: id('EXT_SUBNET_ID'),
    externalDevice: id('EXT_DEV'),
    imageId: id('IMAGE_ID'),
    flavorId: id('FLAVOR_ID'),
  }
}

/** Stops (SIGTERM), kills or starts daemons of the rig; `start` and `restart` return when they answer. */
export async function controlDaemon(act: 'start' | 'stop' | 'kill' | 'restart', ...names: readonly Daemon[]) {
  await promisify(execFile)(join(SCRIPTS, 'daemon'), [act, ...names], { timeout: 240_000 })
}

/** Makes Keystone's tokens live so long from now on; without a number, for a day. Restarts Keystone. */
export async function setTokenLife(seconds = 86_400): Promise<void> {
  const file = join(readRigFacts().folder, 'etc', 'keystone.conf')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^expiration = \d+$/m, `expiration = ${seconds}`))
  await controlDaemon('restart', 'keystone')
}

export interface Hypervisor {
  /** Destroys all of its machines, and waits for that. */
  stop(): Promise<void>
}

export interface HypervisorOptions {
  /** Run by `sh -c` in the namespace of every instance whose name starts with the prefix; see ../rig/hypervisor for its variables. */
  readonly applianceCommand?: string
  /** Default `ak-`. Names with `tenant-` are always plugged, and run nothing. */
  readonly prefix?: string
}

/**
 * Makes Nova's instances namespaces `vm-<instance id>` on their real ports. One at a time; started anew it makes all machines anew.
 * Its output is `log/hypervisor.log`, that of an instance's command `log/instances/<id>.log`.
 */
export function startHypervisor(options: HypervisorOptions = {}): Hypervisor {
  const { folder } = readRigFacts()
  mkdirSync(join(folder, 'log'), { recursive: true })
  const log = openSync(join(folder, 'log', 'hypervisor.log'), 'a')
  const child: ChildProcess = spawn(join(SCRIPTS, 'hypervisor'), ['--prefix', options.prefix ?? 'ak-'], {
    env: { ...process.env, ...(options.applianceCommand ? { APPLIANCE_CMD: options.applianceCommand } : {}) },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  return {
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}
