import { createRequire, findPackageJSON, isBuiltin } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Plugin } from 'esbuild'

/**
 * `await import('undici')` of a CommonJS library gives all its names in Node, but only `default` in a bundle. This puts a module of its own
 * between, which names what Node finds in that library, so that a program behaves the same bundled and unbundled.
 */
export const namedImports: Plugin = {
  name: 'named-imports',
  setup(esbuild) {
    const IDENTIFIER = /^[A-Za-z_$][\w$]*$/
    esbuild.onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || isBuiltin(path) || pluginData === 'named-imports') return undefined
      const found = await esbuild.resolve(path, { kind, resolveDir, pluginData: 'named-imports' })
      if (found.errors.length > 0 || found.external || !isCommonJs(found.path)) return undefined
      return { path, namespace: 'named-imports', pluginData: { resolveDir, file: found.path } }
    })
    esbuild.onLoad({ filter: /.*/, namespace: 'named-imports' }, async ({ path, pluginData: { resolveDir, file } }) => {
      const names = Object.keys(await import(pathToFileURL(file).href)).filter((name) => IDENTIFIER.test(name))
      return { contents: `export { ${names.join(', ')} } from ${JSON.stringify(path)}`, resolveDir }
    })
  },
}

/** Whether Node takes a file for CommonJS. */
function isCommonJs(path: string): boolean {
  if (/\.[cm]js$/.test(path)) return path.endsWith('.cjs')
  const { type } = createRequire(import.meta.url)(findPackageJSON(pathToFileURL(path)) ?? '')
  return type !== 'module'
}
