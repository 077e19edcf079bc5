import type { ApplianceStatusAnswer } from '../contract/index.ts'
import type { Clock } from '../shared/index.ts'
import { run } from './system/commands.ts'

/** Whom to ask whether the outside is there. */
export interface ProbeTargets {
  readonly v4: string
  readonly v6: string
}

const FRESH_MS = 15_000

async function answers(target: string): Promise<boolean> {
  const family = target.includes(':') ? '-6' : '-4'
  const result = await run('ping', [family, '-n', '-q', '-c', '1', '-W', '1', target], { timeoutMs: 3_000 }).catch(
    () => null,
  )
  return result?.code === 0
}

/**
 * Answers at once with what the last pings found and looks again in the background when that is old: a dead outside never makes
 * the appliance look dead.
 */
export class OutsideProbe {
  readonly #targets: ProbeTargets
  readonly #clock: Clock
  readonly #ask: (target: string) => Promise<boolean>
  #last: ApplianceStatusAnswer = { v4: false, v6: false }
  #lookedAt = Number.NEGATIVE_INFINITY
  #looking = false

  constructor(targets: ProbeTargets, clock: Clock, ask: (target: string) => Promise<boolean> = answers) {
    this.#targets = targets
    this.#clock = clock
    this.#ask = ask
  }

  status(): ApplianceStatusAnswer {
    if (!this.#looking && this.#clock.monotonic() - this.#lookedAt > FRESH_MS) void this.refresh()
    return this.#last
  }

  /** Looks now. Never rejects. */
  async refresh(): Promise<void> {
    this.#looking = true
    const [v4, v6] = await Promise.all(
      [this.#targets.v4, this.#targets.v6].map((target) => this.#ask(target).catch(() => false)),
    )
    this.#last = { v4: v4 ?? false, v6: v6 ?? false }
    this.#lookedAt = this.#clock.monotonic()
    this.#looking = false
  }
}
