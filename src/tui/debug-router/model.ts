import {
  type DebugCommand,
  type Debugger,
  FAIL_NEXT,
  PRETENCE_NAMES,
  parseCommand,
  type RunEnd,
} from '../../orchestrator/debugger/index.ts'
import { AstaraError, assertNever, type Clock, messageOf } from '../../shared/index.ts'
import { emptyField, fieldOf, pasted } from '../components/text-field.ts'
import type { KeyPress } from '../keys.ts'
import type { Theme, Token } from '../theme.ts'
import { type DebugDeed, deedOf } from './bindings.ts'
import { graphPage } from './graph-page.ts'
import { INJECT_MENU, INSPECT_MENU, type Menu, outcomeMenu, UNTIL_MENU } from './menus.ts'
import { type Movement, moved, movedTo } from './movement.ts'
import { callLines, helpLines, inspectionLines, stepLines } from './pages.ts'
import { aboutDeleting, aboutDeletingReally, aboutLeaving, aboutPretending, ENDS } from './questions.ts'
import { historyRows, selectedRow } from './rows.ts'
import { buildScreen, listHeight, pageHeight, type Size } from './screen.ts'
import { type Asked, initialState, type Mode, type Page, type ScreenState, type Subject } from './state.ts'
import { isYes, typeInto } from './typing.ts'

type ModeOf<K extends Mode['kind']> = Extract<Mode, { kind: K }>

export interface ModelDeps {
  readonly debug: Debugger
  readonly subject: Subject
  readonly theme: Theme
  readonly clock: Clock
  readonly exit: () => void
}

/** While something is under way its time is shown. */
const TICK_MS = 250

/** The debugger's screen without a terminal: keys go in, frames come out. */
export class DebugModel {
  readonly #deps: ModelDeps
  readonly #listeners = new Set<() => void>()
  #state: ScreenState = initialState
  #size: Size = { columns: 80, rows: 24 }
  #frame: { readonly lines: readonly string[] } = { lines: [] }
  #under: { readonly stop: AbortController; readonly abort: AbortController } | null = null
  #work: Promise<void> = Promise.resolve()
  #ticking = false
  #leaving = false

  constructor(deps: ModelDeps) {
    this.#deps = deps
    this.changed()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly getFrame = (): { readonly lines: readonly string[] } => this.#frame

  /** Takes the first look. */
  start(): void {
    this.#act(async (signal) => {
      const look = await this.#deps.debug.open(signal)
      if (look.result === 'failed') this.say('bad', 'The first look failed. s looks again, Enter shows why.')
      else this.say(null, 'Ready. s takes a step, ? shows every key.')
    })
  }

  resize(size: Size): void {
    this.#size = size
    this.changed()
  }

  /** The debugger or the screen has changed. */
  changed(): void {
    const { debug, subject, theme, clock } = this.#deps
    const scene = {
      debug,
      subject,
      theme,
      size: this.#size,
      state: this.#state,
      rows: historyRows(debug),
      now: clock.now(),
    }
    const lines = buildScreen(scene)
    const before = this.#frame.lines
    if (lines.length !== before.length || lines.some((line, n) => line !== before[n])) {
      this.#frame = { lines }
      for (const listener of this.#listeners) listener()
    }
    this.#tick()
  }

  say(token: Token | null, text: string): void {
    this.#set({ message: { token: token ?? 'muted', text } })
  }

  paste(text: string): void {
    const { mode } = this.#state
    if (mode.kind === 'command') this.#mode({ kind: 'command', field: pasted(mode.field, text) })
  }

  press(press: KeyPress): void {
    const { mode } = this.#state
    switch (mode.kind) {
      case 'menu':
        this.#choose(mode.menu, press)
        return
      case 'command':
        this.#type(mode, press)
        return
      case 'confirm':
        this.#answer(mode, press)
        return
      case 'keys': {
        const deed = deedOf(press.key)
        if (deed !== undefined) this.#do(deed)
        return
      }
      default:
        assertNever(mode)
    }
  }

  /** Breaks off what is under way and waits for its end. */
  async stop(): Promise<void> {
    this.#leaving = true
    this.#under?.abort.abort(new AstaraError('interrupted', 'broken off'))
    await this.#work
  }

  #do(deed: DebugDeed): void {
    switch (deed) {
      case 'step':
        this.#perform({ do: 'step', times: 1 })
        return
      case 'next':
        this.#perform({ do: 'run', until: { kind: 'step', step: 'CalcAction' } })
        return
      case 'run':
        this.#perform({ do: 'run', until: { kind: 'rest' } })
        return
      case 'until':
        this.#mode({ kind: 'menu', menu: UNTIL_MENU })
        return
      case 'retry':
      case 'accept':
        this.#command(deed)
        return
      case 'inject':
        this.#mode({ kind: 'menu', menu: INJECT_MENU })
        return
      case 'outcome':
        this.#mode({ kind: 'menu', menu: outcomeMenu(this.#deps.debug) })
        return
      case 'inspect':
        this.#mode({ kind: 'menu', menu: INSPECT_MENU })
        return
      case 'graph':
        this.#open(graphPage(this.#deps.debug, this.#deps.theme))
        return
      case 'command':
        this.#mode({ kind: 'command', field: emptyField })
        return
      case 'help':
        this.#open({ title: 'Help', lines: helpLines, top: 0 })
        return
      case 'open':
        this.#openSelected()
        return
      case 'stop':
        this.#stopOrBack()
        return
      case 'quit':
        this.#quit()
        return
      default:
        this.#move(deed)
    }
  }

  #quit(): void {
    if (this.#under === null) {
      this.#deps.exit()
      return
    }
    this.#ask(aboutLeaving(() => this.#deps.exit()))
  }

  #stopOrBack(): void {
    if (this.#under !== null) {
      const { stop, abort } = this.#under
      if (stop.signal.aborted) abort.abort(new AstaraError('interrupted', 'broken off by hand'))
      stop.abort()
      this.say('busy', abort.signal.aborted ? 'Breaking off …' : 'Stopping after this step. Esc again breaks it off.')
    } else if (this.#state.pages.length > 0) {
      this.#set({ pages: this.#state.pages.slice(0, -1) })
    } else {
      this.#set({ selected: null, message: null })
    }
  }

  #move(deed: Movement): void {
    const page = this.#state.pages.at(-1)
    if (page !== undefined) {
      const height = pageHeight(this.#size, this.#state)
      const most = Math.max(0, page.lines(this.#size.columns).length - height)
      const top = moved(deed, page.top, most + 1, Math.max(1, height - 1))
      this.#set({ pages: [...this.#state.pages.slice(0, -1), { ...page, top }] })
      return
    }
    const rows = historyRows(this.#deps.debug)
    this.#set({ selected: movedTo(rows, this.#state.selected, deed, listHeight(this.#size, this.#state)) })
  }

  #openSelected(): void {
    const row = selectedRow(historyRows(this.#deps.debug), this.#state.selected)
    if (row?.call) {
      const { call } = row
      this.#open({ title: `${call.method} ${call.operation}`, lines: () => callLines(call), top: 0 })
    } else if (row?.step) {
      const { step } = row
      const name = step.kind === 'step' ? step.before.step : step.kind
      this.#open({ title: `#${step.seq} ${name}`, lines: (width) => stepLines(step, width), top: 0 })
    }
  }

  #open(page: Page): void {
    this.#set({ pages: [...this.#state.pages.slice(-4), page] })
  }

  #choose(menu: Menu, { key }: KeyPress): void {
    this.#mode({ kind: 'keys' })
    const item = menu.items.find((one) => one.key === key)
    if (item === undefined) return
    if (item.command.endsWith(' ')) this.#mode({ kind: 'command', field: fieldOf(item.command) })
    else this.#command(item.command)
  }

  #type({ field }: ModeOf<'command'>, press: KeyPress): void {
    const typed = typeInto(field, press)
    this.#mode(typed.kind === 'typing' ? { kind: 'command', field: typed.field } : { kind: 'keys' })
    if (typed.kind === 'done' && typed.text !== '') this.#command(typed.text)
  }

  #answer({ asked, field }: ModeOf<'confirm'>, press: KeyPress): void {
    if (field !== null) {
      const typed = typeInto(field, press)
      if (typed.kind === 'typing') {
        this.#mode({ kind: 'confirm', asked, field: typed.field })
        return
      }
    }
    this.#mode({ kind: 'keys' })
    if (isYes(asked, field, press)) asked.yes()
    else this.say(null, 'Nothing was done.')
  }

  #ask(asked: Asked): void {
    this.#mode({ kind: 'confirm', asked, field: asked.word === null ? null : emptyField })
  }

  #command(text: string): void {
    try {
      this.#perform(parseCommand(text))
    } catch (error) {
      this.#complain(error)
    }
  }

  #perform(command: DebugCommand): void {
    const { debug, subject } = this.#deps
    switch (command.do) {
      case 'step':
        this.#act(async (signal, stop) => {
          for (let i = 0; i < command.times && !stop.aborted && !debug.exited; i++) {
            const { result } = await debug.step(signal)
            if (result === 'failed') {
              this.#tellEnd('failed')
              return
            }
          }
          this.#set({ message: null })
        })
        return
      case 'retry':
        this.#act(async (signal) => {
          const { result } = await debug.retry(signal)
          if (result === 'failed') this.#tellEnd('failed')
          else this.#set({ message: null })
        })
        return
      case 'run':
        this.#act(async (signal, stop) => this.#tellEnd(await debug.run(command.until, signal, { stop })))
        return
      case 'accept':
        debug.accept()
        this.say(null, 'The failure stands.')
        return
      case 'inject':
        if (command.action === 'delete') {
          const really = (): void => this.#ask(aboutDeletingReally(subject, () => this.#inject('delete', null)))
          this.#ask(aboutDeleting(subject, really))
        } else this.#inject(command.action, command.imageUuid)
        return
      case 'pretend':
        this.#pretend(command.name, command.on)
        return
      case 'pretend-nothing':
        for (const name of PRETENCE_NAMES) debug.pretend(name, false)
        debug.failNext = false
        this.say(null, 'Nothing is pretended any more.')
        return
      case 'inspect':
        this.#act(async (signal) => {
          const inspection = await debug.inspect(command.what, signal)
          this.#open({ title: command.what, lines: (width) => inspectionLines(inspection, width), top: 0 })
        })
        return
      default:
        assertNever(command)
    }
  }

  #inject(action: Extract<DebugCommand, { do: 'inject' }>['action'], imageUuid: string | null): void {
    const accepted = this.#deps.debug.inject(action, { imageUuid })
    if (accepted) this.say('ok', `${action} is in the queue.`)
    else this.say('bad', `${action} is not taken: the resource is in error, or gone.`)
  }

  #pretend(name: Extract<DebugCommand, { do: 'pretend' }>['name'], on: boolean): void {
    const { debug } = this.#deps
    const apply = (): void => {
      if (name === FAIL_NEXT) debug.failNext = on
      else debug.pretend(name, on)
      this.say(null, on ? `Pretending: ${name}` : `No longer pretending: ${name}`)
    }
    if (!on || debug.dryRun || name === FAIL_NEXT) apply()
    else this.#ask(aboutPretending(name, apply))
  }

  #tellEnd(end: RunEnd): void {
    const [token, text] = ENDS[end]
    this.say(token, text)
  }

  #act(work: (signal: AbortSignal, stop: AbortSignal) => Promise<void>): void {
    if (this.#under !== null) {
      this.say('busy', 'A step is under way. Esc stops after it.')
      return
    }
    const under = { stop: new AbortController(), abort: new AbortController() }
    this.#under = under
    // What is new is followed.
    this.#set({ message: null, selected: null })
    this.#work = work(under.abort.signal, under.stop.signal)
      .catch((error: unknown) => this.#complain(error))
      .finally(() => {
        this.#under = null
        this.changed()
      })
  }

  #complain(error: unknown): void {
    if (!(error instanceof AstaraError)) throw error
    this.say('bad', [messageOf(error), ...error.suggestions].join('  '))
  }

  #mode(mode: Mode): void {
    this.#set({ mode })
  }

  #set(change: Partial<ScreenState>): void {
    this.#state = { ...this.#state, ...change }
    this.changed()
  }

  #tick(): void {
    const { debug, clock } = this.#deps
    if (this.#ticking || this.#leaving || (debug.running === null && debug.waiting === null)) return
    this.#ticking = true
    clock.after(
      TICK_MS,
      () => {
        this.#ticking = false
        this.changed()
      },
      { unref: true },
    )
  }
}
