import { describe, expect, it } from 'vitest'
import { COMMANDS, completions, parseCommand } from '../../../src/tui/browse/commands.ts'

const candidates = {
  resources: (prefix: string) => ['web-1', 'web-2', 'db-1'].filter((name) => name.startsWith(prefix)),
  tenants: () => ['aaaa', 'bbbb'],
  columns: ['name', 'instance_state', 'age'],
}

describe('commands', () => {
  it.each([
    ['workers', { name: 'view', view: 'workers', filter: null }],
    ['resources state:error', { name: 'view', view: 'resources', filter: 'state:error' }],
    ['router list', { name: 'view', view: 'resources', filter: null }],
    ['router show web-1', { name: 'show', resource: 'web-1' }],
    ['router web-1', { name: 'show', resource: 'web-1' }],
    ['router rebuild web-1 new image', { name: 'act', action: 'rebuild', resource: 'web-1', reason: 'new image' }],
    ['astara ctl router update web-1', { name: 'act', action: 'update', resource: 'web-1', reason: null }],
    ['rebuild', { name: 'act', action: 'rebuild', resource: null, reason: null }],
    ['debug web-1 it flaps', { name: 'act', action: 'debug', resource: 'web-1', reason: 'it flaps' }],
    ['tenant aaaa', { name: 'tenant', tenant: 'aaaa', action: 'show', reason: null }],
    ['tenant debug aaaa maintenance', { name: 'tenant', tenant: 'aaaa', action: 'debug', reason: 'maintenance' }],
    ['global debug enable upgrade of Nova', { name: 'global', action: 'debug', reason: 'upgrade of Nova' }],
    ['global debug disable', { name: 'global', action: 'manage', reason: null }],
    ['sort age:desc', { name: 'sort', by: 'age:desc' }],
    ['columns name,age', { name: 'columns', columns: 'name,age' }],
    ['filter', { name: 'filter', text: '' }],
    ['q', { name: 'quit' }],
  ])('%j is understood', (text, command) => expect(parseCommand(text)).toEqual({ command }))

  it('says what was likely meant', () => {
    expect(parseCommand('workrs')).toEqual({ problem: 'there is no command "workrs"; did you mean workers?' })
    expect(parseCommand('router show')).toEqual({ problem: 'show which one?' })
  })

  it('each have words of their own', () => {
    const words = COMMANDS.flatMap((entry) => entry.words)
    expect(new Set(words).size).toBe(words.length)
  })
})

describe('completion', () => {
  it.each([
    ['wor', ['workers']],
    ['re', ['resources', 'rebuild', 'reload']],
    ['rebuild web', ['rebuild web-1', 'rebuild web-2']],
    ['router rebuild w', ['router rebuild web-1', 'router rebuild web-2']],
    ['router sh', ['router show']],
    ['columns name,a', ['columns name,age']],
    ['theme l', ['theme light']],
    ['rebuild web-1 because', []],
  ])('%j may become %j', (text, lines) => expect(completions(text, candidates)).toEqual(lines))
})
