import { type Clock, type Logger, messageOf } from '../../shared/index.ts'
import type { Identity } from '../identity/identity.ts'
import type { Ids } from '../ids.ts'
import type { Port } from '../network/model.ts'
import type { Net } from '../network/net.ts'
import type { PortUpdate } from '../network/port-attributes.ts'
import { viewPort } from '../network/port-view.ts'
import { deletePort, setPortStatus, updatePort } from '../network/ports.ts'
import { Table } from '../network/table.ts'
import type { Hypervisor } from './hypervisor.ts'
import type { Server } from './model.ts'

/** How long a deleted server is still shown: first ACTIVE and deleting, then DELETED, then 404. Milliseconds. */
const DELETING_MS = 300
const DELETED_MS = 700

export type ServerInit = Pick<
  Server,
  | 'name'
  | 'projectId'
  | 'userId'
  | 'imageId'
  | 'flavorId'
  | 'metadata'
  | 'configDrive'
  | 'userData'
  | 'keyName'
  | 'description'
> & { readonly portIds: readonly string[]; readonly ownPortIds: readonly string[] }

/** Nova's servers and what happens to them over time. */
export class Nova {
  readonly servers = new Table<Server>({ name: (s) => [s.name], project_id: (s) => [s.projectId] })
  readonly #deps: {
    readonly net: Net
    readonly identity: Identity
    readonly hypervisor: Hypervisor
    readonly clock: Clock
    readonly ids: Ids
    readonly logger: Logger
  }
  readonly #boots = new Map<string, AbortController>()
  readonly #running = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #created = 0

  constructor(deps: {
    readonly net: Net
    readonly identity: Identity
    readonly hypervisor: Hypervisor
    readonly clock: Clock
    readonly ids: Ids
    readonly logger: Logger
  }) {
    this.#deps = deps
  }

  /** Accepts a server: it is in BUILD at once, the rest follows by itself. */
  create(init: ServerInit): Server {
    const { ids, clock } = this.#deps
    const now = clock.now()
    const { portIds, ownPortIds, ...rest } = init
    const server: Server = {
      ...rest,
      id: ids.uuid(),
      index: this.#created,
      status: 'BUILD',
      vmState: 'building',
      taskState: 'scheduling',
      powerState: 0,
      createdAt: now,
      updatedAt: now,
      launchedAt: null,
      terminatedAt: null,
      reservationId: `r-${ids.hex().slice(0, 8)}`,
      locked: false,
      host: null,
      fault: null,
      portIds: [...portIds],
      ownPortIds: new Set(ownPortIds),
    }
    this.#created += 1
    // The ports are the server's from the moment of the accept: a second server cannot take them.
    for (const port of this.#portsOf(server)) {
      port.deviceId = server.id
      this.#deps.net.state.ports.put(port)
    }
    this.servers.put(server)
    this.#follow(this.#boot(server))
    return server
  }

  async #boot(server: Server): Promise<void> {
    const { hypervisor, clock, net, logger } = this.#deps
    const controller = new AbortController()
    this.#boots.set(server.id, controller)
    const signal = AbortSignal.any([controller.signal, this.#stopping.signal])
    const change = (patch: Partial<Server>): void => {
      if (!signal.aborted && server.status !== 'DELETED') Object.assign(server, patch, { updatedAt: clock.now() })
    }
    try {
      await hypervisor.boot(server, signal, {
        spawning: () => {
          if (signal.aborted) return
          change({ host: net.host, taskState: 'spawning' })
          for (const port of this.#portsOf(server)) this.#bindPort(port, server.id)
        },
        active: () => {
          if (signal.aborted) return
          change({ status: 'ACTIVE', vmState: 'active', taskState: null, powerState: 1, launchedAt: clock.now() })
          for (const port of this.#portsOf(server)) setPortStatus(net, port, 'ACTIVE')
        },
        failed: (message) =>
          change({
            status: 'ERROR',
            vmState: 'error',
            taskState: null,
            fault: { code: 500, message, created: clock.now() },
          }),
      })
    } catch (error) {
      if (!signal.aborted) {
        logger.error({ err: error, server_id: server.id }, 'booting a simulated instance failed')
        change({
          status: 'ERROR',
          vmState: 'error',
          taskState: null,
          fault: { code: 500, message: messageOf(error), created: clock.now() },
        })
      }
    } finally {
      this.#boots.delete(server.id)
    }
  }

  /** Attaches a port that is free. */
  attach(server: Server, port: Port): void {
    const { net, hypervisor } = this.#deps
    server.portIds.push(port.id)
    this.#bindPort(port, server.id)
    setPortStatus(net, port, 'ACTIVE')
    hypervisor.interfacesChanged(server)
  }

  /** Detaches a port; nothing happens when it is not attached. */
  detach(server: Server, portId: string): void {
    const { net, hypervisor } = this.#deps
    const index = server.portIds.indexOf(portId)
    if (index < 0) return
    server.portIds.splice(index, 1)
    const port = net.state.ports.get(portId)
    if (port) this.#releasePort(server, port)
    hypervisor.interfacesChanged(server)
  }

  /** Accepts a delete. The server stays visible for a moment, as Nova's do. */
  delete(server: Server): void {
    if (server.taskState === 'deleting') return
    this.#boots.get(server.id)?.abort(new Error('the server was deleted'))
    server.taskState = 'deleting'
    server.updatedAt = this.#deps.clock.now()
    this.#follow(this.#remove(server))
  }

  async #remove(server: Server): Promise<void> {
    const { clock, hypervisor } = this.#deps
    const { signal } = this.#stopping
    await hypervisor.destroy(server)
    await clock.sleep(DELETING_MS, signal)
    for (const port of this.#portsOf(server)) this.#releasePort(server, port)
    Object.assign(server, {
      status: 'DELETED',
      vmState: 'deleted',
      taskState: null,
      powerState: 0,
      terminatedAt: clock.now(),
      updatedAt: clock.now(),
    })
    await clock.sleep(DELETED_MS, signal)
    this.servers.delete(server.id)
  }

  /** Powers off or on. */
  async setPower(server: Server, on: boolean): Promise<void> {
    await this.#deps.hypervisor.setPower(server, on)
    Object.assign(
      server,
      on
        ? { status: 'ACTIVE', vmState: 'active', powerState: 1 }
        : { status: 'SHUTOFF', vmState: 'stopped', powerState: 4 },
    )
    server.updatedAt = this.#deps.clock.now()
  }

  /** Everything under way ends; nothing is started any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the embedded cloud was stopped'))
    await Promise.allSettled([...this.#running])
    await this.#deps.hypervisor.close()
  }

  #portsOf(server: Server): readonly Port[] {
    return server.portIds.flatMap((id) => this.#deps.net.state.ports.get(id) ?? [])
  }

  /** Nova writes to Neutron as user `neutron` of project `service`: that is what its notifications say. */
  #bindPort(port: Port, serverId: string): void {
    this.#writePort(port, { device_id: serverId, device_owner: 'compute:nova', 'binding:host_id': this.#deps.net.host })
  }

  #releasePort(server: Server, port: Port): void {
    if (port.deviceId !== server.id) return
    if (server.ownPortIds.has(port.id)) {
      deletePort(this.#deps.net, port)
      return
    }
    this.#writePort(port, { device_id: '', device_owner: '', 'binding:host_id': null, 'binding:profile': {} })
  }

  #writePort(port: Port, change: PortUpdate): void {
    const { net, identity, ids } = this.#deps
    const caller = identity.serviceCaller('neutron', `req-${ids.uuid()}`)
    net.emitter.notify('port.update.start', { port: change, id: port.id }, caller)
    updatePort(net, port, change)
    net.emitter.notify('port.update.end', { port: viewPort(port) }, caller)
  }

  #follow(work: Promise<void>): void {
    const settled = work.catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#deps.logger.error({ err: error }, 'the embedded Nova failed')
    })
    this.#running.add(settled)
    settled.finally(() => this.#running.delete(settled)).catch(() => undefined)
  }
}
