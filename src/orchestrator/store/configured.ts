import type { Config } from '../../config/index.ts'
import { type Logger, messageOf } from '../../shared/index.ts'
import { type OperatorStore, openStore } from './operator-store.ts'

/**
 * The database of the configuration. The default file is a convenience: where it cannot be used (no such folder for this user), debug
 * modes last as long as the process, and the log says so.
 *
 * @throws AstaraError `bad_config` when a database that somebody chose cannot be used
 */
export function openConfiguredStore(config: Config, logger: Logger): OperatorStore {
  try {
    return openStore(config.database.connection)
  } catch (error) {
    if (config.sourceOf('database', 'connection').kind !== 'default') throw error
    logger.warn(
      { error: messageOf(error) },
      'debug modes will not survive a restart: set [database] connection to a file that can be written',
    )
    return openStore('sqlite://')
  }
}
