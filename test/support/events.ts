import type { ResourceEvent } from '../../src/orchestrator/events/index.ts'

/** An update of a router by an event, with whatever the test cares about. */
export function resourceEvent(overrides: Partial<ResourceEvent> = {}): ResourceEvent {
  return {
    kind: 'resource',
    driver: 'router',
    resourceId: '00000000-0000-0000-0000-000000000001',
    tenantId: '00000000-0000-0000-0000-0000000000aa',
    tenantFrom: 'payload',
    action: 'update',
    priority: 'event',
    source: 'notification',
    type: 'router.update.end',
    hints: null,
    imageUuid: null,
    reason: null,
    force: false,
    ...overrides,
  }
}
