/** Whose token a request carries: admin (project admin), service (astara of project service), tenant (demo), none, or a worthless one. */
export type Who = 'admin' | 'service' | 'tenant' | 'nobody' | 'stranger'

export type Service = 'keystone' | 'neutron' | 'nova' | 'glance'

interface Named {
  /** Unique in its script. */
  readonly name: string
  /** Variables for later steps, each a path into the answer (`network.id`, `ports.0.id`) or `header:<name>`. `{name}` stands for it. */
  readonly save?: Readonly<Record<string, string>>
}

/** A request, sent to both clouds. `{name}` in path, headers and body stands for a variable; `{soon}` is a time, 20 s after the script's start. */
export interface Request extends Named {
  readonly kind: 'request'
  readonly as: Who
  readonly service: Service
  readonly method: string
  readonly path: string
  readonly body?: unknown
  /** Sent as it is, instead of `body`. */
  readonly raw?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Asked again, for a minute, until this holds. */
  readonly until?: (answer: Answer) => boolean
  /** The order of a list in the answer matters. */
  readonly isOrdered?: boolean
  /** Lists in the answer are what the cloud has: only the keys and types of their elements are compared. */
  readonly isShapeOnly?: boolean
}

/** A call to an RPC server of Neutron. */
export interface Call extends Named {
  readonly kind: 'call'
  readonly topic: string
  readonly method: string
  readonly args: Readonly<Record<string, unknown>>
  readonly version?: string
  readonly context?: Readonly<Record<string, unknown>>
}

export type Step = Request | Call

/** Steps that build on each other, from an empty start to a clean end. */
export interface Script {
  readonly name: string
  readonly steps: readonly Step[]
  /** An L3 agent of this host is played meanwhile; what it is told is compared too. */
  readonly agentHost?: string
  /** Notifications come at any time: those of the whole script are compared, at its end. */
  readonly isLoose?: boolean
}

/** What came of a step: an HTTP answer, or what a call returned (status 200) or failed with (status 0). */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  // biome-ignore lint/suspicious/noExplicitAny: tables look into JSON they expect
  readonly body: any
}

type Options = Partial<Omit<Request, 'kind' | 'name' | 'as' | 'service' | 'method' | 'path' | 'body'>> & {
  readonly as?: Who
}

/** Makes the shorthand of one service: `neutron('create a network', 'POST', '/v2.0/networks', body, { save })`. */
const shorthand =
  (service: Service) =>
  (name: string, method: string, path: string, body?: unknown, options: Options = {}): Request => ({
    kind: 'request',
    as: 'service',
    service,
    name,
    method,
    path,
    ...(body === undefined ? {} : { body }),
    ...options,
  })

export const keystone = shorthand('keystone')
export const neutron = shorthand('neutron')
export const nova = shorthand('nova')
export const glance = shorthand('glance')

export const call = (
  name: string,
  topic: string,
  method: string,
  args: Readonly<Record<string, unknown>>,
  options: Partial<Pick<Call, 'version' | 'context' | 'save'>> = {},
): Call => ({ kind: 'call', name, topic, method, args, ...options })
