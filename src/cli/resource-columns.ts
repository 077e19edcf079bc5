import type { Instance, InstanceState, Resource } from '../contract/index.ts'
import type { ColumnSet } from './columns.ts'
import type { Tone } from './terminal.ts'

/** How a state feels; the word itself is always there. */
const TONES: Readonly<Record<InstanceState, Tone>> = {
  configured: 'ok',
  up: 'warn',
  booting: 'warn',
  restart: 'warn',
  replug: 'warn',
  degraded: 'warn',
  down: 'bad',
  error: 'bad',
  gone: 'muted',
}

/** Of the oldest instance. */
const oldestBoot = ({ instances }: Resource): string | null =>
  instances.flatMap(({ booted_at }) => booted_at ?? []).sort()[0] ?? null

/** Resources, as `ctl resource list` and `ctl router list` print them. */
export const resourceColumns: ColumnSet<Resource> = {
  noun: 'resources',
  name: (r) => r.id,
  columns: [
    { id: 'id', kind: 'id', value: (r) => r.id },
    { id: 'name', kind: 'text', value: (r) => r.name },
    {
      id: 'instance_state',
      header: 'STATE',
      aliases: ['state'],
      kind: 'text',
      value: (r) => r.instance_state,
      tone: (r) => TONES[r.instance_state],
    },
    { id: 'status', kind: 'text', value: (r) => r.status },
    { id: 'driver', kind: 'text', value: (r) => r.driver, wide: true },
    { id: 'tenant_id', header: 'TENANT', aliases: ['tenant', 'project_id'], kind: 'id', value: (r) => r.tenant_id },
    { id: 'step', kind: 'text', value: (r) => r.step, wide: true },
    { id: 'action', kind: 'text', value: (r) => r.action, wide: true },
    { id: 'queue', kind: 'text', value: (r) => r.queue.join(',') || null, wide: true },
    { id: 'attempts', kind: 'number', value: (r) => r.attempts, wide: true },
    {
      id: 'instances',
      kind: 'text',
      aliases: ['alive'],
      value: (r) => `${r.instances.filter((i) => i.alive).length}/${r.required_instances}`,
    },
    { id: 'networks', kind: 'number', value: (r) => r.networks, wide: true },
    {
      id: 'image_current',
      header: 'IMAGE',
      aliases: ['image'],
      kind: 'text',
      value: (r) => (r.image_current === null ? null : r.image_current ? 'latest' : 'out-of-date'),
      tone: (r) => (r.image_current === false ? 'warn' : null),
      wide: true,
    },
    { id: 'image_uuid', kind: 'id', value: (r) => r.image_uuid, wide: true },
    { id: 'age', kind: 'time', aliases: ['booted_at'], value: oldestBoot, wide: true },
    { id: 'configured_at', header: 'CONFIGURED', kind: 'time', value: (r) => r.configured_at, wide: true },
    { id: 'last_alive_at', header: 'ALIVE', kind: 'time', value: (r) => r.last_alive_at, wide: true },
    { id: 'last_event_at', header: 'EVENT', kind: 'time', value: (r) => r.last_event_at },
    { id: 'last_event_type', header: 'EVENT TYPE', kind: 'text', value: (r) => r.last_event_type, wide: true },
    {
      id: 'last_error',
      header: 'ERROR',
      aliases: ['error'],
      kind: 'text',
      value: (r) => r.last_error?.message ?? null,
      tone: () => 'bad',
    },
    { id: 'debug', kind: 'text', value: (r) => r.debug?.scope ?? null, tone: () => 'warn', wide: true },
    { id: 'worker', kind: 'text', value: (r) => r.worker, wide: true },
    { id: 'host', kind: 'text', value: (r) => r.host, wide: true },
    { id: 'revision', kind: 'number', value: (r) => r.revision, wide: true },
  ],
}

/** The Nova servers of one resource. */
export const instanceColumns: ColumnSet<Instance> = {
  noun: 'instances',
  name: (i) => i.id,
  columns: [
    { id: 'id', kind: 'id', value: (i) => i.id },
    { id: 'name', kind: 'text', value: (i) => i.name },
    { id: 'status', kind: 'text', value: (i) => i.status },
    { id: 'alive', kind: 'flag', value: (i) => i.alive, tone: (i) => (i.alive === false ? 'bad' : null) },
    { id: 'management_address', header: 'ADDRESS', kind: 'text', value: (i) => i.management_address },
    { id: 'booted_at', header: 'BOOTED', kind: 'time', value: (i) => i.booted_at },
    { id: 'image_uuid', header: 'IMAGE', kind: 'id', value: (i) => i.image_uuid },
  ],
}
