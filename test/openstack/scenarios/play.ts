import { appendFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { noteResult } from './results.ts'
import { CHAPTERS } from './stories/index.ts'
import type { Cloud } from './support/cloud.ts'
import { clearProject, Site } from './support/site.ts'

/** As much of the orchestrator's log as says why a story went wrong. */
const LOG_CHARACTERS = 6_000

/** What taking everything away may take on top of a story's own time, milliseconds. */
const CLEARING_MS = 90_000

/**
 * Plays every story on a cloud. Where `ASTARA_SCENARIO_RESULTS` names a folder, the results and the orchestrator's log are kept there, for
 * `scripts/generate-scenario-table.ts`.
 */
export function playAll(name: Cloud['name'], make: () => Promise<Cloud>): void {
  describe(name, () => {
    const folder = process.env.ASTARA_SCENARIO_RESULTS
    let cloud: Cloud

    beforeAll(async () => {
      cloud = await make()
      await clearProject(cloud)
    }, 300_000)

    afterAll(async () => {
      await cloud?.stop()
      if (folder !== undefined && cloud) appendFileSync(join(folder, `${name}.log`), cloud.orchestrator.log)
    }, 120_000)

    for (const { title: chapter, stories, together } of CHAPTERS) {
      describe(chapter, { concurrent: together }, () => {
        for (const { title, play, timeoutMs = 1_200_000 } of stories) {
          it(title, { timeout: timeoutMs + CLEARING_MS }, async () => {
            const site = new Site(cloud)
            const began = performance.now()
            const note = (reason: string | null): void => {
              if (folder === undefined) return
              const seconds = Math.round((performance.now() - began) / 100) / 10
              const load = Math.round(loadavg()[0] ?? 0)
              noteResult(folder, name, { chapter, title, passed: reason === null, seconds, reason, load })
            }
            try {
              await play(site)
              note(null)
              await site.clear()
            } catch (error) {
              note(String(error).split('\n')[0]?.slice(0, 300) ?? 'unknown')
              console.error(`${name}: ${title}\n${cloud.orchestrator.log.slice(-LOG_CHARACTERS)}`)
              await site.clear().catch(() => undefined)
              throw error
            }
          })
        }
      })
    }
  })
}
