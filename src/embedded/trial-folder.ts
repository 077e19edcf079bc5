import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fateOf, ownMark, processMark } from './process-mark.ts'

const PREFIX = 'astara-run-'
const MARK = 'process.json'

/**
 * Makes a folder for what a trial tells of itself (clouds.yaml with passwords, a configuration, a log), which only this user can read, and
 * removes those of this user's trials that were killed before they could do it themselves.
 */
export function makeTrialFolder(root: string = tmpdir()): string {
  for (const name of readdirSync(root)) {
    const folder = join(root, name)
    if (name.startsWith(PREFIX) && isLeftBehind(folder)) rmSync(folder, { recursive: true, force: true })
  }
  const folder = mkdtempSync(join(root, PREFIX))
  writeFileSync(join(folder, MARK), `${JSON.stringify(ownMark())}\n`, { mode: 0o600 })
  return folder
}

/** Where everybody may write, only what is really ours is taken away; one without a mark may be about to get it. */
function isLeftBehind(folder: string): boolean {
  try {
    const stat = lstatSync(folder)
    if (!stat.isDirectory() || stat.uid !== process.getuid?.()) return false
    return fateOf(processMark.parse(JSON.parse(readFileSync(join(folder, MARK), 'utf8')))) === 'gone'
  } catch {
    return false
  }
}
