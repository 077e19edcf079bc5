import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noPreferences, openPreferences, preferencesOf, withPreferences } from '../../../src/tui/browse/preferences.ts'
import { initialState, reduce } from '../../../src/tui/browse/state.ts'
import { consoleOf } from '../support/console.ts'
import { resourceOf } from '../support/resources.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'astara-preferences-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const begin = initialState('dark', 'resources')

describe('preferences', () => {
  it('are kept in a file that only its owner can read', async () => {
    const store = await openPreferences(folder)
    expect(store.load()).toEqual(noPreferences)
    store.save({
      theme: 'light',
      lists: { workers: { filter: '', sort: { column: 'pid', descending: true }, columns: ['pid'] } },
      history: ['poll'],
    })
    const again = (await openPreferences(folder)).load()
    expect(again.theme).toBe('light')
    expect(again.history).toEqual(['poll'])
    const file = readdirSync(folder).find((name) => name.startsWith('browse')) ?? ''
    expect(statSync(join(folder, file)).mode & 0o077).toBe(0)
  })

  it('that are broken or from another age are passed over', async () => {
    writeFileSync(join(folder, 'browse.json'), '{not json')
    expect((await openPreferences(folder)).load()).toEqual(noPreferences)
    const odd = {
      theme: null,
      history: [],
      lists: { resources: { filter: 'x', sort: { column: 'gone', descending: true }, columns: ['gone'] } },
    }
    const { resources } = withPreferences(begin, odd, () => ['name']).lists
    expect(resources.sort).toEqual({ column: 'name', descending: false })
    expect(resources.columns).toBeNull()
    expect(resources.filter).toBe('x')
  })

  it('hold how the lists looked, and a theme only when it was chosen', () => {
    const changed = reduce(begin, {
      type: 'list',
      view: 'workers',
      patch: { sort: { column: 'pid', descending: true } },
    })
    const kept = preferencesOf(changed, false)
    expect(kept.lists.workers?.sort).toEqual({ column: 'pid', descending: true })
    expect(kept.theme).toBeNull()
    expect(withPreferences(begin, kept, () => ['name', 'pid', 'trouble', 'at']).lists.workers.sort.column).toBe('pid')
  })

  it('are saved when the console ends, and a filter of last time is announced', async () => {
    const store = await openPreferences(folder)
    const first = consoleOf({}, { preferences: store })
    first.data.put(resourceOf(1))
    await first.settle()
    first.press('/')
    first.type('router')
    first.press('enter')
    await first.model.stop()
    const second = consoleOf({}, { preferences: await openPreferences(folder) })
    expect(second.model.state.lists.resources.filter).toBe('router')
    expect(second.lines().at(-2)).toContain('The filter of last time is on: router')
  })
})
