import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AstaraError, type Logger, messageOf } from '../../shared/index.ts'
import type { Identity } from '../identity/identity.ts'
import type { Ids } from '../ids.ts'
import type { Network, Port } from '../network/model.ts'
import type { Net } from '../network/net.ts'
import { viewPort } from '../network/port-view.ts'
import { createPort, deletePort, setPortStatus } from '../network/ports.ts'
import { type Lease, readLease, writeLeaseScript } from './lease.ts'
import { HOST_NAME, spaceName } from './names.ts'
import { ip, ipBatch } from './run.ts'
import { ETC_NETNS, removeSpace } from './sweep.ts'
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
    return readLease(join(host.dir, 'lease'))
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
    const subnets = network.subnetIds.flatMap((id) => net.state.subnets.get(id) ?? [])
    const host: TestHost = {
      name,
      space: spaceName(pid, `host-${name}`),
      networkId: network.id,
      portId: port.id,
      instanceId,
      projectId: port.projectId,
      macAddress: port.macAddress,
      addresses: port.fixedIps.map((address) => address.ip_address),
      usesDhcp: !network.external && subnets.some((subnet) => subnet.ipVersion === 4 && subnet.enableDhcp),
      dir,
    }
    this.#hosts.set(name, host)
    try {
      mkdirSync(dir, { recursive: true, mode: 0o755 })
      mkdirSync(`${ETC_NETNS}/${host.space}`, { recursive: true })
      writeFileSync(`${ETC_NETNS}/${host.space}/resolv.conf`, '')
      await ip(null, 'netns', 'add', host.space)
      await fabric.plug(port, host.space, 'eth0')
      await ipBatch(host.space, ['link set dev lo up', 'link set dev eth0 up'])
      setPortStatus(net, port, 'ACTIVE')
      if (host.usesDhcp) this.#startDhcp(host)
      else await this.#configure(host, port)
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

  #startDhcp(host: TestHost): void {
    const script = join(host.dir, 'dhcp-script')
    writeLeaseScript(script, {
      lease: join(host.dir, 'lease'),
      resolvConf: `${ETC_NETNS}/${host.space}/resolv.conf`,
    })
    const asked = ['mtu', 'staticroutes', 'hostname', 'dns', 'router'].flatMap((option) => ['-O', option])
    const client = spawn(
      'ip',
      [
        ...['netns', 'exec', host.space, 'busybox', 'udhcpc', '-i', 'eth0', '-f'],
        // The router may not know this machine yet: asks again soon, and for ever.
        ...['-t', '3', '-T', '1', '-A', '1', '-s', script, ...asked],
      ],
      { detached: true, stdio: 'ignore' },
    )
    client.on('error', (error) => this.#deps.logger.error({ host: host.name, reason: error.message }, 'no DHCP client'))
  }

  /** Sets what Neutron says: on networks where nobody answers DHCP. */
  async #configure(host: TestHost, port: Port): Promise<void> {
    const { state } = this.#deps.net
    const lines = port.fixedIps.flatMap(({ subnet_id: id, ip_address: address }) => {
      const subnet = state.subnets.get(id)
      if (!subnet || subnet.ipv6AddressMode !== null) return []
      const gateway = subnet.gatewayIp === null ? [] : [`route replace default via ${subnet.gatewayIp} dev eth0`]
      const nodad = subnet.ipVersion === 6 ? ' nodad' : ''
      return [`address add ${address}/${subnet.cidr.split('/')[1]} dev eth0${nodad}`, ...gateway]
    })
    if (lines.length > 0) await ipBatch(host.space, lines)
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
