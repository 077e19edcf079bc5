import type { Step } from '../../contract/index.ts'
import type { CallCount, WorkerCounters } from './protocol.ts'

interface Sum {
  count: number
  seconds: number
}

/** Counts what a worker does between two reports to the main process. */
export class Counters {
  #calls = new Map<string, Sum & { readonly parts: readonly [string, string, string, string] }>()
  #steps = new Map<string, Sum & { readonly step: Step; readonly result: 'ok' | 'failed' }>()
  #pushes = { accepted: 0, rejected: 0, failed: 0, unchanged: 0 }
  #alive = { alive: 0, dead: 0 }
  #boots = { requested: 0, failed: 0 }
  #replacements = { granted: 0, deferred: 0 }

  call(service: string, method: string, path: string, status: number | string | null, durationMs: number): void {
    const parts = [service, method, path, String(status ?? 'none')] as const
    const key = parts.join(' ')
    const sum = this.#calls.get(key) ?? { count: 0, seconds: 0, parts }
    sum.count++
    sum.seconds += durationMs / 1000
    this.#calls.set(key, sum)
  }

  step(step: Step, result: 'ok' | 'failed', durationMs: number): void {
    const key = `${step} ${result}`
    const sum = this.#steps.get(key) ?? { count: 0, seconds: 0, step, result }
    sum.count++
    sum.seconds += durationMs / 1000
    this.#steps.set(key, sum)
  }

  push(result: keyof WorkerCounters['pushes']): void {
    this.#pushes[result]++
  }

  aliveCheck(alive: boolean): void {
    this.#alive[alive ? 'alive' : 'dead']++
  }

  boot(result: keyof WorkerCounters['boots']): void {
    this.#boots[result]++
  }

  replacement(result: keyof WorkerCounters['replacements']): void {
    this.#replacements[result]++
  }

  /** Everything since the last call, and starts anew. */
  take(): WorkerCounters {
    const calls: CallCount[] = [...this.#calls.values()].map(
      ({ parts: [service, method, path, status], count, seconds }) => ({
        service,
        method,
        path,
        status,
        count,
        seconds,
      }),
    )
    const counters: WorkerCounters = {
      calls,
      steps: [...this.#steps.values()],
      pushes: this.#pushes,
      alive: this.#alive,
      boots: this.#boots,
      replacements: this.#replacements,
    }
    this.#calls = new Map()
    this.#steps = new Map()
    this.#pushes = { accepted: 0, rejected: 0, failed: 0, unchanged: 0 }
    this.#alive = { alive: 0, dead: 0 }
    this.#boots = { requested: 0, failed: 0 }
    this.#replacements = { granted: 0, deferred: 0 }
    return counters
  }
}
