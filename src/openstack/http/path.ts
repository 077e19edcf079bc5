import { AstaraError } from '../../shared/index.ts'

/** A path below a service's versioned base, and the same with its ids replaced (for metrics: few values, no tenants' data). */
export interface Path {
  readonly path: string
  readonly template: string
}

/** What ids of OpenStack look like: UUIDs with and without dashes, numbers, flavor ids such as `m1.small`. */
const ID = /^[\w.:-]{1,255}$/

/** True for a text that can stand as one segment of a path. */
export function isPathId(text: string): boolean {
  return ID.test(text) && text !== '.' && text !== '..'
}

/**
 * The only way to a path: path`/servers/${id}/os-interface/${portId}`. Every value must be an id; anything else (empty, a slash, `..`)
 * would address something else than what was meant, and throws `bad_request`.
 */
export function path(strings: TemplateStringsArray, ...ids: readonly string[]): Path {
  let real = strings[0] ?? ''
  let template = real
  for (const [index, id] of ids.entries()) {
    if (!isPathId(id)) throw new AstaraError('bad_request', `${JSON.stringify(id)} is not an id of OpenStack`)
    const rest = strings[index + 1] ?? ''
    real += encodeURIComponent(id) + rest
    template += `{id}${rest}`
  }
  return { path: real, template }
}
