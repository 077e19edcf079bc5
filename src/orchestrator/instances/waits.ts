import type { Scope } from './scope.ts'

/** A look at a boot comes late by no more than this part of the time the boot takes… */
const LATENESS = 0.2
/** …and by no more than so many intervals. */
const MAX_INTERVALS = 10

/** Milliseconds that a boot has been waited for; starts the clock. */
export function bootElapsedMs({ record, deps }: Scope): number {
  const now = deps.clock.monotonic()
  record.bootSince ??= now
  return now - record.bootSince
}

/** Look at the boot again after the interval, which grows with the time it takes. */
export function waitForBoot(scope: Scope): void {
  const { bootCheckIntervalMs: interval } = scope.deps.settings
  const ms = Math.min(MAX_INTERVALS * interval, Math.max(interval, LATENESS * bootElapsedMs(scope)))
  scope.record.wait = { reason: 'boot', ms: Math.round(ms) }
}

/** Look again whether Nova has forgotten a server. */
export function waitForDelete(scope: Scope): void {
  scope.record.wait = { reason: 'delete', ms: Math.min(1_000, scope.deps.settings.bootCheckIntervalMs) }
}

/** Look again whether the appliance shows its new interfaces. */
export function waitForHotplug(scope: Scope): void {
  scope.record.wait = { reason: 'hotplug', ms: Math.min(1_000, scope.deps.settings.hotplugTimeoutMs) }
}
