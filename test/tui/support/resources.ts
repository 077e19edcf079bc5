import type { Resource, Worker } from '../../../src/contract/index.ts'

/** A UUID that shows its number. */
export const uuid = (n: number): string =>
  `${n.toString(16).padStart(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`

/** A configured router; `over` changes it. */
export function resourceOf(n: number, over: Partial<Resource> = {}): Resource {
  return {
    id: uuid(n),
    driver: 'router',
    tenant_id: uuid(1_000 + (n % 3)),
    name: `router-${n}`,
    status: 'ACTIVE',
    instance_state: 'configured',
    step: 'CalcAction',
    action: 'poll',
    queue: [],
    attempts: 0,
    image_uuid: uuid(9_999),
    image_current: true,
    instances: [
      {
        id: uuid(5_000 + n),
        name: `ak-router-${n}`,
        status: 'ACTIVE',
        management_address: `127.7.0.${(n % 250) + 1}`,
        image_uuid: uuid(9_999),
        booted_at: '2026-01-01T00:00:00.000Z',
        alive: true,
      },
    ],
    required_instances: 1,
    networks: 3,
    config_fingerprint: 'f00dfeedf00dfeed',
    configured_at: '2026-01-01T00:00:10.000Z',
    last_event_at: '2026-01-01T00:00:10.000Z',
    last_event_type: 'router.update.end',
    last_alive_at: '2026-01-01T00:00:20.000Z',
    last_error: null,
    debug: null,
    worker: 'worker-0',
    host: 'controller',
    revision: n,
    ...over,
  }
}

export function workerOf(n: number, over: Partial<Worker> = {}): Worker {
  return {
    name: `worker-${n}`,
    pid: 4_000 + n,
    since: '2026-01-01T00:00:00.000Z',
    resources: 10,
    queued: 0,
    running: [],
    rss_bytes: 80 * 2 ** 20,
    heap_bytes: 20 * 2 ** 20,
    event_loop_p99_ms: 3,
    restarts: 0,
    ...over,
  }
}
