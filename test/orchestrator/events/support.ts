import type { ResourceEvent } from '../../../src/orchestrator/events/index.ts'

/** A UUID that is recognisable in failures. */
export const uuid = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`

/** A resource event from a notification, with these differences from the plainest one. */
export const resourceEvent = (changes: Partial<ResourceEvent>): ResourceEvent => ({
  kind: 'resource',
  driver: 'router',
  resourceId: null,
  tenantId: null,
  tenantFrom: 'none',
  action: 'update',
  priority: 'event',
  source: 'notification',
  type: 'test',
  hints: null,
  imageUuid: null,
  reason: null,
  force: false,
  ...changes,
})

export const BOTH = { ipsecVpn: true, enabledDrivers: ['router', 'loadbalancer'] as const }
export const ROUTERS = { ipsecVpn: false, enabledDrivers: ['router'] as const }
