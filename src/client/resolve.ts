import type { DriverName, Resource } from '../contract/index.ts'
import { AstaraError, escapeControls, normalizeUuid } from '../shared/index.ts'
import type { CallOptions, OrchestratorClient } from './types.ts'

const SHOWN_CANDIDATES = 10
const PREFIX = /^[0-9a-f-]{1,36}$/i

export interface ResolveOptions extends CallOptions {
  /** Only resources of this driver are meant. */
  readonly driver?: DriverName
}

/**
 * Finds the one resource that a person means by `text`: an id, the beginning of an id, or exactly a name.
 *
 * @throws AstaraError `not_found`; `ambiguous` with all candidates in `details.candidates`, a name and a short id being taken alike.
 */
export async function resolveResource(
  client: Pick<OrchestratorClient, 'list' | 'get'>,
  text: string,
  options: ResolveOptions = {},
): Promise<Resource> {
  const { driver, ...call } = options
  const noun = driver ?? 'resource'
  const shown = escapeControls(text)
  const missing = (): AstaraError =>
    new AstaraError('not_found', `there is no ${noun} "${shown}"`, {
      suggestions: [`See them all: astara ctl ${driver === 'router' ? 'router' : 'resource'} list`],
    })

  const id = normalizeUuid(text)
  if (id !== null) {
    const resource = await client.get(id, call).catch((error: unknown) => {
      throw error instanceof AstaraError && error.code === 'not_found' ? missing() : error
    })
    if (driver !== undefined && resource.driver !== driver) throw missing()
    return resource
  }

  const kind = driver === undefined ? {} : { driver }
  const lists = await Promise.all([
    client.list({ ...kind, name: text }, call),
    ...(PREFIX.test(text) ? [client.list({ ...kind, idPrefix: text }, call)] : []),
  ])
  const found = new Map(lists.flatMap((list) => list.resources).map((resource) => [resource.id, resource]))
  const [first, ...others] = found.values()
  if (first === undefined) throw missing()
  if (others.length === 0) return first
  const candidates = [first, ...others].map(({ id, name, tenant_id }) => ({ id, name, tenant_id }))
  throw new AstaraError('ambiguous', `"${shown}" can be any of ${candidates.length} ${noun}s`, {
    suggestions: [
      'Give more of the id:',
      ...candidates.slice(0, SHOWN_CANDIDATES).map((one) => `  ${one.id}  ${escapeControls(one.name)}`),
      ...(candidates.length > SHOWN_CANDIDATES ? [`  … and ${candidates.length - SHOWN_CANDIDATES} more`] : []),
    ],
    details: { candidates },
  })
}
