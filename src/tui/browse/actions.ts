import type { OrchestratorClient } from '../../client/index.ts'
import type { Resource } from '../../contract/index.ts'
import { AstaraError, messageOf } from '../../shared/index.ts'
import type { PendingAction } from './state.ts'

/** What became of an action. */
export interface ActionReport {
  readonly done: readonly string[]
  /** No longer there when it was carried out. */
  readonly gone: readonly string[]
  readonly failed: readonly { readonly id: string; readonly why: string }[]
}

/** Requests under way at once: a fleet's worth of rebuilds must not become one burst. */
const AT_ONCE = 8

/** What went wrong and what to do about it, on one line. */
export function problemOf(error: unknown): string {
  if (!(error instanceof AstaraError)) return messageOf(error)
  const [first] = error.suggestions
  return first === undefined ? error.message : `${error.message}. ${first}`
}

type Actor = Pick<OrchestratorClient, 'act' | 'setDebug'>

async function one(
  { action, target, reason }: PendingAction,
  id: string,
  client: Actor,
  signal: AbortSignal,
): Promise<void> {
  const why = reason === null ? {} : { reason }
  if (target.kind === 'resource') {
    await client.act(id, { action, ...why }, { signal })
    return
  }
  const about = target.kind === 'tenant' ? ({ scope: 'tenant', id } as const) : ({ scope: 'global' } as const)
  await client.setDebug(about, { enabled: action === 'debug', ...why }, { signal })
}

/**
 * Carries an action out on exactly the ids that were named when it was asked for. Each is looked up again now: what has gone meanwhile is
 * left alone and reported, and nothing else takes its place.
 */
export async function perform(
  pending: PendingAction,
  {
    client,
    resources,
    signal,
  }: { readonly client: Actor; readonly resources: () => ReadonlyMap<string, Resource>; readonly signal: AbortSignal },
): Promise<ActionReport> {
  const ids = pending.target.kind === 'global' ? ['*'] : [...pending.target.ids]
  const done: string[] = []
  const gone: string[] = []
  const failed: { id: string; why: string }[] = []
  const next = async (): Promise<void> => {
    for (let id = ids.shift(); id !== undefined; id = ids.shift()) {
      if (pending.target.kind === 'resource' && !resources().has(id)) {
        gone.push(id)
        continue
      }
      try {
        await one(pending, id, client, signal)
        done.push(id)
      } catch (error) {
        failed.push({ id, why: problemOf(error) })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, next))
  return { done, gone, failed }
}

const NAMES: Readonly<Record<PendingAction['action'], string>> = {
  rebuild: 'Rebuild',
  update: 'Update',
  debug: 'Debug mode',
  manage: 'Management',
}

/** The report in words. */
export function reportText(pending: PendingAction, report: ActionReport, nameOf: (id: string) => string): string {
  const name = (id: string): string => (id === '*' ? 'the whole cluster' : nameOf(id) || id)
  const what = NAMES[pending.action]
  const [done, ...others] = report.done
  const parts: string[] = []
  if (done !== undefined)
    parts.push(
      `${what} of ${others.length === 0 ? name(done) : `${report.done.length} ${pending.target.kind}s`} asked for`,
    )
  if (report.gone.length > 0)
    parts.push(`${report.gone.map(name).slice(0, 3).join(', ')} ${report.gone.length === 1 ? 'is' : 'are'} gone`)
  const [failure] = report.failed
  if (failure !== undefined) {
    const more = report.failed.length > 1 ? ` (and ${report.failed.length - 1} more failed)` : ''
    parts.push(`${what} of ${name(failure.id)} failed: ${failure.why}${more}`)
  }
  return parts.join('; ')
}
