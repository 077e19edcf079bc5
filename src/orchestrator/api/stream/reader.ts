import type { StreamEvent } from '../../../contract/index.ts'
import type { Clock, Timer } from '../../../shared/index.ts'
import { type EventLog, frameOf } from './event-log.ts'
import type { Selection } from './selection.ts'

/** Where a reader's events go. */
export interface StreamSink {
  /** The reader is admitted: what is written now reaches it. */
  begin(): void
  /** False: full; `drained` will be called on the reader when there is room again. */
  write(text: string): boolean
  end(): void
  /** The reader takes nothing at all: away with it. */
  destroy(): void
}

export interface StreamReader {
  /** There is room again. */
  drained(): void
  /** The far side is gone. */
  closed(): void
}

/** Written in one go. */
const CHUNK = 64 * 1024
/** Heartbeats that a reader may fail to take before it is given up. */
const DEAF_AFTER = 8

interface ReaderOptions {
  readonly log: EventLog
  readonly sink: StreamSink
  readonly selection: Selection
  readonly cursor: number
  readonly resync: (reason: string) => StreamEvent
  readonly clock: Clock
  readonly heartbeatMs: number
  readonly endInterest: () => void
  readonly onClosed: () => void
}

/** One reader: a place in the log, and whether there is room on the way to it. */
export class Reader implements StreamReader {
  readonly #o: ReaderOptions
  #cursor: number
  #full = false
  #deaf = 0
  #over = false
  #timer: Timer | null = null

  constructor(options: ReaderOptions) {
    this.#o = options
    this.#cursor = options.cursor
  }

  /** Says where it stands, so that even a reader that hears nothing can go on from there later. */
  begin(lostBecause: string | null): void {
    const { log, resync, sink } = this.#o
    const id = log.idOf(this.#cursor)
    sink.begin()
    this.#write(lostBecause === null ? `: astara\nid: ${id}\n\n` : frameOf(id, resync(lostBecause)))
    this.#arm()
    this.pump()
  }

  pump(): void {
    const { log, selection, resync } = this.#o
    while (!this.#full && !this.#over) {
      let text = ''
      if (this.#cursor < log.lost) {
        this.#cursor = log.last
        text = frameOf(log.idOf(this.#cursor), resync('this reader was too slow: changes were lost to it'))
      }
      for (let entry = log.after(this.#cursor); entry && text.length < CHUNK; entry = log.after(this.#cursor)) {
        this.#cursor = entry.seq
        text += selection.pick(entry)?.frame ?? ''
      }
      if (text === '') return
      this.#write(text)
    }
  }

  drained(): void {
    this.#full = false
    this.#deaf = 0
    this.pump()
  }

  closed(): void {
    if (this.#over) return
    this.#over = true
    this.#timer?.cancel()
    this.#o.endInterest()
    this.#o.onClosed()
  }

  end(): void {
    this.#o.sink.end()
    this.closed()
  }

  #write(text: string): void {
    this.#full = !this.#o.sink.write(text)
  }

  #arm(): void {
    const { clock, heartbeatMs, sink, log } = this.#o
    this.#timer = clock.after(
      heartbeatMs,
      () => {
        if (this.#over) return
        if (this.#full && ++this.#deaf >= DEAF_AFTER) {
          sink.destroy()
          this.closed()
          return
        }
        // Everything up to the end was either sent or not for this reader.
        if (!this.#full) {
          this.pump()
          if (!this.#full) this.#cursor = log.last
          if (!this.#full) this.#write(`: alive\nid: ${log.idOf(this.#cursor)}\n\n`)
        }
        this.#arm()
      },
      { unref: true },
    )
  }
}
