import type { DriverName, InstanceState } from '../../contract/index.ts'
import { readSelection } from '../selection.ts'
import { type ActResult, actOnResources, type Deed } from './act-on-resources.ts'
import type { Work } from './context.ts'

/** Of one answer, and of a wait, when nobody says otherwise. */
const WAIT_SECONDS = 900

/** The values of the flags of commands that act. */
export interface ActFlags {
  readonly tenant?: string | undefined
  readonly state?: InstanceState | undefined
  readonly filter?: string | undefined
  readonly all: boolean
  readonly reason?: string | undefined
  readonly 'image-uuid'?: string | undefined
  readonly yes: boolean
  readonly json: boolean
  readonly wait?: boolean
  /** Seconds. */
  readonly timeout?: number | undefined
}

/** Does something to what the words and flags of a command line select. Throws as `actOnResources` and `readSelection` do. */
export async function actOnSelection(
  work: Work & { readonly signal: AbortSignal },
  action: Deed,
  driver: DriverName | null,
  texts: readonly string[],
  flags: ActFlags,
): Promise<ActResult> {
  const selection = await readSelection(texts, flags, work.io, work.signal)
  return await actOnResources(work, {
    selection,
    action,
    driver,
    reason: flags.reason,
    imageUuid: flags['image-uuid'],
    yes: flags.yes,
    json: flags.json,
    waitMs: flags.wait ? (flags.timeout ?? WAIT_SECONDS) * 1_000 : null,
  })
}
