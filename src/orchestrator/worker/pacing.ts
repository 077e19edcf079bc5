import { backoffMs, type Clock, type Random } from '../../shared/index.ts'
import type { Priority } from '../events/index.ts'
import { isUrgent } from '../lifecycle/index.ts'
import type { Automaton, Pause } from './automaton.ts'
import type { PassEnd } from './pass.ts'
import type { WorkQueue } from './work-queue.ts'

export interface PacingOptions {
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly random: Random
  /** Read anew each time: they may be reloaded. */
  readonly settings: () => { readonly retryBaseMs: number; readonly retryMaxMs: number }
}

/** A resource that failed is not tried again sooner than this for a tenant's event. */
const MIN_RETRY_GAP_MS = 1_000
/** So many passes in quick succession are free; every further one waits twice as long after the one before it. */
const FREE_PASSES = 2
const FIRST_GAP_MS = 250
const MAX_GAP_MS = 2_000
/** When a step waits and does not say for how long. */
const DEFAULT_WAIT_MS = 1_000

/** When a resource gets its next pass. */
export class Pacing {
  readonly #o: PacingOptions

  constructor(options: PacingOptions) {
    this.#o = options
  }

  /**
   * When a new action gets its pass. Normally at once; a resource with event upon event gathers them for fewer passes. While the resource waits for something that takes its time, the timer decides,
   * unless the action is urgent; while it backs off after a failure, a tenant's event shortens the wait but never to a hot loop.
   */
  makeReady(automaton: Automaton, priority: Priority): void {
    const { id, pause, lastFailureAt } = automaton
    const { queue, clock } = this.#o
    if (priority === 'operator' || isUrgent(automaton.machine, automaton.facts())) {
      queue.add(id, priority)
    } else if (pause === null) {
      queue.addAfter(id, this.#gapLeft(automaton), priority)
    } else if (pause === 'retry' && priority === 'event') {
      const since = clock.monotonic() - (lastFailureAt ?? Number.NEGATIVE_INFINITY)
      queue.addAfter(id, Math.max(0, MIN_RETRY_GAP_MS - since), priority)
    }
  }

  /** A pass begins. */
  begin(automaton: Automaton): void {
    const now = this.#o.clock.monotonic()
    const inStorm = automaton.pause === null && now - automaton.lastPassAt < 2 * MAX_GAP_MS
    automaton.streak = inStorm ? automaton.streak + 1 : 0
    automaton.lastPassAt = now
  }

  /** Milliseconds before the next pass of a resource that has just had several. */
  #gapLeft({ streak, lastPassAt }: Automaton): number {
    if (streak < FREE_PASSES) return 0
    const gap = Math.min(MAX_GAP_MS, FIRST_GAP_MS * 2 ** (streak - FREE_PASSES))
    return Math.max(0, lastPassAt + gap - this.#o.clock.monotonic())
  }

  /** What follows a pass that did not end the resource. */
  settle(automaton: Automaton, end: Exclude<PassEnd, 'exit'>): void {
    const { manager } = automaton
    switch (end.yield) {
      case 'idle':
        automaton.failures = 0
        automaton.lastFailureAt = null
        // A state other than configured may not be left to itself.
        if (manager.state !== 'configured' && manager.state !== 'gone')
          this.#pauseFor(automaton, 'retry', this.#backoff(automaton))
        return
      case 'more': {
        const urgent = isUrgent(automaton.machine, automaton.facts())
        this.#o.queue.addAfter(automaton.id, urgent ? 0 : this.#gapLeft(automaton), 'event')
        return
      }
      case 'wait':
        this.#pauseFor(automaton, 'wait', manager.wait?.ms ?? DEFAULT_WAIT_MS)
        return
      case 'cooldown':
        this.#pauseFor(automaton, 'cooldown', Math.max(manager.errorCooldownLeftMs, this.#backoff(automaton)))
        return
      case 'retry':
        this.#pauseFor(automaton, 'retry', Math.max(manager.wait?.ms ?? 0, this.#backoff(automaton)))
        return
      case 'drained':
        return
    }
  }

  #backoff(automaton: Automaton): number {
    const { settings, random, clock } = this.#o
    const { retryBaseMs, retryMaxMs } = settings()
    automaton.failures++
    automaton.lastFailureAt = clock.monotonic()
    return backoffMs(automaton.failures, { baseMs: retryBaseMs, maxMs: retryMaxMs }, random)
  }

  #pauseFor(automaton: Automaton, pause: Pause, fullMs: number): void {
    const { queue, clock } = this.#o
    const ms = Math.max(1, pause === 'retry' && automaton.dirty ? Math.min(fullMs, MIN_RETRY_GAP_MS) : fullMs)
    automaton.pause = pause
    automaton.nextLookAt = clock.now() + ms
    // What came in while the pass ran has marked the key: unless it is urgent it waits with the timer.
    queue.forget(automaton.id)
    queue.addAfter(automaton.id, ms, 'event')
    if (isUrgent(automaton.machine, automaton.facts())) queue.add(automaton.id, 'event')
  }
}
