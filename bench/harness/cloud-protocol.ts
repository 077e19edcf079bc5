/** What the bench asks of the process that plays the cloud, and what it answers. */
export interface CloudInit {
  readonly routers: number
  readonly transportUrl: string
  readonly appliancePort: number
  readonly stubControlPort: number
  /** Milliseconds from Nova's accept to the appliance's first answer; 0: at once. */
  readonly bootMs: number
}

export interface CloudRouter {
  readonly id: string
  readonly tenantId: string
  readonly networkId: string
  readonly subnetId: string
}

export interface CloudReady {
  readonly routers: readonly CloudRouter[]
  readonly configOverrides: Readonly<Record<string, Readonly<Record<string, string | number>>>>
}

export interface CallSum {
  readonly service: string
  readonly method: string
  readonly path: string
  readonly count: number
}

/** Method of the cloud process → its argument and its answer. */
export interface CloudMethods {
  init: { readonly argument: CloudInit; readonly answer: CloudReady }
  /** Requests served since the last `forget`. */
  calls: { readonly argument: null; readonly answer: readonly CallSum[] }
  forget: { readonly argument: null; readonly answer: null }
  /** Changes the subnets of routers `from` up to `to` (a name server) without a word on the bus. */
  change: { readonly argument: { readonly from: number; readonly to: number }; readonly answer: null }
  /** Router number → wall-clock milliseconds at which Nova accepted its last boot. */
  bootTimes: { readonly argument: null; readonly answer: Readonly<Record<number, number>> }
  /** Servers that Nova has. */
  servers: { readonly argument: null; readonly answer: number }
}

export type CloudMethod = keyof CloudMethods
