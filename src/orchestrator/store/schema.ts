import type { DatabaseSync } from 'node:sqlite'
import { AstaraError } from '../../shared/index.ts'

/** What brings a database from one version to the next; version n is what the first n make. Never changed, only added to. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE debug_modes (
     scope TEXT NOT NULL CHECK (scope IN ('resource', 'tenant', 'global')),
     target TEXT NOT NULL,
     reason TEXT,
     since TEXT NOT NULL,
     set_by TEXT,
     PRIMARY KEY (scope, target)
   ) STRICT;
   CREATE TABLE audit (
     id INTEGER PRIMARY KEY,
     at TEXT NOT NULL,
     action TEXT NOT NULL,
     target TEXT NOT NULL,
     via TEXT NOT NULL,
     issued_by TEXT,
     reason TEXT
   ) STRICT;`,
]

/** The version that this program writes. */
const SCHEMA_VERSION = MIGRATIONS.length

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0)
}

/**
 * Brings the database up to date, each step whole or not at all.
 *
 * @throws AstaraError `bad_config` when a newer program has written it
 */
export function migrate(db: DatabaseSync): void {
  const version = versionOf(db)
  if (version > SCHEMA_VERSION) {
    throw new AstaraError(
      'bad_config',
      `the database has version ${version}, which is newer than this program's ${SCHEMA_VERSION}`,
      {
        suggestions: ['Run the version that wrote it, or a later one; or name another file in [database] connection.'],
      },
    )
  }
  for (let next = version; next < SCHEMA_VERSION; next++) {
    db.exec('BEGIN IMMEDIATE')
    try {
      // Another process may have been quicker.
      if (versionOf(db) === next) db.exec(`${MIGRATIONS[next]}; PRAGMA user_version = ${next + 1}`)
      db.exec('COMMIT')
    } catch (error) {
      db.exec('ROLLBACK')
      throw error
    }
  }
}
