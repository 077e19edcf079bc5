import { type ActionOnOne, resolveResource, type Wildcard } from '../../client/index.ts'
import type { Resource } from '../../contract/index.ts'
import { AstaraError, normalizeUuid } from '../../shared/index.ts'
import { confirm } from '../confirm.ts'
import { toJson } from '../json.ts'
import { harmless } from '../text-width.ts'
import { callOf, type Work } from './context.ts'

const NAMED = 10

export interface ActOptions {
  /** Id, beginning of an id, name, `*` or `error`. */
  readonly text: string
  readonly action: 'update' | 'rebuild'
  /** null: resources of every driver. */
  readonly driver: 'router' | null
  readonly reason?: string | undefined
  readonly imageUuid?: string | undefined
  readonly tenantId?: string | undefined
  readonly yes: boolean
  readonly json: boolean
}

/** What happened, as `--json` prints it: one resource (null over AMQP), or how many were hit (null where unknown). */
export type ActResult =
  | { readonly accepted: true; readonly resource: Resource | null }
  | { readonly accepted: true; readonly resources: number | null }

function uuidFlag(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const id = normalizeUuid(text)
  if (id === null) throw new AstaraError('usage', `--${name} must be a UUID`)
  return id
}

const doing = (action: 'update' | 'rebuild'): string => (action === 'update' ? 'Update' : 'Rebuild')
const describe = (noun: string, { id, name }: Resource): string =>
  name === '' ? `${noun} ${id}` : `${noun} ${harmless(name)} (${id})`

type Prepared = Omit<ActOptions, 'imageUuid' | 'tenantId'> & Pick<ActionOnOne, 'imageUuid' | 'tenantId'>

/** Says what a wildcard would hit, for the refusal without `--yes`. */
async function victims(work: Work, which: Wildcard, driver: 'router' | null): Promise<string> {
  const { client } = work
  if (client.via === 'amqp')
    return which === '*' ? 'every resource that hears it' : 'every resource in error that hears it'
  const query = {
    ...(driver === null ? {} : { driver }),
    ...(which === 'error' ? { instanceState: 'error' as const } : {}),
  }
  const { resources } = await client.list(query, callOf(work))
  const names = resources.slice(0, NAMED).map((resource) => harmless(resource.name || resource.id))
  const more = resources.length > NAMED ? `, and ${resources.length - NAMED} more` : ''
  return `${resources.length} ${driver ?? 'resource'}(s): ${names.join(', ')}${more}`
}

async function actOnMany(work: Work, which: Wildcard, options: Prepared): Promise<ActResult> {
  const { io, client } = work
  const { action, driver, yes, reason, imageUuid } = options
  if (!yes) {
    const hit = await victims(work, which, driver)
    throw new AstaraError('refused', `${doing(action)} ${which}: this would hit ${hit}`, {
      suggestions: ['Add --yes if you mean it.'],
    })
  }
  const asked = {
    action,
    driver,
    ...(reason === undefined ? {} : { reason }),
    ...(imageUuid === undefined ? {} : { imageUuid }),
  }
  const taken = await io.busy(`${doing(action)} ${which}`, client.actOnMany(which, asked, callOf(work)))
  const count = taken.resources === null ? '' : ` (${taken.resources})`
  if (!options.json) io.print(`${doing(action)} of ${which === '*' ? 'all' : 'all in error'}${count} asked for.\n`)
  return taken
}

/** The id to act on: looked up where questions can be asked, else only a whole id will do. */
async function targetOf(work: Work, { text, driver }: Prepared, noun: string): Promise<{ id: string; title: string }> {
  const { io, client } = work
  if (client.via === 'amqp') {
    const id = normalizeUuid(text)
    if (id === null) {
      throw new AstaraError('usage', 'over AMQP nothing can be looked up: give the whole id', {
        suggestions: ['Names and short ids work with --via http.'],
      })
    }
    return { id, title: `${noun} ${id}` }
  }
  const options = { ...callOf(work), ...(driver === null ? {} : { driver }) }
  const resource = await io.busy(`Looking for ${noun}`, resolveResource(client, text, options))
  return { id: resource.id, title: describe(noun, resource) }
}

/**
 * Updates or rebuilds what a person names. A rebuild takes a service away for a while: it asks first. `*` and `error` hit many and go
 * only with `--yes`.
 *
 * @throws AstaraError `not_found`, `ambiguous`, `refused` (no confirmation, or the orchestrator refused), `usage`, and the client's
 */
export async function actOnResource(work: Work, options: ActOptions): Promise<ActResult> {
  const { io, client, signal } = work
  const { text, action, driver, reason, yes, json } = options
  const noun = driver ?? 'resource'
  const imageUuid = uuidFlag('image-uuid', options.imageUuid)
  const tenantId = uuidFlag('tenant-id', options.tenantId)
  const { imageUuid: _image, tenantId: _tenant, ...rest } = options
  const prepared: Prepared = {
    ...rest,
    ...(imageUuid === undefined ? {} : { imageUuid }),
    ...(tenantId === undefined ? {} : { tenantId }),
  }

  if (text === '*' || text === 'error') {
    const result = await actOnMany(work, text, prepared)
    if (json) io.print(toJson(result))
    return result
  }

  const { id, title } = await targetOf(work, prepared, noun)
  if (action === 'rebuild') await confirm(io, { deed: `Rebuild ${title}`, yes, ...(signal ? { signal } : {}) })
  const asked = {
    action,
    ...(reason === undefined ? {} : { reason }),
    ...(imageUuid === undefined ? {} : { imageUuid }),
    ...(tenantId === undefined ? {} : { tenantId }),
  }
  const result = await io.busy(`${doing(action)} ${title}`, client.act(id, asked, callOf(work)))
  io.print(json ? toJson(result) : `${doing(action)} of ${title} asked for.\n`)
  return result
}
