import { type OrchestratorClient, type ResourceQuery, resolveResource } from '../../client/index.ts'
import type { DriverName, Resource } from '../../contract/index.ts'
import { AstaraError, escapeControls, normalizeUuid } from '../../shared/index.ts'
import type { Selection } from '../selection.ts'
import { callOf, type Work } from './context.ts'
import { filterRows } from './filter.ts'

/** Above so many names one list is cheaper than a question for each. */
const ASK_EACH = 8

/** The UUID that a flag must hold. */
export function uuidFlag(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const id = normalizeUuid(text)
  if (id === null) throw new AstaraError('usage', `--${name} must be a UUID`)
  return id
}

/** Answers the questions of `resolveResource` from a list that was read once. */
function answersFrom(resources: readonly Resource[]): Pick<OrchestratorClient, 'list' | 'get'> {
  return {
    async list({ name, idPrefix } = {}) {
      const prefix = idPrefix?.toLowerCase()
      const found = resources.filter(
        (one) => (name === undefined || one.name === name) && (prefix === undefined || one.id.startsWith(prefix)),
      )
      return { resources: found, next_marker: null, revision: 0 }
    },
    async get(id) {
      const found = resources.find((one) => one.id === id)
      if (found === undefined) throw new AstaraError('not_found', `there is no resource ${id}`)
      return found
    },
  }
}

/** One error for all that could not be found: nothing is done to a list of which a part was mistyped. */
function together(errors: readonly AstaraError[]): AstaraError {
  const [first] = errors
  if (first !== undefined && errors.length === 1) return first
  const code = errors.every((error) => error.code === first?.code) ? (first?.code ?? 'failed') : 'usage'
  return new AstaraError(code, `${errors.length} of them cannot be told`, {
    suggestions: errors.flatMap((error) => [error.message, ...(error.code === 'ambiguous' ? error.suggestions : [])]),
    details: { errors: errors.map(({ code, message, details }) => ({ code, message, details })) },
  })
}

async function resolveAll(work: Work, texts: readonly string[], query: ResourceQuery): Promise<readonly Resource[]> {
  const call = callOf(work)
  const source = texts.length > ASK_EACH ? answersFrom((await work.client.list(query, call)).resources) : work.client
  const options = { ...call, ...(query.driver === undefined ? {} : { driver: query.driver }) }
  const settled = await Promise.allSettled(texts.map((text) => resolveResource(source, text, options)))
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  const foreseen = errors.filter(
    (error): error is AstaraError =>
      error instanceof AstaraError && (error.code === 'not_found' || error.code === 'ambiguous'),
  )
  // Anything else, such as a lost connection, is no matter of names.
  const other = errors.find((error) => !foreseen.includes(error as AstaraError))
  if (other !== undefined) throw other
  if (foreseen.length > 0) throw together(foreseen)
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}

/**
 * The resources that a selection means, each once, in the order of ids or as they were named. What is named and does not fit the rest of
 * the selection is an error, not a smaller list.
 *
 * @throws AstaraError `not_found`, `ambiguous`, `usage` (a filter that cannot be read), and the client's
 */
export async function selectResources(
  work: Work,
  selection: Selection,
  driver: DriverName | null,
): Promise<readonly Resource[]> {
  const { texts, state, filter } = selection
  const tenantId = uuidFlag('tenant', selection.tenant)
  const kind: ResourceQuery = driver === null ? {} : { driver }
  const query: ResourceQuery = {
    ...kind,
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(state === undefined ? {} : { instanceState: state }),
  }
  if (texts.length === 0) {
    const { resources } = await work.client.list(query, callOf(work))
    return await filterRows(resources, filter, work.io.clock.now())
  }
  const found = await resolveAll(work, texts, kind)
  const unique = [...new Map(found.map((one) => [one.id, one])).values()]
  const fitting = unique.filter(
    (one) =>
      (tenantId === undefined || one.tenant_id === tenantId) && (state === undefined || one.instance_state === state),
  )
  const fits = new Set(await filterRows(fitting, filter, work.io.clock.now()))
  const unfit = unique.filter((one) => !fits.has(one))
  if (unfit.length > 0) {
    const names = unfit.map((one) => escapeControls(one.name || one.id)).join(', ')
    throw new AstaraError('not_found', `not among those selected: ${names}`)
  }
  return unique
}
