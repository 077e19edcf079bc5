import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { CheckLine } from '../../../contract/index.ts'
import { IN_MEMORY, sqliteFile } from '../../store/index.ts'
import { failed, ok, warning } from '../lines.ts'
import type { Check } from '../types.ts'

/** Debug modes can be kept. Nothing is written. */
export const database: Check = {
  name: 'database',
  async run({ config }) {
    const file = sqliteFile(config.database.connection)
    if (file === IN_MEMORY) {
      return [
        warning(
          'database',
          'in memory: debug modes do not survive a restart',
          'Set [database] connection to a file, for example sqlite:////var/lib/astara/astara.db',
        ),
      ]
    }
    return [await fileLine(resolve(file), config.sourceOf('database', 'connection').kind === 'default')]
  },
}

async function fileLine(path: string, isDefault: boolean): Promise<CheckLine> {
  const folder = dirname(path)
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  // SQLite writes beside the file as well.
  const problem = (await unwritable(folder)) ?? (isThere ? await unwritable(path) : null)
  if (problem === null) return ok('database', `${path}${isThere ? '' : ' (will be made)'}`)
  const advice = [
    `Make it writable: install -d -o astara ${folder}`,
    'Or set [database] connection to a file that can be written.',
  ]
  // The default is a convenience: without it debug modes last as long as the process.
  return isDefault
    ? warning('database', `${problem}: debug modes will not survive a restart`, ...advice)
    : failed('database', problem, ...advice)
}

async function unwritable(path: string): Promise<string | null> {
  try {
    await access(path, constants.W_OK)
    return null
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    return code === 'ENOENT' ? `${path} does not exist` : `${path} cannot be written`
  }
}
