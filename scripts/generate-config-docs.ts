/** Writes docs/config.md from the option registry. With `--check`: writes nothing, ends with 1 when the file is not up to date. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { configReference } from '../src/config/index.ts'

const path = new URL('../docs/config.md', import.meta.url)
const wanted = configReference()

if (process.argv.includes('--check')) {
  let present = ''
  try {
    present = readFileSync(path, 'utf8')
  } catch {
    // Absent is not up to date either.
  }
  if (present !== wanted) {
    console.error('docs/config.md is not up to date: run `node scripts/generate-config-docs.ts`')
    process.exitCode = 1
  }
} else {
  mkdirSync(new URL('.', path), { recursive: true })
  writeFileSync(path, wanted)
}
