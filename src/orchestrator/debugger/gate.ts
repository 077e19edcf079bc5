import { AsyncLocalStorage } from 'node:async_hooks'
import type { CallRecord } from '../../openstack/index.ts'
import { type Clock, messageOf, redactText } from '../../shared/index.ts'
import { type PlannedCall, PRETENCES, type PretenceName } from './pretend.ts'
import { RefusedWriteError } from './refused-write.ts'
import { shownBody } from './shown.ts'
import type { DebugCall, HttpTry } from './types.ts'

type Draft = { -readonly [K in keyof DebugCall]: DebugCall[K] }

/** What is done between the beginning and the end of one step, one look or one inspection. */
export interface Phase {
  readonly calls: DebugCall[]
  readonly log: string[]
  /** Writes are refused in it, whatever the session allows. */
  readonly readOnly: boolean
  /** Answers for configurations that are to be caught and not sent. */
  readonly catchConfig?: (address: string, config: unknown) => void
}

export interface GateOptions {
  readonly clock: Clock
  /** Every write is refused. */
  readonly dryRun: boolean
  /** Something was written down. */
  readonly onChange: () => void
}

/**
 * What all outside calls of a debugger go through: it writes each down, refuses writes, and answers in place of the outside what a
 * rehearsal pretends. One phase at a time.
 */
export class Gate {
  readonly #o: GateOptions
  /** Which call an HTTP request belongs to: several run at the same time. */
  readonly #within = new AsyncLocalStorage<Draft>()
  readonly #pretences = new Set<PretenceName>()
  #phase: Phase = { calls: [], log: [], readOnly: true }
  #seq = 0
  #writes = 0

  constructor(options: GateOptions) {
    this.#o = options
  }

  get dryRun(): boolean {
    return this.#o.dryRun
  }

  /** Writes that were sent so far. */
  get writes(): number {
    return this.#writes
  }

  get pretences(): readonly PretenceName[] {
    return [...this.#pretences]
  }

  pretend(name: PretenceName, on: boolean): void {
    if (on) this.#pretences.add(name)
    else this.#pretences.delete(name)
  }

  /** From now on everything belongs to this phase. */
  begin(phase: Phase): void {
    this.#phase = phase
  }

  /** A line of the orchestrator's log. */
  log(line: string): void {
    this.#phase.log.push(redactText(line))
    this.#o.onChange()
  }

  /** Makes a call, or does not. Throws what the call throws, or RefusedWriteError. */
  async call<T>(planned: PlannedCall, send: () => Promise<T>): Promise<T> {
    const phase = this.#phase
    const draft = this.#draft(planned)
    phase.calls.push(draft)
    this.#o.onChange()
    const started = this.#o.clock.monotonic()
    try {
      const instead = this.#instead(planned, phase)
      if (instead !== null) {
        draft.result = instead.as
        if ('error' in instead) throw instead.error
        draft.response = shownBody(instead.value)
        // The table's answers are of the kind that their operation gives.
        return instead.value as T
      }
      if (planned.writes) this.#writes++
      const answer = await this.#within.run(draft, send)
      draft.result = 'ok'
      draft.response = shownBody(answer)
      // Appliances are asked by one request, and only 200 is an answer.
      if (draft.service === 'appliance' && answer !== false) draft.status = 200
      return answer
    } catch (error) {
      if (draft.result === 'pending') draft.result = 'failed'
      draft.error = redactText(messageOf(error))
      if (error instanceof Error && 'status' in error && typeof error.status === 'number') draft.status = error.status
      throw error
    } finally {
      draft.duration_ms = round(this.#o.clock.monotonic() - started)
      this.#o.onChange()
    }
  }

  /** One HTTP request of the OpenStack clients. */
  onTry(record: CallRecord): void {
    const draft = this.#within.getStore()
    if (!draft) return
    const one: HttpTry = {
      service: record.service,
      method: record.method,
      path: record.pathTemplate,
      status: record.status,
      duration_ms: round(record.durationMs),
      request_id: record.requestId,
      attempt: record.attempt,
      error: record.error === null ? null : redactText(record.error),
    }
    draft.tries = [...draft.tries, one]
    if (record.service === draft.service) {
      draft.status = record.status
      draft.request_id = record.requestId ?? draft.request_id
    }
  }

  #instead(
    planned: PlannedCall,
    phase: Phase,
  ):
    | null
    | { readonly as: 'pretended' | 'refused'; readonly error: Error }
    | { readonly as: 'pretended'; readonly value: unknown } {
    for (const name of this.#pretences) {
      const answer = PRETENCES[name].answer(planned)
      if (answer !== null) return { as: 'pretended', ...answer }
    }
    if (!planned.writes) return null
    if (planned.operation === 'configure' && phase.catchConfig) {
      phase.catchConfig(planned.request.path, planned.request.body)
      return { as: 'pretended', value: null }
    }
    if (this.#o.dryRun || phase.readOnly) return { as: 'refused', error: new RefusedWriteError(planned.request) }
    return null
  }

  #draft({ service, operation, writes, request }: PlannedCall): Draft {
    return {
      seq: ++this.#seq,
      at: new Date(this.#o.clock.now()).toISOString(),
      service,
      operation,
      writes,
      method: request.method,
      path: request.path,
      request: request.body === undefined ? null : shownBody(request.body),
      result: 'pending',
      status: null,
      duration_ms: null,
      request_id: null,
      response: null,
      error: null,
      tries: [],
    }
  }
}

/** Tenths of a millisecond. */
export const round = (ms: number): number => Math.round(ms * 10) / 10
