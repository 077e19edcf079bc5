import type { z } from 'zod'
import { ConfigurationRefused, type Problem, pathText } from './problems.ts'
import { type Configuration, configurationSchema } from './schema.ts'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Union failures hide the real reason in their branches: the branch that got furthest speaks. */
function problemsOf(issues: readonly z.core.$ZodIssue[], base: readonly PropertyKey[] = []): Problem[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path]
    if (issue.code === 'invalid_union') {
      const branches = issue.errors.filter((branch) => branch.length > 0)
      const deepest = branches.reduce<readonly z.core.$ZodIssue[]>(
        (best, branch) => (depth(branch) >= depth(best) ? branch : best),
        [],
      )
      return deepest.length > 0 ? problemsOf(deepest, path) : [{ path: pathText(path), message: issue.message }]
    }
    if (issue.code === 'invalid_key') return problemsOf(issue.issues, path)
    return [{ path: pathText(path), message: issue.message }]
  })
}

const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.max(-1, ...issues.map((issue) => issue.path.length))

/** The form that the original's documentation shows: networks and routes, nothing else. It has no tenant and renames nothing. */
function isMinimalForm(body: Record<string, unknown>): boolean {
  return Object.keys(body).every((key) => key === 'networks' || key === 'static_routes')
}

/** The advanced services that this appliance has, besides being a router. */
const OFFERED = new Set(['loadbalancer'])

function refuseServices(services: unknown): void {
  if (!isObject(services)) return
  const wanted = Object.keys(services).filter((name) => services[name] && !OFFERED.has(name))
  if (wanted.length === 0) return
  throw new ConfigurationRefused(
    wanted.map((name) => ({
      path: pathText(['services', name]),
      message: 'This appliance cannot service this advanced service',
    })),
    400,
  )
}

/** The text of a body, by which it is known again. @throws ConfigurationRefused when it is too deep to go through. */
export function bodyText(body: unknown): string {
  try {
    return JSON.stringify(body)
  } catch {
    // JSON.parse takes more levels than anything that follows.
    throw new ConfigurationRefused([{ path: '', message: 'is nested too deeply' }], 400)
  }
}

/**
 * Checks the form of a pushed configuration, wrapped in `configuration` or not.
 *
 * @throws ConfigurationRefused naming every problem; 400 when it is not an object or asks for a service that is not there, else 422.
 */
export function parseConfiguration(input: unknown): Configuration {
  if (!isObject(input)) throw new ConfigurationRefused([{ path: '', message: 'expected a JSON object' }], 400)
  const body = isObject(input.configuration) ? input.configuration : input
  if ('configuration' in input && body === input) {
    throw new ConfigurationRefused([{ path: 'configuration', message: 'expected a JSON object' }], 400)
  }
  refuseServices(body.services)
  const result = configurationSchema.safeParse(body)
  const problems = result.success ? [] : problemsOf(result.error.issues)
  if (!isMinimalForm(body)) {
    for (const key of ['tenant_id', 'hostname']) {
      if (body[key] === undefined) problems.push({ path: key, message: `Config does not contain a ${key}` })
    }
  }
  if (!result.success || problems.length > 0) throw new ConfigurationRefused(problems)
  return result.data
}
