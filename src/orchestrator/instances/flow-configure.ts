import { messageOf } from '../../shared/index.ts'
import type { ResourceDetail } from '../drivers/index.ts'
import { checkAlive } from './alive.ts'
import { allDone } from './all-done.ts'
import { ApplianceError } from './appliance-client/index.ts'
import { InstanceError } from './errors.ts'
import { combinedFingerprint, fingerprint } from './fingerprint.ts'
import { look, takeHandover } from './flow-look.ts'
import type { Member, MemberPort } from './group.ts'
import { haConfigs } from './ha.ts'
import { gatherInputs } from './inputs.ts'
import { giveBackAddresses } from './lent-address.ts'
import { lookAtPorts } from './look.ts'
import { interfaceMap, plugDifference, wantedNetworks } from './plug.ts'
import { type Push, type PushResult, pushAll } from './push.ts'
import { called, type Scope, targetOf } from './scope.ts'
import type { PassContext } from './types.ts'
import { waitForHotplug } from './waits.ts'

/** Soon enough to go on with a pair that is not whole, late enough not to spin. */
const DEGRADED_RETRY_MS = 1_000

/** Brings the configuration of all live instances up to date. */
export async function configure(scope: Scope, context: PassContext): Promise<void> {
  const { record, group, driver } = scope
  const detail = takeHandover(scope) ?? (await lookAgain(scope, context))
  if (detail === null) {
    record.state = 'gone'
    return
  }
  if (group.present.length === 0) {
    record.state = 'down'
    return
  }
  if (group.live.length === 0) throw new InstanceError('appliance_unreachable', 'No instance answers')
  const required = driver.requiredInstances(detail)
  const outcome = await pushConfiguration(scope, context, detail)
  if (outcome === 'replug') record.state = 'replug'
  else if (outcome === 'lagging') lagging(scope)
  else {
    await giveBackAddresses(scope, context)
    concludeConfigure(scope, required, outcome)
  }
}

async function lookAgain(scope: Scope, context: PassContext): Promise<ResourceDetail | null> {
  const detail = await look(scope, context)
  scope.record.freshUntil = null
  if (detail === null) return null
  await lookAtPorts(scope, context)
  await checkAlive(scope, context, scope.group.present, { rounds: 1, pauseMs: 0 })
  return detail
}

/** Builds and pushes. `replug`: an instance is not plugged into the right networks; `lagging`: none shows all its interfaces yet. */
export async function pushConfiguration(
  scope: Scope,
  context: PassContext,
  detail: ResourceDetail,
): Promise<'replug' | 'lagging' | ReadonlyMap<string, PushResult>> {
  const { group, driver, deps } = scope
  const wanted = wantedNetworks(detail)
  const live = group.live
  const differs = live.some((member) => {
    const { missing, extra } = plugDifference(member, wanted)
    return missing.length > 0 || extra.length > 0
  })
  if (differs) return 'replug'
  const [interfaces, shared] = await allDone([
    readInterfaces(scope, context, live),
    gatherInputs(scope, context, detail),
  ])
  const ready = live.filter((member) => interfaces.has(member.id))
  if (ready.length === 0) return 'lagging'
  const ha = haConfigs(
    group.present.map((member) => ({ id: member.id, index: member.index, address: member.management?.address ?? '' })),
  )
  const pushes = ready.map((member): Push => {
    const config = driver.buildConfig(detail, {
      ...shared,
      interfaces: interfaces.get(member.id) ?? new Map(),
      management: {
        networkId: deps.settings.managementNetworkId,
        fixedIps: member.management?.fixedIps ?? [],
      },
      ha: detail.ha ? (ha.get(member.id) ?? null) : null,
    })
    return { member, config, fingerprint: fingerprint(config) }
  })
  return pushAll(scope, context, pushes)
}

/** Interface maps of the members that show all their interfaces. Throws when no member can be asked at all. */
async function readInterfaces(
  scope: Scope,
  context: PassContext,
  members: readonly Member[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const { deps, log } = scope
  const maps = new Map<string, ReadonlyMap<string, string>>()
  const errors: unknown[] = []
  await Promise.all(
    members.map(async (member) => {
      const target = targetOf(scope, member)
      if (target === null) return
      try {
        const reported = await called(scope, context, 'appliance', 'GET /v1/system/interfaces', () =>
          deps.appliance.interfaces(target, { signal: context.signal }),
        )
        const { interfaces, lagging } = interfaceMap(member, reported)
        if (lagging.length === 0) {
          member.laggingSince = null
          member.unwiredSince = null
          maps.set(member.id, interfaces)
          return
        }
        noteLag(scope, member, lagging)
        log.debug({ instance_id: member.id, mac_addresses: lagging.map((port) => port.macAddress) }, 'interfaces lag')
      } catch (error) {
        if (!(error instanceof ApplianceError)) throw error
        member.alive = false
        errors.push(error)
      }
    }),
  )
  if (errors.length > 0 && errors.length === members.length) {
    throw new InstanceError('appliance_unreachable', messageOf(errors[0]), { cause: errors[0] })
  }
  return maps
}

/** Starts the clocks. What Nova or the L2 agent have yet to do (an attach that timed out goes on in Nova) is no delay of the appliance's. */
function noteLag({ deps }: Scope, member: Member, lagging: readonly MemberPort[]): void {
  const now = deps.clock.monotonic()
  if (lagging.some(({ unwired }) => unwired)) {
    member.unwiredSince ??= now
    member.laggingSince = now
  } else {
    member.unwiredSince = null
    member.laggingSince ??= now
  }
}

function isTooLate({ deps: { clock, settings } }: Scope, { laggingSince, unwiredSince }: Member): boolean {
  const now = clock.monotonic()
  if (unwiredSince !== null && now - unwiredSince >= settings.bootTimeoutMs) return true
  return laggingSince !== null && now - laggingSince >= settings.hotplugTimeoutMs
}

/**
 * Interfaces come late after a hot-plug: tolerated until hotplug_timeout after the cloud has wired them, then the instance is given up. A cloud
 * that does not wire them has as long as for a boot.
 */
function lagging(scope: Scope): void {
  const { record, group } = scope
  record.state = 'replug'
  if (giveUpLaggards(scope) && group.live.length === 0) {
    record.state = 'restart'
    return
  }
  waitForHotplug(scope)
}

function giveUpLaggards(scope: Scope): boolean {
  const { group, deps, record, log } = scope
  let gaveUp = false
  for (const member of group.live) {
    if (!isTooLate(scope, member)) continue
    member.condemned = 'does not show its interfaces'
    gaveUp = true
    log.warn({ instance_id: member.id, instance: member.name }, 'instance never showed its interfaces')
    record.lastError = {
      code: 'replug_failed',
      message: `${member.name} does not show all its interfaces`,
      at: deps.clock.now(),
    }
  }
  return gaveUp
}

function concludeConfigure(scope: Scope, required: number, results: ReadonlyMap<string, PushResult>): void {
  const { record, group, deps } = scope
  const rejected = [...results.values()].find((result) => result.kind === 'rejected')
  if (rejected) {
    // The instance is well and keeps what it had: restarting it would only add an outage to a wrong configuration.
    throw new InstanceError('config_rejected', `The appliance refused the configuration: ${rejected.error.reason}`, {
      cause: rejected.error,
    })
  }
  const failed = [...results].flatMap(([id, result]) => (result.kind === 'failed' ? [{ id, error: result.error }] : []))
  if (failed.length === results.size) {
    allFailed(scope, failed)
    return
  }
  for (const { id } of failed) {
    const member = group.members.get(id)
    if (member && member.pushFailures >= deps.settings.maxRetries) member.condemned = 'does not take its configuration'
  }
  giveUpLaggards(scope)
  const lags = group.live.some((member) => member.laggingSince !== null)
  const whole = failed.length === 0 && group.present.length >= required && results.size === group.present.length
  record.configuredAt = deps.clock.now()
  record.carriedFloatingIps = record.detail?.l3?.floatingIps.map(({ id }) => id) ?? []
  record.configFingerprint = combinedFingerprint(group.live.flatMap(({ accepted }) => (accepted ? [accepted] : [])))
  record.restartedForConfig = false
  if (whole) {
    record.state = 'configured'
    record.lastError = null
    return
  }
  if (lags && failed.length === 0) {
    record.state = 'replug'
    waitForHotplug(scope)
    return
  }
  record.state = 'degraded'
  record.wait = { reason: 'retry', ms: DEGRADED_RETRY_MS }
  const [first] = failed
  if (first) {
    record.lastError = { code: 'config_failed', message: messageOf(first.error), at: deps.clock.now() }
  }
}

/** No instance took it, and none refused it: after some tries they are restarted, once. */
function allFailed(scope: Scope, failed: readonly { readonly id: string; readonly error: ApplianceError }[]): void {
  const { record, group, deps } = scope
  const [first] = failed
  const stubborn = failed.every(({ id }) => (group.members.get(id)?.pushFailures ?? 0) >= deps.settings.maxRetries)
  if (stubborn && !record.restartedForConfig) {
    record.restartedForConfig = true
    record.state = 'restart'
    record.lastError = { code: 'config_failed', message: messageOf(first?.error), at: deps.clock.now() }
    return
  }
  throw new InstanceError('config_failed', messageOf(first?.error), { cause: first?.error })
}
