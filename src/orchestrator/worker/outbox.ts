import type { TimelineEntry } from '../../contract/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import type { FromWorker, ResourceReport, TimelineNews, TimelineWatch } from './protocol.ts'

/** Changes are told to the main process in bundles, this far apart. */
const REPORT_MS = 50

export interface OutboxOptions {
  readonly clock: Clock
  readonly send: (message: FromWorker) => void
  readonly report: (id: string) => ResourceReport | undefined
}

/** What a worker has to tell the main process of its resources, bundled. Timelines are told only while somebody reads them. */
export class Outbox {
  readonly #o: OutboxOptions
  readonly #changed = new Set<string>()
  readonly #removed = new Set<string>()
  #news: TimelineNews[] = []
  #all = false
  #ids: ReadonlySet<string> = new Set()
  #timer: Timer | null = null

  constructor(options: OutboxOptions) {
    this.#o = options
  }

  changed(id: string): void {
    // What was let go and has come back in the same moment is there.
    this.#removed.delete(id)
    this.#changed.add(id)
    this.#plan()
  }

  removed(id: string): void {
    this.#changed.delete(id)
    this.#removed.add(id)
    this.#plan()
  }

  watch({ all, ids }: TimelineWatch): void {
    this.#all = all
    this.#ids = new Set(ids)
  }

  /** `again`: an entry that was told before and has grown; only those who follow this very resource care. */
  entry(resourceId: string, entry: () => TimelineEntry, again: boolean): void {
    if (!this.#ids.has(resourceId) && (!this.#all || again)) return
    this.#news.push({ resource_id: resourceId, entry: entry() })
    this.#plan()
  }

  flush(): void {
    this.#timer?.cancel()
    this.#timer = null
    if (this.#changed.size > 0 || this.#removed.size > 0) {
      const changed = [...this.#changed].flatMap((id) => this.#o.report(id) ?? [])
      const removed = [...this.#removed]
      this.#changed.clear()
      this.#removed.clear()
      this.#o.send({ type: 'reports', changed, removed })
    }
    if (this.#news.length > 0) {
      const news = this.#news
      this.#news = []
      this.#o.send({ type: 'timeline', news })
    }
  }

  #plan(): void {
    this.#timer ??= this.#o.clock.after(REPORT_MS, () => this.flush(), { unref: true })
  }
}
