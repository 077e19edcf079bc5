import { createRouterDriver } from '../../../../src/orchestrator/drivers/index.ts'
import {
  CloudView,
  createInstanceManager,
  createVpnView,
  type InstanceDeps,
  type InstanceManager,
  type InstanceSettings,
  type PassContext,
} from '../../../../src/orchestrator/instances/index.ts'
import { type Logger, silentLogger } from '../../../../src/shared/index.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { FakeAppliances } from './fake-appliances.ts'
import { FakeCloud, MANAGEMENT_NETWORK, MANAGEMENT_PREFIX } from './fake-cloud.ts'

export const SETTINGS: InstanceSettings = {
  agentHost: null,
  managementNetworkId: MANAGEMENT_NETWORK,
  managementPrefix: MANAGEMENT_PREFIX,
  portSecurity: true,
  legacyFallback: true,
  maxRetries: 3,
  retryDelayMs: 1_000,
  bootTimeoutMs: 600_000,
  bootCheckIntervalMs: 1_000,
  aliveTimeoutMs: 3_000,
  hotplugTimeoutMs: 10_000,
  errorCooldownMs: 30_000,
  rebootErrorThreshold: 5,
  bootCommand: 'astara-configure-management',
  sshPublicKey: 'ssh-ed25519 AAAA operator',
}

type Effect = 'updateState' | 'boot' | 'configure' | 'replug' | 'stop' | 'readStats' | 'setError' | 'clearError'

/** A cloud, its appliances and instance managers under a clock that tests move. */
export class Bench {
  readonly clock = new ManualClock()
  readonly cloud = new FakeCloud(this.clock)
  readonly appliances = new FakeAppliances(this.cloud, this.clock)
  readonly view: CloudView
  /** What managers share; a test may change it before it makes one. */
  readonly deps: { -readonly [K in keyof InstanceDeps]: InstanceDeps[K] }
  readonly manager: (id: string) => InstanceManager

  constructor(
    options: {
      readonly settings?: Partial<InstanceSettings>
      readonly logger?: Logger
      readonly bus?: boolean
      readonly vpn?: boolean
    } = {},
  ) {
    const { clock, cloud } = this
    const { openstack } = cloud
    const logger = options.logger ?? silentLogger
    const settings = { ...SETTINGS, ...options.settings }
    const view = new CloudView({ openstack, clock, managementNetworkId: MANAGEMENT_NETWORK })
    this.view = view
    const driver = createRouterDriver({
      openstack,
      l3: (options.bus ?? true) ? cloud.l3 : null,
      clock,
      logger,
      vpn: options.vpn ? createVpnView({ vpn: openstack.vpn, clock }) : null,
      appliance: { imageUuid: 'image-1', flavor: 'm1.astara', managementPort: 5000 },
      config: {
        asn: 64512,
        neighborAsn: 64512,
        labels: {},
        orchestrator: { address: 'fdca:3ba5:a17a:acda::1', metadata_port: 9697, host: 'host-1' },
      },
    })
    this.deps = { openstack, view, appliance: this.appliances, clock, random: () => 0.5, logger, settings }
    this.manager = (resourceId) => createInstanceManager(this.deps, { resourceId, driver })
  }

  /** Runs an effect to its end, moving time as far as it waits. */
  async run(manager: InstanceManager, effect: Effect, context: Partial<PassContext> = {}): Promise<void> {
    await this.drive(manager[effect]({ signal: new AbortController().signal, force: false, ...context }))
  }

  /** The error an effect ends with. */
  async failure(manager: InstanceManager, effect: Effect, context: Partial<PassContext> = {}): Promise<unknown> {
    return this.run(manager, effect, context).then(
      () => {
        throw new Error(`${effect} did not fail`)
      },
      (error: unknown) => error,
    )
  }

  async drive<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const watched = promise.finally(() => {
      settled = true
    })
    watched.catch(() => {})
    for (let i = 0; i < 2_000 && !settled; i += 1) await this.clock.advance(i < 50 ? 5 : 100)
    if (!settled) throw new Error('the effect does not come to an end')
    return watched
  }

  /** The passes a worker would make until the resource is configured. */
  async bringUp(manager: InstanceManager): Promise<void> {
    await this.run(manager, 'updateState')
    for (let i = 0; i < 30 && manager.state !== 'configured'; i += 1) await this.turn(manager)
    if (manager.state !== 'configured') throw new Error(`not configured but ${manager.state}`)
  }

  /** What the machine does next, roughly: enough to let instances come up by themselves. */
  async turn(manager: InstanceManager): Promise<void> {
    switch (manager.state) {
      case 'down':
      case 'degraded':
        await this.run(manager, 'boot')
        break
      case 'up':
        await this.run(manager, 'configure')
        break
      case 'replug':
        await this.run(manager, 'replug')
        await this.clock.advance(manager.wait?.ms ?? 1_000)
        await this.run(manager, 'configure')
        return
      case 'restart':
        await this.run(manager, 'stop')
        break
      default:
        break
    }
    if (manager.state === 'configured') return
    await this.clock.advance(manager.wait?.ms ?? 1_000)
    if (manager.state === 'booting' || manager.state === 'degraded') await this.run(manager, 'updateState')
  }
}
