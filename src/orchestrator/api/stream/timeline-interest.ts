import type { Clock, Timer } from '../../../shared/index.ts'

/** Whose timelines are to be told as they grow. */
interface Watch {
  readonly all: boolean
  readonly ids: readonly string[]
}

interface Interest {
  readers: number
  /** Everything after this place of the log is there. */
  readonly since: number
  timer: Timer | null
}

/** A reader that lost its connection finds what it missed if it is back within this time. */
const LINGER_MS = 60_000
const ALL = '*'

/** Who reads whose timeline: workers tell of them only while somebody does, and a little longer. */
export class TimelineInterest {
  readonly #clock: Clock
  readonly #onChange: (watch: Watch) => void
  readonly #by = new Map<string, Interest>()

  constructor(clock: Clock, onChange: (watch: Watch) => void) {
    this.#clock = clock
    this.#onChange = onChange
  }

  /** True when nothing of this timeline (null: of any) was passed over since that place. */
  covers(id: string | null, seq: number): boolean {
    const found = [this.#by.get(ALL), id === null ? undefined : this.#by.get(id)]
    return found.some((interest) => interest !== undefined && interest.since <= seq)
  }

  /** Somebody reads it from now on; the function that is returned ends that. */
  begin(id: string | null, last: number): () => void {
    const key = id ?? ALL
    let interest = this.#by.get(key)
    if (!interest) {
      interest = { readers: 0, since: last, timer: null }
      this.#by.set(key, interest)
      this.#tell()
    }
    const mine = interest
    mine.readers++
    mine.timer?.cancel()
    mine.timer = null
    let ended = false
    return () => {
      if (ended) return
      ended = true
      if (--mine.readers > 0) return
      mine.timer = this.#clock.after(LINGER_MS, () => this.#forget(key), { unref: true })
    }
  }

  close(): void {
    for (const { timer } of this.#by.values()) timer?.cancel()
    this.#by.clear()
  }

  #forget(key: string): void {
    this.#by.delete(key)
    this.#tell()
  }

  #tell(): void {
    this.#onChange({ all: this.#by.has(ALL), ids: [...this.#by.keys()].filter((key) => key !== ALL) })
  }
}
