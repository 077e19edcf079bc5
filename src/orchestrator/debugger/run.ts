import type { DebugStep, MachineView, RunEnd, Until } from './types.ts'

/** When a step waits and does not say for how long, and the least before a retry. */
const DEFAULT_WAIT_MS = 1_000

/** Whether a run ends with this step, and why. `from`: where it began. */
export function endOf(until: Until, from: MachineView, step: DebugStep): RunEnd | null {
  const { after, advice, result } = step
  if (result === 'failed') return until.kind === 'error' ? 'reached' : 'failed'
  if (advice === 'exit') return 'exit'
  if (isReached(until, from, step)) return 'reached'
  if (advice === null || advice === 'continue') return null
  if (advice.yield === 'idle') return after.instance_state === 'configured' ? 'rest' : null
  return advice.yield === 'cooldown' ? 'cooldown' : null
}

function isReached(until: Until, from: MachineView, { after, kind }: DebugStep): boolean {
  switch (until.kind) {
    case 'rest':
      return false
    case 'step':
      return kind === 'step' && after.step === until.step
    case 'state':
      return until.state === null
        ? after.instance_state !== from.instance_state
        : after.instance_state === until.state && after.instance_state !== from.instance_state
    case 'error':
      return after.instance_state === 'error'
  }
}

/** How long the orchestrator would leave the resource alone after this step; null: not at all. */
export function pauseAfter({ advice, wait }: DebugStep): { readonly reason: string; readonly ms: number } | null {
  if (advice === null || typeof advice === 'string') return null
  switch (advice.yield) {
    case 'wait':
      return { reason: wait?.reason ?? 'wait', ms: wait?.ms ?? DEFAULT_WAIT_MS }
    case 'retry':
    case 'idle':
      return { reason: 'retry', ms: Math.max(wait?.ms ?? 0, DEFAULT_WAIT_MS) }
    default:
      return null
  }
}
