import { availableParallelism, hostname } from 'node:os'
import { type Config, type ConfigOverrides, makeConfig } from './config.ts'
import type { HostFacts } from './option.ts'
import { badConfig, type ConfigProblem, type ConfigWarning } from './problems.ts'
import { Resolver } from './resolve.ts'
import { diskReader, type FileReader, readSources } from './sources.ts'
import { type Environment, findWritten } from './written.ts'

/** What to read. */
export interface LoadOptions {
  /** `--config-file`, in order, later wins. Missing: the first of the default files that exists. Empty: none. */
  readonly files?: readonly string[] | undefined
  /** `--config-dir`: of each, `*.conf` and `*.ini` sorted by name, after the files. */
  readonly dirs?: readonly string[] | undefined
  /** `process.env`. `OS_<GROUP>__<OPTION>` wins over files. */
  readonly env: Environment
  /** Wins over everything. Values are trusted. */
  readonly overrides?: ConfigOverrides
  /** Real files unless given. */
  readonly reader?: FileReader
  /** This machine unless given. */
  readonly facts?: HostFacts
}

/** A configuration and how it came about. */
export interface LoadedConfig {
  readonly config: Config
  /** Deprecated, unknown and useless options: each once. To be logged at start. */
  readonly warnings: readonly ConfigWarning[]
  /** Files that were read, weakest first. */
  readonly sources: readonly string[]
}

/** What could be made of it, right or wrong. */
export interface InspectedConfig extends LoadedConfig {
  readonly problems: readonly ConfigProblem[]
}

/** The machine we are on, now. */
export const hostFacts = (): HostFacts => ({ hostname: hostname(), cores: availableParallelism() })

/** Reads everything and tells all that is wrong instead of throwing. A refused value is null in `config`. */
export async function inspectConfig(options: LoadOptions): Promise<InspectedConfig> {
  const { files, problems } = await readSources(options, options.reader ?? diskReader)
  const { written, warnings } = findWritten(files, options.env)
  const resolver = new Resolver(written, options.overrides ?? {}, options.facts ?? hostFacts())
  const config = makeConfig(resolver.all())
  return {
    config,
    warnings: [...warnings, ...resolver.warnings],
    sources: files.map((file) => file.path),
    problems: [...problems, ...resolver.problems],
  }
}

/**
 * The effective configuration: override, else environment, else the last file that says something, else default.
 * Throws one AstaraError `bad_config` that names every problem (file, line, option, value, what is allowed); `details.problems` has them
 * as ConfigProblem. Secrets are masked in all of it.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { problems, ...loaded } = await inspectConfig(options)
  if (problems.length > 0) throw badConfig(problems, ['`astara config sample` shows every option with its default.'])
  return loaded
}
