import type { Line, Span } from '../line.ts'
import { filled } from '../text.ts'
import type { Theme, Token } from '../theme.ts'
import { GUTTER, type Layout, layOut, type ScreenColumn } from './layout.ts'
import { OrderedRows, type SortValue } from './ordered-rows.ts'
import type { ListState } from './state.ts'

/** What a filter text means, or what is wrong with it. */
export type ParsedFilter<T> =
  | { readonly accepts: (row: T) => boolean; readonly byTime: boolean }
  | { readonly problem: string }

/** What is special to one list. */
export interface ListDefinition<T> {
  /** Plural. */
  readonly noun: string
  readonly columns: readonly ScreenColumn<T>[]
  readonly sortValue: (column: string) => (row: T) => SortValue
  readonly parseFilter: (text: string, now: number) => ParsedFilter<T>
  /** What `copy JSON` copies. */
  readonly toJson: (row: T) => unknown
}

/** What the rows are drawn with. */
export interface DrawContext {
  readonly theme: Theme
  readonly width: number
  readonly height: number
  readonly now: number
  /** The data are old: everything is grey. */
  readonly stale: boolean
}

/** A line, and all that it was made of. */
interface Drawn<T> {
  readonly row: T
  readonly context: DrawContext
  /** Selected, marked. */
  readonly how: string
  readonly layout: Layout<T>
  readonly line: Line
}

const isSameDrawing = (a: DrawContext, b: DrawContext): boolean =>
  a.theme === b.theme && a.width === b.width && a.now === b.now && a.stale === b.stale

/** One list without its rows' type: what the console does with any of them. */
export interface AnyPane {
  readonly noun: string
  readonly ids: readonly string[]
  readonly total: number
  /** What is wrong with the filter that was last given; the one before it stays in force. */
  readonly filterProblem: string | null
  readonly columnIds: readonly string[]
  headerOf(column: string): string
  isListed(id: string): boolean
  arrange(state: ListState, now: number): void
  tick(now: number): void
  /** Columns on a screen of this width, in order. */
  shownColumns(state: ListState, width: number): readonly string[]
  draw(state: ListState, context: DrawContext): Line[]
  jsonOf(id: string): unknown
}

/** A list: its rows in order, its columns, its lines on the screen. */
export class ListPane<T> implements AnyPane {
  readonly noun: string
  readonly columnIds: readonly string[]
  filterProblem: string | null = null
  readonly #definition: ListDefinition<T>
  readonly #rows = new OrderedRows<T>()
  #arranged: Pick<ListState, 'filter' | 'sort'> | null = null
  #accepts: (row: T) => boolean = () => true
  #byTime = false
  /** Lines of the rows on the screen, as they were drawn last. */
  #drawn: ReadonlyMap<string, Drawn<T>> = new Map()
  #layout: { readonly columns: readonly string[] | null; readonly width: number; readonly layout: Layout<T> } | null =
    null

  constructor(definition: ListDefinition<T>) {
    this.#definition = definition
    this.noun = definition.noun
    this.columnIds = definition.columns.map(({ id }) => id)
  }

  get ids(): readonly string[] {
    return this.#rows.ids
  }

  get total(): number {
    return this.#rows.total
  }

  get(id: string): T | undefined {
    return this.#rows.get(id)
  }

  isListed(id: string): boolean {
    return this.#rows.isListed(id)
  }

  /** Takes over the rows as they are now. */
  update(rows: ReadonlyMap<string, T>): boolean {
    return this.#rows.update(rows)
  }

  /** Takes over some rows as they are now. */
  updateSome(ids: Iterable<string>, rows: ReadonlyMap<string, T>): void {
    this.#rows.updateSome(ids, rows)
  }

  arrange({ filter, sort }: ListState, now: number): void {
    if (this.#arranged?.filter === filter && this.#arranged.sort === sort) return
    if (this.#arranged?.filter !== filter) {
      const parsed = this.#definition.parseFilter(filter, now)
      if ('problem' in parsed) this.filterProblem = parsed.problem
      else {
        this.filterProblem = null
        this.#accepts = parsed.accepts
        this.#byTime = parsed.byTime
      }
    }
    this.#arranged = { filter, sort }
    this.#rows.arrange([{ value: this.#definition.sortValue(sort.column), descending: sort.descending }], this.#accepts)
  }

  tick(now: number): void {
    if (!this.#byTime || this.#arranged === null) return
    const parsed = this.#definition.parseFilter(this.#arranged.filter, now)
    if ('problem' in parsed) return
    this.#accepts = parsed.accepts
    this.#rows.arrange(
      [{ value: this.#definition.sortValue(this.#arranged.sort.column), descending: this.#arranged.sort.descending }],
      this.#accepts,
    )
  }

  headerOf(column: string): string {
    return this.#definition.columns.find(({ id }) => id === column)?.header ?? column
  }

  shownColumns(state: ListState, width: number): readonly string[] {
    return this.#layoutFor(state, width).placed.map(({ column }) => column.id)
  }

  #layoutFor({ columns }: ListState, width: number): Layout<T> {
    if (this.#layout?.columns === columns && this.#layout.width === width) return this.#layout.layout
    const all = this.#definition.columns
    const chosen =
      columns === null
        ? all
        : columns.flatMap((id, n) => all.filter((column) => column.id === id).map((column) => ({ ...column, rank: n })))
    const layout = layOut(chosen.length === 0 ? all : chosen, width)
    this.#layout = { columns, width, layout }
    return layout
  }

  /** The line of column headers, then one line for each row on the screen. */
  draw(state: ListState, context: DrawContext): Line[] {
    const layout = this.#layoutFor(state, context.width)
    const lines: Line[] = [this.#header(layout, state, context.theme)]
    const drawn = new Map<string, Drawn<T>>()
    for (const id of this.ids.slice(state.place.top, state.place.top + context.height - 1)) {
      const row = this.#rows.get(id)
      if (row === undefined) continue
      const selected = id === state.place.selected
      const marked = state.marks.has(id)
      const how = `${selected} ${marked}`
      const before = this.#drawn.get(id)
      const same =
        before?.row === row && before.how === how && before.layout === layout && isSameDrawing(before.context, context)
      const line = same ? before.line : this.#row(row, layout, { ...context, selected, marked })
      drawn.set(id, { row, context, how, layout, line })
      lines.push(line)
    }
    this.#drawn = drawn
    return lines
  }

  #header({ placed, gap }: Layout<T>, { sort }: ListState, { signs }: Theme): Line {
    const cells = placed.map(({ column, width }) => {
      const arrow = column.id === sort.column ? (sort.descending ? signs.down : signs.up) : ''
      return filled(column.header.slice(0, Math.max(1, width - arrow.length)) + arrow, width, column.align ?? 'left')
    })
    return [['header', ' '.repeat(GUTTER) + cells.join(' '.repeat(gap))]]
  }

  #row(
    row: T,
    { placed, gap }: Layout<T>,
    context: DrawContext & { readonly selected: boolean; readonly marked: boolean },
  ): Line {
    const { theme, now, selected, marked, stale } = context
    const gutter = `${selected ? '>' : ' '}${marked ? theme.signs.mark : ' '}`
    const spans: Span[] = [[marked ? 'marked' : null, gutter]]
    for (const [n, { column, width }] of placed.entries()) {
      const text = filled(column.cell(row, { now, theme, width }), width, column.align ?? 'left')
      spans.push([column.token?.(row) ?? null, n === 0 ? text : ' '.repeat(gap) + text])
    }
    const whole: Token | null = selected ? 'selected' : stale ? 'muted' : null
    if (whole === null) return spans
    const text = spans.map(([, part]) => part).join('')
    return [[whole, selected ? filled(text, context.width) : text]]
  }

  jsonOf(id: string): unknown {
    const row = this.#rows.get(id)
    return row === undefined ? null : this.#definition.toJson(row)
  }
}
