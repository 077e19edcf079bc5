import { assertNever } from '../../shared/index.ts'
import { edit, fieldOf } from '../components/text-field.ts'
import type { KeyPress } from '../keys.ts'
import { completions, parseCommand } from './commands.ts'
import type { Deeds } from './deeds.ts'
import { matchesIn, textLines } from './frame.ts'
import { resourceWords } from './lookup.ts'
import type { ConsoleModel } from './model.ts'
import { runCommand } from './run-command.ts'
import type { ListState, Mode } from './state.ts'
import type { ListView } from './views.ts'

type ModeOf<K extends Mode['kind']> = Extract<Mode, { kind: K }>

const clamp = (n: number, low: number, high: number): number => Math.max(low, Math.min(high, n))

/** What keys and pasted text mean while something is asked or typed. */
export class Modes {
  readonly #model: ConsoleModel
  readonly #deeds: Deeds

  constructor(model: ConsoleModel, deeds: Deeds) {
    this.#model = model
    this.#deeds = deeds
  }

  #mode(mode: Mode): void {
    this.#model.apply({ type: 'mode', mode })
  }

  /** Keys while something is asked or typed. */
  inMode(mode: Mode, key: KeyPress): void {
    switch (mode.kind) {
      case 'normal':
        return
      case 'filter':
      case 'search':
      case 'command':
      case 'reason':
        this.#inField(mode, key)
        return
      case 'confirm':
        this.#inConfirm(mode, key)
        return
      case 'columns':
        this.#inColumns(mode, key)
        return
      default:
        assertNever(mode)
    }
  }

  #inField(mode: ModeOf<'filter' | 'search' | 'command' | 'reason'>, key: KeyPress): void {
    if (key.key === 'esc') this.#leave(mode)
    else if (key.key === 'enter') this.#enter(mode)
    else if (mode.kind === 'command' && this.#inCommand(mode, key)) return
    else if (mode.kind === 'filter' && (key.key === 'down' || key.key === 'up')) this.#deeds.move(key.key)
    else if (key.key === 'backspace' && mode.field.text === '') this.#leave(mode)
    else {
      const field = edit(mode.field, key)
      if (field !== null) this.typed({ ...mode, field })
    }
  }

  /** After the text being typed changed: filters and searches act at once. */
  typed(mode: ModeOf<'filter' | 'search' | 'command' | 'reason'>): void {
    const model = this.#model
    const { text } = mode.field
    if (mode.kind === 'command') {
      const candidates = text === '' ? [] : completions(text, this.#candidates())
      this.#mode({ ...mode, completion: { candidates, at: -1 } })
      return
    }
    this.#mode(mode)
    if (mode.kind === 'filter' && this.#deeds.view) model.list(this.#deeds.view, { filter: text })
    if (mode.kind === 'search') {
      model.apply({ type: 'text', patch: { search: text, match: 0 } })
      const found = matchesIn(textLines(model.scene), text)
      const first = found.findIndex((line) => line >= mode.before.top)
      if (found.length > 0) this.#deeds.showMatch(Math.max(0, first), found)
    }
  }

  #leave(mode: ModeOf<'filter' | 'search' | 'command' | 'reason'>): void {
    const model = this.#model
    this.#mode({ kind: 'normal' })
    if (mode.kind === 'filter' && this.#deeds.view) model.list(this.#deeds.view, { filter: mode.before })
    if (mode.kind === 'search') model.apply({ type: 'text', patch: mode.before })
  }

  #enter(mode: ModeOf<'filter' | 'search' | 'command' | 'reason'>): void {
    const model = this.#model
    this.#mode({ kind: 'normal' })
    if (mode.kind === 'reason') {
      this.#deeds.ask({ ...mode.pending, reason: mode.field.text.trim() })
      return
    }
    if (mode.kind !== 'command') return
    const text = mode.field.text.trim()
    if (text === '') return
    model.apply({ type: 'remember', command: text })
    const parsed = parseCommand(text)
    if ('problem' in parsed) model.say('bad', parsed.problem)
    else
      runCommand(parsed.command, {
        model,
        deeds: this.#deeds,
        view: this.#deeds.view,
        targets: () => this.#deeds.targets(),
      })
  }

  /** Completion and history; false: an ordinary key of a text field. */
  #inCommand(mode: ModeOf<'command'>, { key }: KeyPress): boolean {
    if (key === 'tab' || key === 'shift+tab') {
      const candidates = mode.completion?.candidates ?? []
      if (candidates.length === 0) return true
      const step = key === 'tab' ? 1 : -1
      const at = ((mode.completion?.at ?? -1) + step + candidates.length) % candidates.length
      this.#mode({ ...mode, field: fieldOf(candidates[at] ?? ''), completion: { candidates, at } })
      return true
    }
    if (key === 'right' && mode.completion?.at === -1 && mode.field.cursor === [...mode.field.text].length) {
      const [first] = mode.completion.candidates
      if (first !== undefined) this.typed({ ...mode, field: fieldOf(first) })
      return true
    }
    if (key !== 'up' && key !== 'down') return false
    const { history } = this.#model.state
    const recalled = clamp(mode.recalled + (key === 'up' ? 1 : -1), 0, history.length)
    this.#mode({ ...mode, recalled, field: fieldOf(history[history.length - recalled] ?? ''), completion: null })
    return true
  }

  #candidates(): Parameters<typeof completions>[1] {
    const { panes, deps } = this.#model
    const { resources } = deps.data
    const view = this.#deeds.view ?? 'resources'
    return {
      resources: (prefix) => resourceWords(prefix, resources),
      tenants: (prefix) =>
        [...new Set(Array.from(resources.values(), (r) => r.tenant_id))].filter((id) => id.startsWith(prefix)),
      columns: panes[view].columnIds,
    }
  }

  #inConfirm(mode: ModeOf<'confirm'>, key: KeyPress): void {
    const model = this.#model
    const { pending, typed } = mode
    if (typed === null) {
      if (key.key === 'y' || key.key === 'Y') this.#deeds.start(pending)
      else {
        this.#mode({ kind: 'normal' })
        model.say(null, 'Nothing was done')
      }
      return
    }
    if (key.key === 'esc' || (key.key === 'enter' && typed.text.trim() !== pending.action)) {
      this.#mode({ kind: 'normal' })
      model.say(null, 'Nothing was done')
    } else if (key.key === 'enter') this.#deeds.start(pending)
    else {
      const field = edit(typed, key)
      if (field !== null) this.#mode({ ...mode, typed: field })
    }
  }

  #inColumns(mode: ModeOf<'columns'>, { key }: KeyPress): void {
    const model = this.#model
    const view = this.#deeds.view
    if (view === null) return
    const pane = model.panes[view]
    const list = model.state.lists[view]
    const perLine = Math.max(1, Math.floor(model.size.columns / 20))
    const steps: Readonly<Record<string, number>> = {
      left: -1,
      h: -1,
      right: 1,
      l: 1,
      up: -perLine,
      k: -perLine,
      down: perLine,
      j: perLine,
    }
    const step = steps[key]
    if (step !== undefined) this.#mode({ ...mode, cursor: clamp(mode.cursor + step, 0, pane.columnIds.length - 1) })
    else if (key === '0') model.list(view, { columns: null })
    else if (key === 'space')
      model.list(view, { columns: this.#toggled(list, view, pane.columnIds[mode.cursor] ?? '') })
    else if (key === 'enter' || key === 'C') this.#mode({ kind: 'normal' })
    else if (key === 'esc') {
      model.list(view, { columns: mode.before })
      this.#mode({ kind: 'normal' })
    }
  }

  /** The shown columns with one more or one fewer; a new one takes its usual place. */
  #toggled(list: ListState, view: ListView, column: string): readonly string[] {
    const model = this.#model
    const now = list.columns ?? model.panes[view].shownColumns(list, model.size.columns)
    if (now.includes(column)) return now.length > 1 ? now.filter((id) => id !== column) : now
    const order = model.panes[view].columnIds
    const after = now.findLastIndex((id) => order.indexOf(id) < order.indexOf(column))
    return now.toSpliced(after + 1, 0, column)
  }
}
