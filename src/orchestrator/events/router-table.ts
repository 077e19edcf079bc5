import { type EventRule, ends, tableOf } from './rule.ts'

const ROUTER_ID = ['router', 'id']
const RULES: readonly EventRule[] = [
  {
    types: ends('router', 'create'),
    action: 'create',
    object: 'router',
    id: [ROUTER_ID],
    idRequired: true,
    hints: 'tenant',
  },
  // Neutron says `update`; `change` is what the original listened for.
  {
    types: ends('router', 'update', 'change'),
    action: 'update',
    object: 'router',
    id: [ROUTER_ID],
    idRequired: true,
    hints: 'tenant',
  },
  {
    types: ends('router', 'delete'),
    action: 'delete',
    object: 'router',
    id: [['router_id'], ROUTER_ID],
    idRequired: true,
    hints: 'tenant',
  },
  {
    types: ['router.interface.create', 'router.interface.delete'],
    action: 'update',
    object: 'router_interface',
    id: [
      ['router_interface', 'id'],
      ['router.interface', 'id'],
    ],
    idRequired: true,
    hints: 'tenant',
  },
  {
    types: ends('subnet', 'create', 'update', 'change', 'delete'),
    action: 'update',
    object: 'subnet',
    id: [ROUTER_ID],
    hints: 'subnet',
  },
  {
    types: ends('port', 'create', 'update', 'change', 'delete'),
    action: 'update',
    object: 'port',
    id: [ROUTER_ID],
    hints: 'port',
  },
  // A network without subnets and ports concerns no router; its MTU or name may.
  { types: ends('network', 'update'), action: 'update', object: 'network', id: [ROUTER_ID], hints: 'network' },
  {
    types: ends('floatingip', 'create', 'update', 'change', 'delete'),
    action: 'update',
    object: 'floatingip',
    id: [ROUTER_ID, ['floatingip', 'router_id']],
    hints: 'floatingip',
  },
  {
    types: ends('vpnservice', 'update', 'change', 'delete'),
    action: 'update',
    object: 'vpnservice',
    id: [ROUTER_ID, ['vpnservice', 'router_id']],
    hints: 'tenant',
    ipsecVpn: true,
  },
  {
    types: ends('ipsec_site_connection', 'create', 'update', 'change', 'delete'),
    action: 'update',
    object: 'ipsec_site_connection',
    id: [ROUTER_ID],
    hints: 'tenant',
    ipsecVpn: true,
  },
  {
    types: ends('ikepolicy', 'update', 'change'),
    action: 'update',
    object: 'ikepolicy',
    id: [ROUTER_ID],
    hints: 'tenant',
    ipsecVpn: true,
  },
  {
    types: ends('ipsecpolicy', 'update', 'change'),
    action: 'update',
    object: 'ipsecpolicy',
    id: [ROUTER_ID],
    hints: 'tenant',
    ipsecVpn: true,
  },
]

/** What Neutron's notifications mean to routers. */
export const ROUTER_EVENTS = tableOf(RULES)
