import { AstaraError } from '../shared/index.ts'
import type { Io } from './io.ts'

/** What is asked before something that hurts. */
export interface Confirmation {
  /** What will be done to what, named; becomes `<this>? [y/N]`. */
  readonly deed: string
  /** `--yes` was given. */
  readonly yes: boolean
  readonly signal?: AbortSignal
}

/**
 * Goes on only after a yes. Anything else than `y` or `yes` is a no.
 *
 * @throws AstaraError `refused` (nothing was done): the answer was no, or there is nobody to ask and no `--yes`.
 */
export async function confirm(io: Io, { deed, yes, signal }: Confirmation): Promise<void> {
  if (yes) return
  if (!io.canAsk) {
    throw new AstaraError('refused', `${deed}: refused without a confirmation`, {
      suggestions: ['There is no terminal to ask on: add --yes if you mean it.'],
    })
  }
  const answer = (await io.ask(`${deed}? [y/N] `, signal)).trim().toLowerCase()
  if (answer !== 'y' && answer !== 'yes') throw new AstaraError('refused', 'nothing was done')
}
