/** Writes docs/reference from the commands. With `--check`: writes nothing, ends with 1 when something there is not up to date. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { commandReference } from './command-reference.ts'

const folder = new URL('../docs/reference/', import.meta.url)
const wanted = await commandReference()
mkdirSync(folder, { recursive: true })
const present = new Map(readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]))

const stale = [...wanted].filter(([name, text]) => present.get(name) !== text).map(([name]) => name)
const surplus = [...present.keys()].filter((name) => !wanted.has(name))
if (process.argv.includes('--check')) {
  if (stale.length + surplus.length > 0) {
    console.error(
      `docs/reference is not up to date (${[...stale, ...surplus].join(', ')}): run \`node scripts/generate-command-docs.ts\``,
    )
    process.exitCode = 1
  }
} else {
  for (const name of stale) writeFileSync(new URL(name, folder), wanted.get(name) ?? '')
  for (const name of surplus) rmSync(new URL(name, folder))
}
