import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OrchestratorClient } from '../../client/index.ts'
import type { Clock } from '../../shared/index.ts'
import { cacheFolder } from '../cache-folder.ts'
import { harmless } from '../text-width.ts'

export const CANDIDATE_KINDS = ['routers', 'resources', 'tenants', 'profiles'] as const
export type CandidateKind = (typeof CANDIDATE_KINDS)[number]

/** A word that may stand there, and what it is. */
interface Candidate {
  readonly word: string
  readonly about: string
}

/** A person who presses Tab waits so long, start-up included, and no longer. */
const BUDGET_MS = 300
/** For the look that goes on in the background when that was too short. */
const REFRESH_MS = 10_000
/** Asked again within this time, the answer is still good. */
const FRESH_MS = 5_000
/** Older than this, no answer is better than this one. */
const USELESS_MS = 24 * 3_600_000
/** More than anybody reads. */
const MOST = 200

/** Names that a shell takes as one plain word: what tenants write must not end up on somebody's command line as anything else. */
const PLAIN_NAME = /^[\w@%+,./][\w@%+,./-]{0,63}$/

export interface CandidatesDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** When the process began, by `clock.monotonic()`. */
  readonly startedAt: number
  /** Opens a client whose calls give up after so long; names what it talks to. */
  readonly open: (timeoutMs: number) => Promise<OrchestratorClient>
  readonly profiles: () => Promise<readonly Candidate[]>
  /** This is the look in the background: it has time. null: it is not; called when the answer took too long, so that it begins. */
  readonly refresh: (() => void) | null
  readonly print: (text: string) => void
}

async function ask(kind: 'routers' | 'resources' | 'tenants', client: OrchestratorClient, signal: AbortSignal) {
  if (kind === 'tenants') {
    const { tenants } = await client.tenants({ signal })
    return tenants.map(({ id, resources }) => ({ word: id, about: `${resources} resources` }))
  }
  const { names: all } = await client.names(kind === 'routers' ? { driver: 'router' } : {}, { signal })
  const times = new Map<string, number>()
  for (const { name } of all) times.set(name, (times.get(name) ?? 0) + 1)
  return all.flatMap(({ id, name, driver, instance_state: state }) => {
    const about = harmless([name.slice(0, 64), ...(kind === 'routers' ? [] : [driver]), state].join(' ').trim())
    const isPlain = PLAIN_NAME.test(name) && times.get(name) === 1
    return [{ word: id, about }, ...(isPlain ? [{ word: name, about: state }] : [])]
  })
}

/**
 * As many as anybody reads, from all over the alphabet: shells put in what all that they are offered have in common, and the first of a
 * great many begin alike.
 */
function some(candidates: readonly Candidate[]): readonly Candidate[] {
  if (candidates.length <= MOST) return candidates
  const sorted = candidates.toSorted((a, b) => (a.word < b.word ? -1 : 1))
  return Array.from({ length: MOST }, (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (MOST - 1))]).filter(
    (one) => one !== undefined,
  )
}

interface Kept {
  readonly at: number
  readonly candidates: readonly Candidate[]
}

/** The answer of last time, for one orchestrator and kind. */
class Cache {
  readonly #path: string
  readonly #folder: string

  constructor(env: CandidatesDeps['env'], target: string, kind: string) {
    this.#folder = join(cacheFolder(env), 'completion')
    const name = createHash('sha256').update(`${target}\n${kind}`).digest('hex').slice(0, 24)
    this.#path = join(this.#folder, `${name}.json`)
  }

  async read(now: number): Promise<Kept | null> {
    try {
      const kept = JSON.parse(await readFile(this.#path, 'utf8')) as Kept
      const isSane = Array.isArray(kept.candidates) && kept.at <= now && now - kept.at < USELESS_MS
      return isSane ? kept : null
    } catch {
      return null
    }
  }

  /** Never half written, whoever else presses Tab at this moment. */
  async write(kept: Kept): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await writeFile(`${this.#path}.${process.pid}`, JSON.stringify(kept), { mode: 0o600 })
    await rename(`${this.#path}.${process.pid}`, this.#path)
  }
}

async function live(kind: Exclude<CandidateKind, 'profiles'>, deps: CandidatesDeps): Promise<readonly Candidate[]> {
  const { env, clock, startedAt, open, refresh } = deps
  const left = refresh === null ? REFRESH_MS : Math.max(50, BUDGET_MS - (clock.monotonic() - startedAt))
  const over = new AbortController()
  const timer = clock.after(left, () => over.abort())
  try {
    const client = await open(left)
    try {
      const cache = new Cache(env, client.target, kind)
      const kept = await cache.read(clock.now())
      if (kept !== null && clock.now() - kept.at < FRESH_MS) return kept.candidates
      const candidates = await ask(kind, client, over.signal).catch(() => null)
      if (candidates === null) {
        if (over.signal.aborted) refresh?.()
        return kept?.candidates ?? []
      }
      await cache.write({ at: clock.now(), candidates }).catch(() => {})
      return candidates
    } finally {
      await client.close()
    }
  } finally {
    timer.cancel()
  }
}

/**
 * Prints what may stand in a place and begins with `prefix`, a word and what it is on each line. Nothing goes wrong here: who presses Tab wants
 * no error, and what is not known in time comes from last time, or not at all.
 */
export async function printCandidates(kind: CandidateKind, prefix: string, deps: CandidatesDeps): Promise<void> {
  const all = await (kind === 'profiles' ? deps.profiles() : live(kind, deps)).catch(() => [])
  const fitting = some(all.filter(({ word }) => word.startsWith(prefix)))
  deps.print(fitting.map(({ word, about }) => `${word}\t${about}\n`).join(''))
}
