import { type Config, reloadInto } from '../config/index.ts'
import type { ReloadAnswer } from '../contract/index.ts'
import { AstaraError, type Logger, messageOf } from '../shared/index.ts'

export interface ReloadOptions {
  readonly present: () => Config
  /** Reads the files; undefined: there are none. Throws AstaraError `bad_config`. */
  readonly read: (() => Promise<Config>) | undefined
  /** Puts a configuration in force: in this process and in the workers. */
  readonly apply: (config: Config) => void
  readonly logger: Logger
}

/**
 * Reading the configuration files again: what may change while the program runs takes effect everywhere, the rest is named. A file with
 * an error changes nothing.
 */
export function createReload({ present, read, apply, logger }: ReloadOptions): () => Promise<ReloadAnswer> {
  return async () => {
    if (read === undefined) {
      throw new AstaraError('not_implemented', 'this orchestrator was started without configuration files')
    }
    const next = await read().catch((error: unknown) => {
      logger.error({ error: messageOf(error) }, 'the configuration files are wrong; nothing was changed')
      throw error
    })
    const { config, changed, restartNeeded } = reloadInto(present(), next)
    if (changed.length > 0) apply(config)
    logger.info({ changed }, changed.length > 0 ? 'options reloaded' : 'no reloadable option has changed')
    if (restartNeeded.length > 0) {
      logger.warn({ options: restartNeeded }, 'these options have changed in the files and need a restart')
    }
    return { accepted: true, changed: [...changed], restart_needed: [...restartNeeded] }
  }
}
