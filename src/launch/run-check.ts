import { assertRunnable, type Config, loadConfig } from '../config/index.ts'
import type { CheckReport } from '../contract/index.ts'
import { probeBrokers } from '../messaging/index.ts'
import { createOpenStack } from '../openstack/index.ts'
import { openStackOptions, preflight } from '../orchestrator/index.ts'
import { type Logger, messageOf, silentLogger, systemClock } from '../shared/index.ts'

export interface CheckOptions {
  readonly files: readonly string[] | undefined
  readonly dirs: readonly string[] | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}

/** `astara check`: looks at everything an orchestrator of this configuration needs. Throws AstaraError `bad_config` when it cannot be used. */
export async function runCheck({ signal, ...options }: CheckOptions): Promise<CheckReport> {
  const { config } = await loadConfig(options)
  assertRunnable(config, { lookOnly: true })
  return look(config, { short: false, ...(signal ? { signal } : {}) })
}

/**
 * The short form at the start of an orchestrator: what does not look right in OpenStack is logged. Never refuses, never throws: services
 * come up together, and most of it heals.
 */
export async function logCheck(config: Config, logger: Logger, signal: AbortSignal): Promise<void> {
  try {
    const report = await look(config, { short: true, signal })
    for (const { check, status, found, advice } of report.lines) {
      if (status === 'warning') logger.warn({ check, advice }, `check: ${found}`)
      else if (status === 'failed') logger.error({ check, advice }, `check: ${found}`)
    }
    if (report.ok) logger.info({ warnings: report.warnings }, 'check: nothing in OpenStack stands in the way')
  } catch (error) {
    if (!signal.aborted) logger.warn({ error: messageOf(error) }, 'check: could not be made')
  }
}

async function look(
  config: Config,
  options: { readonly short: boolean; readonly signal?: AbortSignal },
): Promise<CheckReport> {
  const openstack = createOpenStack({
    ...openStackOptions(config),
    // A person waits: what does not answer at once is told, not tried again.
    retry: { attempts: 1 },
    logger: silentLogger,
  })
  try {
    return await preflight({ config, openstack, brokers: probeBrokers, clock: systemClock }, options)
  } finally {
    await openstack.close()
  }
}
