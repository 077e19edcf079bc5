import type { Resource } from '../../contract/index.ts'

/** What a resource can be filtered and sorted by. */
export type Field =
  /** `exact`: one of a few words, which `key:value` means whole. */
  | { readonly kind: 'text'; readonly exact?: true; readonly read: (resource: Resource) => string | null }
  | { readonly kind: 'number'; readonly read: (resource: Resource) => number | null }
  | { readonly kind: 'flag'; readonly read: (resource: Resource) => boolean | null }
  /** Time since a moment, which `read` answers in milliseconds since the epoch. */
  | { readonly kind: 'age'; readonly read: (resource: Resource) => number | null }

const text = (read: (resource: Resource) => string | null): Field => ({ kind: 'text', read })
const word = (read: (resource: Resource) => string | null): Field => ({ kind: 'text', exact: true, read })
const number = (read: (resource: Resource) => number | null): Field => ({ kind: 'number', read })
const flag = (read: (resource: Resource) => boolean | null): Field => ({ kind: 'flag', read })
const since = (read: (resource: Resource) => string | null): Field => ({
  kind: 'age',
  read(resource) {
    const time = read(resource)
    return time === null ? null : Date.parse(time)
  },
})

const oldestBoot = (resource: Resource): string | null =>
  resource.instances.reduce<string | null>(
    (oldest, { booted_at: at }) => (at !== null && (oldest === null || at < oldest) ? at : oldest),
    null,
  )

/** By the name under which filters and sort orders know them. */
const FIELDS = {
  id: text((r) => r.id),
  name: text((r) => r.name),
  tenant: text((r) => r.tenant_id),
  driver: word((r) => r.driver),
  state: word((r) => r.instance_state),
  status: word((r) => r.status),
  step: word((r) => r.step),
  action: word((r) => r.action),
  queue: number((r) => r.queue.length),
  attempts: number((r) => r.attempts),
  image: text((r) => r.image_uuid),
  image_current: flag((r) => r.image_current),
  instances: number((r) => r.instances.length),
  required: number((r) => r.required_instances),
  address: text((r) => r.instances.map((one) => one.management_address ?? '').join(' ') || null),
  networks: number((r) => r.networks),
  fingerprint: text((r) => r.config_fingerprint),
  event: text((r) => r.last_event_type),
  error: text((r) => (r.last_error ? `${r.last_error.code}: ${r.last_error.message}` : null)),
  debug: word((r) => r.debug?.scope ?? null),
  worker: word((r) => r.worker),
  host: word((r) => r.host),
  age: since(oldestBoot),
  event_age: since((r) => r.last_event_at),
  alive_age: since((r) => r.last_alive_at),
  configured_age: since((r) => r.configured_at),
  revision: number((r) => r.revision),
} satisfies Record<string, Field>

/** Names of the API's own objects, and what people type for them. */
const ALIASES: Readonly<Record<string, keyof typeof FIELDS>> = {
  tenant_id: 'tenant',
  project: 'tenant',
  instance_state: 'state',
  image_uuid: 'image',
  latest: 'image_current',
  required_instances: 'required',
  management_address: 'address',
  config_fingerprint: 'fingerprint',
  last_event: 'event',
  last_event_type: 'event',
  last_event_at: 'event_age',
  last_alive: 'alive_age',
  last_alive_at: 'alive_age',
  configured_at: 'configured_age',
  booted_at: 'age',
  last_error: 'error',
}

/** Every name a filter may use, aliases left out. */
export const FIELD_NAMES: readonly string[] = Object.keys(FIELDS)

/** The field of this name (any case, `-` for `_`), or null. */
export function fieldOf(name: string): Field | null {
  const plain = name.toLowerCase().replaceAll('-', '_')
  const key = Object.hasOwn(ALIASES, plain) ? ALIASES[plain] : plain
  return key !== undefined && Object.hasOwn(FIELDS, key) ? FIELDS[key as keyof typeof FIELDS] : null
}
