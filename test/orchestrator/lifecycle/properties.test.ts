import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACTIONS, INSTANCE_STATES, type InstanceState, STEPS } from '../../../src/contract/index.ts'
import {
  type Advice,
  admit,
  advance,
  append,
  collapse,
  type Effect,
  effectsOf,
  type Facts,
  graph,
  initialMachine,
  type MachineState,
  type Outcome,
  type QueuedAction,
  resume,
} from '../../../src/orchestrator/lifecycle/index.ts'
import { facts, item, pass } from './support.ts'

const action = fc.constantFrom(...ACTIONS)
const state = fc.constantFrom(...INSTANCE_STATES)
const queued = fc.record({ action, cause: fc.constant('test'), force: fc.boolean() })
const world: fc.Arbitrary<Facts> = fc.record({
  instanceState: state,
  inErrorCooldown: fc.boolean(),
  bootAttempts: fc.nat({ max: 7 }),
  rebootErrorThreshold: fc.constant(5),
  waiting: fc.boolean(),
})

/** One moment of a hostile world: perhaps an event, then a step whose effects end like this and leave the world like that. */
const moment = fc.record({
  event: fc.option(queued, { freq: 2 }),
  after: world,
  outcome: fc.constantFrom<Outcome>('ok', 'ok', 'failed'),
})
type Moment = { readonly event: ReturnType<typeof item> | null; readonly after: Facts; readonly outcome: Outcome }

interface Seen {
  readonly from: MachineState
  readonly to: MachineState
  readonly advice: Advice
  readonly after: Facts
}

function live(moments: readonly Moment[], start = initialMachine()): { machine: MachineState; seen: Seen[] } {
  let machine = start
  let before = facts('down')
  const seen: Seen[] = []
  for (const { event, after, outcome } of moments) {
    if (event) machine = admit(machine, event, { deleted: false, instanceState: before.instanceState }).machine
    machine = resume(machine, before)
    effectsOf(machine, before)
    const next = advance(machine, after, outcome)
    seen.push({ from: machine, to: next.machine, advice: next.advice, after })
    machine = next.machine
    before = after
  }
  return { machine, seen }
}

const moments = fc.array(moment, { maxLength: 60 })
const pending = (machine: MachineState, wanted: (typeof ACTIONS)[number]): boolean =>
  machine.action === wanted || machine.queue.some((q) => q.action === wanted)

/** A world in which everything works, a boot and a delete after some looks. */
class HealthyWorld {
  state: InstanceState
  inCooldown: boolean
  attempts: number
  readonly #slow: number
  #looks = 0

  constructor(start: Facts, slow: number) {
    this.state = start.instanceState
    this.inCooldown = start.inErrorCooldown
    this.attempts = start.bootAttempts
    this.#slow = slow
  }

  facts = (): Facts => facts(this.state, { inErrorCooldown: this.inCooldown, bootAttempts: this.attempts })

  perform = (effects: readonly Effect[]): Outcome => {
    for (const effect of effects) this.#perform(effect)
    return 'ok'
  }

  #perform(effect: Effect): void {
    const gone = this.state === 'gone'
    switch (effect) {
      case 'update_state':
        if (this.state === 'booting') this.#after('up')
        else if (['restart', 'replug', 'error'].includes(this.state)) this.state = 'up'
        return
      case 'boot':
        if (gone) return
        this.attempts += 1
        this.state = 'booting'
        return
      case 'configure':
        if (this.state === 'up' || this.state === 'replug') this.state = 'configured'
        if (this.state === 'configured') this.attempts = 0
        return
      case 'replug':
        if (!gone) this.state = 'up'
        return
      case 'stop':
        if (!gone && this.state !== 'down') this.#after('down')
        return
      case 'set_error':
        this.state = 'error'
        this.inCooldown = true
        return
      case 'clear_error':
        this.state = 'down'
        this.attempts = 0
        return
      case 'reset_boot_counter':
        this.attempts = 0
        return
      case 'read_stats':
      case 'report_bandwidth':
    }
  }

  #after(next: InstanceState): void {
    this.#looks += 1
    if (this.#looks < this.#slow) return
    this.#looks = 0
    this.state = next
  }
}

/** Passes until the machine rests or is gone, each yield letting its time go by. */
function settle(start: MachineState, healthy: HealthyWorld): { machine: MachineState; end: Advice; steps: number } {
  let machine = start
  let steps = 0
  for (;;) {
    const result = pass(machine, healthy.facts, healthy.perform)
    machine = result.machine
    steps += result.steps
    if (result.advice === 'exit') return { machine, end: 'exit', steps }
    if (typeof result.advice === 'object' && result.advice.yield === 'idle')
      return { machine, end: result.advice, steps }
    if (typeof result.advice === 'object' && result.advice.yield === 'cooldown') healthy.inCooldown = false
    if (steps > 400) throw new Error(`does not settle: ${JSON.stringify({ machine, state: healthy.state })}`)
  }
}

describe('the graph', () => {
  it('has no cycle without a yield: every pass ends', () => {
    const edges = graph().edges.filter((edge) => edge.yields === null && edge.from !== 'Exit')
    const visit = (step: string, path: readonly string[]): void => {
      expect(path, `cycle without a yield: ${[...path, step].join(' -> ')}`).not.toContain(step)
      for (const edge of edges) if (edge.from === step) visit(edge.to, [...path, step])
    }
    for (const step of STEPS) visit(step, [])
  })

  it('reaches every step from CalcAction', () => {
    const seen = new Set<string>(['CalcAction'])
    for (const step of seen) for (const edge of graph().edges) if (edge.from === step) seen.add(edge.to)
    expect([...seen].sort()).toEqual([...STEPS].sort())
  })
})

describe('any sequence of events, outcomes and instance states', () => {
  it('ends in a legal state', () => {
    fc.assert(
      fc.property(moments, (all) => {
        for (const { from, to, advice } of live(all).seen) {
          expect(STEPS).toContain(to.step)
          expect(ACTIONS).toContain(to.action)
          expect(to.carried === null).toBe(to.step !== 'ClearError')
          expect(advice === 'exit').toBe(to.step === 'Exit')
          expect(to.queue.length).toBeLessThanOrEqual(from.queue.length + 1)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never takes the same step twice without a yield', () => {
    fc.assert(
      fc.property(moments, (all) => {
        for (const { from, to, advice } of live(all).seen)
          if (advice === 'continue') expect(to.step).not.toBe(from.step)
      }),
      { numRuns: 300 },
    )
  })

  it('rests only when configured and with nothing queued', () => {
    fc.assert(
      fc.property(moments, (all) => {
        for (const { to, advice, after } of live(all).seen) {
          if (typeof advice !== 'object' || advice.yield !== 'idle') continue
          expect(after.instanceState).toBe('configured')
          expect(to).toMatchObject({ step: 'CalcAction', queue: [] })
        }
      }),
      { numRuns: 300 },
    )
  })

  it('backs off after each failure, unless something may not wait', () => {
    fc.assert(
      fc.property(moments, moment, (all, last) => {
        const { machine, seen } = live([...all, { ...last, event: null, outcome: 'failed' }])
        const advice = seen.at(-1)?.advice
        if (machine.step === 'Exit') return
        expect(advice).toEqual({
          yield:
            pending(machine, 'delete') || pending(machine, 'rebuild')
              ? expect.stringMatching(/^(retry|more)$/)
              : 'retry',
        })
        expect(advice).not.toBe('continue')
      }),
      { numRuns: 300 },
    )
  })

  it('never loses a delete', () => {
    fc.assert(
      fc.property(moments, moments, (first, second) => {
        const before = live(first).machine
        if (before.step === 'Exit') return
        const machine = admit(before, item('delete'), { deleted: false, instanceState: 'up' }).machine
        for (const { to } of live(second, machine).seen) {
          expect(pending(to, 'delete') || to.step === 'Exit').toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('reaches Exit once a delete was asked for and Nova obeys', () => {
    fc.assert(
      fc.property(moments, world, fc.integer({ min: 1, max: 5 }), (all, now, slow) => {
        const before = live(all).machine
        const machine = admit(before, item('delete'), { deleted: false, instanceState: 'up' }).machine
        const { end, steps } = settle(machine, new HealthyWorld(now, slow))
        expect(end).toBe('exit')
        expect(steps).toBeLessThanOrEqual(12 + slow)
      }),
      { numRuns: 300 },
    )
  })

  it('settles configured in a healthy world after the last event', () => {
    fc.assert(
      fc.property(moments, world, fc.integer({ min: 1, max: 5 }), (all, now, slow) => {
        const { machine, end, steps } = settle(live(all).machine, new HealthyWorld(now, slow))
        if (end === 'exit') return
        expect(machine).toMatchObject({ step: 'CalcAction', queue: [], force: false })
        expect(machine.action).toBe('poll')
        expect(steps).toBeLessThanOrEqual(50)
      }),
      { numRuns: 300 },
    )
  })
})

describe('collapsing', () => {
  const queue = fc.array(queued, { maxLength: 8 })

  it('keeps force until it was served', () => {
    fc.assert(
      fc.property(queue, action, fc.boolean(), fc.boolean(), (items, current, force, degraded) => {
        const before = { ...initialMachine(), action: current, force, queue: items }
        const after = collapse(before, degraded)
        const forced = (m: MachineState): boolean => m.force || m.queue.some((q) => q.force)
        expect(forced(after)).toBe(forced(before))
      }),
    )
  })

  it('merges a queue into a shorter one that asks for the same', () => {
    fc.assert(
      fc.property(queue, (items) => {
        const merged = items.reduce<readonly QueuedAction[]>((q, next) => append(q, next), [])
        const asksFor = (q: readonly QueuedAction[], ...wanted: readonly string[]): boolean =>
          q.some((one) => wanted.includes(one.action))
        for (const what of ['delete', 'rebuild', 'read']) expect(asksFor(merged, what)).toBe(asksFor(items, what))
        const configures = ['create', 'update', 'cluster_rebuild', 'rebuild']
        expect(asksFor(merged, ...configures)).toBe(asksFor(items, ...configures))
        expect(merged.some((one) => one.force)).toBe(items.some((one) => one.force))
        expect(merged.length).toBeLessThanOrEqual(items.length)
        expect(merged.length > 0).toBe(items.length > 0)
      }),
      { numRuns: 300 },
    )
  })
})
