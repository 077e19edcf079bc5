import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { DebugMark, DebugState } from '../../contract/index.ts'
import { AstaraError, messageOf } from '../../shared/index.ts'
import { IN_MEMORY, sqliteFile } from './connection.ts'
import type { DebugTarget } from './debug-marks.ts'
import { migrate } from './schema.ts'

/** One command of an operator. Times are ISO 8601 UTC. */
export interface AuditRecord {
  readonly at: string
  /** `update`, `rebuild`, `debug`, `manage`, `poll`, `config-reload`, … */
  readonly action: string
  /** `resource <id>`, `tenant <id>`, `global`. */
  readonly target: string
  readonly via: 'api' | 'amqp'
  readonly by: string | null
  readonly reason: string | null
}

/** What outlives the orchestrator. Methods throw whatever the database throws; nothing waits for long. */
export interface OperatorStore {
  loadDebug(): DebugState
  /** null: the mode is over. */
  saveDebug(target: DebugTarget, mark: DebugMark | null): void
  addAudit(record: AuditRecord): void
  /** The last so many, newest first. */
  audit(limit: number): readonly AuditRecord[]
  close(): void
}

/** Another process may hold the file for a moment; the event loop must not wait longer than this. */
const BUSY_MS = 250
const AUDIT_ROWS = 100_000
const PRUNE_EVERY = 1_000

const targetOf = (target: DebugTarget): string => (target.scope === 'global' ? '' : target.id)
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)

class SqliteStore implements OperatorStore {
  readonly #db: DatabaseSync
  #written = 0

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  loadDebug(): DebugState {
    const state: { global: DebugMark | null } & Pick<DebugState, 'tenants' | 'resources'> = {
      global: null,
      tenants: [],
      resources: [],
    }
    for (const row of this.#db.prepare('SELECT * FROM debug_modes ORDER BY since, target').all()) {
      const mark: DebugMark = {
        scope: row.scope === 'tenant' || row.scope === 'resource' ? row.scope : 'global',
        reason: textOrNull(row.reason),
        since: String(row.since),
        by: textOrNull(row.set_by),
      }
      if (mark.scope === 'global') state.global = mark
      else if (mark.scope === 'tenant') state.tenants.push({ tenant_id: String(row.target), mark })
      else state.resources.push({ resource_id: String(row.target), mark })
    }
    return state
  }

  saveDebug(target: DebugTarget, mark: DebugMark | null): void {
    if (mark === null) {
      this.#db.prepare('DELETE FROM debug_modes WHERE scope = ? AND target = ?').run(target.scope, targetOf(target))
      return
    }
    this.#db
      .prepare('INSERT OR REPLACE INTO debug_modes (scope, target, reason, since, set_by) VALUES (?, ?, ?, ?, ?)')
      .run(target.scope, targetOf(target), mark.reason, mark.since, mark.by)
  }

  addAudit({ at, action, target, via, by, reason }: AuditRecord): void {
    this.#db
      .prepare('INSERT INTO audit (at, action, target, via, issued_by, reason) VALUES (?, ?, ?, ?, ?, ?)')
      .run(at, action, target, via, by, reason)
    if (++this.#written % PRUNE_EVERY === 0) {
      this.#db.prepare('DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?').run(AUDIT_ROWS)
    }
  }

  audit(limit: number): readonly AuditRecord[] {
    const rows = this.#db.prepare('SELECT * FROM audit ORDER BY id DESC LIMIT ?').all(limit)
    return rows.map((row) => ({
      at: String(row.at),
      action: String(row.action),
      target: String(row.target),
      via: row.via === 'amqp' ? 'amqp' : 'api',
      by: textOrNull(row.issued_by),
      reason: textOrNull(row.reason),
    }))
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }
}

/**
 * Opens (makes, migrates) the database of a `[database] connection`. A new file can be read by its owner only.
 *
 * @throws AstaraError `bad_config` when it is no SQLite address or the file cannot be used
 */
export function openStore(connection: string): OperatorStore {
  const file = sqliteFile(connection)
  let db: DatabaseSync | null = null
  try {
    if (file !== IN_MEMORY) mkdirSync(dirname(file), { recursive: true, mode: 0o750 })
    db = new DatabaseSync(file, { timeout: BUSY_MS })
    if (file !== IN_MEMORY) {
      chmodSync(file, 0o600)
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    }
    migrate(db)
    return new SqliteStore(db)
  } catch (cause) {
    if (db?.isOpen) db.close()
    if (cause instanceof AstaraError) throw cause
    throw new AstaraError('bad_config', `the database ${file} cannot be used: ${messageOf(cause)}`, {
      cause,
      suggestions: [
        'Check that this user may write that file and its folder, or name another one in [database] connection.',
      ],
      details: { option: '[database] connection', file },
    })
  }
}
