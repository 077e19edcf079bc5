import { isAbsolute } from 'node:path'
import { AstaraError } from '../../shared/index.ts'

/** Where SQLite keeps what is not kept. */
export const IN_MEMORY = ':memory:'

const EXAMPLES = [
  'A file: [database] connection = sqlite:////var/lib/astara/astara.db (four slashes: the path is absolute).',
  'Nothing kept across restarts: [database] connection = sqlite://',
]

/**
 * The file that a `[database] connection` names, as SQLAlchemy writes it: `sqlite:////absolute/path`, `sqlite:///relative/path`,
 * `sqlite://` or `sqlite:///:memory:` (then `:memory:`). A driver (`sqlite+pysqlite`) and options after `?` mean nothing here.
 *
 * @throws AstaraError `bad_config` for anything else; the URL is not repeated, for it may hold a password
 */
export function sqliteFile(connection: string): string {
  const match = /^sqlite(?:\+\w+)?:\/\/(?:\/([^?]*))?(?:\?.*)?$/.exec(connection)
  if (match === null) {
    const scheme = /^[A-Za-z][A-Za-z0-9+.-]*/.exec(connection)?.[0]
    throw new AstaraError(
      'bad_config',
      scheme === undefined || scheme.startsWith('sqlite')
        ? '[database] connection is no SQLite address as SQLAlchemy writes it'
        : `[database] connection names a database of kind ${scheme}; only SQLite can be used`,
      { suggestions: EXAMPLES },
    )
  }
  const path = match[1] ?? ''
  if (path === '' || path === IN_MEMORY) return IN_MEMORY
  return isAbsolute(path) ? path : `./${path}`
}
