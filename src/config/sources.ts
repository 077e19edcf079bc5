import { messageOf } from '../shared/index.ts'
import { type Assignment, parseIni } from './ini.ts'
import { type ConfigProblem, problem } from './problems.ts'

/** Reading files, so that tests need none. */
export interface FileReader {
  readFile(path: string): Promise<string>
  /** Names in a folder. */
  readDir(path: string): Promise<readonly string[]>
}

/** Real files. */
export const diskReader: FileReader = {
  async readFile(path) {
    const { readFile } = await import('node:fs/promises')
    return readFile(path, 'utf8')
  },
  async readDir(path) {
    const { readdir } = await import('node:fs/promises')
    return readdir(path)
  },
}

/** Looked for, in this order, when no file is named; the first that exists is read. */
export const DEFAULT_FILES = ['/etc/astara/orchestrator.ini', '/etc/akanda-rug/rug.ini', '/etc/akanda/rug.ini'] as const

/** A file that was read. */
export interface SourceFile {
  readonly path: string
  readonly assignments: readonly Assignment[]
  /** Section names as written, with their first line. */
  readonly sections: ReadonlyMap<string, number>
}

const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/**
 * Reads what was asked for: the files in order, then of each folder the names that end in `.conf` or `.ini`, sorted. A named file or folder
 * that cannot be read is a problem; of the default files, absence is none.
 */
export async function readSources(
  selection: { readonly files?: readonly string[] | undefined; readonly dirs?: readonly string[] | undefined },
  reader: FileReader,
): Promise<{ files: SourceFile[]; problems: ConfigProblem[] }> {
  const files: SourceFile[] = []
  const problems: ConfigProblem[] = []
  const unreadable = (path: string, what: string, error: unknown): void => {
    const why = isAbsent(error) ? 'it does not exist' : messageOf(error)
    problems.push(problem({ kind: 'unreadable', message: `this ${what} cannot be read: ${why}`, file: path }))
  }
  const add = async (path: string, optional: boolean): Promise<boolean> => {
    let source: string
    try {
      source = await reader.readFile(path)
    } catch (error) {
      if (optional && isAbsent(error)) return false
      unreadable(path, 'file', error)
      return true
    }
    const parsed = parseIni(source)
    files.push({ path, assignments: parsed.assignments, sections: parsed.sections })
    for (const { line, message } of parsed.problems)
      problems.push(problem({ kind: 'syntax', message, file: path, line }))
    return true
  }

  if (selection.files === undefined) {
    for (const path of DEFAULT_FILES) if (await add(path, true)) break
  }
  for (const path of selection.files ?? []) await add(path, false)
  for (const dir of selection.dirs ?? []) {
    try {
      const names = await reader.readDir(dir)
      const wanted = names.filter((name) => /\.(conf|ini)$/.test(name)).sort()
      for (const name of wanted) await add(`${dir.replace(/\/+$/, '')}/${name}`, false)
    } catch (error) {
      unreadable(dir, 'folder', error)
    }
  }
  return { files, problems }
}
