import { escapeControls } from '../shared/index.ts'
import { inspectConfig, type LoadOptions } from './load.ts'
import { type ConfigProblem, type ConfigWarning, describeProblem, describeWarning } from './problems.ts'
import { missingForRun } from './requirements.ts'

/** What `astara config check --json` prints. */
export interface CheckResult {
  readonly ok: boolean
  readonly files: readonly string[]
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly ConfigWarning[]
}

/**
 * Whether `astara run` would start with this configuration. With `partial` only what is written is judged, not whether everything that a
 * real cloud needs is there.
 */
export async function checkConfig(options: LoadOptions & { readonly partial?: boolean }): Promise<CheckResult> {
  const { config, problems, warnings, sources } = await inspectConfig(options)
  // A refused value is not missing as well.
  const refused = new Set(problems.map((p) => `${p.group}.${p.option}`))
  const missing = options.partial ? [] : missingForRun(config).filter((p) => !refused.has(`${p.group}.${p.option}`))
  const all = [...problems, ...missing]
  return { ok: all.length === 0, files: sources, problems: all, warnings }
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

/** The same for a person. */
export function formatCheck({ files, problems, warnings }: CheckResult): string[] {
  const read = files.length === 0 ? 'no file' : files.join(', ')
  return [
    ...problems.map((p) => `problem: ${describeProblem(p)}`),
    ...warnings.map((w) => `warning: ${describeWarning(w)}`),
    `Read ${read}: ${problems.length === 0 ? 'no problems' : count(problems.length, 'problem')}, ${count(warnings.length, 'warning')}.`,
  ].map(escapeControls)
}
