import type { InstanceState } from '../contract/index.ts'
import { AstaraError } from '../shared/index.ts'
import type { Io } from './io.ts'

/** Which resources a person means. What is given must all fit. */
export interface Selection {
  /** Ids, beginnings of ids, names. */
  readonly texts: readonly string[]
  readonly tenant?: string | undefined
  readonly state?: InstanceState | undefined
  /** In the client's filter grammar. */
  readonly filter?: string | undefined
  readonly all: boolean
}

/** The values of `selectionFlags`. */
export interface SelectionFlags {
  readonly tenant?: string | undefined
  readonly state?: InstanceState | undefined
  readonly filter?: string | undefined
  readonly all: boolean
}

/** How the original said "all" and "all in error state". */
const ALL = '*'
const IN_ERROR = 'error'

/** Ids as other commands print them: one per line, or several with blanks between. */
const wordsOf = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '')

/**
 * Reads the selection of a command line: `-` stands for what standard input lists, `*` for all and `error` for all in error state.
 *
 * @throws AstaraError `usage` when nothing is selected, or what contradicts itself
 */
export async function readSelection(
  texts: readonly string[],
  flags: SelectionFlags,
  io: Pick<Io, 'readInput'>,
  signal: AbortSignal,
): Promise<Selection> {
  const listed = texts.includes('-') ? wordsOf(await io.readInput(signal)) : []
  const words = texts.flatMap((text) => (text === '-' ? listed : [text]))
  const named = words.filter((word) => word !== ALL && word !== IN_ERROR)
  const all = flags.all || words.includes(ALL)
  const inError = words.includes(IN_ERROR)
  if (inError && flags.state !== undefined && flags.state !== IN_ERROR) {
    throw new AstaraError('usage', `"error" and --state ${flags.state} cannot both be meant`)
  }
  const state = inError ? IN_ERROR : flags.state
  if (named.length > 0 && (all || inError)) {
    throw new AstaraError('usage', 'name some, or say all or error: not both')
  }
  const isAnything = all || state !== undefined || flags.tenant !== undefined || flags.filter !== undefined
  if (named.length === 0 && !isAnything) {
    // An empty list is an answer of the command before, not a slip of the hand.
    if (texts.includes('-')) throw new AstaraError('not_found', 'standard input lists nothing')
    throw new AstaraError(
      'usage',
      'say which: an id, the beginning of one, a name, --tenant, --state, --filter or --all',
    )
  }
  return { texts: [...new Set(named)], tenant: flags.tenant, state, filter: flags.filter, all }
}
