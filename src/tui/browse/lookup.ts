import type { Resource } from '../../contract/index.ts'

export type Found = { readonly id: string } | { readonly problem: string }

const HEX = /^[0-9a-f-]+$/i

/** The one resource that a word means: an id, the beginning of one, a name, or the beginning of a name. Never a guess between several. */
export function findResource(word: string, resources: ReadonlyMap<string, Resource>): Found {
  const id = word.toLowerCase()
  if (resources.has(id)) return { id }
  const all = [...resources.values()]
  const tests: readonly ((resource: Resource) => boolean)[] = [
    ({ name }) => name === word,
    (resource) => HEX.test(word) && resource.id.startsWith(id),
    ({ name }) => name.startsWith(word),
  ]
  for (const test of tests) {
    const found = all.filter(test)
    const [only] = found
    if (only === undefined) continue
    if (found.length === 1) return { id: only.id }
    return { problem: `"${word}" can be any of ${found.length} resources: give more of the id` }
  }
  return { problem: `there is no resource "${word}"` }
}

/** Names and short ids that begin so, for completion. */
export function resourceWords(prefix: string, resources: ReadonlyMap<string, Resource>, limit = 50): string[] {
  const words: string[] = []
  for (const { id, name } of resources.values()) {
    if (words.length >= limit) break
    if (name !== '' && !/\s/.test(name) && name.startsWith(prefix)) words.push(name)
    else if (prefix !== '' && id.startsWith(prefix)) words.push(id)
  }
  return words.sort()
}
