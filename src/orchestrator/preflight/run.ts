import type { CheckLine, CheckReport } from '../../contract/index.ts'
import { AstaraError, type Clock, onAbort } from '../../shared/index.ts'
import { apiPort } from './checks/api-port.ts'
import { bus } from './checks/bus.ts'
import { clocks } from './checks/clocks.ts'
import { credentials } from './checks/credentials.ts'
import { database } from './checks/database.ts'
import { extensions } from './checks/extensions.ts'
import { image } from './checks/image.ts'
import { l2Agent } from './checks/l2-agent.ts'
import { managementAddressCheck } from './checks/management-address.ts'
import { managementNetwork } from './checks/management-network.ts'
import { metadata } from './checks/metadata.ts'
import { services } from './checks/services.ts'
import { failedBy, skipped } from './lines.ts'
import type { Check, PreflightDeps } from './types.ts'

/** Limit of one check. */
const CHECK_MS = 15_000

/** What asks OpenStack, in the order of the report. All of it needs a token. */
const IN_OPENSTACK: readonly Check[] = [services, clocks, extensions, managementNetwork, image, l2Agent]
/** What needs nothing but this machine and the bus. */
const BESIDES: readonly Check[] = [bus, managementAddressCheck, apiPort, metadata, database]

export interface PreflightOptions {
  /** Only what asks OpenStack: the rest a starting orchestrator finds out by itself. */
  readonly short?: boolean
  readonly signal?: AbortSignal
}

/**
 * Looks at everything an orchestrator of this configuration needs. Read-only: nothing is made, declared or left anywhere. Each check is
 * bounded in time, and those that do not need each other run at the same time. Never throws but for the reason of an aborted signal.
 */
export async function preflight(deps: PreflightDeps, options: PreflightOptions = {}): Promise<CheckReport> {
  const { short = false, signal } = options
  const besides = short ? Promise.resolve([]) : all(BESIDES, deps, signal)
  const entrance = await bounded(credentials, deps, signal)
  const entered = entrance.every(({ check, status }) => check !== 'credentials' || status !== 'failed')
  const inside = entered
    ? await all(IN_OPENSTACK, deps, signal)
    : IN_OPENSTACK.map(({ name }) => skipped(name, 'not looked at: OpenStack did not let us in'))
  const lines = [...entrance, ...inside, ...(await besides)]
  signal?.throwIfAborted()
  const count = (wanted: CheckLine['status']): number => lines.filter(({ status }) => status === wanted).length
  const failures = count('failed')
  return { ok: failures === 0, warnings: count('warning'), failed: failures, lines }
}

async function all(checks: readonly Check[], deps: PreflightDeps, signal?: AbortSignal): Promise<CheckLine[]> {
  return (await Promise.all(checks.map((check) => bounded(check, deps, signal)))).flat()
}

/** One check with its limit; whatever it throws becomes a line. */
async function bounded(check: Check, deps: PreflightDeps, signal?: AbortSignal): Promise<readonly CheckLine[]> {
  const limit = openLimit(deps.clock, signal)
  try {
    return await Promise.race([check.run({ ...deps, signal: limit.signal }), limit.expired])
  } catch (error) {
    return [failedBy(check.name, error)]
  } finally {
    limit.close()
  }
}

/** Ends when the time is over or `outer` aborts, whether or not the check heeds it. */
function openLimit(
  clock: Clock,
  outer: AbortSignal | undefined,
): { signal: AbortSignal; expired: Promise<never>; close(): void } {
  const controller = new AbortController()
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => {})
  const end = (reason: unknown): void => {
    controller.abort(reason)
    reject(reason)
  }
  const timer = clock.after(CHECK_MS, () => end(new AstaraError('timeout', `no answer within ${CHECK_MS / 1_000} s`)))
  const callOff = outer && onAbort(outer, () => end(outer.reason))
  if (outer?.aborted) end(outer.reason)
  return {
    signal: controller.signal,
    expired: promise,
    close() {
      timer.cancel()
      callOff?.()
    },
  }
}
