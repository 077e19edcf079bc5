import { AstaraError } from '../shared/index.ts'
import type { Io } from './io.ts'

/** What is asked before something that hurts. */
export interface Confirmation {
  /** What will be done to what, named; becomes `<this>? [y/N]`. */
  readonly deed: string
  /** Everything that will be hit, a line each; shown before the question. */
  readonly victims?: readonly string[]
  /** What must be typed instead of `y`, for what hurts many. */
  readonly word?: string
  /** `--yes` was given. */
  readonly yes: boolean
  readonly signal?: AbortSignal | undefined
}

/** So many of them are shown; of more, that there are more. */
const SHOWN = 20

/** The first of many lines, and how many more there are. */
function firstOf(lines: readonly string[], limit = SHOWN): readonly string[] {
  return lines.length <= limit + 1 ? lines : [...lines.slice(0, limit), `… and ${lines.length - limit} more`]
}

/**
 * Goes on only after a yes: `y` or `yes`, or the word where one is asked for. Anything else is a no.
 *
 * @throws AstaraError `refused` (nothing was done): the answer was no, or there is nobody to ask and no `--yes`.
 */
export async function confirm(io: Io, { deed, victims = [], word, yes, signal }: Confirmation): Promise<void> {
  if (yes) return
  if (!io.canAsk) {
    throw new AstaraError('refused', `${deed}: refused without a confirmation`, {
      suggestions: [
        ...firstOf(victims).map((victim) => `  ${victim}`),
        'There is no terminal to ask on: add --yes if you mean it.',
      ],
    })
  }
  for (const victim of firstOf(victims)) io.note(`  ${victim}`)
  const question = word === undefined ? `${deed}? [y/N] ` : `${deed}? Type "${word}" to go on: `
  const answer = (await io.ask(question, signal)).trim().toLowerCase()
  const isYes = word === undefined ? answer === 'y' || answer === 'yes' : answer === word
  if (!isYes) throw new AstaraError('refused', 'nothing was done')
}
