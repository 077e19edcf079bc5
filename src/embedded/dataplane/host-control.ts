import { z } from 'zod'
import { AstaraError, type ErrorCode, messageOf } from '../../shared/index.ts'
import { livingOwners } from './owner.ts'

const hostView = z.object({
  name: z.string(),
  namespace: z.string(),
  network_id: z.string(),
  network: z.string(),
  port_id: z.string(),
  instance_id: z.string(),
  mac_address: z.string(),
  /** What Neutron gave the port. */
  addresses: z.array(z.string()).readonly(),
  dhcp: z.boolean(),
  /** What the router's DHCP server gave; null: nothing yet. */
  lease: z.record(z.string(), z.string()).readonly().nullable(),
})
const listing = z.object({
  hosts: z.array(hostView),
  internet: z.object({ namespace: z.string() }),
  instances: z.array(z.object({ id: z.string(), name: z.string(), namespace: z.string() })),
})

/** A test host, as the control API shows it. */
export type HostView = z.infer<typeof hostView>

/** Everything that can be entered. */
export type HostListing = z.infer<typeof listing>

/** The control API's side of test hosts, from outside. Everything throws AstaraError. */
export interface HostControl {
  readonly url: string
  list(): Promise<HostListing>
  add(network: string, name: string | undefined): Promise<HostView>
  remove(name: string): Promise<void>
}

const TIMEOUT_MS = 30_000
const CODES: Readonly<Record<number, ErrorCode>> = { 400: 'bad_request', 404: 'not_found', 409: 'refused' }

/**
 * Speaks to an embedded cloud with real packets: the one at `url` (Keystone's), or the only one that runs on this machine. Throws
 * AstaraError `unreachable` when there is none, `ambiguous` when there are several.
 */
export function hostControl(url: string | undefined, signal: AbortSignal): HostControl {
  const base = (url ?? onlyControl()).replace(/\/+$/, '')

  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    let answer: Response
    try {
      answer = await fetch(`${base}/_embedded/${path}`, {
        method,
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      })
    } catch (cause) {
      throw new AstaraError('unreachable', `no embedded cloud answers at ${base}: ${messageOf(cause)}`, {
        cause,
        suggestions: START,
      })
    }
    const text = await answer.text()
    if (answer.ok) return text === '' ? null : JSON.parse(text)
    throw new AstaraError(CODES[answer.status] ?? 'failed', refusalIn(text, answer.status), {
      suggestions: answer.status === 404 && path === 'hosts' && method === 'GET' ? START : [],
    })
  }

  return {
    url: base,
    list: async () => listing.parse(await ask('GET', 'hosts')),
    add: async (network, name) =>
      z
        .object({ host: hostView })
        .parse(await ask('POST', 'hosts', { network, ...(name === undefined ? {} : { name }) })).host,
    remove: async (name) => void (await ask('DELETE', `hosts/${encodeURIComponent(name)}`)),
  }
}

const START = ['Start one, as root: astara run --embedded --dataplane netns', 'Or name another with --url.']

function onlyControl(): string {
  const controls = livingOwners().flatMap(({ control }) => control ?? [])
  const [first, second] = controls
  if (first === undefined) {
    throw new AstaraError('unreachable', 'no embedded cloud with real packets runs on this machine', {
      suggestions: START,
    })
  }
  if (second !== undefined) {
    throw new AstaraError('ambiguous', 'several embedded clouds run on this machine', {
      suggestions: controls.map((control) => `--url ${control}`),
    })
  }
  return first
}

/** The message in an answer of Keystone's form. */
function refusalIn(text: string, status: number): string {
  try {
    const found = z.object({ error: z.object({ message: z.string() }) }).safeParse(JSON.parse(text))
    if (found.success) return found.data.error.message
  } catch {
    // No JSON: whatever listens there is no embedded cloud.
  }
  return `the embedded cloud answered ${status}`
}
