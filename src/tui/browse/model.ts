import type { OrchestratorClient } from '../../client/index.ts'
import type { Resource } from '../../contract/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import { pasted } from '../components/text-field.ts'
import type { KeyPress } from '../keys.ts'
import { shown } from '../text.ts'
import { type Theme, type ThemeName, type Token, themeOf } from '../theme.ts'
import { perform, problemOf, reportText } from './actions.ts'
import { AGE_STEP_MS } from './ages.ts'
import { deedOf } from './bindings.ts'
import type { EventRow } from './columns/events.ts'
import { Deeds } from './deeds.ts'
import { eventList, resourceList, tenantList, workerList } from './definitions.ts'
import { buildFrame, listHeight, type Scene, type Size } from './frame.ts'
import { ListPane } from './list-pane.ts'
import type { LiveData, LoggedEvent } from './live-data.ts'
import { Modes } from './modes.ts'
import { type PreferenceStore, preferencesOf, withPreferences } from './preferences.ts'
import { type Orchestrator, recounted, type Totals, totalsOf } from './screens/header.ts'
import { type Change, type ConsoleState, initialState, type PendingAction, placeOf, reduce } from './state.ts'
import { type TenantRow, tenantsOf } from './tenants.ts'
import { settle } from './viewport.ts'
import type { ListView } from './views.ts'

/** One picture of the screen; another object when, and only when, something on it changed. */
export interface Frame {
  readonly lines: readonly string[]
}

export interface ConsoleOptions {
  readonly orchestrator: Orchestrator
  readonly readOnly: boolean
  readonly ascii: boolean
  /** null: as remembered, else the default. */
  readonly theme: ThemeName | null
  readonly defaultTheme: ThemeName
  readonly view: ListView
  /** null: as remembered. */
  readonly filter: string | null
}

/** What the console needs of the world. */
export interface ConsoleDeps {
  readonly data: LiveData
  readonly client: OrchestratorClient
  readonly clock: Clock
  readonly preferences: PreferenceStore
  /** Hands the terminal to ssh to this resource's instance and takes it back; resolves with its exit status. */
  readonly ssh: (id: string) => Promise<number>
  /** Puts text on the terminal's clipboard. */
  readonly copy: (text: string) => void
  readonly exit: (status: number) => void
}

/** Changes of the data are shown at most so often; keys are answered at once. */
const REFRESH_MS = 200
const TOAST_MS = 5_000
const BAD_TOAST_MS = 12_000

/**
 * The console without its terminal: takes keys and data, gives frames. Nothing is drawn while nothing visible changes: a frame that would
 * be equal to the last one is not given out.
 */
export class ConsoleModel {
  readonly panes = {
    resources: new ListPane<Resource>(resourceList),
    workers: new ListPane(workerList),
    tenants: new ListPane<TenantRow>(tenantList),
    events: new ListPane<EventRow>(eventList),
  }
  readonly deps: ConsoleDeps
  readonly options: ConsoleOptions
  readonly #deeds: Deeds
  readonly #modes: Modes
  readonly #abort = new AbortController()
  readonly #listeners = new Set<() => void>()
  #state: ConsoleState
  #size: Size = { columns: 80, rows: 24 }
  #theme: Theme
  #themeChosen: boolean
  #frame: Frame = { lines: [] }
  #totals: Totals = totalsOf(new Map())
  #events: ReadonlyMap<string, LoggedEvent> | null = null
  #unsubscribe: (() => void) | null = null
  #soon: Timer | null = null
  #wake: Timer | null = null
  #drawnAt = Number.NEGATIVE_INFINITY

  constructor(deps: ConsoleDeps, options: ConsoleOptions) {
    this.deps = deps
    this.options = options
    const remembered = deps.preferences.load()
    const theme = options.theme ?? remembered.theme ?? options.defaultTheme
    this.#themeChosen = options.theme !== null || remembered.theme !== null
    this.#theme = themeOf(theme, { ascii: options.ascii })
    const begin = withPreferences(initialState(theme, options.view), remembered, (view) => this.panes[view].columnIds)
    const { filter, view } = options
    this.#state = filter === null ? begin : reduce(begin, { type: 'list', view, patch: { filter } })
    this.#deeds = new Deeds(this)
    this.#modes = new Modes(this, this.#deeds)
    const kept = this.#state.lists.resources.filter
    if (filter === null && kept !== '') this.say('busy', `The filter of last time is on: ${kept} (Esc takes it away)`)
  }

  get state(): ConsoleState {
    return this.#state
  }

  get size(): Size {
    return this.#size
  }

  /** Aborted when the console ends. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get scene(): Scene {
    const { data, clock } = this.deps
    return {
      state: this.#state,
      data,
      panes: this.panes,
      totals: this.#totals,
      orchestrator: this.options.orchestrator,
      theme: this.#theme,
      size: this.#size,
      now: clock.now(),
      readOnly: this.options.readOnly,
      nameOf: this.nameOf,
    }
  }

  /** What a resource is called; '' when it has no name or is not known. */
  nameOf = (id: string): string => this.deps.data.resources.get(id)?.name ?? ''

  /** For useSyncExternalStore. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** For useSyncExternalStore. */
  getFrame = (): Frame => this.#frame

  start(): void {
    const { data } = this.deps
    this.#unsubscribe = data.subscribe(() => this.#refreshSoon())
    data.start()
    this.refresh()
  }

  /** Remembers what is worth it and stops. */
  async stop(): Promise<void> {
    if (this.#abort.signal.aborted) return
    this.#abort.abort()
    this.#unsubscribe?.()
    this.#soon?.cancel()
    this.#wake?.cancel()
    this.deps.preferences.save(preferencesOf(this.#state, this.#themeChosen))
    await this.deps.data.stop()
  }

  resize(size: Size): void {
    if (size.columns === this.#size.columns && size.rows === this.#size.rows) return
    this.#size = size
    this.refresh()
  }

  /** Applies changes; `refresh` shows them. */
  apply(...changes: readonly Change[]): void {
    for (const change of changes) this.#state = reduce(this.#state, change)
  }

  /** Changes the list that is on the screen, if it is one. */
  list(view: ListView, patch: Partial<ConsoleState['lists'][ListView]>): void {
    this.apply({ type: 'list', view, patch })
  }

  setTheme(name: ThemeName): void {
    this.#themeChosen = true
    this.#theme = themeOf(name, { ascii: this.options.ascii })
    this.apply({ type: 'theme', theme: name })
  }

  /** Shows a message for a while. */
  say(token: Token | null, text: string): void {
    const until = this.deps.clock.now() + (token === 'bad' ? BAD_TOAST_MS : TOAST_MS)
    this.apply({ type: 'toast', toast: { token, text, until } })
  }

  /** Does something that takes a while; what goes wrong is said. */
  background(work: Promise<void>): void {
    work
      .catch((error: unknown) => {
        if (!this.signal.aborted) this.say('bad', problemOf(error))
      })
      .finally(() => this.refresh())
  }

  /** Carries an action out and says what became of it. */
  act(pending: PendingAction): void {
    const { client, data } = this.deps
    const run = async (): Promise<void> => {
      const report = await perform(pending, { client, resources: () => data.resources, signal: this.signal })
      const text = reportText(pending, report, (id) => shown(this.nameOf(id)))
      this.say(report.failed.length > 0 ? 'bad' : report.gone.length > 0 ? 'busy' : 'ok', text)
    }
    this.background(run())
  }

  press(key: KeyPress): void {
    if (key.key === 'ctrl+c') {
      this.deps.exit(130)
      return
    }
    if (this.#state.mode.kind === 'normal') {
      const deed = deedOf(key.key, { view: placeOf(this.#state).view, readOnly: this.options.readOnly })
      if (deed !== null) this.#deeds.do(deed)
    } else this.#modes.inMode(this.#state.mode, key)
    this.refresh()
  }

  /** Text that was pasted: into what is being typed, or nowhere. Never taken for keys. */
  paste(text: string): void {
    const { mode } = this.#state
    if ('field' in mode) {
      const field = pasted(mode.field, text)
      this.#modes.typed({ ...mode, field })
    } else if (mode.kind === 'confirm' && mode.typed !== null)
      this.apply({ type: 'mode', mode: { ...mode, typed: pasted(mode.typed, text) } })
    this.refresh()
  }

  /** A click on a line of the screen, or the wheel (`lines` to scroll). */
  pointer(event: { readonly row: number } | { readonly lines: number }): void {
    this.#deeds.pointer(event)
    this.refresh()
  }

  #refreshSoon(): void {
    if (this.#soon !== null) return
    const wait = Math.max(0, this.#drawnAt + REFRESH_MS - this.deps.clock.monotonic())
    this.#soon = this.deps.clock.after(wait, () => {
      this.#soon = null
      this.refresh()
    })
  }

  /** Brings everything up to date and gives out a new frame if it looks different. */
  refresh(): void {
    if (this.signal.aborted) return
    const { clock } = this.deps
    this.#drawnAt = clock.monotonic()
    this.apply({ type: 'expire', now: clock.now() })
    this.#takeData()
    const scene = this.scene
    const lines = buildFrame(scene)
    this.#wakeLater()
    const before = this.#frame.lines
    if (lines.length === before.length && lines.every((line, n) => line === before[n])) return
    this.#frame = { lines }
    for (const listener of this.#listeners) listener()
  }

  #takeData(): void {
    const { data, clock } = this.deps
    const place = placeOf(this.#state)
    const now = clock.now()
    data.watch({
      workers: place.view === 'workers',
      events: place.view === 'events',
      detail: place.view === 'detail' ? place.id : null,
    })
    this.#takeResources()
    if (place.view === 'workers') this.panes.workers.update(data.workers)
    if (place.view === 'tenants') {
      this.panes.tenants.update(
        new Map(tenantsOf(data.resources.values(), data.debug).map((tenant) => [tenant.id, tenant])),
      )
    }
    if (place.view === 'events' && data.events !== this.#events) {
      this.#events = data.events
      this.panes.events.update(this.#named(data.events))
    }
    if (place.view === 'detail' || place.view === 'help') {
      this.#deeds.settleText()
      return
    }
    const { view } = place
    const list = this.#state.lists[view]
    const pane = this.panes[view]
    pane.arrange(list, now)
    pane.tick(now)
    const height = listHeight(this.scene)
    const newest = view === 'events' && list.follow ? (list.sort.descending ? 0 : pane.ids.length - 1) : null
    const placed = newest === null ? list.place : { ...list.place, selected: pane.ids[newest] ?? null, index: newest }
    this.list(view, { place: settle(placed, pane.ids, height) })
  }

  #takeResources(): void {
    const { data } = this.deps
    const changed = data.takeChanged()
    if (changed === null) return
    const { resources } = this.panes
    if (changed === 'all') {
      resources.update(data.resources)
      this.#totals = totalsOf(data.resources)
    } else {
      const before = Array.from(changed, (id) => resources.get(id))
      resources.updateSome(changed, data.resources)
      this.#totals = recounted(
        this.#totals,
        before,
        Array.from(changed, (id) => resources.get(id)),
      )
    }
    if (data.connection.state !== 'live') return
    const gone = [...this.#state.lists.resources.marks].filter((id) => !data.resources.has(id))
    if (gone.length > 0) this.apply({ type: 'forget_marks', gone })
  }

  #named(events: ReadonlyMap<string, LoggedEvent>): Map<string, EventRow> {
    const known = this.panes.events
    return new Map(
      [...events].map(([key, event]) => [key, known.get(key) ?? { ...event, name: this.nameOf(event.resource_id) }]),
    )
  }

  /** Ages grow and messages go away without anybody doing anything: wakes when the next of these is due, not before. */
  #wakeLater(): void {
    this.#wake?.cancel()
    const { clock, data } = this.deps
    const now = clock.now()
    const view = placeOf(this.#state).view
    const secondsShown = view === 'detail' || data.connection.state === 'lost'
    const step = secondsShown ? 1_000 : AGE_STEP_MS
    const due = [step - (now % step), ...this.#state.toasts.map(({ until }) => until - now)]
    this.#wake = clock.after(Math.max(20, Math.min(...due)), () => this.refresh(), { unref: true })
  }
}
