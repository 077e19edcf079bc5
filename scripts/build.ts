/**
 * Builds `dist/` from `src/` and writes `oclif.manifest.json`: one entry per command, what they share in chunks, libraries included, so that
 * a command loads a few files instead of hundreds (see docs/dependencies.md and `node bench/startup.ts`). The old build stays in place until
 * the new one is whole.
 */
import { globSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Plugin } from '@oclif/core/config'
import { build } from 'esbuild'
import { namedImports } from './build-plugins/named-imports.ts'
import { ownSources } from './build-plugins/sources.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const work = join(root, '.tmp', `build-${process.pid}`)

/** Programs: what a person starts, what oclif loads by name, and what we start as a process of its own. */
const ENTRIES = ['src/run.ts', 'src/commands/**/*.{ts,tsx}', 'src/hooks/*.ts', 'src/**/main.ts']

// CommonJS libraries inside an ES module still ask for these.
const COMMONJS = [
  "import { createRequire as $createRequire } from 'node:module'",
  "import { fileURLToPath as $fileURLToPath } from 'node:url'",
  "import { dirname as $dirname } from 'node:path'",
  'const require = $createRequire(import.meta.url)',
  'const __filename = $fileURLToPath(import.meta.url)',
  'const __dirname = $dirname(__filename)',
].join(';')

async function bundle(): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ENTRIES.flatMap((pattern) => globSync(pattern, { cwd: root })),
    outdir: work,
    outbase: 'src',
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    target: 'node22.19',
    format: 'esm',
    // React's development build is several times slower; it looks at this when it loads.
    define: { 'process.env.NODE_ENV': '"production"' },
    // Ink asks for the one only when DEV is set; oclif for the other only when it runs from TypeScript sources.
    external: ['react-devtools-core', 'typescript'],
    banner: { js: COMMONJS },
    plugins: [ownSources(root), namedImports],
    sourcemap: 'linked',
    legalComments: 'linked',
    logLevel: 'warning',
  })
}

function swap(): void {
  const dist = join(root, 'dist')
  const old = `${work}-old`
  try {
    renameSync(dist, old)
  } catch {
    // There was none.
  }
  renameSync(work, dist)
  rmSync(old, { recursive: true, force: true })
}

/** Always from the commands as built just now: a stale manifest hides new ones. */
async function writeManifest(): Promise<number> {
  const plugin = new Plugin({ root, ignoreManifest: true, errorOnManifestCreate: true })
  await plugin.load()
  const path = join(root, 'oclif.manifest.json')
  // oclif reads the commands in whatever order the disk answers; the file must not change with it.
  const commands = Object.fromEntries(Object.entries(plugin.manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(`${path}.tmp`, `${JSON.stringify({ ...plugin.manifest, commands }, null, 2)}\n`)
  renameSync(`${path}.tmp`, path)
  return Object.keys(plugin.manifest.commands).length
}

const started = performance.now()
mkdirSync(work, { recursive: true })
try {
  await bundle()
  swap()
  const commands = await writeManifest()
  console.log(`built ${commands} commands in ${((performance.now() - started) / 1000).toFixed(1)} s`)
} finally {
  rmSync(work, { recursive: true, force: true })
}
// Loading the commands may have left a timer or a watcher of some library behind.
process.exit(0)
