import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How one story ended on one cloud. */
export interface StoryResult {
  readonly chapter: string
  readonly title: string
  readonly passed: boolean
  readonly seconds: number
  /** The first line of what went wrong. */
  readonly reason: string | null
  /** The machine's load average at its end. */
  readonly load?: number
  /** What else is to be said of it, by whoever keeps the results. */
  readonly remark?: string
}

const fileOf = (folder: string, cloud: string): string => join(folder, `${cloud}.json`)

/** What is noted of a cloud, in the order in which it was played first. */
export function readResults(folder: string, cloud: string): readonly StoryResult[] {
  const file = fileOf(folder, cloud)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
}

/** Notes how a story ended, in the place of what an earlier run said of it. */
export function noteResult(folder: string, cloud: string, result: StoryResult): void {
  mkdirSync(folder, { recursive: true })
  const before = readResults(folder, cloud)
  const isKnown = before.some(({ title }) => title === result.title)
  const all = isKnown ? before.map((one) => (one.title === result.title ? result : one)) : [...before, result]
  writeFileSync(fileOf(folder, cloud), `${JSON.stringify(all, null, 2)}\n`)
}
