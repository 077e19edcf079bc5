import { resolveResource, type StreamQuery } from '../../client/index.ts'
import type { DriverName, InstanceState, StreamEvent } from '../../contract/index.ts'
import { callOf, type Work } from './context.ts'
import { followEvents } from './events.ts'
import { uuidFlag } from './select-resources.ts'

/** The values of the flags of `ctl events`. */
export interface EventsFlags {
  readonly type?: readonly StreamEvent['type'][] | undefined
  readonly resource?: string | undefined
  readonly tenant?: string | undefined
  readonly state?: InstanceState | undefined
  readonly driver?: DriverName | undefined
  readonly limit?: number | undefined
  readonly json: boolean
}

/** What is told of one resource when no types are named: its timeline too. */
const OF_ONE = ['resource', 'removed', 'timeline'] as const

/** Follows what the flags select. Throws as `followEvents` does, and AstaraError `not_found`, `ambiguous` for the resource. */
export async function followSelected(work: Work, flags: EventsFlags): Promise<{ readonly events: number }> {
  const { resource, state, driver, limit, json } = flags
  const kind = driver === undefined ? {} : { driver }
  const only =
    resource === undefined ? null : await resolveResource(work.client, resource, { ...callOf(work), ...kind })
  const tenantId = uuidFlag('tenant', flags.tenant)
  const types = flags.type ?? (only === null ? undefined : OF_ONE)
  const query: StreamQuery = {
    ...kind,
    ...(types === undefined ? {} : { types }),
    ...(only === null ? {} : { id: only.id }),
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(state === undefined ? {} : { instanceState: state }),
  }
  return await followEvents({ ...work, query, json, limit })
}
