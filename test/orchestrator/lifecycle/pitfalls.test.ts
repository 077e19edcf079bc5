import { describe, expect, it } from 'vitest'
import { INSTANCE_STATES } from '../../../src/contract/index.ts'
import { admit, advance, effectsOf, type MachineState } from '../../../src/orchestrator/lifecycle/index.ts'
import { facts, inCooldown, item, machine, pass } from './support.ts'

const notDown = INSTANCE_STATES.filter((state) => state !== 'down' && state !== 'gone')

describe('pitfall D4: stopping and rebuilding never spin', () => {
  it.each(['StopInstance', 'RebuildInstance'] as const)('%s waits while the instance is still there', (step) => {
    for (const state of notDown) {
      const { machine: next, advice } = advance(machine({ step, action: 'rebuild' }), facts(state), 'ok')
      expect(next.step).toBe(step)
      expect(advice).toEqual({ yield: 'wait' })
    }
  })

  it('goes on when the instance is down', () => {
    expect(advance(machine({ step: 'StopInstance', action: 'update' }), facts('down'), 'ok').machine.step).toBe(
      'CreateInstance',
    )
  })

  it('gives the order again, later, when it failed', () => {
    const { machine: next, advice } = advance(
      machine({ step: 'RebuildInstance', action: 'rebuild' }),
      facts('up'),
      'failed',
    )
    expect(next).toMatchObject({ step: 'RebuildInstance', action: 'rebuild' })
    expect(advice).toEqual({ yield: 'retry' })
  })
})

describe('pitfall D5: a failed effect transitions on nothing stale', () => {
  it('keeps the action, starts over from CalcAction, and backs off', () => {
    const before = machine({ step: 'ConfigureInstance', action: 'update', queue: [item('read')], force: true })
    const { machine: next, advice } = advance(before, facts('up'), 'failed')
    expect(next).toEqual({ ...before, step: 'CalcAction' })
    expect(advice).toEqual({ yield: 'retry' })
  })

  it('looks at the instance again before it configures again', () => {
    const { effects } = pass(machine({ action: 'update' }), () => facts('up'))
    expect(effects).toEqual(['update_state', 'configure'])
  })

  it('backs off when configuring left the instance unconfigured', () => {
    const result = pass(machine({ action: 'update' }), () => facts('up'))
    expect(result.advice).toEqual({ yield: 'retry' })
    expect(result.machine.queue.map((q) => q.action)).toEqual(['update'])
  })
})

describe('pitfall D6: five boots do not happen back to back', () => {
  it('backs off after each failed boot and sets the error when the attempts are used up', () => {
    let current: MachineState = machine({ action: 'create' })
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const result = pass(
        current,
        () => facts('down', { bootAttempts: attempt - 1 }),
        (effects) => (effects.includes('boot') ? 'failed' : 'ok'),
      )
      expect(result.advice).toEqual({ yield: 'retry' })
      expect(result.effects).toEqual(['boot'])
      current = result.machine
    }
    expect(effectsOf({ ...current, step: 'CreateInstance' }, facts('down', { bootAttempts: 5 }))).toEqual(['set_error'])
  })

  it('backs off too when a boot changed nothing', () => {
    expect(advance(machine({ step: 'CreateInstance' }), facts('down'), 'ok')).toMatchObject({
      machine: { step: 'CreateInstance' },
      advice: { yield: 'retry' },
    })
  })
})

describe('pitfall D7: an error cool-down loses nothing', () => {
  it('leaves the queue as it is', () => {
    const before = machine({ action: 'poll', queue: [item('update', true), item('create'), item('read')] })
    const result = pass(before, inCooldown)
    expect(result).toMatchObject({ machine: before, advice: { yield: 'cooldown' }, effects: [] })
  })

  it('does what was asked once it is over', () => {
    const before = machine({ action: 'poll', queue: [item('update', true)] })
    let state: 'error' | 'down' = 'error'
    const result = pass(
      before,
      () => facts(state),
      (effects) => {
        if (effects.includes('clear_error')) state = 'down'
        return 'ok'
      },
    )
    expect(result.effects).toEqual(['clear_error', 'update_state', 'boot'])
    expect(result.machine).toMatchObject({ action: 'update', force: true, queue: [] })
  })

  it('heals by itself when nothing but a look was pending', () => {
    const result = advance(machine({ action: 'poll' }), facts('error'), 'ok')
    expect(result.machine).toMatchObject({ step: 'ClearError', carried: 'Alive' })
  })

  it('refuses a poll of a resource in error, and nothing else', () => {
    const resource = { deleted: false, instanceState: 'error' as const }
    expect(admit(machine(), item('poll'), resource).accepted).toBe(false)
    expect(admit(machine(), item('update'), resource).machine.queue).toHaveLength(1)
  })

  it("lets an operator's rebuild cut through, wherever it is queued, and keeps what it overtakes", () => {
    const before = machine({ action: 'read', queue: [item('update'), item('rebuild', true)] })
    const { machine: next, advice } = advance(before, inCooldown(), 'ok')
    expect(advice).toBe('continue')
    expect(next).toMatchObject({ step: 'ClearError', carried: 'RebuildInstance', action: 'rebuild', force: true })
    expect(next.queue.map((q) => q.action)).toEqual(['read', 'update'])
  })
})

describe('pitfall D8: a delete in a cool-down does not spin', () => {
  it('is obeyed at once', () => {
    const result = pass(machine({ action: 'update', queue: [item('delete')] }), inCooldown)
    expect(result.effects).toEqual(['clear_error', 'stop'])
    expect(result.machine).toMatchObject({ step: 'StopInstance', action: 'delete' })
    expect(result.advice).toEqual({ yield: 'wait' })
  })
})

describe('pitfall D9: a degraded resource uses up its boot attempts', () => {
  it('is set in error when they are gone', () => {
    const step = machine({ step: 'CreateInstance', action: 'cluster_rebuild' })
    expect(effectsOf(step, facts('degraded', { bootAttempts: 4 }))).toEqual(['boot'])
    expect(effectsOf(step, facts('degraded', { bootAttempts: 5 }))).toEqual(['set_error'])
    expect(effectsOf(step, facts('degraded', { bootAttempts: 5, waiting: true }))).toEqual(['boot'])
    expect(effectsOf(step, facts('down', { bootAttempts: 5, waiting: true }))).toEqual(['set_error'])
  })

  it('does not look for its second member without a pause', () => {
    expect(pass(machine(), () => facts('degraded')).advice).toEqual({ yield: 'wait' })
  })
})

describe('pitfall D10: a boot is not watched without a pause', () => {
  it('waits after the boot and after each look, with its action kept', () => {
    const booted = advance(machine({ step: 'CreateInstance', action: 'create' }), facts('booting'), 'ok')
    expect(booted).toMatchObject({ machine: { step: 'CheckBoot' }, advice: { yield: 'wait' } })
    const looked = pass(booted.machine, () => facts('booting'))
    expect(looked).toMatchObject({ advice: { yield: 'wait' }, steps: 1 })
    expect(looked.machine.queue.map((q) => q.action)).toEqual(['create'])
    const again = pass(looked.machine, () => facts('booting'))
    expect(again).toMatchObject({ machine: looked.machine, advice: { yield: 'wait' }, effects: ['update_state'] })
  })
})

describe('pitfall D14: a hot-plug takes its time', () => {
  it('waits before the configuration is tried again', () => {
    for (const state of ['replug', 'up'] as const) {
      const { machine: next, advice } = advance(machine({ step: 'ReplugInstance' }), facts(state), 'ok')
      expect(next.step).toBe('ConfigureInstance')
      expect(advice).toEqual({ yield: 'wait' })
    }
  })
})

describe('what may not wait', () => {
  it('takes a delete at every step, whatever failed before it', () => {
    for (const step of ['Alive', 'CreateInstance', 'CheckBoot', 'ConfigureInstance', 'StopInstance'] as const)
      for (const outcome of ['ok', 'failed'] as const) {
        const before = machine({ step, action: 'update', queue: [item('delete')] })
        const { machine: next, advice } = advance(before, facts('up'), outcome)
        expect(next.step).toBe('CalcAction')
        expect(advice).toEqual({ yield: 'more' })
        expect(pass(next, () => facts('up')).machine.step).toBe('StopInstance')
      }
  })

  it('wakes a waiting machine for a rebuild', () => {
    const waiting = machine({ action: 'create', queue: [item('create'), item('rebuild')] })
    expect(pass(waiting, () => facts('booting')).effects).toEqual(['stop', 'reset_boot_counter'])
  })

  it('gives the pass back while something outside asks for time', () => {
    const result = advance(machine({ step: 'Alive' }), facts('up', { waiting: true }), 'ok')
    expect(result).toMatchObject({ machine: { step: 'ConfigureInstance' }, advice: { yield: 'wait' } })
  })
})

it('an event flood for a resource that cannot run costs no memory', () => {
  let current = machine({ action: 'update' })
  const resource = { deleted: false, instanceState: 'error' as const }
  for (let i = 0; i < 10_000; i += 1) {
    for (const action of ['update', 'create', 'rebuild', 'poll'] as const)
      current = admit(current, item(action, i === 7), resource).machine
  }
  expect(current.queue).toEqual([item('rebuild', true)])
})
