import { OpenStackError } from '../../openstack/index.ts'
import { ApplianceError } from '../instances/index.ts'
import type { CallRequest } from './operations.ts'
import type { CallService } from './types.ts'

/** A call about to be made. */
export interface PlannedCall {
  readonly service: CallService
  readonly operation: string
  readonly writes: boolean
  readonly request: CallRequest
}

/** What a rehearsal answers instead of the outside; null: it does not concern this call. */
type Answer = { readonly value: unknown } | { readonly error: Error } | null

interface Pretence {
  /** For lists of them. */
  readonly label: string
  readonly answer: (call: PlannedCall) => Answer
}

const PRETENDED = 'pretended for a rehearsal'

const openStackFails = (service: 'neutron' | 'nova', status: number, { request }: PlannedCall): Answer => ({
  error: new OpenStackError({
    service,
    method: request.method,
    url: request.path,
    pathTemplate: request.path,
    status,
    requestId: null,
    type: 'Pretended',
    detail: PRETENDED,
    retryable: false,
    retryAfterMs: null,
  }),
})

const applianceFails = (status: number | null, { request }: PlannedCall): Answer => ({
  error: new ApplianceError(`${request.method} ${request.path}`, { status, reason: PRETENDED }),
})

const busIsSilent = (): Answer => {
  const error = new Error(`sync_routers: no answer, ${PRETENDED}`)
  error.name = 'RpcTimeoutError'
  return { error }
}

/** What can be pretended. */
export const PRETENCES = {
  'appliance-dead': {
    label: 'the appliance does not answer',
    answer: (call) => {
      if (call.service !== 'appliance') return null
      return call.operation === 'alive' ? { value: false } : applianceFails(null, call)
    },
  },
  'config-rejected': {
    label: 'the appliance refuses the configuration (422)',
    answer: (call) => (call.operation === 'configure' ? applianceFails(422, call) : null),
  },
  'config-failed': {
    label: 'the appliance fails on the configuration (500)',
    answer: (call) => (call.operation === 'configure' ? applianceFails(500, call) : null),
  },
  'boot-failed': {
    label: 'Nova fails to boot (500)',
    answer: (call) => (call.operation === 'createServer' ? openStackFails('nova', 500, call) : null),
  },
  'nova-down': {
    label: 'Nova is away (503)',
    answer: (call) => (call.service === 'nova' ? openStackFails('nova', 503, call) : null),
  },
  'neutron-down': {
    label: 'Neutron is away (503, and silent on the bus)',
    answer: (call) => {
      if (call.service === 'neutron-rpc') return busIsSilent()
      return call.service === 'neutron' ? openStackFails('neutron', 503, call) : null
    },
  },
  'bus-down': {
    label: 'sync_routers gets no answer',
    answer: (call) => (call.service === 'neutron-rpc' ? busIsSilent() : null),
  },
} as const satisfies Record<string, Pretence>

export type PretenceName = keyof typeof PRETENCES
export const PRETENCE_NAMES = Object.keys(PRETENCES) as readonly PretenceName[]

/** True for a name of the table. */
export const isPretence = (text: string): text is PretenceName => Object.hasOwn(PRETENCES, text)
