import type { ResourceEvent } from './events/index.ts'

/** An event of our own making: look at this resource. `tenantId` null: whose it is must be asked. */
export function lookAgain(
  resourceId: string,
  tenantId: string | null,
  driver: ResourceEvent['driver'],
  source: ResourceEvent['source'],
): ResourceEvent {
  return {
    kind: 'resource',
    driver,
    resourceId,
    tenantId,
    tenantFrom: tenantId === null ? 'none' : 'payload',
    action: 'update',
    priority: 'event',
    source,
    type: source,
    hints: null,
    imageUuid: null,
    reason: null,
    force: false,
  }
}
