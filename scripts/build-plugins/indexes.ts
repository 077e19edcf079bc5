import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'

/**
 * A room's `index.ts` is its door for people. For the bundler it is a knot: whoever takes one name through it is taken to need every file
 * behind it that anybody takes anything from, so a command that wants an error class would load the log library. Here each import through
 * an index is led straight to the file that the name comes from.
 */
export function aroundIndexes(source: string, path: string): string {
  return source.replace(IMPORT, (statement: string, names: string, specifier: string) => {
    const index = resolve(dirname(path), specifier)
    const homes = homesOf(index)
    const byFile = new Map<string, string[]>()
    for (const name of names.split(',').map((part) => part.trim())) {
      if (name === '' || name.startsWith('type ')) continue
      const [imported = '', local = imported] = name.split(/\s+as\s+/)
      const home = homes.get(imported) ?? { file: index, name: imported }
      const found = byFile.get(home.file) ?? []
      found.push(home.name === local ? local : `${home.name} as ${local}`)
      byFile.set(home.file, found)
    }
    // On one line, so that positions below stay true.
    const imports = [...byFile].map(([file, taken]) => {
      const to = relative(dirname(path), file)
      return `import { ${taken.join(', ')} } from '${to.startsWith('.') ? to : `./${to}`}'`
    })
    return imports.join('; ') + '\n'.repeat(statement.split('\n').length - 1)
  })
}

// `import type { … }` does not match: it is erased anyway. A `type X` among values is left out.
const IMPORT = /^import \{([^}]*)\} from '(\.[^']*\/index\.ts)'$/gm
const EXPORT = /^export \{([^}]*)\} from '([^']+)'$/gm
const EXPORT_ALL = /^export \* from '([^']+)'$/gm
const DECLARATION = /^export (?:async )?(?:const|let|function\*?|class|abstract class) ([A-Za-z_$][\w$]*)/gm

interface Home {
  readonly file: string
  /** Its name there. */
  readonly name: string
}

const known = new Map<string, ReadonlyMap<string, Home>>()

/** Where the names that a file exports are declared. */
function homesOf(file: string): ReadonlyMap<string, Home> {
  const before = known.get(file)
  if (before) return before
  const homes = new Map<string, Home>()
  known.set(file, homes)
  const source = readFileSync(file, 'utf8')
  for (const [, name = ''] of source.matchAll(DECLARATION)) homes.set(name, { file, name })
  for (const [, names = '', specifier = ''] of source.matchAll(EXPORT)) {
    if (!specifier.startsWith('.')) continue
    const from = homesOf(resolve(dirname(file), specifier))
    for (const part of names.split(',').map((text) => text.trim())) {
      const [inner = '', outer = inner] = part.split(/\s+as\s+/)
      const home = from.get(inner)
      if (home) homes.set(outer, home)
    }
  }
  for (const [, specifier = ''] of source.matchAll(EXPORT_ALL)) {
    if (!specifier.startsWith('.')) continue
    for (const [name, home] of homesOf(resolve(dirname(file), specifier))) if (!homes.has(name)) homes.set(name, home)
  }
  return homes
}
