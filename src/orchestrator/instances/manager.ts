import type { DriverName, InstanceState, LabelCounter } from '../../contract/index.ts'
import { messageOf } from '../../shared/index.ts'
import { type Driver, resourceName } from '../drivers/index.ts'
import { checkAlive } from './alive.ts'
import { toResourceError } from './errors.ts'
import { boot } from './flow-boot.ts'
import { configure } from './flow-configure.ts'
import { observe } from './flow-observe.ts'
import { replug } from './flow-replug.ts'
import { stop } from './flow-stop.ts'
import { updateState } from './flow-update-state.ts'
import { Group } from './group.ts'
import { ResourceRecord } from './record.ts'
import { called, type InstanceDeps, type Scope, targetOf } from './scope.ts'
import { takeSnapshot } from './snapshot.ts'
import type { InstanceManager, InstanceSnapshot, PassContext, ResourceError, Wait } from './types.ts'

export interface InstanceManagerOptions {
  /** Dashed lower-case UUID. */
  readonly resourceId: string
  readonly driver: Driver
  /** As far as known before Neutron was asked. */
  readonly tenantId?: string
}

/** The instances of one resource. Makes no call before its first effect. */
export function createInstanceManager(deps: InstanceDeps, options: InstanceManagerOptions): InstanceManager {
  return new ResourceInstances(deps, options)
}

type Flow = (scope: Scope, context: PassContext) => Promise<void>

class ResourceInstances implements InstanceManager {
  readonly resourceId: string
  readonly driver: DriverName
  readonly #scope: Scope
  readonly #record = new ResourceRecord()
  readonly #tenantId: string

  constructor(deps: InstanceDeps, { resourceId, driver, tenantId = '' }: InstanceManagerOptions) {
    this.resourceId = resourceId
    this.driver = driver.name
    this.#tenantId = tenantId
    this.#scope = {
      deps,
      driver,
      resourceId,
      group: new Group(resourceName(driver.name, resourceId)),
      record: this.#record,
      log: deps.logger.child({ resource_id: resourceId, driver: driver.name }),
    }
  }

  get state(): InstanceState {
    return this.#record.state
  }

  get bootAttempts(): number {
    return this.#record.bootAttempts
  }

  get rebootErrorThreshold(): number {
    return this.#scope.deps.settings.rebootErrorThreshold
  }

  get inErrorCooldown(): boolean {
    return this.errorCooldownLeftMs > 0
  }

  get errorCooldownLeftMs(): number {
    const { state, erroredAt } = this.#record
    if (state !== 'error' || erroredAt === null) return 0
    const { clock, settings } = this.#scope.deps
    return Math.max(0, erroredAt + settings.errorCooldownMs - clock.monotonic())
  }

  get wait(): Wait | null {
    return this.#record.wait
  }

  /** Traffic counters of the last `readStats`. */
  get labels(): readonly LabelCounter[] {
    return this.#record.labels
  }

  snapshot(): InstanceSnapshot {
    return takeSnapshot(this.#scope, this.#tenantId)
  }

  updateState(context: PassContext): Promise<void> {
    return this.#effect(updateState, context)
  }

  boot(context: PassContext): Promise<void> {
    return this.#effect(boot, context)
  }

  configure(context: PassContext): Promise<void> {
    return this.#effect(configure, context)
  }

  replug(context: PassContext): Promise<void> {
    return this.#effect(replug, context)
  }

  stop(context: PassContext): Promise<void> {
    return this.#effect(stop, context)
  }

  readStats(context: PassContext): Promise<void> {
    return this.#effect(readLabels, context)
  }

  async setError(context: PassContext): Promise<void> {
    const record = this.#record
    const { clock } = this.#scope.deps
    record.wait = null
    record.state = 'error'
    record.erroredAt = clock.monotonic()
    record.lastError = {
      code: 'boot_failed',
      message: gaveUp(record.bootAttempts, record.lastError),
      at: clock.now(),
    }
    this.#scope.log.error({ code: record.lastError.code }, `in error: ${record.lastError.message}`)
    await this.#tellNeutron(context)
  }

  async clearError(context: PassContext): Promise<void> {
    this.#record.wait = null
    this.#record.bootAttempts = 0
    this.#record.state = 'down'
    await this.#tellNeutron(context)
  }

  resetBootCounter(): void {
    this.#record.bootAttempts = 0
  }

  useImage(imageUuid: string | null): void {
    this.#record.imageUuid = imageUuid
    this.#record.rebuildAsked = true
  }

  usesPort(portId: string): boolean {
    return this.#scope.group.present.some(({ management, ports, attaching }) =>
      [management, ...ports, ...attaching].some((port) => port?.id === portId),
    )
  }

  noteDeleted(): void {
    if (!this.#record.gone) this.#record.deleteNoted = true
  }

  async quickAlive(signal: AbortSignal): Promise<boolean> {
    const { group, record, deps } = this.#scope
    const required = record.detail ? this.#scope.driver.requiredInstances(record.detail) : 1
    const members = group.present
    if (record.state !== 'configured' || record.outdated.size > 0 || members.length !== required) return false
    // What could not be given back is tried again.
    if (members.some((member) => member.ports.some((port) => port.lent))) return false
    // The last try is left to the pass that a no leads to: it looks at Neutron and Nova first.
    await checkAlive(this.#scope, { signal }, members, {
      rounds: Math.max(1, deps.settings.maxRetries - 1),
      pauseMs: deps.settings.retryDelayMs,
    })
    const silent = members.filter((member) => !member.alive)
    for (const member of silent) member.deniedAt = deps.clock.monotonic()
    if (silent.length > 0) return false
    record.lastAliveAt = deps.clock.now()
    return true
  }

  observe(signal: AbortSignal): Promise<void> {
    return observe(this.#scope, { signal, force: false })
  }

  async #effect(flow: Flow, context: PassContext): Promise<void> {
    const record = this.#record
    record.wait = null
    try {
      await flow(this.#scope, context)
    } catch (error) {
      context.signal.throwIfAborted()
      record.lastError = toResourceError(error, this.#scope.deps.clock.now())
      throw error
    } finally {
      if (!context.signal.aborted) await this.#tellNeutron(context)
    }
  }

  /** Only changes are told; what Neutron did not take is told again later. Never fails: it is not what the resource lives by. */
  async #tellNeutron(context: PassContext): Promise<void> {
    const { signal } = context
    const { driver, log } = this.#scope
    const record = this.#record
    const status = driver.neutronStatus(record.state)
    if (status === null || status === record.syncedStatus) return
    // During a rolling rebuild the other member works: the pair is not down.
    if (record.state === 'down' && record.outdated.size > 0) return
    // Found alive after a restart of ours: it carries traffic, and is about to be compared with its configuration.
    if (record.state === 'up' && record.syncedStatus === driver.neutronStatus('configured')) return
    try {
      const taken = await called(this.#scope, context, 'neutron', `PUT ${driver.name}/status`, () =>
        driver.sendStatus(this.resourceId, status, { signal }),
      )
      if (taken) record.syncedStatus = status
    } catch (error) {
      if (!signal.aborted) log.warn({ status, error: messageOf(error) }, 'Neutron was not told the status')
    }
  }
}

function gaveUp(attempts: number, last: ResourceError | null): string {
  return `gave up after ${attempts} boots${last ? `; last: ${last.message}` : ''}`
}

async function readLabels(scope: Scope, context: PassContext): Promise<void> {
  const { deps, group, record } = scope
  const counters = await Promise.all(
    group.live.map(async (member) => {
      const target = targetOf(scope, member)
      if (target === null) return null
      return called(scope, context, 'appliance', 'POST /v1/firewall/labels', () =>
        deps.appliance.readLabels(target, { signal: context.signal }),
      )
    }),
  )
  record.labels = counters.flatMap((labels) => labels ?? [])
}
