import type { Scope } from './scope.ts'

const GROWTH = 1.5
const MAX_FACTOR = 10

/** Look at the boot again after the interval, which grows while nothing happens. */
export function waitForBoot(scope: Scope): void {
  const { record, deps } = scope
  const factor = Math.min(MAX_FACTOR, GROWTH ** record.bootLooks)
  record.bootLooks += 1
  record.wait = { reason: 'boot', ms: Math.round(deps.settings.bootCheckIntervalMs * factor) }
}

/** Look again whether Nova has forgotten a server. */
export function waitForDelete(scope: Scope): void {
  scope.record.wait = { reason: 'delete', ms: Math.min(1_000, scope.deps.settings.bootCheckIntervalMs) }
}

/** Look again whether the appliance shows its new interfaces. */
export function waitForHotplug(scope: Scope): void {
  scope.record.wait = { reason: 'hotplug', ms: Math.min(1_000, scope.deps.settings.hotplugTimeoutMs) }
}
