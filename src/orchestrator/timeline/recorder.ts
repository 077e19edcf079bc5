import type { ConfigAnswer, InstanceState, Step, TimelineEntry } from '../../contract/index.ts'
import { type Clock, redactText } from '../../shared/index.ts'
import { AcceptedConfigs } from './accepted-configs.ts'
import { type EntryDraft, type StoredEntry, shown, Timeline } from './timeline.ts'

/** What was received, as far as a timeline tells of it. */
export interface RecordedEvent {
  readonly action: Extract<EntryDraft, { type: 'event' }>['action']
  readonly type: string
  readonly source: string
  readonly by?: string | null
  readonly reason: string | null
}

/** An outside call. */
export interface RecordedCall {
  readonly service: string
  readonly method: string
  readonly pathTemplate: string
  readonly status: number | string | null
  readonly durationMs: number
  readonly requestId: string | null
  readonly shared: boolean
  readonly requests: number
}

/** A configuration that an appliance was given, and what it said to it. */
export interface RecordedPush {
  readonly instanceId: string
  readonly fingerprint: string
  readonly config: unknown
  readonly result: 'accepted' | 'rejected' | 'failed'
}

export interface RecordedError {
  readonly code: string
  readonly message: string
}

export interface RecorderOptions {
  readonly resourceId: string
  readonly limit: number
  readonly clock: Clock
  /** Told of every entry; `again`: an `unchanged` entry that was told before and has grown. `entry` costs something: ask when needed. */
  readonly onEntry: (resourceId: string, entry: () => TimelineEntry, again: boolean) => void
}

/** Sources whose events only mean "look again". */
const ROUTINE: readonly string[] = ['health', 'resync', 'supervisor']
/** An event that repeats itself this often before anything is done about it is not written down again. */
const REPEATS = 3
const MESSAGE_LIMIT = 500

const milliseconds = (ms: number): number => Math.round(ms * 10) / 10

/**
 * Writes one resource's timeline. A pass that nobody but our own clock asked for is written down only when something comes of it: until
 * then its entries are held back, and in the end they are summed up as one `unchanged`.
 */
export class Recorder {
  readonly #o: RecorderOptions
  readonly #timeline: Timeline
  readonly #configs = new AcceptedConfigs()
  /** Entries of the pass under way, until something comes of it; null: written at once. */
  #held: { readonly draft: EntryDraft; readonly at: number }[] | null = null
  #routineEvents: EntryDraft[] = []
  #cause: string | null = null
  #loud = false
  #inPass = false
  #loudNext = false
  #repeated = { key: '', count: 0 }
  #state: InstanceState = 'down'
  #lastError = ''

  constructor(options: RecorderOptions) {
    this.#o = options
    // Numbers go on growing when another process takes the resource over: they begin with the time, in tenths of a second.
    const firstSeq = Math.max(0, Math.floor(options.clock.now() / 100) - 17_000_000_000)
    this.#timeline = new Timeline(options.limit, firstSeq)
  }

  /** An event came; `accepted` is false when it was dropped (debug mode, or the resource takes none). */
  event(event: RecordedEvent, accepted: boolean): void {
    const { action, type: cause, source } = event
    const draft: EntryDraft = { type: 'event', action, cause, source, accepted }
    if (ROUTINE.includes(source)) {
      if (accepted) {
        this.#cause = cause
        if (this.#routineEvents.length < REPEATS) this.#routineEvents.push(draft)
      } else this.#emitUnchanged(`${cause} dropped`)
      return
    }
    const key = `${action} ${cause} ${accepted}`
    this.#repeated = { key, count: this.#repeated.key === key ? this.#repeated.count + 1 : 1 }
    if (this.#repeated.count > REPEATS) return
    if (accepted) this.#makeLoud()
    if (accepted && this.#inPass) this.#loudNext = true
    if (source === 'api' || source === 'command') {
      this.command(action, event.by ?? null, event.reason)
      if (accepted) return
    }
    this.#write(draft)
  }

  /** An operator's command. */
  command(action: string, by: string | null, reason: string | null): void {
    this.#write({ type: 'command', action, by, reason })
  }

  /** A pass begins; `why` it looks when no event asked for it. */
  beginPass(why: string): void {
    this.#inPass = true
    this.#repeated = { key: '', count: 0 }
    this.#held = this.#loud ? null : this.#routineEvents.map((draft) => ({ draft, at: this.#o.clock.now() }))
    if (this.#loud) for (const draft of this.#routineEvents) this.#write(draft)
    this.#routineEvents = []
    this.#cause ??= why
  }

  step(step: Step, action: Extract<EntryDraft, { type: 'step' }>['action'], ms: number, result: 'ok' | 'failed'): void {
    this.#note({ type: 'step', step, action, duration_ms: milliseconds(ms), result })
  }

  call({ status, ...call }: RecordedCall): void {
    this.#note({
      type: 'call',
      service: call.service,
      method: call.method,
      path: call.pathTemplate,
      status: typeof status === 'string' ? clean(status) : status,
      duration_ms: milliseconds(call.durationMs),
      request_id: call.requestId,
      shared: call.shared,
      requests: call.requests,
    })
  }

  /** A configuration was pushed. */
  push({ instanceId, fingerprint, config, result }: RecordedPush): void {
    const { changes, total } = this.#configs.compare(instanceId, config, fingerprint)
    if (result === 'accepted') {
      this.#configs.accept(instanceId, { fingerprint, config, changes, at: this.#o.clock.now() })
    }
    this.#makeLoud()
    this.#write({ type: 'config', fingerprint, result, changes: [...changes], total_changes: total })
  }

  /** The state as it is now; written down when it is another than before. */
  state(state: InstanceState): void {
    if (state === this.#state) return
    this.#makeLoud()
    this.#write({ type: 'state', from: this.#state, to: state })
    this.#state = state
  }

  /** The pass is over. An error that is the same as the last one leaves one line, whatever the pass went through. */
  endPass(error: RecordedError | null, nextRetryAt: number | null): void {
    const held = this.#held
    if (error) {
      const { code } = error
      const message = clean(error.message)
      if (`${code} ${message}` !== this.#lastError) this.#makeLoud()
      this.#lastError = `${code} ${message}`
      const next_retry_at = nextRetryAt === null ? null : new Date(nextRetryAt).toISOString()
      this.#write({ type: 'error', code, message, next_retry_at })
    } else {
      this.#lastError = ''
      if (held !== null && this.#held !== null) this.#emitUnchanged(this.#cause ?? 'look')
    }
    this.#held = null
    this.#cause = null
    this.#inPass = false
    this.#loud = this.#loudNext
    this.#loudNext = false
  }

  /** A look outside any pass that found all well. */
  fine(cause: string): void {
    this.#emitUnchanged(cause)
    this.#timeline.rest()
  }

  /** Oldest first. */
  entries(): TimelineEntry[] {
    return this.#timeline.entries()
  }

  config(): ConfigAnswer {
    return this.#configs.answer(this.#o.resourceId)
  }

  #note(draft: EntryDraft): void {
    if (this.#held) this.#held.push({ draft, at: this.#o.clock.now() })
    else this.#write(draft)
  }

  #makeLoud(): void {
    this.#loud = true
    const held = this.#held
    this.#held = null
    for (const { draft, at } of held ?? []) this.#write(draft, at)
  }

  #write(draft: EntryDraft, at = this.#o.clock.now()): void {
    this.#tell(this.#timeline.add(draft, at), false)
  }

  #emitUnchanged(cause: string): void {
    const entry = this.#timeline.unchanged(cause, this.#o.clock.now())
    this.#tell(entry, entry.type === 'unchanged' && entry.count > 1)
  }

  #tell(entry: StoredEntry, again: boolean): void {
    this.#o.onEntry(this.#o.resourceId, () => shown(entry), again)
  }
}

function clean(message: string): string {
  const safe = redactText(message)
  return safe.length > MESSAGE_LIMIT ? `${safe.slice(0, MESSAGE_LIMIT)}…` : safe
}
