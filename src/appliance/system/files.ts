import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The few things the appliance does with files, so that tests can stand in for the disk. */
export interface Files {
  /** Null when the file is not there. */
  read(path: string): Promise<string | null>
  /** Atomic and durable: whoever reads sees the old text or the new. */
  write(path: string, text: string, mode: number): Promise<void>
  remove(path: string): Promise<void>
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

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
    await mkdir(dirname(path), { recursive: true })
    const draft = `${path}.${randomBytes(6).toString('hex')}.new`
    try {
      const handle = await open(draft, 'wx', mode)
      try {
        await handle.chmod(mode)
        await handle.writeFile(text)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(draft, path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  },

  async remove(path) {
    await rm(path, { force: true })
  },
}
