import { globSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Command } from '@oclif/core/command'

const ROOT = fileURLToPath(new URL('../../src/commands/', import.meta.url))

/** Every command of the program by the words that call it: `ctl router list`. */
export async function allCommands(): Promise<ReadonlyMap<string, typeof Command>> {
  const files = globSync('**/*.{ts,tsx}', { cwd: ROOT }).sort()
  const loaded = await Promise.all(
    files.map(async (file) => {
      const words = relative('.', file)
        .replace(/\.tsx?$/, '')
        .split('/')
        .filter((word) => word !== 'index')
      const module: { default: typeof Command } = await import(pathToFileURL(join(ROOT, file)).href)
      module.default.id = words.join(':')
      return [words.join(' '), module.default] as const
    }),
  )
  return new Map(loaded)
}
