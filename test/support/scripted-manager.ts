import type { DriverName, InstanceState, Step } from '../../src/contract/index.ts'
import type {
  InstanceManager,
  InstanceSnapshot,
  PassContext,
  ResourceError,
  Wait,
} from '../../src/orchestrator/instances/index.ts'
import type { Clock } from '../../src/shared/index.ts'

/** The world of one resource, as a test sets it. */
export class World {
  /** Neutron has the resource. */
  present = true
  /** A VM exists and answers. */
  alive = false
  /** How many looks a boot takes until the VM answers. */
  looksToBoot = 1
  /** Neutron has something new to push. */
  changed = false
  /** Told of every call as it begins. */
  onCall: (name: string) => void = () => {}
  /** The next so many calls of this effect fail. */
  readonly failures = new Map<string, number>()
  /** Ports that its instances are plugged into. */
  readonly plugged = new Set<string>()
  readonly calls: string[] = []
  /** The step that asked for each of `calls`. */
  readonly steps: (Step | undefined)[] = []
  boots = 0
  pushes = 0
  deletes = 0
  /** Looks that touch nothing. */
  observations = 0
}

/**
 * An instance manager over a World instead of OpenStack: it keeps the contract of InstanceManager (state, waits, errors), so that the
 * worker's scheduling can be watched without any network.
 */
export class ScriptedManager implements InstanceManager {
  readonly resourceId: string
  readonly driver: DriverName = 'router'
  readonly rebootErrorThreshold = 5
  state: InstanceState = 'down'
  bootAttempts = 0
  wait: Wait | null = null
  image: string | null = null
  lastError: ResourceError | null = null
  readonly world: World
  readonly #clock: Clock
  #looks = 0
  #accepted = false
  #deleteNoted = false

  constructor(resourceId: string, world: World, clock: Clock) {
    this.resourceId = resourceId
    this.world = world
    this.#clock = clock
  }

  get errorCooldownLeftMs(): number {
    return this.state === 'error' && this.lastError ? Math.max(0, this.lastError.at + 30_000 - this.#clock.now()) : 0
  }

  get inErrorCooldown(): boolean {
    return this.errorCooldownLeftMs > 0
  }

  snapshot(): InstanceSnapshot {
    return {
      name: 'scripted',
      tenantId: 't',
      status: null,
      instanceState: this.state,
      attempts: this.bootAttempts,
      imageUuid: this.image,
      imageCurrent: null,
      instances: [],
      requiredInstances: 1,
      networkIds: [],
      attachedAsOf: null,
      externalNetworkIds: [],
      subnetIds: [],
      portIds: [],
      l3: null,
      carriedFloatingIps: [],
      configFingerprint: null,
      configuredAt: null,
      lastAliveAt: null,
      lastError: this.lastError,
    }
  }

  usesPort(portId: string): boolean {
    return this.world.plugged.has(portId)
  }

  async updateState(context: PassContext): Promise<void> {
    this.#begin('update_state', context)
    if (!this.world.present && this.#deleteNoted) this.state = 'gone'
    else if (this.state === 'booting') {
      if (++this.#looks >= this.world.looksToBoot) {
        this.world.alive = true
        this.state = 'up'
      } else this.wait = { reason: 'boot', ms: 1_000 }
    } else if (!this.world.alive) this.state = 'down'
    else if (this.state !== 'configured') this.state = 'up'
  }

  async boot(context: PassContext): Promise<void> {
    this.#begin('boot', context)
    this.bootAttempts++
    this.world.boots++
    this.#accepted = false
    this.#looks = 0
    this.state = 'booting'
    this.wait = { reason: 'boot', ms: 1_000 }
  }

  async configure(context: PassContext): Promise<void> {
    this.#begin(context.force ? 'configure!' : 'configure', context)
    // Like the real one: what equals the last accepted configuration is pushed only when asked for.
    if (context.force || !this.#accepted || this.world.changed) this.world.pushes++
    this.#accepted = true
    this.world.changed = false
    this.bootAttempts = 0
    this.state = 'configured'
  }

  async replug(context: PassContext): Promise<void> {
    this.#begin('replug', context)
  }

  async stop(context: PassContext): Promise<void> {
    this.#begin('stop', context)
    this.world.alive = false
    this.#accepted = false
    this.world.deletes++
    if (this.state !== 'gone') this.state = 'down'
  }

  async readStats(context: PassContext): Promise<void> {
    this.#begin('read_stats', context)
  }

  async setError(): Promise<void> {
    this.state = 'error'
    this.lastError = { code: 'boot_failed', message: 'no luck', at: this.#clock.now() }
  }

  async clearError(): Promise<void> {
    this.bootAttempts = 0
    this.state = 'down'
  }

  resetBootCounter(): void {
    this.bootAttempts = 0
  }

  useImage(imageUuid: string | null): void {
    this.image = imageUuid
  }

  noteDeleted(): void {
    this.#deleteNoted = true
  }

  async observe(_signal?: AbortSignal): Promise<void> {
    this.world.observations++
    if (this.state === 'booting' && !this.world.alive) return
    if (this.state !== 'configured' || !this.world.alive) this.state = this.world.alive ? 'up' : 'down'
  }

  async quickAlive(): Promise<boolean> {
    this.world.calls.push('quick_alive')
    return this.world.alive
  }

  #begin(name: string, context: PassContext): void {
    context.signal.throwIfAborted()
    this.world.calls.push(name)
    this.world.steps.push(context.step)
    this.world.onCall(name)
    this.wait = null
    const key = name.replace('!', '')
    const left = this.world.failures.get(key) ?? 0
    if (left > 0) {
      this.world.failures.set(key, left - 1)
      throw new Error(`${name} failed`)
    }
  }
}
