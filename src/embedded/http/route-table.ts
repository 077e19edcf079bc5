import type { Handler, Route } from './types.ts'

interface Node {
  readonly fixed: Map<string, Node>
  variable: Node | null
  readonly routes: Map<string, Route>
}

const newNode = (): Node => ({ fixed: new Map(), variable: null, routes: new Map() })

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Each route names its variable segments itself: two routes may call the same place differently. */
function paramsOf(route: Route, values: readonly string[]): Readonly<Record<string, string>> {
  const names = route.template.match(/(?<=\{)\w+(?=\})/g) ?? []
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
}

/** What a path leads to: a route, a known path with another method, or nothing. */
export type Match =
  | { readonly kind: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'method'; readonly template: string; readonly allowed: readonly string[] }
  | { readonly kind: 'none' }

/** Paths with `{name}` segments to handlers. A trailing slash counts as a segment of its own, as it does to the real services. */
export class RouteTable {
  readonly #root = newNode()

  /** Adds a route that needs a valid token. */
  on(method: string, template: string, handler: Handler): this {
    return this.#add({ method, template, handler, open: false })
  }

  /** Adds a route that anybody may call. */
  open(method: string, template: string, handler: Handler): this {
    return this.#add({ method, template, handler, open: true })
  }

  #add(route: Route): this {
    let node = this.#root
    for (const segment of route.template.split('/').slice(1)) {
      if (segment.startsWith('{')) {
        node.variable ??= newNode()
        node = node.variable
      } else {
        const next = node.fixed.get(segment) ?? newNode()
        node.fixed.set(segment, next)
        node = next
      }
    }
    node.routes.set(route.method, route)
    return this
  }

  match(method: string, path: string): Match {
    const values: string[] = []
    let node: Node | undefined = this.#root
    for (const segment of path.split('/').slice(1)) {
      const fixed: Node | undefined = node.fixed.get(segment)
      if (fixed) {
        node = fixed
      } else if (node.variable && segment !== '') {
        values.push(decode(segment))
        node = node.variable
      } else {
        return { kind: 'none' }
      }
    }
    const route = node.routes.get(method) ?? (method === 'HEAD' ? node.routes.get('GET') : undefined)
    if (route) return { kind: 'route', route, params: paramsOf(route, values) }
    const [known] = node.routes.values()
    if (!known) return { kind: 'none' }
    return { kind: 'method', template: known.template, allowed: [...node.routes.keys()] }
  }
}
