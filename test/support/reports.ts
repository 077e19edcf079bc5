import type { ResourceReport } from '../../src/orchestrator/worker/protocol.ts'

/** A worker's report of one resource, with whatever the test cares about. */
export function report(overrides: Partial<ResourceReport['resource']> = {}): ResourceReport {
  return {
    resource: {
      id: '00000000-0000-0000-0000-000000000001',
      driver: 'router',
      tenant_id: '00000000-0000-0000-0000-0000000000aa',
      name: 'r1',
      status: 'ACTIVE',
      instance_state: 'configured',
      step: 'CalcAction',
      action: 'poll',
      queue: [],
      attempts: 0,
      image_uuid: null,
      image_current: null,
      instances: [],
      required_instances: 1,
      networks: 0,
      config_fingerprint: null,
      configured_at: null,
      last_event_at: null,
      last_event_type: null,
      last_alive_at: null,
      last_error: null,
      ...overrides,
    },
    networkIds: [],
    attachedAsOf: null,
    externalNetworkIds: [],
    subnetIds: [],
    portIds: [],
    l3: null,
  }
}
