import { ApiError } from '../http/api-error.ts'

const KINDS = {
  network: ['NetworkNotFound', 'Network {id} could not be found.'],
  subnet: ['SubnetNotFound', 'Subnet {id} could not be found.'],
  port: ['PortNotFound', 'Port {id} could not be found.'],
  // Neutron's own sentence for routers has no full stop.
  router: ['RouterNotFound', 'Router {id} could not be found'],
  floatingip: ['FloatingIPNotFound', 'Floating IP {id} could not be found'],
  security_group: ['SecurityGroupNotFound', 'Security group {id} does not exist'],
  security_group_rule: ['SecurityGroupRuleNotFound', 'Security group rule {id} does not exist'],
  agent: ['AgentNotFound', 'Agent {id} could not be found.'],
} as const

/** The kinds of resources, as Neutron's notifications and bodies name them. */
export type Kind = keyof typeof KINDS

/** 404 in Neutron's words for this kind. */
export function notFound(kind: Kind, id: string): ApiError {
  const [type, text] = KINDS[kind]
  return new ApiError(404, type, text.replace('{id}', id))
}

export const invalidInput = (message: string): ApiError =>
  new ApiError(400, 'InvalidInput', `Invalid input for operation: ${message}.`)

export const badRequest = (message: string): ApiError => new ApiError(400, 'HTTPBadRequest', message)

export const conflict = (type: string, message: string): ApiError => new ApiError(409, type, message)

export const badRouterRequest = (message: string): ApiError =>
  new ApiError(400, 'BadRequest', `Bad router request: ${message}.`)

export const badFloatingIpRequest = (message: string): ApiError =>
  new ApiError(400, 'BadRequest', `Bad floatingip request: ${message}.`)
