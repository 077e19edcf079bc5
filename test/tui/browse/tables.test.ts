import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { renderKeys } from '../../../scripts/generate-keys-docs.ts'
import { parseSort } from '../../../src/client/index.ts'
import Browse from '../../../src/commands/browse.ts'
import { BINDINGS, bindingsOf } from '../../../src/tui/browse/bindings.ts'
import { resourceColumns } from '../../../src/tui/browse/columns/resources.ts'
import { eventList, resourceList, tenantList, workerList } from '../../../src/tui/browse/definitions.ts'
import { LIST_VIEWS } from '../../../src/tui/browse/views.ts'
import { THEME_NAMES } from '../../../src/tui/theme.ts'
import { resourceOf, workerOf } from '../support/resources.ts'

describe('the key table', () => {
  it('has one meaning for each key in each view', () => {
    for (const view of [...LIST_VIEWS, 'detail', 'help'] as const) {
      const keys = bindingsOf({ view, readOnly: false }).flatMap((binding) => binding.keys)
      expect(new Set(keys).size, view).toBe(keys.length)
    }
  })

  it('uses only keys that every terminal can tell apart', () => {
    // Ctrl-I is Tab, Ctrl-M and Ctrl-J are Enter, Ctrl-H is Backspace, Ctrl-[ is Esc.
    const ambiguous = ['ctrl+i', 'ctrl+m', 'ctrl+j', 'ctrl+h', 'ctrl+[', 'ctrl+z', 'ctrl+s', 'ctrl+q']
    expect(BINDINGS.flatMap(({ keys }) => keys).filter((key) => ambiguous.includes(key))).toEqual([])
  })

  it('has nothing dangerous when read-only', () => {
    for (const view of LIST_VIEWS)
      expect(bindingsOf({ view, readOnly: true }).filter(({ dangerous }) => dangerous)).toEqual([])
  })

  it('is what docs/keys.md says', () => {
    expect(readFileSync(new URL('../../../docs/keys.md', import.meta.url), 'utf8')).toBe(renderKeys())
  })
})

describe('lists', () => {
  it('can be sorted by every column', () => {
    for (const { id } of resourceColumns) expect(() => parseSort(id), id).not.toThrow()
    expect(resourceList.sortValue('age')(resourceOf(1))).toBeTypeOf('number')
    for (const { id } of workerList.columns) expect(workerList.sortValue(id)(workerOf(1)), id).not.toBeNull()
    const tenant = { id: 'a', resources: 1, states: {}, trouble: 0, debug: null }
    expect(tenantList.sortValue('trouble')(tenant)).toBe(0)
    const event = {
      key: '1',
      resource_id: 'a',
      name: 'r',
      entry: { seq: 1, at: '2026-01-01T00:00:00.000Z', type: 'state', from: 'up', to: 'down' },
    } as const
    for (const { id } of eventList.columns) expect(eventList.sortValue(id)(event), id).not.toBeNull()
  })

  it('of workers, tenants and events are filtered by words and columns', () => {
    const accepts = (text: string): boolean => {
      const parsed = workerList.parseFilter(text, 0)
      return 'accepts' in parsed && parsed.accepts(workerOf(7, { queued: 3 }))
    }
    expect(accepts('worker-7')).toBe(true)
    expect(accepts('!worker-7')).toBe(false)
    expect(accepts('queued:3')).toBe(true)
    expect(accepts('queued:4')).toBe(false)
    expect(accepts('worker nothing')).toBe(false)
  })
})

describe('the command', () => {
  it('knows the views and themes of the console', () => {
    expect(Browse.flags.view.options).toEqual(LIST_VIEWS)
    expect(Browse.flags.theme.options).toEqual(THEME_NAMES)
  })
})
