import type { Notification, RpcRequest } from '../../../../src/messaging/index.ts'
import { RemoteError } from '../../../../src/messaging/index.ts'
import { type Cloud, send } from './cloud.ts'
import { Normaliser, SOON, shapeOf } from './normalise.ts'
import type { Answer, Call, Request, Script, Step } from './step.ts'

/** What came of a step, comparable between clouds. */
export interface Outcome {
  readonly step: Step
  /** Null when it could not even be asked, and why. */
  readonly problem: string | null
  readonly seen: Readonly<Record<string, unknown>>
}

/** Headers that clients act on. Request ids are compared as being there. */
const HEADERS = [
  'content-type',
  'location',
  'www-authenticate',
  'vary',
  'openstack-api-version',
  'x-openstack-nova-api-version',
  'x-openstack-request-id',
  'x-compute-request-id',
  'x-subject-token',
]
const MARKER = 'c-marker'
const MARK_METHOD = 'contract_marker'
const UNTIL_MS = 60_000
/** `{soon}`, a time (UTC) of every script, is so long after its start. */
const SOON_MS = 20_000

type Heard =
  | { readonly kind: 'notification'; readonly message: Notification }
  | { readonly kind: 'told'; readonly message: RpcRequest }

function lookUp(answer: Answer, path: string): unknown {
  if (path.startsWith('header:')) return answer.headers[path.slice('header:'.length)]
  return path.split('.').reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)]
    return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  }, answer.body)
}

/** Replaces `{name}` in every text of a value. Throws on a variable that no step saved. */
function fill<T>(value: T, variables: ReadonlyMap<string, string>): T {
  const text = JSON.stringify(value).replaceAll(/\{([a-z]\w*)\}/gi, (_all, name: string) => {
    const known = variables.get(name)
    if (known === undefined) throw new Error(`no step before has saved ${name}`)
    return known
  })
  return JSON.parse(text)
}

async function ask(cloud: Cloud, step: Request, variables: ReadonlyMap<string, string>): Promise<Answer> {
  const { path, headers } = fill({ path: step.path, headers: step.headers ?? {} }, variables)
  const body = step.raw ?? (step.body === undefined ? undefined : JSON.stringify(fill(step.body, variables)))
  const token = cloud.token(step.as)
  const deadline = Date.now() + UNTIL_MS
  for (;;) {
    const answer = await send(step.method, `${cloud.endpoints[step.service]}${path}`, body, {
      ...(token === null ? {} : { 'X-Auth-Token': token }),
      ...headers,
    })
    if (!step.until || step.until(answer)) return answer
    if (Date.now() > deadline) throw new Error(`not as wanted within a minute: ${JSON.stringify(answer.body)}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

async function askBus(cloud: Cloud, step: Call, variables: ReadonlyMap<string, string>): Promise<Answer> {
  const args = fill(step.args, variables)
  const target = { exchange: 'neutron', topic: step.topic, version: step.version ?? '1.0' }
  try {
    const result = await cloud.bus.call(target, step.method, args, {
      context: step.context ?? { is_admin: true },
      timeoutMs: 30_000,
    })
    return { status: 200, headers: {}, body: result }
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error
    const { className, module, message } = error
    return { status: 0, headers: {}, body: { class: className, module, message } }
  }
}

/** A network that nobody uses: changing it says on the bus where one step ends and the next begins. */
async function makeMarker(cloud: Cloud): Promise<(text: string) => Promise<void>> {
  const url = `${cloud.endpoints.neutron}/v2.0/networks`
  const headers = { 'X-Auth-Token': cloud.token('admin') ?? '' }
  const made = await send('POST', url, JSON.stringify({ network: { name: MARKER } }), headers)
  return async (description) => {
    const body = JSON.stringify({ network: { description } })
    const answer = await send('PUT', `${url}/${made.body.network.id}`, body, headers)
    if (answer.status !== 200) throw new Error(`${cloud.name}: the marker was refused with ${answer.status}`)
  }
}

function markerText(heard: Heard): string | null {
  if (heard.kind === 'told') return heard.message.method === MARK_METHOD ? String(heard.message.args.text) : null
  if (heard.kind !== 'notification' || heard.message.eventType !== 'network.update.end') return null
  const { network } = heard.message.payload as { network?: { name?: string; description?: string } }
  return network?.name === MARKER ? (network.description ?? '') : null
}

const isMarker = (heard: Heard): boolean => {
  if (heard.kind !== 'notification') return heard.message.method === MARK_METHOD
  const { payload, eventType } = heard.message
  if (eventType === 'network.update.start') {
    return /^step-/.test((payload as { network?: { description?: string } }).network?.description ?? '')
  }
  return (payload as { network?: { name?: string } }).network?.name === MARKER
}

/** Listens to everything the cloud's Neutron says, in order; and, when asked, plays an L3 agent. */
async function listen(cloud: Cloud, script: Script, heard: Heard[]): Promise<() => Promise<void>> {
  const pool = `contract.${Date.now()}`
  const listener = await cloud.bus.listen({
    exchange: 'neutron',
    topic: 'notifications',
    pool,
    expiresMs: 60_000,
    handler: (message) => void heard.push({ kind: 'notification', message }),
  })
  const note = (message: RpcRequest): null => {
    heard.push({ kind: 'told', message })
    return null
  }
  const methods = [
    'routers_updated',
    'router_deleted',
    'router_added_to_agent',
    'router_removed_from_agent',
    'agent_updated',
    'add_arp_entry',
    MARK_METHOD,
  ]
  const agent = script.agentHost
    ? await cloud.bus.serve({
        exchange: 'neutron',
        topic: 'l3_agent',
        server: script.agentHost,
        endpoint: Object.fromEntries(methods.map((name) => [name, note])),
      })
    : null
  return async () => {
    await agent?.close()
    await listener.close()
  }
}

/**
 * Waits until everything that a step has caused to be said was heard: what is said now comes after it, on the queue of notifications and on
 * the two of the agent.
 */
async function settle(
  cloud: Cloud,
  script: Script,
  mark: (text: string) => Promise<void>,
  heard: readonly Heard[],
  text: string,
): Promise<void> {
  await mark(text)
  if (script.agentHost) {
    const target = { exchange: 'neutron', topic: 'l3_agent', version: '1.0' }
    await cloud.bus.cast({ ...target, server: script.agentHost }, MARK_METHOD, { text })
    await cloud.bus.cast({ ...target, fanout: true }, MARK_METHOD, { text })
  }
  const wanted = script.agentHost ? 3 : 1
  const deadline = Date.now() + 60_000
  while (heard.filter((one) => markerText(one) === text).length < wanted) {
    if (Date.now() > deadline) throw new Error(`${cloud.name}: the bus is silent after ${text}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** By then everything was heard that steps up to `last` have caused: so many messages. */
interface Fence {
  readonly last: number
  readonly heard: number
}

/** Which step caused what: the request whose id a message carries, else the last step before the next fence. */
function attribute(
  heard: readonly Heard[],
  fences: readonly Fence[],
  requestIds: readonly (string | null)[],
): Map<number, Heard[]> {
  const stepOf = new Map(requestIds.flatMap((id, index) => (id === null ? [] : [[id, index] as const])))
  const byStep = new Map<number, Heard[]>()
  for (const [number, one] of heard.entries()) {
    if (isMarker(one)) continue
    const index =
      stepOf.get(String(one.message.context.request_id)) ?? fences.find((fence) => number < fence.heard)?.last ?? 0
    byStep.set(index, [...(byStep.get(index) ?? []), one])
  }
  return byStep
}

/** A context as far as it says who did it. Keys are compared, and the values that are the same for everybody. */
function contextOf(context: Readonly<Record<string, unknown>>): unknown {
  const { user_name, project_name, tenant_id, project_id, is_admin, roles, user_id, auth_token, ...rest } = context
  return {
    keys: Object.keys(context).sort(),
    user_name,
    project_name,
    tenant_id,
    project_id,
    user_id,
    is_admin,
    roles,
    auth_token: typeof auth_token,
    rest: shapeOf(rest),
  }
}

function view(heard: Heard): unknown {
  if (heard.kind === 'told') {
    const { method, args, version, expectsReply } = heard.message
    return { method, args, version, expectsReply }
  }
  const { eventType, publisherId, priority, payload, timestamp, context } = heard.message
  return { eventType, publisherId, priority, payload, timestamp, context: contextOf(context) }
}

/** What a notification is about, without what depends on how far the L2 agent had come. */
function gist(heard: Heard): unknown {
  if (heard.kind === 'told') return view(heard)
  const { eventType, publisherId, payload, context } = heard.message
  return { eventType, publisherId, keys: Object.keys(Object(payload)).sort(), user_name: context.user_name }
}

/**
 * Updates of ports that say the same once only: whether Nova frees a port twice, when it is detached and when its server goes, depends on
 * how soon it has forgotten it.
 */
function withoutRepeats(all: readonly unknown[]): readonly unknown[] {
  const seen = new Set<string>()
  return all.filter((one) => {
    const text = JSON.stringify(one)
    const isRepeat = seen.has(text) && text.includes('"port.update.')
    seen.add(text)
    return !isRepeat
  })
}

const sorted = (all: readonly unknown[]): readonly unknown[] =>
  [...all].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

/** Runs a script on a cloud and tells what came of each step, in words that do not depend on the cloud. */
export async function runScript(cloud: Cloud, script: Script): Promise<readonly Outcome[]> {
  const variables = new Map(cloud.variables)
  variables.set(SOON, new Date(Date.now() + SOON_MS).toISOString().slice(0, 19))
  const heard: Heard[] = []
  const mark = await makeMarker(cloud)
  const close = await listen(cloud, script, heard)
  const fences: Fence[] = []
  let isFenced = true
  const fence = async (text: string, last: number): Promise<void> => {
    await settle(cloud, script, mark, heard, text)
    fences.push({ last, heard: heard.length })
    isFenced = true
  }
  const answers: { step: Step; answer: Answer | null; problem: string | null }[] = []
  try {
    for (const [index, step] of script.steps.entries()) {
      if (step.kind === 'call' && !isFenced) await fence(`step-${index}-before`, index - 1)
      try {
        const answer = step.kind === 'call' ? await askBus(cloud, step, variables) : await ask(cloud, step, variables)
        for (const [name, path] of Object.entries(step.save ?? {})) {
          const value = lookUp(answer, path)
          if (value !== undefined && value !== null) variables.set(name, String(value))
        }
        answers.push({ step, answer, problem: null })
      } catch (error) {
        answers.push({ step, answer: null, problem: error instanceof Error ? error.message : String(error) })
      }
      if (step.kind === 'call') await fence(`step-${index}`, index)
      else if (step.method !== 'GET') isFenced = false
    }
    await fence('step-last', script.steps.length - 1)
  } finally {
    await close()
  }

  const byStep = attribute(
    heard,
    fences,
    answers.map(({ answer }) => answer?.headers['x-openstack-request-id'] ?? null),
  )
  // What Nova does to ports comes when it comes: a script with servers is compared as a whole.
  if (script.isLoose) {
    const all = [...byStep.values()].flat()
    byStep.clear()
    byStep.set(script.steps.length - 1, all)
  }

  const normaliser = new Normaliser(cloud, variables)
  return answers.map(({ step, answer, problem }, index) => {
    if (!answer) return { step, problem, seen: {} }
    const isOrdered = step.kind === 'request' && (step.isOrdered ?? false)
    const body = normaliser.value(answer.body, isOrdered)
    const messages = byStep.get(index) ?? []
    const said = messages
      .filter((one) => one.kind === 'notification')
      .map((one) => normaliser.value(script.isLoose ? gist(one) : view(one), false))
    return {
      step,
      problem,
      seen: {
        status: answer.status,
        headers: Object.fromEntries(
          HEADERS.flatMap((name) => {
            const value = answer.headers[name]
            if (value === undefined) return []
            return [[name, name === 'x-subject-token' ? '<token>' : normaliser.text(value)]]
          }),
        ),
        body: step.kind === 'request' && step.isShapeOnly ? shapeOf(body) : body,
        notifications: script.isLoose ? sorted(withoutRepeats(said)) : said,
        told: messages.filter((one) => one.kind === 'told').map((one) => normaliser.value(view(one), false)),
      },
    }
  })
}
