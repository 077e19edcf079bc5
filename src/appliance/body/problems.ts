/** One thing wrong with a configuration: where (`networks[2].subnets[0].cidr`) and what. */
export interface Problem {
  readonly path: string
  readonly message: string
}

/** A configuration is refused. Nothing was changed. `status` is the HTTP status: 400 wrong form, 422 wrong content. */
export class ConfigurationRefused extends Error {
  readonly status: 400 | 422
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[], status: 400 | 422 = 422) {
    super(problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('\n'))
    this.name = 'ConfigurationRefused'
    this.problems = problems
    this.status = status
  }
}

/** `['networks', 0, 'interface']` → `networks[0].interface`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    const name = String(key)
    if (!/^[\w-]+$/.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === '' ? name : `${text}.${name}`
  }, '')
}
