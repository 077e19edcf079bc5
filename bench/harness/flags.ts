import { parseArgs } from 'node:util'

/** What every bench understands. */
export interface BenchFlags {
  readonly routers: number
  readonly workers: number
  readonly json: boolean
  readonly built: boolean
  readonly only: ReadonlySet<string> | null
  readonly profileDir: string | null
}

/** Reads the command line; prints usage and ends on `--help` or nonsense. */
export function benchFlags(usage: string, defaults: { readonly routers: number }): BenchFlags {
  const number = (text: string | undefined, otherwise: number): number => {
    const value = text === undefined ? otherwise : Number(text)
    if (!Number.isInteger(value) || value < 1) fail(`not a positive number: ${text}`)
    return value
  }
  const fail = (why: string): never => {
    console.error(`${why}\n${usage}`)
    process.exit(2)
  }
  const { values } = parseArgs({
    options: {
      routers: { type: 'string' },
      workers: { type: 'string' },
      only: { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
      built: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  return {
    routers: number(values.routers, defaults.routers),
    workers: number(values.workers, 2),
    json: values.json,
    built: values.built,
    only: values.only === undefined ? null : new Set(values.only.split(',')),
    profileDir: values.profile ?? null,
  }
}
