import type { RunEnd } from '../../orchestrator/debugger/index.ts'
import type { Token } from '../theme.ts'
import type { Asked, Subject } from './state.ts'

/** What is said at the end of a run. */
export const ENDS: Readonly<Record<RunEnd, readonly [Token, string]>> = {
  reached: ['ok', 'There.'],
  rest: ['ok', 'At rest: nothing is left to do.'],
  failed: ['bad', 'The step failed; the machine stays. t takes it again, a lets it stand, Enter shows it.'],
  cooldown: ['busy', 'In an error cool-down: the orchestrator would wait. A rebuild cuts through.'],
  exit: ['ok', 'The machine has come to its end: the resource is gone.'],
  limit: ['busy', 'Stopped after very many steps.'],
  interrupted: ['busy', 'Stopped.'],
}

export const aboutLeaving = (yes: () => void): Asked => ({
  lines: ['A step is under way. Break it off and leave?', 'What it has already sent stays sent.'],
  word: null,
  yes,
})

export const aboutDeleting = ({ id, name }: Subject, yes: () => void): Asked => ({
  lines: [
    `Delete the instances of ${name === '' ? id : `${name} (${id})`}?`,
    'They go only when Neutron, asked directly, does not have the router.',
  ],
  word: null,
  yes,
})

/** The second time: by typing. */
export function aboutDeletingReally({ id }: Subject, yes: () => void): Asked {
  const word = id.slice(0, 8)
  return { lines: [`Really? Type ${word} and Enter to put the delete into the queue.`], word, yes }
}

export const aboutPretending = (name: string, yes: () => void): Asked => ({
  lines: [
    `Pretend ${name}? This is no dry run.`,
    'The machine answers it with real deeds: it may replace a working instance.',
  ],
  word: null,
  yes,
})
