import { AstaraError } from '../../shared/index.ts'
import { type DebugCommand, FAIL_NEXT } from './commands.ts'
import type { Debugger } from './debugger.ts'
import { PRETENCE_NAMES } from './pretend.ts'
import type { DebugStep, Inspection, MachineView, RunEnd } from './types.ts'

/** What a script prints, one object a line. */
export type ScriptLine =
  | ({ readonly type: 'step' } & DebugStep)
  | ({ readonly type: 'inspection' } & Inspection)
  | {
      readonly type: 'injected'
      readonly action: string
      readonly accepted: boolean
      readonly queue: MachineView['queue']
    }
  | { readonly type: 'pretending'; readonly pretences: readonly string[] }
  | { readonly type: 'end'; readonly result: ScriptResult; readonly machine: MachineView; readonly writes: number }

/** `failed`: a step failed, or nothing could be injected or inspected; `pending`: a run ended before what was asked for had come. */
export type ScriptResult = 'done' | 'failed' | 'pending' | 'interrupted'

/**
 * Carries out the commands in order, up to the first that does not succeed; a step that failed may be answered with `retry` or `accept` by
 * the next one. Throws what the debugger's guard throws.
 */
export async function runScript(
  debug: Debugger,
  commands: readonly DebugCommand[],
  emit: (line: ScriptLine) => void,
  signal: AbortSignal,
): Promise<ScriptResult> {
  const finish = (result: ScriptResult): ScriptResult => {
    emit({ type: 'end', result, machine: debug.machine, writes: debug.writes })
    return result
  }
  // The steps of a dry run bring looks of their own; all are told, in order.
  let told = debug.history.at(-1)?.seq ?? 0
  const tell = (): void => {
    for (const step of debug.history) if (step.seq > told) emit({ type: 'step', ...step })
    told = debug.history.at(-1)?.seq ?? told
  }
  for (const [index, command] of commands.entries()) {
    if (signal.aborted) return finish('interrupted')
    let result: ScriptResult
    try {
      result = await perform(debug, command, emit, tell, signal)
    } finally {
      tell()
    }
    const next = commands[index + 1]?.do
    const answered = result === 'failed' && debug.failure !== null && (next === 'retry' || next === 'accept')
    if (result !== 'done' && !answered) return finish(result)
  }
  return finish('done')
}

async function perform(
  debug: Debugger,
  command: DebugCommand,
  emit: (line: ScriptLine) => void,
  tell: () => void,
  signal: AbortSignal,
): Promise<ScriptResult> {
  switch (command.do) {
    case 'step':
      for (let i = 0; i < command.times && !debug.exited; i++) {
        const { result } = await debug.step(signal)
        tell()
        if (signal.aborted) return 'interrupted'
        if (result === 'failed') return 'failed'
      }
      return 'done'
    case 'run': {
      const end = await debug.run(command.until, signal, { onStep: tell })
      return resultOf(end, command.until.kind === 'rest')
    }
    case 'retry':
      return (await debug.retry(signal)).result === 'ok' ? 'done' : 'failed'
    case 'accept':
      debug.accept()
      return 'done'
    case 'inject': {
      const { action, imageUuid } = command
      const accepted = debug.inject(action, { imageUuid })
      emit({ type: 'injected', action, accepted, queue: debug.machine.queue })
      return accepted ? 'done' : 'failed'
    }
    case 'pretend':
      if (command.name === FAIL_NEXT) debug.failNext = command.on
      else debug.pretend(command.name, command.on)
      emit({ type: 'pretending', pretences: pretencesOf(debug) })
      return 'done'
    case 'pretend-nothing':
      for (const name of PRETENCE_NAMES) debug.pretend(name, false)
      debug.failNext = false
      emit({ type: 'pretending', pretences: pretencesOf(debug) })
      return 'done'
    case 'inspect': {
      const inspection = await debug.inspect(command.what, signal)
      emit({ type: 'inspection', ...inspection })
      return inspection.error === null ? 'done' : 'failed'
    }
  }
}

/** Everything that is pretended, the failure to come included. */
export const pretencesOf = (debug: Debugger): readonly string[] => [
  ...debug.pretences,
  ...(debug.failNext ? [FAIL_NEXT] : []),
]

/** `toRest`: the run was to end at rest, or with the resource itself. */
function resultOf(end: RunEnd, toRest: boolean): ScriptResult {
  if (end === 'failed' || end === 'interrupted') return end
  if (end === 'reached') return 'done'
  return toRest && (end === 'rest' || end === 'exit') ? 'done' : 'pending'
}

/** The exit of a script that did not do what it was to do. */
export function scriptError(result: Exclude<ScriptResult, 'done'>, debug: Debugger): AstaraError {
  const { step, instance_state } = debug.machine
  const where = `at ${step}, instance ${instance_state}`
  if (result === 'interrupted') return new AstaraError('interrupted', `interrupted ${where}`)
  if (result === 'pending') return new AstaraError('timeout', `what was run for has not come: ${where}`)
  return new AstaraError('failed', `failed ${where}: ${debug.failure?.error?.message ?? 'see the last line'}`)
}
