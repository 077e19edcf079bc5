import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Plugin } from 'esbuild'
import { aroundIndexes } from './indexes.ts'

/**
 * In a bundle `import.meta.url` is the chunk's, wherever that lies. Our sources use it to find files beside them, so it becomes the place
 * where the file would be if nothing were bundled: `dist/` plus its path below `src/`. (The output has no second folder named dist.)
 */
function ownPlace(source: string, path: string, sourceFolder: string): string {
  const place = relative(sourceFolder, path).replace(/\.tsx?$/, '.js')
  const url = `new URL(${JSON.stringify(place)}, import.meta.url.replace(/^(.*\\/dist\\/).*$/, '$1')).href`
  return source.replaceAll('import.meta.url', url)
}

/** Prepares our own sources for bundling. */
export function ownSources(root: string): Plugin {
  const sourceFolder = join(root, 'src')
  return {
    name: 'own-sources',
    setup(esbuild) {
      esbuild.onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
        if (!path.startsWith(`${sourceFolder}/`)) return undefined
        const source = aroundIndexes(readFileSync(path, 'utf8'), path)
        return { contents: ownPlace(source, path, sourceFolder), loader: path.endsWith('x') ? 'tsx' : 'ts' }
      })
    },
  }
}
