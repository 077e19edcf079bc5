import type { Io } from '../../cli/io.ts'
import type { DebugMark } from '../../contract/index.ts'
import { AstaraError, escapeControls, messageOf } from '../../shared/index.ts'
import type { FoundRouter } from './find-router.ts'
import type { Hold } from './hold.ts'

/** What was asked for on the command line. */
export interface HoldWishes {
  /** Put it into debug mode without asking. */
  readonly hold: boolean
  /** Leave it in debug mode at the end. */
  readonly keep: boolean
  /** Go on without an orchestrator. */
  readonly offline: boolean
  /** Questions can be asked. */
  readonly interactive: boolean
  readonly reason: string
}

export interface HoldContext {
  readonly hold: Hold
  readonly router: FoundRouter
  /** Where the orchestrator is. */
  readonly target: string
  readonly io: Pick<Io, 'ask' | 'note' | 'busy'>
}

/** Named so that nobody mistakes it for another. */
export const called = ({ name, id }: FoundRouter): string => (name === '' ? id : `${escapeControls(name)} (${id})`)

const because = ({ scope, by, reason, since }: DebugMark): string =>
  [
    `debug mode of the ${scope} since ${since}`,
    ...(by === null ? [] : [`by ${escapeControls(by)}`]),
    ...(reason === null || reason === '' ? [] : [`"${escapeControls(reason)}"`]),
  ].join(', ')

async function isYes(io: Pick<Io, 'ask'>, question: string, byDefault: boolean, signal: AbortSignal): Promise<boolean> {
  const answer = (await io.ask(`${question} ${byDefault ? '[Y/n]' : '[y/N]'} `, signal)).trim().toLowerCase()
  return answer === '' ? byDefault : answer === 'y' || answer === 'yes'
}

/**
 * Sees to it that the running orchestrator leaves the router alone, and says so. Two must never work on one router. Returns false when that
 * could not be asked and the user goes on all the same.
 *
 * @throws AstaraError `refused` or `unreachable`: nothing was done
 */
export async function takeHold(context: HoldContext, wishes: HoldWishes, signal: AbortSignal): Promise<boolean> {
  const { hold, router, target, io } = context
  const state = await hold.state(signal)
  if (state.kind === 'unknown') {
    await goOnWithout(context, wishes, state.why, signal)
    return false
  }
  if (state.kind === 'held') {
    io.note(`The orchestrator leaves ${called(router)} alone: ${because(state.mark)}.`)
  } else {
    io.note(`The orchestrator at ${target} works on ${called(router)}.`)
    const agreed =
      wishes.hold ||
      (wishes.interactive && (await isYes(io, 'Put it into debug mode, and give it back at the end?', true, signal)))
    if (!agreed) {
      throw new AstaraError('refused', `nothing was done: ${called(router)} is not in debug mode`, {
        suggestions: [
          '--hold puts it there without asking, and gives it back at the end;',
          '--dry-run looks without touching anything, and needs no debug mode.',
        ],
      })
    }
    await hold.take(wishes.reason, signal)
  }
  await io.busy('waiting for the orchestrator to leave it alone', hold.rest(signal))
  return true
}

async function goOnWithout(
  { router, target, io }: HoldContext,
  wishes: HoldWishes,
  why: string,
  signal: AbortSignal,
): Promise<void> {
  io.note(`No orchestrator could be asked at ${target}: ${escapeControls(why)}`)
  io.note(`If one runs all the same, it works on ${called(router)} at the same time.`)
  if (wishes.offline) return
  if (wishes.interactive && (await isYes(io, 'Go on without it?', false, signal))) return
  throw new AstaraError('unreachable', `nothing was done: no orchestrator could be asked at ${target}`, {
    suggestions: ['Say where it is: --url, --profile or --config-file.', '--offline goes on without it.'],
  })
}

/** Gives the router back at the end, if it was taken here. Never throws: what could not be given back is said aloud. */
export async function release(
  { hold, router, io }: HoldContext,
  wishes: HoldWishes & { readonly configured: boolean },
  signal: AbortSignal,
): Promise<void> {
  if (!hold.ours) return
  const command = `astara ctl router manage ${router.id}`
  try {
    const keep =
      wishes.keep ||
      (wishes.interactive &&
        !signal.aborted &&
        !(await isYes(io, `Give ${called(router)} back to the orchestrator?`, true, signal)))
    if (keep) {
      io.note(`${called(router)} stays in debug mode. To give it back: ${command}`)
      return
    }
  } catch {
    // Ctrl-C at the question: the safe answer.
  }
  try {
    await hold.giveBack('astara debug-router has ended', wishes.configured, AbortSignal.timeout(15_000))
    io.note(`${called(router)} was given back to the orchestrator.`)
  } catch (error) {
    io.note(`${called(router)} could not be given back: ${escapeControls(messageOf(error))}`)
    io.note(`It stays in debug mode until you type: ${command}`)
  }
}
