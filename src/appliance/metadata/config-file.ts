import { type FSWatcher, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { z } from 'zod'
import { type Clock, type Logger, messageOf } from '../../shared/index.ts'
import type { MetadataConfig } from '../render/metadata.ts'

const port = z.int().min(1).max(65535)

const schema = z.object({
  tenant_id: z.string(),
  orchestrator: z.object({ address: z.string(), port }),
  listeners: z.array(
    z.object({ network_id: z.string(), address: z.string(), port, instances: z.record(z.string(), z.string()) }),
  ),
}) satisfies z.ZodType<MetadataConfig>

const SETTLE_MS = 50

/**
 * Follows the file that the agent writes for a proxy in a process of its own. The folder is watched, not the file: it is replaced
 * as a whole. A file that is not there yet is waited for.
 */
export function followMetadataConfig(
  path: string,
  onConfig: (config: MetadataConfig) => void,
  clock: Clock,
  logger: Logger,
): { stop(): void } {
  let last = ''
  const look = async (): Promise<void> => {
    try {
      const text = await readFile(path, 'utf8')
      if (text === last) return
      onConfig(schema.parse(JSON.parse(text)))
      last = text
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        logger.error({ path, reason: messageOf(error) }, 'cannot read the metadata configuration')
      }
    }
  }
  const watcher: FSWatcher = watch(dirname(path), (_event, name) => {
    if (name === basename(path)) clock.after(SETTLE_MS, () => void look(), { unref: true })
  })
  void look()
  return { stop: () => watcher.close() }
}
