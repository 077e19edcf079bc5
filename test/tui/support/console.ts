import { stripVTControlCharacters } from 'node:util'
import type { OrchestratorClient } from '../../../src/client/index.ts'
import type { DebugState, OrchestratorInfo, Resource, Worker } from '../../../src/contract/index.ts'
import type { Connection, LiveData, LoggedEvent, ResourceDetail, Watched } from '../../../src/tui/browse/live-data.ts'
import { type ConsoleDeps, ConsoleModel, type ConsoleOptions } from '../../../src/tui/browse/model.ts'
import { forgetful } from '../../../src/tui/browse/preferences.ts'
import { widthOf } from '../../../src/tui/text.ts'
import { ManualClock, settle } from '../../support/manual-clock.ts'

/** Live data that a test changes by hand. */
export class MemoryData implements LiveData {
  connection: Connection = { state: 'live', since: 0, problem: null }
  resources: ReadonlyMap<string, Resource> = new Map()
  workers: ReadonlyMap<string, Worker> = new Map()
  events: ReadonlyMap<string, LoggedEvent> = new Map()
  debug: DebugState | null = null
  info: OrchestratorInfo | null = null
  detail: ResourceDetail | null = null
  watched: Watched = { workers: false, events: false, detail: null }
  reloads = 0
  readonly #listeners = new Set<() => void>()

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #before: ReadonlyMap<string, Resource> = this.resources

  takeChanged(): ReadonlySet<string> | 'all' | null {
    const before = this.#before
    this.#before = this.resources
    if (before === this.resources) return null
    const ids = new Set([...before.keys(), ...this.resources.keys()])
    return new Set([...ids].filter((id) => before.get(id) !== this.resources.get(id)))
  }

  watch(what: Watched): void {
    this.watched = what
  }

  reload(): void {
    this.reloads++
  }

  start(): void {}

  async stop(): Promise<void> {}

  changed(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Puts resources in, or takes ids out. */
  put(...resources: readonly Resource[]): void {
    const next = new Map(this.resources)
    for (const resource of resources) next.set(resource.id, resource)
    this.resources = next
    this.changed()
  }

  remove(...ids: readonly string[]): void {
    const next = new Map(this.resources)
    for (const id of ids) next.delete(id)
    this.resources = next
    this.changed()
  }
}

/** What an action was called with. */
export interface Call {
  readonly what: string
  readonly id: string
  readonly detail: unknown
}

/** A console over memory, and everything it did to the world. */
export function consoleOf(over: Partial<ConsoleOptions> = {}, deps: Partial<ConsoleDeps> = {}) {
  const data = new MemoryData()
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 0, 10))
  const calls: Call[] = []
  const exits: number[] = []
  const copied: string[] = []
  const answer = async (what: string, id: string, detail: unknown) => {
    calls.push({ what, id, detail })
    return { accepted: true as const, resource: null, resources: 2 }
  }
  const client = {
    act: (id: string, { action, reason }: { action: string; reason?: string }) => answer(action, id, reason ?? null),
    setDebug: async (target: { scope: string; id?: string }, order: unknown) => {
      await answer(`debug ${target.scope}`, target.id ?? '*', order)
      return null
    },
    poll: () => answer('poll', '*', null),
  } as unknown as OrchestratorClient
  const model = new ConsoleModel(
    {
      data,
      client,
      clock,
      preferences: forgetful,
      ssh: async (address) => {
        await answer('ssh', address, null)
        return 0
      },
      copy: (text) => copied.push(text),
      exit: (status) => exits.push(status),
      ...deps,
    },
    {
      orchestrator: { target: 'http://127.0.0.1:44250', profile: null },
      readOnly: false,
      ascii: false,
      theme: 'mono',
      defaultTheme: 'mono',
      view: 'resources',
      filter: null,
      ...over,
    },
  )
  let frames = 0
  model.subscribe(() => frames++)
  model.resize({ columns: 80, rows: 24 })
  model.start()

  const lines = (): string[] => model.getFrame().lines.map((line) => stripVTControlCharacters(line))
  return {
    data,
    clock,
    model,
    calls,
    exits,
    copied,
    get frames() {
      return frames
    },
    lines,
    text: (): string => lines().join('\n'),
    /** Widest line in cells. */
    widest: (): number => Math.max(...lines().map(widthOf)),
    /** Presses keys by their names; text is typed letter by letter. */
    press(...keys: readonly string[]): void {
      for (const key of keys) model.press({ key, text: [...key].length === 1 ? key : key === 'space' ? ' ' : '' })
    },
    type(text: string): void {
      for (const c of text) model.press({ key: c === ' ' ? 'space' : c, text: c })
    },
    /** The line with the cursor. */
    selectedLine: (): string => lines().find((line) => line.startsWith('>')) ?? '',
    /** Lets work in the background end, and what the data brought be drawn. */
    async settle(): Promise<void> {
      await settle()
      await clock.advance(250)
    },
  }
}
