import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../../src/config/index.ts'
import { sqliteFile } from '../../../src/orchestrator/store/connection.ts'
import {
  DebugBook,
  DebugMarks,
  type OperatorStore,
  openConfiguredStore,
  openStore,
} from '../../../src/orchestrator/store/index.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const home = mkdtempSync(join(tmpdir(), 'astara-store-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const R = '00000000-0000-0000-0000-000000000001'
const T = '00000000-0000-0000-0000-0000000000aa'
const order = { by: 'alice', reason: 'looking' }

function bookOf(store: OperatorStore, clock = new ManualClock()) {
  const errors: string[] = []
  const logger = { ...silentLogger, error: (_fields: unknown, text?: string) => errors.push(String(text)) }
  return { clock, errors, book: new DebugBook({ store, clock, logger: logger as typeof silentLogger }) }
}

describe('[database] connection', () => {
  it.each([
    ['sqlite:////var/lib/astara/astara.db', '/var/lib/astara/astara.db'],
    ['sqlite+pysqlite:////a/b.db?timeout=3', '/a/b.db'],
    ['sqlite:///relative.db', './relative.db'],
    ['sqlite://', ':memory:'],
    ['sqlite:///:memory:', ':memory:'],
  ])('%s is the file %s', (connection, file) => {
    expect(sqliteFile(connection)).toBe(file)
  })

  it.each(['mysql+pymysql://astara:hush@db/astara', 'postgresql://u:hush@h/d', 'sqlite://host/file', 'nonsense'])(
    '%s is refused, with what to write instead and without its password',
    (connection) => {
      const attempt = () => openStore(connection)
      expect(attempt).toThrow(expect.objectContaining({ code: 'bad_config' }))
      try {
        attempt()
      } catch (error) {
        expect(`${error}`).not.toContain('hush')
        expect(JSON.stringify(error)).toContain('sqlite:////')
      }
    },
  )

  it('a file that cannot be used is a clear error when somebody chose it, and a warning when it is the default', async () => {
    const file = join(home, 'not-a-database')
    writeFileSync(file, 'this is no database, whatever its name may say'.repeat(100))
    expect(() => openStore(`sqlite:///${file}`)).toThrow(/not-a-database cannot be used/)
    const { config } = await loadConfig({
      files: [],
      env: { OS_DATABASE__CONNECTION: `sqlite:///${file}` },
    })
    expect(() => openConfiguredStore(config, silentLogger)).toThrow(/cannot be used/)
  })
})

describe('the database', () => {
  it('is the owner’s only, and a later version is not touched', () => {
    const file = join(home, 'deep', 'er', 'astara.db')
    openStore(`sqlite:///${file}`).close()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const db = new DatabaseSync(file)
    db.exec('PRAGMA user_version = 99')
    db.close()
    expect(() => openStore(`sqlite:///${file}`)).toThrow(/version 99/)
  })

  it('debug modes survive a restart, with who, why and when', () => {
    const url = `sqlite:///${join(home, 'survive.db')}`
    const { book, clock } = bookOf(openStore(url))
    const since = new Date(clock.now()).toISOString()
    book.hold({ scope: 'resource', id: R }, order)
    book.hold({ scope: 'tenant', id: T }, { by: null, reason: null })
    book.hold({ scope: 'global' }, order)
    book.release({ scope: 'tenant', id: T }, order)
    const before = book.state
    book.close()
    const again = bookOf(openStore(url)).book
    expect(again.state).toEqual(before)
    expect(again.state).toEqual({
      global: { scope: 'global', reason: 'looking', since, by: 'alice' },
      tenants: [],
      resources: [{ resource_id: R, mark: { scope: 'resource', reason: 'looking', since, by: 'alice' } }],
    })
    again.close()
  })

  it('two programs may have it open', () => {
    const url = `sqlite:///${join(home, 'shared.db')}`
    const [one, two] = [openStore(url), openStore(url)]
    one.saveDebug({ scope: 'global' }, { scope: 'global', reason: null, since: '2026-01-01T00:00:00.000Z', by: null })
    expect(two.loadDebug().global).not.toBeNull()
    one.close()
    two.close()
  })

  it('remembers what operators asked for', () => {
    const store = openStore('sqlite://')
    const { book, clock } = bookOf(store)
    book.audit({
      action: 'rebuild',
      target: `resource ${R}`,
      via: 'api',
      by: 'alice',
      reason: "Robert'); DROP TABLE audit;--",
    })
    book.audit({ action: 'poll', target: '*', via: 'amqp', by: null, reason: null })
    expect(store.audit(10)).toMatchObject([
      { action: 'poll', via: 'amqp', by: null },
      {
        action: 'rebuild',
        by: 'alice',
        reason: "Robert'); DROP TABLE audit;--",
        at: new Date(clock.now()).toISOString(),
      },
    ])
  })
})

describe('a database that fails', () => {
  /** Works when told to. */
  function moody() {
    const real = openStore('sqlite://')
    const mood = { broken: false }
    const guard = (): void => {
      if (mood.broken) throw new Error('disk I/O error')
    }
    const store: OperatorStore = {
      loadDebug: () => real.loadDebug(),
      saveDebug(...args) {
        guard()
        real.saveDebug(...args)
      },
      addAudit(...args) {
        guard()
        real.addAudit(...args)
      },
      audit: (limit) => real.audit(limit),
      close: () => real.close(),
    }
    return { store, mood, real }
  }

  it('freezes nothing: what is asked for holds, the log says so, and it is written when the disk is well again', async () => {
    const { store, mood, real } = moody()
    const { book, clock, errors } = bookOf(store)
    book.hold({ scope: 'tenant', id: T }, order)
    mood.broken = true
    book.hold({ scope: 'resource', id: R }, order)
    book.release({ scope: 'tenant', id: T }, order)
    book.audit({ action: 'debug', target: R, via: 'api', by: null, reason: null })
    expect(book.marks.of(R, null)).toMatchObject({ scope: 'resource' })
    expect(book.marks.of('x', T)).toBeNull()
    expect(errors).toEqual(expect.arrayContaining([expect.stringContaining('would not survive a restart')]))
    expect(real.loadDebug()).toMatchObject({ tenants: [{ tenant_id: T }], resources: [] })
    await clock.advance(30_000)
    expect(real.loadDebug().resources).toEqual([])
    mood.broken = false
    await clock.advance(10_000)
    expect(real.loadDebug()).toEqual(book.state)
  })

  it('listeners hear of each change once, and of none that changes nothing', () => {
    const { book } = bookOf(openStore('sqlite://'))
    const heard: string[] = []
    book.onChange((_marks, { target, mark }) => heard.push(`${target.scope} ${mark ? 'on' : 'off'}`))
    book.hold({ scope: 'global' }, order)
    book.hold({ scope: 'global' }, order)
    book.release({ scope: 'global' }, order)
    expect(book.release({ scope: 'global' }, order)).toBe(false)
    expect(heard).toEqual(['global on', 'global off'])
  })
})

describe('whose mark holds a resource', () => {
  it('is the narrowest', () => {
    const mark = (scope: 'resource' | 'tenant' | 'global') => ({ scope, reason: null, since: '', by: null })
    const marks = new DebugMarks({
      global: mark('global'),
      tenants: [{ tenant_id: T, mark: mark('tenant') }],
      resources: [{ resource_id: R, mark: mark('resource') }],
    })
    expect(marks.of(R, T)?.scope).toBe('resource')
    expect(marks.of('other', T)?.scope).toBe('tenant')
    expect(marks.of('other', null)?.scope).toBe('global')
    expect(marks.with({ scope: 'resource', id: R }, null).of(R, T)?.scope).toBe('tenant')
    expect(new DebugMarks().of(R, T)).toBeNull()
  })
})
