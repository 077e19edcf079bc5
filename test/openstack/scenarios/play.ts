import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { CHAPTERS } from './stories/index.ts'
import type { Cloud } from './support/cloud.ts'
import { Site } from './support/site.ts'

/** How one story ended. */
export interface StoryResult {
  readonly chapter: string
  readonly title: string
  readonly passed: boolean
  readonly seconds: number
  /** The first line of what went wrong. */
  readonly reason: string | null
}

/**
 * Plays every story on a cloud. Where `ASTARA_SCENARIO_RESULTS` names a folder the results are written there, for
 * `scripts/generate-scenario-table.ts`.
 */
export function playAll(name: Cloud['name'], make: () => Promise<Cloud>): void {
  describe(name, () => {
    let cloud: Cloud
    const results: StoryResult[] = []
    const folder = process.env.ASTARA_SCENARIO_RESULTS

    beforeAll(async () => {
      if (folder !== undefined) mkdirSync(folder, { recursive: true })
      cloud = await make()
    }, 240_000)

    afterAll(async () => {
      await cloud?.stop()
      if (folder === undefined || results.length === 0) return
      writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`)
      writeFileSync(join(folder, `${name}.log`), cloud.orchestrator.log)
    }, 120_000)

    for (const [chapter, stories] of Object.entries(CHAPTERS)) {
      describe(chapter, () => {
        for (const { title, play, timeoutMs = 240_000 } of stories) {
          it(title, { timeout: timeoutMs + 90_000 }, async () => {
            const site = new Site(cloud)
            const began = performance.now()
            const note = (reason: string | null): void => {
              const seconds = Math.round((performance.now() - began) / 100) / 10
              results.push({ chapter, title, passed: reason === null, seconds, reason })
            }
            try {
              await play(site)
              await site.clear()
              note(null)
            } catch (error) {
              note(String(error).split('\n')[0]?.slice(0, 300) ?? 'unknown')
              console.error(`${name}: ${title}\n${cloud.orchestrator.log.slice(-6_000)}`)
              await site.clear().catch(() => undefined)
              throw error
            }
          })
        }
      })
    }
  })
}
