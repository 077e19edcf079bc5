import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { AstaraError, type Logger, messageOf } from '../../shared/index.ts'
import type { Identity } from '../identity/identity.ts'
import type { Ids } from '../ids.ts'
import type { Network, Port } from '../network/model.ts'
import type { Net } from '../network/net.ts'
import { viewPort } from '../network/port-view.ts'
import { createPort, deletePort, setPortStatus } from '../network/ports.ts'
import { bringUp, hasDhcp, leaseOf, ownResolvConf } from './guest-nic.ts'
import type { Lease } from './lease.ts'
import { HOST_NAME, spaceName } from './names.ts'
import { ip } from './run.ts'
import { removeSpace } from './sweep.ts'
import type { Switch } from './switch.ts'

/** A machine of a tenant, to be entered with `ip netns exec`. */
export interface TestHost {
  readonly name: string
  readonly space: string
  readonly networkId: string
  readonly portId: string
  /** What the metadata service knows it by. */
  readonly instanceId: string
  readonly projectId: string
  readonly macAddress: string
  /** What Neutron gave the port. */
  readonly addresses: readonly string[]
  /** False where there is nobody to ask, and the addresses are set by hand as a config drive would. */
  readonly usesDhcp: boolean
  readonly dir: string
}

export interface TestHostsDeps {
  readonly pid: number
  readonly dir: string
  readonly net: Net
  readonly fabric: Switch
  readonly identity: Identity
  readonly ids: Ids
  readonly logger: Logger
}

/** Machines on tenants' networks, as small as they can be: a namespace, a port, a DHCP client. */
export class TestHosts {
  readonly #deps: TestHostsDeps
  readonly #hosts = new Map<string, TestHost>()
  #count = 0

  constructor(deps: TestHostsDeps) {
    this.#deps = deps
  }

  list(): readonly TestHost[] {
    return [...this.#hosts.values()]
  }

  /** Throws AstaraError `not_found`. */
  get(name: string): TestHost {
    const host = this.#hosts.get(name)
    if (!host) throw new AstaraError('not_found', `there is no host ${name}`)
    return host
  }

  byInstance(id: string): TestHost | null {
    return this.list().find((host) => host.instanceId === id) ?? null
  }

  lease(host: TestHost): Lease | null {
    return leaseOf(host.dir, 'eth0')
  }

  /**
   * Makes a port on a network (by id or name) and a machine that has it. Returns as soon as the machine is there; the lease follows.
   * Throws AstaraError `bad_request`, `not_found`, `ambiguous` or `refused`.
   */
  async add(wanted: string, name: string = this.#freeName()): Promise<TestHost> {
    const { net, ids, pid, fabric } = this.#deps
    if (!HOST_NAME.test(name)) {
      throw new AstaraError(
        'bad_request',
        `${JSON.stringify(name)} is no name for a host: a-z, 0-9 and dashes, 32 at most`,
      )
    }
    if (this.#hosts.has(name)) throw new AstaraError('refused', `there is a host ${name} already`)
    const network = this.#network(wanted)
    const instanceId = ids.uuid()
    const port = this.#createPort(network, name, instanceId)
    const dir = join(this.#deps.dir, `host-${name}`)
    const host: TestHost = {
      name,
      space: spaceName(pid, `host-${name}`),
      networkId: network.id,
      portId: port.id,
      instanceId,
      projectId: port.projectId,
      macAddress: port.macAddress,
      addresses: port.fixedIps.map((address) => address.ip_address),
      usesDhcp: hasDhcp(net.state, network.id),
      dir,
    }
    this.#hosts.set(name, host)
    try {
      mkdirSync(dir, { recursive: true, mode: 0o755 })
      ownResolvConf(host.space)
      await ip(null, 'netns', 'add', host.space)
      await fabric.plug(port, host.space, 'eth0')
      await ip(host.space, 'link', 'set', 'dev', 'lo', 'up')
      setPortStatus(net, port, 'ACTIVE')
      await bringUp({ space: host.space, device: 'eth0', dir, port }, net.state, this.#deps.logger)
      return host
    } catch (error) {
      await this.remove(name).catch(() => {})
      throw error
    }
  }

  #freeName(): string {
    do this.#count += 1
    while (this.#hosts.has(`h${this.#count}`))
    return `h${this.#count}`
  }

  #network(wanted: string): Network {
    const { networks } = this.#deps.net.state
    const byId = networks.get(wanted)
    if (byId) return byId
    const [first, second] = networks.by('name', wanted)
    if (!first) throw new AstaraError('not_found', `there is no network ${wanted}`)
    if (second) throw new AstaraError('ambiguous', `there are several networks called ${wanted}: say which by its id`)
    return first
  }

  #createPort(network: Network, name: string, instanceId: string): Port {
    const { net, identity, ids } = this.#deps
    const caller = identity.serviceCaller('nova', `req-${ids.uuid()}`)
    const wanted = {
      network_id: network.id,
      project_id: network.projectId,
      name,
      device_id: instanceId,
      device_owner: 'compute:nova',
      'binding:host_id': net.host,
    }
    net.emitter.notify('port.create.start', { port: wanted }, caller)
    const port = createPort(net, wanted, caller)
    net.emitter.notify('port.create.end', { port: viewPort(port) }, caller)
    return port
  }

  /** Removes a machine and its port. Throws AstaraError `not_found`. */
  async remove(name: string): Promise<void> {
    const host = this.get(name)
    this.#hosts.delete(name)
    await this.#destroy(host)
    const { net, identity, ids } = this.#deps
    const port = net.state.ports.get(host.portId)
    if (!port) return
    const caller = identity.serviceCaller('nova', `req-${ids.uuid()}`)
    net.emitter.notify('port.delete.start', { port_id: port.id }, caller)
    const seen = { ...viewPort(port), standard_attr_id: port.standardAttrId }
    deletePort(net, port, caller)
    net.emitter.notify('port.delete.end', { port_id: port.id, port: seen }, caller)
  }

  async #destroy(host: TestHost): Promise<void> {
    await removeSpace(host.space)
    await this.#deps.fabric.unplug(host.portId).catch(() => {})
    rmSync(host.dir, { recursive: true, force: true })
  }

  async close(): Promise<void> {
    const hosts = this.list()
    this.#hosts.clear()
    await Promise.all(
      hosts.map((host) =>
        this.#destroy(host).catch((error: unknown) =>
          this.#deps.logger.warn({ host: host.name, reason: messageOf(error) }, 'a host could not be removed'),
        ),
      ),
    )
  }
}
