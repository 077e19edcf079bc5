import type { ActionOnOne } from '../../client/index.ts'
import type { DriverName, Resource } from '../../contract/index.ts'
import { AstaraError, messageOf, normalizeUuid } from '../../shared/index.ts'
import { confirm } from '../confirm.ts'
import { toJson } from '../json.ts'
import type { Selection } from '../selection.ts'
import { harmless } from '../text-width.ts'
import { callOf, needsNoQuestion, type Work } from './context.ts'
import { eachOf, type Settled } from './each.ts'
import { selectResources, uuidFlag } from './select-resources.ts'
import { type Awaited_, waitForAll } from './wait.ts'

export type Deed = 'update' | 'rebuild' | 'debug' | 'manage'

export interface ActOptions {
  readonly selection: Selection
  readonly action: Deed
  /** null: resources of every driver. */
  readonly driver: DriverName | null
  readonly reason?: string | undefined
  readonly imageUuid?: string | undefined
  readonly yes: boolean
  readonly json: boolean
  /** Follow what was begun, for so long. */
  readonly waitMs?: number | null
}

/** What was asked for, for one of them. */
interface Target {
  readonly id: string
  readonly title: string
  /** As it was before; null where nothing can be looked up. */
  readonly resource: Resource | null
}

/** What came of one, as `--json` prints it. */
interface OneResult {
  readonly id: string
  readonly accepted: boolean
  readonly resource?: Resource | null
  readonly error?: { readonly code: string; readonly message: string }
}

/** What `--json` prints: of one the API's own answer, of many how many and what came of each. */
export type ActResult =
  | { readonly accepted: true; readonly resource: Resource | null }
  | { readonly accepted: boolean; readonly resources: number | null; readonly results?: readonly OneResult[] }

const DOING: Readonly<Record<Deed, string>> = {
  update: 'Update',
  rebuild: 'Rebuild',
  debug: 'Debug mode',
  manage: 'Management',
}

/** As a person reads what is being asked: `Rebuild 12 routers`. */
const ASKING: Readonly<Record<Deed, (whom: string) => string>> = {
  update: (whom) => `Update ${whom}`,
  rebuild: (whom) => `Rebuild ${whom}`,
  debug: (whom) => `Put ${whom} into debug mode`,
  manage: (whom) => `Manage ${whom} again`,
}

/** For something that takes a service away. */
const HURTS: Readonly<Record<Deed, boolean>> = { update: false, rebuild: true, debug: false, manage: false }

/** `router core (5f3c…)`. */
function titleOf({ driver, id, name }: Pick<Resource, 'driver' | 'id' | 'name'>): string {
  return name === '' ? `${driver} ${id}` : `${driver} ${harmless(name)} (${id})`
}

/**
 * Where perhaps nothing can be looked up (the original answers no questions), whole ids are enough; null: a look is needed. Who wants to wait
 * needs to know how it was before, so that an orchestrator that cannot tell is found out before anything is asked of it.
 */
function withoutLook(
  { via }: Work['client'],
  { texts }: Selection,
  { driver, waitMs = null }: ActOptions,
): readonly Target[] | null {
  if (via !== 'amqp' || texts.length === 0 || waitMs !== null) return null
  const ids = texts.map(normalizeUuid)
  if (ids.includes(null)) return null
  return ids.flatMap((id) => (id === null ? [] : [{ id, title: `${driver ?? 'resource'} ${id}`, resource: null }]))
}

/** A selection that the original's commands can express as it is. */
function wildcardOf({ texts, all, state, tenant, filter }: Selection): '*' | 'error' | null {
  if (texts.length > 0 || tenant !== undefined || filter !== undefined) return null
  if (state === 'error') return 'error'
  return all && state === undefined ? '*' : null
}

async function actOnWildcard(work: Work, which: '*' | 'error', options: ActOptions): Promise<ActResult> {
  const { io, client, signal } = work
  const { action, driver, reason, yes, json } = options
  if (action === 'debug' || action === 'manage') {
    throw new AstaraError('usage', `over AMQP ${action} takes ids`, {
      suggestions: ['See also: astara ctl global debug'],
    })
  }
  if (driver === 'loadbalancer') throw new AstaraError('usage', 'over AMQP all resources or all routers can be meant')
  const whom = which === '*' ? `every ${driver ?? 'resource'}` : `every ${driver ?? 'resource'} in error`
  await confirm(io, { deed: `${ASKING[action](whom)} that hears it`, word: `${action} all`, yes, signal })
  const imageUuid = uuidFlag('image-uuid', options.imageUuid)
  const asked = {
    action,
    driver,
    ...(reason === undefined ? {} : { reason }),
    ...(imageUuid === undefined ? {} : { imageUuid }),
  }
  const taken = await client.actOnMany(which, asked, callOf(work))
  io.print(json ? toJson(taken) : `${DOING[action]} of ${whom} asked for.\n`)
  return taken
}

/** Asks before what hurts, and before anything that hits several. */
async function ask(work: Work, targets: readonly Target[], options: ActOptions): Promise<void> {
  const { io, signal } = work
  const { action, driver, yes, selection } = options
  const [first] = targets
  if (first === undefined) return
  if (targets.length === 1) {
    if (!HURTS[action]) return
    const unasked = needsNoQuestion(work, yes, selection.texts[0] ?? '')
    await confirm(io, { deed: ASKING[action](first.title), yes: unasked, signal })
    return
  }
  const whom = `${targets.length} ${driver ?? 'resource'}s`
  await confirm(io, {
    deed: ASKING[action](whom),
    victims: targets.map(({ title, resource }) => (resource ? `${title}, ${resource.instance_state}` : title)),
    ...(HURTS[action] ? { word: `${action} ${targets.length}` } : {}),
    yes,
    signal,
  })
}

const errorOf = (error: unknown): { readonly code: string; readonly message: string } => ({
  code: error instanceof AstaraError ? error.code : 'failed',
  message: messageOf(error),
})

/** What the command ends with when not all went well; null: all did. */
function failureOf(
  settled: readonly Settled<Target, unknown>[],
  wanted: number,
  signal: AbortSignal | undefined,
): AstaraError | null {
  const failed = settled.filter(({ error }) => error !== null)
  const done = settled.length - failed.length
  if (signal?.aborted) {
    return new AstaraError('interrupted', `interrupted: ${done} of ${wanted} were asked for`, {
      details: { done, wanted },
    })
  }
  if (failed.length === 0) return null
  const codes = new Set(failed.map(({ error }) => (error instanceof AstaraError ? error.code : 'failed')))
  const [code] = codes
  const isSame = done === 0 && codes.size === 1 && code !== undefined
  const errors = failed.map(({ item, error }) => ({ id: item.id, ...errorOf(error) }))
  return new AstaraError(
    isSame ? code : done === 0 ? 'failed' : 'partial',
    done === 0 ? `all ${failed.length} failed` : `${failed.length} of ${settled.length} failed`,
    { suggestions: [`Try those again: ${failed.map(({ item }) => item.id).join(' ')}`], details: { errors } },
  )
}

/**
 * Does something to the resources that a person means. What takes a service away asks first, and so does everything that hits more than one:
 * it shows what, and wants a word typed where it hurts. What was shown is what is hit: by id, however names have changed meanwhile.
 *
 * @throws AstaraError `not_found`, `ambiguous`, `refused` (no confirmation, or the orchestrator refused), `usage`, `partial` (some failed),
 * `timeout` (still pending at the end of the wait), and the client's
 */
export async function actOnResources(work: Work, options: ActOptions): Promise<ActResult> {
  const { io, client, signal } = work
  const { selection, action, driver, reason, json, waitMs = null } = options
  const imageUuid = uuidFlag('image-uuid', options.imageUuid)
  const wildcard = client.via === 'amqp' && waitMs === null ? wildcardOf(selection) : null
  if (wildcard !== null) return await actOnWildcard(work, wildcard, options)

  const looked = async (): Promise<readonly Target[]> =>
    (await selectResources(work, selection, driver)).map((resource) => ({
      id: resource.id,
      title: titleOf(resource),
      resource,
    }))
  const noun = driver ?? 'resource'
  const targets = withoutLook(client, selection, options) ?? (await io.busy(`Looking for ${noun}s`, looked()))
  if (targets.length === 0) {
    if (json) io.print(toJson({ accepted: true, resources: 0, results: [] }))
    else io.note(`No ${noun}s fit: nothing to do.`)
    return { accepted: true, resources: 0, results: [] }
  }
  await ask(work, targets, options)

  const tenantId = uuidFlag('tenant', selection.tenant)
  const asked: ActionOnOne = {
    action,
    ...(reason === undefined ? {} : { reason }),
    ...(imageUuid === undefined ? {} : { imageUuid }),
    ...(tenantId === undefined ? {} : { tenantId }),
  }
  const [only] = targets
  const label = ASKING[action](targets.length === 1 && only ? only.title : `${targets.length} ${noun}s`)
  const begun = await io.busy(
    label,
    eachOf(targets, signal, (target) => client.act(target.id, asked, callOf(work))),
  )
  if (!json) {
    for (const { item, error } of begun) {
      if (error === null) io.print(`${DOING[action]} of ${item.title} asked for.\n`)
      else if (targets.length > 1) io.note(`${item.title}: ${messageOf(error)}`)
    }
  }
  const [one] = begun
  if (targets.length === 1 && one?.error != null) throw one.error

  const waited = waitMs === null ? null : await waitForAll(work, followable(begun), { action, waitMs, quiet: json })
  const result = resultOf(begun, waited)
  if (json) io.print(toJson(result))
  const failure = failureOf(waited === null ? begun : merge(begun, waited), targets.length, signal)
  if (failure !== null) throw waited !== null && targets.length === 1 ? (waited[0]?.error ?? failure) : failure
  return result
}

/** Those of which it is known how they were before. */
const followable = (begun: readonly Settled<Target, { readonly resource: Resource | null }>[]): readonly Resource[] =>
  begun.flatMap(({ item, result, error }) => {
    const before = item.resource ?? result?.resource ?? null
    return error === null && before !== null ? [before] : []
  })

/** What came of the waiting overrides what came of the asking. */
function merge(
  begun: readonly Settled<Target, unknown>[],
  waited: readonly Awaited_[],
): readonly Settled<Target, unknown>[] {
  const byId = new Map(waited.map((one) => [one.id, one]))
  return begun.map((one) => {
    const error = one.error ?? byId.get(one.item.id)?.error ?? null
    return error === null ? one : { item: one.item, result: null, error }
  })
}

function resultOf(
  begun: readonly Settled<Target, { readonly resource: Resource | null }>[],
  waited: readonly Awaited_[] | null,
): ActResult {
  const after = new Map(waited?.map((one) => [one.id, one]))
  const [one] = begun
  if (begun.length === 1 && one?.result) {
    return { accepted: true, resource: after.get(one.item.id)?.resource ?? one.result.resource }
  }
  const results = begun.map(({ item, result, error }): OneResult => {
    const failure = error ?? after.get(item.id)?.error ?? null
    return {
      id: item.id,
      accepted: error === null,
      ...(result === null ? {} : { resource: after.get(item.id)?.resource ?? result.resource }),
      ...(failure === null ? {} : { error: errorOf(failure) }),
    }
  })
  const accepted = results.filter((result) => result.accepted).length
  return { accepted: accepted === results.length, resources: accepted, results }
}
