import { AstaraError } from '../shared/index.ts'

/** How this very program was started: interpreter and file. To start it again, inside an instance. */
export function ownProgram(): readonly string[] {
  const [, file] = process.argv
  if (file === undefined) throw new AstaraError('failed', 'this program does not know its own file')
  return [process.execPath, file]
}
