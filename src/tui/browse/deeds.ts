import { assertNever } from '../../shared/index.ts'
import { emptyField, fieldOf } from '../components/text-field.ts'
import { THEME_NAMES, type ThemeName } from '../theme.ts'
import type { Deed } from './bindings.ts'
import { bodyHeight, listHeight, matchesIn, textLines } from './frame.ts'
import { findResource } from './lookup.ts'
import type { ConsoleModel } from './model.ts'
import { ONE_KEY_LIMIT } from './screens/dialog.ts'
import { type Mode, type PendingAction, placeOf, type Target } from './state.ts'
import { type Move, move } from './viewport.ts'
import { DETAIL_TABS, type ListView } from './views.ts'

const clamp = (n: number, low: number, high: number): number => Math.max(low, Math.min(high, n))
const MOVES = ['down', 'up', 'pagedown', 'pageup', 'home', 'end'] as const
type MoveName = (typeof MOVES)[number]
const isMove = (deed: Deed): deed is MoveName => (MOVES as readonly string[]).includes(deed)

/** What each key and each typed line does. */
export class Deeds {
  readonly #model: ConsoleModel

  constructor(model: ConsoleModel) {
    this.#model = model
  }

  /** The list on the screen, or null where a text is. */
  get view(): ListView | null {
    const place = placeOf(this.#model.state)
    return place.view === 'detail' || place.view === 'help' ? null : place.view
  }

  do(deed: Deed): void {
    const model = this.#model
    if (isMove(deed)) {
      this.move(deed)
      return
    }
    switch (deed) {
      case 'open':
        this.#open()
        return
      case 'back':
        this.#back()
        return
      case 'resources':
      case 'workers':
      case 'tenants':
      case 'events':
        model.apply({ type: 'jump', place: { view: deed } })
        return
      case 'next_tab':
        this.#turn(1)
        return
      case 'previous_tab':
        this.#turn(-1)
        return
      case 'filter':
        if (this.view) {
          const { filter } = model.state.lists[this.view]
          this.#mode({ kind: 'filter', field: fieldOf(filter), before: filter })
        }
        return
      case 'search':
        this.#mode({ kind: 'search', field: emptyField, before: model.state.text })
        return
      case 'next_match':
        this.#match(1)
        return
      case 'previous_match':
        this.#match(-1)
        return
      case 'sort_left':
        this.#sortBy(-1)
        return
      case 'sort_right':
        this.#sortBy(1)
        return
      case 'sort_invert':
        if (this.view) {
          const { sort } = model.state.lists[this.view]
          model.list(this.view, { sort: { ...sort, descending: !sort.descending } })
        }
        return
      case 'columns':
        if (this.view) this.#mode({ kind: 'columns', cursor: 0, before: model.state.lists[this.view].columns })
        return
      case 'mark':
        this.#mark()
        return
      case 'mark_all':
        model.list('resources', {
          marks: new Set([...model.state.lists.resources.marks, ...model.panes.resources.ids]),
        })
        return
      case 'unmark':
        model.list('resources', { marks: new Set() })
        return
      case 'follow':
        this.#follow()
        return
      case 'rebuild':
      case 'update':
        this.ask({ action: deed, target: { kind: 'resource', ids: this.targets() }, reason: null })
        return
      case 'debug':
        this.#debugOrManage()
        return
      case 'ssh':
        this.ssh(null)
        return
      case 'copy_id':
        this.#copy(this.#selected() ?? '', 'the id')
        return
      case 'copy_json':
        this.#copyJson()
        return
      case 'theme': {
        const at = THEME_NAMES.indexOf(model.state.theme)
        const name: ThemeName = THEME_NAMES[(at + 1) % THEME_NAMES.length] ?? 'dark'
        model.setTheme(name)
        model.say(null, `Theme: ${name}`)
        return
      }
      case 'command':
        this.#mode({ kind: 'command', field: emptyField, recalled: 0, completion: null })
        return
      case 'reload':
        model.deps.data.reload()
        model.say(null, 'Asking for everything anew')
        return
      case 'help':
        if (placeOf(model.state).view !== 'help') model.apply({ type: 'go', place: { view: 'help' } })
        return
      case 'quit':
        model.deps.exit(0)
        return
      default:
        assertNever(deed)
    }
  }

  #mode(mode: Mode): void {
    this.#model.apply({ type: 'mode', mode })
  }

  /** Moves the cursor, or the text. */
  move(how: MoveName | Move): void {
    const model = this.#model
    const view = this.view
    if (view !== null) {
      const { place, follow } = model.state.lists[view]
      const placed = move(place, how, model.panes[view].ids, listHeight(model.scene))
      // Whoever moves away from the newest wants to read.
      model.list(view, { place: placed, follow: view === 'events' && follow && how === 'end' })
      return
    }
    const height = bodyHeight(model.scene)
    const { top } = model.state.text
    const page = Math.max(1, height - 1)
    const to = {
      down: top + 1,
      up: top - 1,
      pagedown: top + page,
      pageup: top - page,
      home: 0,
      end: Number.MAX_SAFE_INTEGER,
    }
    const wanted = typeof how === 'string' ? to[how] : 'by' in how ? top + how.by : how.to
    this.#scrollTo(wanted, how === 'end')
  }

  #scrollTo(top: number, follow = false): void {
    const { scene } = this.#model
    const most = Math.max(0, textLines(scene).length - bodyHeight(scene))
    this.#model.apply({ type: 'text', patch: { top: clamp(top, 0, most), follow } })
  }

  /** After a text became shorter or longer. */
  settleText(): void {
    const { text } = this.#model.state
    if (text.top > 0 || text.follow) this.#scrollTo(text.follow ? Number.MAX_SAFE_INTEGER : text.top, text.follow)
  }

  pointer(event: { readonly row: number } | { readonly lines: number }): void {
    const model = this.#model
    if (model.state.mode.kind !== 'normal') return
    if ('lines' in event) {
      this.move({ by: event.lines })
      return
    }
    const view = this.view
    // Three lines of head, and one of column headers.
    const line = event.row - 4
    if (view === null || line < 0 || line >= listHeight(model.scene)) return
    this.move({ to: model.state.lists[view].place.top + line })
  }

  #selected(): string | null {
    const place = placeOf(this.#model.state)
    if (place.view === 'detail') return place.id
    return this.view === null ? null : this.#model.state.lists[this.view].place.selected
  }

  /** What an action hits: everything that is marked, else what is selected. Ids from here on: rows may move under the question. */
  targets(): readonly string[] {
    const { state } = this.#model
    const { marks } = state.lists.resources
    if (this.view === 'resources' && marks.size > 0) return [...marks]
    const selected = this.#selected()
    return selected === null ? [] : [selected]
  }

  #open(): void {
    const model = this.#model
    const view = this.view
    const selected = this.#selected()
    if (view === null || selected === null) return
    switch (view) {
      case 'resources':
        model.apply({ type: 'go', place: { view: 'detail', id: selected, tab: 'summary' } })
        return
      case 'events': {
        const id = model.panes.events.get(selected)?.resource_id
        if (id !== undefined)
          model.apply(
            { type: 'go', place: { view: 'detail', id, tab: 'timeline' } },
            { type: 'text', patch: { follow: true } },
          )
        return
      }
      case 'tenants':
      case 'workers':
        model.list('resources', { filter: `${view === 'tenants' ? 'tenant' : 'worker'}:${selected}` })
        model.apply({ type: 'go', place: { view: 'resources' } })
    }
  }

  #back(): void {
    const model = this.#model
    const view = this.view
    const deep = model.state.places.length > 1
    if (view !== null && model.state.lists[view].filter !== '') {
      model.list(view, { filter: '' })
      // Coming from a tenant or a worker, its filter was the way in: both go together.
      if (deep) model.apply({ type: 'back' })
    } else if (model.state.text.search !== '') model.apply({ type: 'text', patch: { search: '' } })
    else model.apply({ type: 'back' })
  }

  #turn(by: 1 | -1): void {
    const model = this.#model
    const place = placeOf(model.state)
    if (place.view !== 'detail') return
    const at = DETAIL_TABS.indexOf(place.tab)
    const tab = DETAIL_TABS[(at + by + DETAIL_TABS.length) % DETAIL_TABS.length] ?? 'summary'
    model.apply({ type: 'back' }, { type: 'go', place: { ...place, tab } })
    if (model.state.places.length === 0 || placeOf(model.state).view !== 'detail')
      model.apply({ type: 'jump', place: { ...place, tab } })
    // A timeline is read from its end.
    if (tab === 'timeline') model.apply({ type: 'text', patch: { follow: true } })
  }

  #match(by: 1 | -1): void {
    const model = this.#model
    const { search, match } = model.state.text
    const found = matchesIn(textLines(model.scene), search)
    if (found.length === 0) {
      model.say('busy', search === '' ? 'Nothing is searched: / searches' : `"${search}" is not in this text`)
      return
    }
    this.showMatch((match + by + found.length) % found.length, found)
  }

  /** Goes to a match and shows it. */
  showMatch(match: number, found: readonly number[]): void {
    const model = this.#model
    const height = bodyHeight(model.scene)
    model.apply({ type: 'text', patch: { match } })
    this.#scrollTo((found[match] ?? 0) - Math.floor(height / 3))
  }

  #sortBy(by: 1 | -1): void {
    const model = this.#model
    const view = this.view
    if (view === null) return
    const list = model.state.lists[view]
    const columns = model.panes[view].shownColumns(list, model.size.columns)
    const at = columns.indexOf(list.sort.column)
    const column = columns[(at + by + columns.length) % columns.length]
    if (column !== undefined) model.list(view, { sort: { column, descending: false } })
  }

  #mark(): void {
    const model = this.#model
    const { marks, place } = model.state.lists.resources
    if (place.selected === null) return
    const next = new Set(marks)
    if (!next.delete(place.selected)) next.add(place.selected)
    model.list('resources', { marks: next })
    this.move('down')
  }

  #follow(): void {
    const model = this.#model
    const view = this.view
    if (view === 'events') model.list('events', { follow: !model.state.lists.events.follow })
    else if (view === null) model.apply({ type: 'text', patch: { follow: !model.state.text.follow } })
  }

  #debugOrManage(): void {
    const model = this.#model
    const kind: Target['kind'] = this.view === 'tenants' ? 'tenant' : 'resource'
    const selected = this.#selected()
    const ids = kind === 'tenant' ? (selected === null ? [] : [selected]) : this.targets()
    const marks = ids.map(
      (id) =>
        (kind === 'tenant' ? model.panes.tenants.get(id)?.debug : model.deps.data.resources.get(id)?.debug) ?? null,
    )
    const wider = marks.find((mark) => mark !== null && mark.scope !== kind)
    if (wider && ids.length === 1) {
      model.say(
        'busy',
        `It is in debug mode of ${wider.scope === 'global' ? 'the whole cluster: :global debug disable ends it' : 'its tenant: 3, then d ends it'}`,
      )
      return
    }
    const managed = marks.some((mark) => mark === null)
    this.ask({ action: managed ? 'debug' : 'manage', target: { kind, ids }, reason: null })
  }

  /** Begins an action: asks for the reason, or for a yes, or simply does it when it hurts nobody. */
  ask(pending: PendingAction): void {
    const { target, action, reason } = pending
    if (target.kind !== 'global' && target.ids.length === 0) this.#model.say('busy', 'Nothing is selected')
    else if (action === 'debug' && reason === null) this.#mode({ kind: 'reason', pending, field: emptyField })
    else if (this.#isPlain(pending)) this.start(pending)
    else {
      const manyHurt =
        (action === 'rebuild' && target.ids.length > ONE_KEY_LIMIT) || (action === 'debug' && target.kind === 'global')
      this.#mode({ kind: 'confirm', pending, typed: manyHurt ? emptyField : null })
    }
  }

  /** Of one, and harmless or thought about already (somebody typed a reason for it). */
  #isPlain({ action, target, reason }: PendingAction): boolean {
    if (target.kind !== 'resource' || target.ids.length > ONE_KEY_LIMIT) return false
    return action === 'update' || (action === 'debug' && reason !== null && reason !== '')
  }

  /** Carries it out. */
  start(pending: PendingAction): void {
    this.#mode({ kind: 'normal' })
    this.#model.act(pending)
  }

  /** Logs in to the instance of a resource: `word`, or the selected one. */
  ssh(word: string | null): void {
    const model = this.#model
    const { resources } = model.deps.data
    const found = word === null ? null : findResource(word, resources)
    if (found !== null && 'problem' in found) {
      model.say('bad', found.problem)
      return
    }
    const resource = resources.get(found?.id ?? this.#selected() ?? '')
    if (resource === undefined) model.say('busy', 'Nothing is selected')
    else {
      const name = resource.name || resource.id
      const run = async (): Promise<void> => {
        const status = await model.deps.ssh(resource.id)
        model.say(
          status === 0 ? null : 'bad',
          status === 0 ? `Back from ${name}` : `ssh to ${name} ended with status ${status}`,
        )
      }
      model.background(run())
    }
  }

  #copy(text: string, what: string): void {
    if (text === '') return
    this.#model.deps.copy(text)
    this.#model.say(null, `Copied ${what}`)
  }

  #copyJson(): void {
    const model = this.#model
    const id = this.#selected()
    if (id === null) return
    const json = this.view === null ? model.deps.data.resources.get(id) : model.panes[this.view].jsonOf(id)
    this.#copy(JSON.stringify(json, null, 2), 'it as JSON')
  }
}
