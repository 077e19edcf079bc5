import { bool, group, int, option, str } from '../option.ts'
import { port } from '../types/numbers.ts'
import { uuid } from '../types/text.ts'

export const ROUTER_GROUP = group('Routers.', {
  image_uuid: option(uuid, {
    help: 'Glance image of router appliances. Needed by `astara run` while the driver router is enabled.',
    deprecated: [{ name: 'router_image_uuid', group: 'DEFAULT' }],
    reloadable: true,
  }),
  instance_flavor: str({
    help: 'Nova flavor (id or name) of router appliances. Unset: default_instance_flavor.',
    deprecated: [{ name: 'router_instance_flavor', group: 'DEFAULT' }],
    reloadable: true,
  }),
  mgt_service_port: option(port, {
    help: "Port of the router appliances' REST API. Unset: astara_mgt_service_port.",
    deprecated: [{ name: 'akanda_mgt_service_port', group: 'DEFAULT' }],
  }),
  ipsec_vpn: bool({ default: false, help: 'Also act on events of VPN services and push their configuration.' }),
})

const NO_BALANCERS = 'not used yet: there is no driver of load balancers'

export const LOADBALANCER_GROUP = group('Load balancers.', {
  image_uuid: option(uuid, {
    help: 'Glance image of load balancer appliances. Needed while the driver loadbalancer is enabled.',
    noEffect: NO_BALANCERS,
    reloadable: true,
  }),
  instance_flavor: str({
    help: 'Nova flavor (id or name) of load balancer appliances. Unset: default_instance_flavor.',
    noEffect: NO_BALANCERS,
    reloadable: true,
  }),
  mgt_service_port: option(port, {
    help: "Port of the load balancer appliances' REST API. Unset: astara_mgt_service_port.",
    noEffect: NO_BALANCERS,
  }),
})

const NO_POOL = 'not used yet: there is no pool'

export const PEZ_GROUP = group('The pool of spare instances (instance_provider = pez).', {
  pool_size: int({ default: 1, min: 0, help: 'Unused instances kept booted.', noEffect: NO_POOL }),
  image_uuid: option(uuid, { help: 'Glance image of spare instances.', noEffect: NO_POOL }),
  flavor: str({ help: 'Nova flavor (id or name) of spare instances.', noEffect: NO_POOL }),
  rpc_topic: str({
    default: 'astara-pez',
    help: 'RPC topic on which the pool is asked for an instance.',
    noEffect: NO_POOL,
  }),
})
