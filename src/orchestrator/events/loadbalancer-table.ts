import { type EventRule, ends, tableOf } from './rule.ts'

const LOADBALANCER_ID = ['loadbalancer', 'id']
const ID_IN_PAYLOAD = ['loadbalancer_id']

/** A part of a load balancer: which one it belongs to may stand in it, beside it, or nowhere. */
const part = (object: string, types: readonly string[]): EventRule => ({
  types,
  action: 'update',
  object,
  id: [LOADBALANCER_ID, [object, 'loadbalancer_id'], ID_IN_PAYLOAD],
  hints: 'tenant',
})

const RULES: readonly EventRule[] = [
  {
    types: ends('loadbalancer', 'create'),
    action: 'create',
    object: 'loadbalancer',
    id: [LOADBALANCER_ID],
    idRequired: true,
    hints: 'tenant',
  },
  {
    types: ends('loadbalancer', 'update'),
    action: 'update',
    object: 'loadbalancer',
    id: [LOADBALANCER_ID],
    idRequired: true,
    hints: 'tenant',
  },
  {
    types: ends('loadbalancer', 'delete'),
    action: 'delete',
    object: 'loadbalancer',
    id: [ID_IN_PAYLOAD, LOADBALANCER_ID],
    idRequired: true,
    hints: 'tenant',
  },
  // The original looked at some `.start`s, when nothing is stored yet, and at few ends; all ends count.
  part('listener', ['listener.create.start', ...ends('listener', 'create', 'update', 'delete')]),
  part('pool', ['pool.create.start', ...ends('pool', 'create', 'update', 'delete')]),
  part('member', ends('member', 'create', 'update', 'delete')),
  part('healthmonitor', ends('healthmonitor', 'create', 'update', 'delete')),
]

/** What Neutron's notifications mean to load balancers. */
export const LOADBALANCER_EVENTS = tableOf(RULES)
