import { describe, expect, it } from 'vitest'
import { ACTIONS, Action, INSTANCE_STATES, InstanceState, Step } from '../../../src/contract/index.ts'
import {
  admit,
  collapse,
  complete,
  effectsOf,
  errorCooldownLeftMs,
  type Facts,
  initialMachine,
  type MachineState,
  nextStep,
  type QueuedAction,
} from '../../../src/orchestrator/lifecycle/index.ts'
import { vectorRows } from '../../support/vectors.ts'

const queued = (text: string): readonly QueuedAction[] =>
  text === '' ? [] : text.split('|').map((item) => ({ action: Action.parse(item), cause: 'test', force: false }))

const names = (queue: readonly QueuedAction[]): string => queue.map((item) => item.action).join('|')

const machine = (changes: Partial<MachineState>): MachineState => ({ ...initialMachine(), ...changes })

/** Rows that a mended pitfall contradicts, with what ours answers. Reasons: test/fixtures/deviations.md. */
const TRANSITION_EXCEPTIONS: Readonly<Record<string, string>> = {
  'CalcAction,rebuild,error,1': 'ClearError->RebuildInstance',
  'CalcAction,poll,error,0': 'ClearError->Alive',
}

describe('transitions.csv', () => {
  const rows = vectorRows('transitions.csv', 5)

  it('holds for every row but the listed exceptions', () => {
    const exceptions = new Set<string>()
    for (const [from = '', action, state, cooldown, target = ''] of rows) {
      const expected = target.replace(' (self)', '')
      const carried = /^ClearError\(next=(\w+)\)$/.exec(from)?.[1]
      const step = Step.parse(carried ? 'ClearError' : from)
      const next = nextStep(
        step,
        Action.parse(action),
        InstanceState.parse(state),
        cooldown === '1',
        carried ? Step.parse(carried) : null,
      )
      const key = [from, action, state, cooldown].join(',')
      const exception = TRANSITION_EXCEPTIONS[key]
      if (exception !== undefined) {
        expect(exception, `${key} is no exception`).not.toBe(expected)
        exceptions.add(key)
      }
      expect(next.carried === null ? next.step : `${next.step}->${next.carried}`, key).toBe(exception ?? expected)
    }
    expect(rows.length).toBeGreaterThan(1000)
    expect([...exceptions].sort()).toEqual(Object.keys(TRANSITION_EXCEPTIONS).sort())
  })

  it('takes through ClearError what CalcAction chose', () => {
    expect(nextStep('CalcAction', 'delete', 'error', false, null)).toEqual({
      step: 'ClearError',
      carried: 'StopInstance',
    })
    expect(nextStep('CalcAction', 'rebuild', 'error', false, null).carried).toBe('RebuildInstance')
    for (const action of ['create', 'read', 'update', 'poll', 'cluster_rebuild'] as const) {
      expect(nextStep('CalcAction', action, 'error', false, null)).toEqual({ step: 'ClearError', carried: 'Alive' })
    }
  })

  it('answers for every step, action, state and cool-down', () => {
    for (const step of Step.options)
      for (const action of [...ACTIONS, null])
        for (const state of INSTANCE_STATES)
          for (const cooldown of [false, true])
            expect(Step.options).toContain(nextStep(step, action, state, cooldown, null).step)
  })
})

it('calc_action.csv holds for every row', () => {
  const rows = vectorRows('calc_action.csv', 5)
  for (const [queue = '', initial, degraded, action, remaining] of rows) {
    const before = machine({ action: initial === 'none' ? null : Action.parse(initial), queue: queued(queue) })
    const after = collapse(before, degraded === '1')
    const key = [queue, initial, degraded].join(',')
    expect(after.action ?? 'none', key).toBe(action)
    expect(names(after.queue), key).toBe(remaining)
  }
  expect(rows.length).toBeGreaterThan(3000)
})

describe('execute_effects.csv', () => {
  it('holds for every row, but a degraded resource whose attempts are used up is set in error', () => {
    const rows = vectorRows('execute_effects.csv', 8)
    let exceptions = 0
    for (const row of rows) {
      const [step, action, state, attempts, actionOut, queueAfter, methods, bandwidth] = row
      const before = machine({ step: Step.parse(step), action: Action.parse(action) })
      const facts: Facts = {
        instanceState: InstanceState.parse(state),
        inErrorCooldown: false,
        bootAttempts: Number(attempts),
        rebootErrorThreshold: 5,
      }
      const effects = effectsOf(before, facts)
      const called = effects.filter((effect) => effect !== 'report_bandwidth').join('|')
      const key = row.join(',')
      if (step === 'CreateInstance' && state === 'degraded' && Number(attempts) >= 5) {
        exceptions += 1
        expect(methods, key).toBe('boot')
        expect(called, key).toBe('set_error')
      } else {
        expect(called, key).toBe(methods)
      }
      expect(effects.length - called.split('|').filter(Boolean).length, key).toBe(Number(bandwidth))
      const after = complete(before, facts, 'ok')
      expect(after.action, key).toBe(actionOut)
      expect(names(after.queue), key).toBe(queueAfter)
    }
    expect(rows.length).toBeGreaterThan(700)
    expect(exceptions).toBe(10)
  })
})

it('send_message.csv holds for every row', () => {
  const rows = vectorRows('send_message.csv', 5)
  for (const [deleted, state, action, accepted, queueAfter] of rows) {
    const item = { action: Action.parse(action), cause: 'test', force: false }
    const result = admit(initialMachine(), item, {
      deleted: deleted === '1',
      instanceState: InstanceState.parse(state),
    })
    const key = [deleted, state, action].join(',')
    expect(result.accepted, key).toBe(accepted === '1')
    expect(names(result.machine.queue), key).toBe(queueAfter)
  }
})

it('error_cooldown.csv holds for every row', () => {
  const now = 1_000_000_000
  for (const [state, seconds, cooldown, expected] of vectorRows('error_cooldown.csv', 4)) {
    const lastErrorAt = seconds === '' ? null : now - Number(seconds) * 1000
    const left = errorCooldownLeftMs(InstanceState.parse(state), lastErrorAt, now, Number(cooldown) * 1000)
    expect(left > 0, [state, seconds].join(',')).toBe(expected === '1')
  }
})
