import { AstaraError } from '../shared/index.ts'

/** Where a value was written. */
export type Origin =
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'override' }
  | { readonly kind: 'default' }

/** `file:line`, or the environment variable, or where else. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'file':
      return `${origin.file}:${origin.line}`
    case 'env':
      return `environment ${origin.name}`
    default:
      return origin.kind
  }
}

/** One thing that is wrong. Secrets in `value` are masked. */
export interface ConfigProblem {
  readonly kind: 'syntax' | 'unreadable' | 'value' | 'missing'
  readonly message: string
  readonly file: string | null
  readonly line: number | null
  /** Environment variable, when the value came from one. */
  readonly env: string | null
  readonly group: string | null
  readonly option: string | null
  readonly value: string | null
  readonly allowed: string | null
}

/** One thing that works but should be looked at. */
export interface ConfigWarning {
  readonly kind: 'deprecated' | 'unknown' | 'no_effect' | 'unresolved'
  readonly message: string
  readonly file: string | null
  readonly line: number | null
}

/** Builds a problem; what is not given is null. */
export function problem(
  init: Partial<ConfigProblem> & Pick<ConfigProblem, 'kind' | 'message'>,
  origin?: Origin,
): ConfigProblem {
  return {
    file: origin?.kind === 'file' ? origin.file : null,
    line: origin?.kind === 'file' ? origin.line : null,
    env: origin?.kind === 'env' ? origin.name : null,
    group: null,
    option: null,
    value: null,
    allowed: null,
    ...init,
  }
}

/** One line for a person: where, what, what is allowed. */
export function describeProblem(p: ConfigProblem): string {
  const where =
    p.file === null
      ? p.env === null
        ? ''
        : `environment ${p.env}: `
      : `${p.file}${p.line === null ? '' : `:${p.line}`}: `
  return `${where}${p.message}`
}

/** One line for a person: where and what. */
export function describeWarning(w: ConfigWarning): string {
  return w.file === null ? w.message : `${w.file}:${w.line}: ${w.message}`
}

/** All problems in one error. */
export function badConfig(problems: readonly ConfigProblem[], suggestions: readonly string[] = []): AstaraError {
  const lines = problems.map((p) => `  ${describeProblem(p)}`)
  const head =
    problems.length === 1 ? 'The configuration has a problem:' : `The configuration has ${problems.length} problems:`
  return new AstaraError('bad_config', [head, ...lines].join('\n'), { suggestions, details: { problems } })
}
