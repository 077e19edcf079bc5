import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A text that is safely on the disk, but not in its place yet. */
export interface Draft {
  /** Puts it in its place. Needs no room. */
  keep(): Promise<void>
  /** Removes it. Never rejects. */
  drop(): Promise<void>
}

/** The few things the appliance does with files, so that tests can stand in for the disk. */
export interface Files {
  /** Null when the file is not there. */
  read(path: string): Promise<string | null>
  /** Atomic and durable: whoever reads sees the old text or the new. */
  write(path: string, text: string, mode: number): Promise<void>
  /** The first half of `write`: whether there is room shows before anything depends on it. */
  draft(path: string, text: string, mode: number): Promise<Draft>
  remove(path: string): Promise<void>
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

const DRAFT = /\.[0-9a-f]{12}\.new$/

/** Removes the drafts that a killed agent left in a folder: they may hold keys, and nobody will ever ask for them. */
export async function removeDrafts(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => DRAFT.test(name))
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })))
}

/** The real disk. New files get a name nobody can guess, in the folder of their target and never in a shared one. */
export const diskFiles: Files = {
  async read(path) {
    try {
      // Small files on a local disk, looked at with every push: a round through the thread pool costs more.
      return readFileSync(path, 'utf8')
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  },

  async write(path, text, mode) {
    const draft = await diskFiles.draft(path, text, mode)
    try {
      await draft.keep()
    } catch (error) {
      await draft.drop()
      throw error
    }
  },

  async draft(path, text, mode) {
    await mkdir(dirname(path), { recursive: true })
    const name = `${path}.${randomBytes(6).toString('hex')}.new`
    const drop = (): Promise<void> => rm(name, { force: true }).catch(() => undefined)
    try {
      const handle = await open(name, 'wx', mode)
      try {
        await handle.chmod(mode)
        await handle.writeFile(text)
        await handle.sync()
      } finally {
        await handle.close()
      }
    } catch (error) {
      await drop()
      throw error
    }
    return { keep: () => rename(name, path), drop }
  },

  async remove(path) {
    await rm(path, { force: true })
  },
}
