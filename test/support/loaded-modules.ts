import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a program loaded. */
export interface Loaded {
  readonly files: number
  readonly kilobytes: number
  /** npm packages behind those files, from their source maps. */
  readonly packages: readonly string[]
  /** Folders below `src/` (of `src/orchestrator/` one level deeper). */
  readonly rooms: readonly string[]
}

/** Appends the URL of each module that Node loads to the file that ASTARA_LOADED names. */
const RECORDER = `data:text/javascript,${encodeURIComponent(`
  import { appendFileSync } from 'node:fs'
  import { registerHooks } from 'node:module'
  registerHooks({
    load(url, context, next) {
      appendFileSync(process.env.ASTARA_LOADED, url + '\\n')
      return next(url, context)
    },
  })
`)}`

/** Runs `node …args` and tells what of ours and of others it loaded. Of a bundled file that is everything in the bundle. */
export function loadedBy(args: readonly string[]): Loaded {
  const folder = mkdtempSync(join(tmpdir(), 'astara-loaded-'))
  const list = join(folder, 'list')
  try {
    const env = { ...process.env, ASTARA_LOADED: list }
    const run = spawnSync(process.execPath, ['--import', RECORDER, ...args], { env, timeout: 60_000 })
    if (run.status !== 0) throw new Error(`exit status ${run.status}: ${run.stderr}`)
    const files = readFileSync(list, 'utf8')
      .split('\n')
      .filter((url) => url.startsWith('file:'))
      .map((url) => fileURLToPath(url))
    const sources = files.flatMap((file): string[] =>
      existsSync(`${file}.map`) ? JSON.parse(readFileSync(`${file}.map`, 'utf8')).sources : [file],
    )
    const names = (pattern: RegExp): string[] =>
      [...new Set(sources.flatMap((source) => pattern.exec(source)?.[1] ?? []))].sort()
    return {
      files: files.length,
      kilobytes: files.reduce((sum, file) => sum + readFileSync(file).length, 0) / 1024,
      packages: names(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/),
      rooms: names(/(?:^|\/)src\/((?:orchestrator\/)?[^/]+)\//),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
