import { neutron, type Script } from '../engine/step.ts'
import { makeNetwork, makeOutside, makeSubnet, UNKNOWN } from './ground.ts'

const all = '/v2.0/routers'
const one = `${all}/{router}`
const add = `${one}/add_router_interface`
const remove = `${one}/remove_router_interface`
const addOwn = `${all}/{own}/add_router_interface`

/** An external network with two addresses' worth of subnet, and two tenants' networks. */
const ground = [
  ...makeOutside({ allocation_pools: [{ start: '198.51.100.10', end: '198.51.100.30' }] }),
  makeNetwork('a network', 'net', { name: 'c-net' }),
  makeSubnet('a subnet', 'sub', { network_id: '{net}', ip_version: 4, cidr: '10.81.0.0/24' }),
  makeNetwork('another network', 'net2', { name: 'c-net2' }),
  makeSubnet('another subnet', 'sub2', { network_id: '{net2}', ip_version: 4, cidr: '10.82.0.0/24' }),
]
const levelled = ['net', 'net2', 'ext'].map((name) => neutron(`delete ${name}`, 'DELETE', `/v2.0/networks/{${name}}`))
const fixedGateway = {
  network_id: '{ext}',
  external_fixed_ips: [{ subnet_id: '{extSub}', ip_address: '198.51.100.20' }],
}

export const routers: Script = {
  name: 'routers',
  steps: [
    ...ground,
    neutron('create', 'POST', all, { router: { name: 'c-router' } }, { save: { router: 'router.id' } }),
    neutron(
      'create as a tenant',
      'POST',
      all,
      { router: { name: 'c-tenant' } },
      {
        as: 'tenant',
        save: { tenantRouter: 'router.id' },
      },
    ),
    neutron('show', 'GET', one),
    neutron('show as its tenant', 'GET', `${all}/{tenantRouter}`, undefined, { as: 'tenant' }),
    neutron('show one of others', 'GET', one, undefined, { as: 'tenant' }),
    neutron('show an unknown one', 'GET', `${all}/${UNKNOWN}`),
    neutron('list by name', 'GET', `${all}?name=c-router`),
    neutron('set the gateway', 'PUT', one, { router: { external_gateway_info: fixedGateway } }),
    neutron(
      'its gateway port',
      'GET',
      '/v2.0/ports?device_id={router}&device_owner=network:router_gateway',
      undefined,
      {
        save: { gatewayPort: 'ports.0.id' },
      },
    ),
    neutron('delete the gateway port', 'DELETE', '/v2.0/ports/{gatewayPort}'),
    neutron('another address of the gateway', 'PUT', one, {
      router: { external_gateway_info: { network_id: '{ext}', external_fixed_ips: [{ ip_address: '198.51.100.21' }] } },
    }),
    neutron('SNAT off', 'PUT', one, { router: { external_gateway_info: { network_id: '{ext}', enable_snat: false } } }),
    neutron('a gateway that is not external', 'PUT', one, {
      router: { external_gateway_info: { network_id: '{net}' } },
    }),
    neutron('an unknown gateway', 'PUT', one, { router: { external_gateway_info: { network_id: UNKNOWN } } }),
    neutron('add an interface by subnet', 'PUT', add, { subnet_id: '{sub}' }, { save: { interface: 'port_id' } }),
    neutron('the interface', 'GET', '/v2.0/ports/{interface}'),
    neutron('add it again', 'PUT', add, { subnet_id: '{sub}' }),
    neutron('add an unknown subnet', 'PUT', add, { subnet_id: UNKNOWN }),
    neutron('add nothing', 'PUT', add, {}),
    neutron('add both', 'PUT', add, { subnet_id: '{sub2}', port_id: '{interface}' }),
    neutron('add to an unknown router', 'PUT', `${all}/${UNKNOWN}/add_router_interface`, { subnet_id: '{sub2}' }),
    neutron('add as another tenant', 'PUT', add, { subnet_id: '{sub2}' }, { as: 'tenant' }),
    neutron(
      'a port for an interface',
      'POST',
      '/v2.0/ports',
      {
        port: { network_id: '{net2}', fixed_ips: [{ subnet_id: '{sub2}', ip_address: '10.82.0.9' }] },
      },
      { save: { port: 'port.id' } },
    ),
    neutron('add an interface by port', 'PUT', add, { port_id: '{port}' }),
    ...[['9'], ['9', '10'], ['10']].map((last) =>
      neutron(`an interface’s port updated to end in ${last.join(' and ')}`, 'PUT', '/v2.0/ports/{port}', {
        port: { fixed_ips: last.map((octet) => ({ subnet_id: '{sub2}', ip_address: `10.82.0.${octet}` })) },
      }),
    ),
    neutron('an interface’s port updated to any address', 'PUT', '/v2.0/ports/{port}', {
      port: { fixed_ips: [{ subnet_id: '{sub2}' }] },
    }),
    neutron('add a port that is in use', 'PUT', add, { port_id: '{interface}' }),
    neutron('add an unknown port', 'PUT', add, { port_id: UNKNOWN }),
    neutron('delete the interface’s port', 'DELETE', '/v2.0/ports/{interface}'),
    neutron('set routes', 'PUT', one, {
      router: {
        routes: [
          { destination: '10.91.0.0/16', nexthop: '10.81.0.77' },
          { destination: '10.92.0.0/16', nexthop: '10.82.0.77' },
        ],
      },
    }),
    neutron('a route to nowhere', 'PUT', one, {
      router: { routes: [{ destination: '10.93.0.0/16', nexthop: '192.0.2.9' }] },
    }),
    neutron('a route that is none', 'PUT', one, { router: { routes: [{ destination: 'x', nexthop: '10.81.0.77' }] } }),
    neutron('a route over oneself', 'PUT', one, {
      router: { routes: [{ destination: '10.93.0.0/16', nexthop: '10.81.0.1' }] },
    }),
    neutron('add one more route', 'PUT', `${one}/add_extraroutes`, {
      router: { routes: [{ destination: '10.94.0.0/16', nexthop: '10.81.0.78' }] },
    }),
    neutron('take one route away', 'PUT', `${one}/remove_extraroutes`, {
      router: { routes: [{ destination: '10.94.0.0/16', nexthop: '10.81.0.78' }] },
    }),
    neutron('remove an interface that a route needs', 'PUT', remove, { subnet_id: '{sub}' }),
    neutron('no routes', 'PUT', one, { router: { routes: [] } }),
    neutron('rename', 'PUT', one, { router: { name: 'c-router2', description: 'new' } }),
    neutron('take it down', 'PUT', one, { router: { admin_state_up: false } }),
    neutron('take it up', 'PUT', one, { router: { admin_state_up: true } }),
    neutron('its status', 'PUT', one, { router: { status: 'DOWN' } }),
    neutron('an unknown attribute', 'PUT', one, { router: { colour: 'red' } }),
    neutron('delete while it has interfaces', 'DELETE', one),
    neutron('delete the subnet of an interface', 'DELETE', '/v2.0/subnets/{sub}'),
    neutron('delete the network of an interface', 'DELETE', '/v2.0/networks/{net}'),
    neutron('delete the external network', 'DELETE', '/v2.0/networks/{ext}'),
    neutron('remove an interface by subnet', 'PUT', remove, { subnet_id: '{sub}' }),
    neutron('remove it again', 'PUT', remove, { subnet_id: '{sub}' }),
    neutron('remove a port that is no interface', 'PUT', remove, { port_id: UNKNOWN }),
    neutron('remove an interface by port', 'PUT', remove, { port_id: '{port}' }),
    neutron('its port is gone', 'GET', '/v2.0/ports/{port}'),
    neutron('clear the gateway', 'PUT', one, { router: { external_gateway_info: {} } }),
    neutron('delete', 'DELETE', one),
    neutron('delete again', 'DELETE', one),
    makeNetwork('a network for everybody', 'shared', { name: 'c-shared', shared: true }),
    makeSubnet('its subnet', 'sharedSub', {
      network_id: '{shared}',
      ip_version: 4,
      cidr: '10.83.0.0/24',
      allocation_pools: [{ start: '10.83.0.9', end: '10.83.0.9' }],
    }),
    neutron(
      'a tenant’s router',
      'POST',
      all,
      { router: { name: 'c-t' } },
      { as: 'tenant', save: { own: 'router.id' } },
    ),
    neutron('add what is everybody’s, as a tenant', 'PUT', addOwn, { subnet_id: '{sharedSub}' }, { as: 'tenant' }),
    neutron(
      'a tenant’s port there',
      'POST',
      '/v2.0/ports',
      { port: { network_id: '{shared}', name: 'c-shared-port' } },
      { as: 'tenant', save: { sharedPort: 'port.id' } },
    ),
    neutron('add that port, as a tenant', 'PUT', addOwn, { port_id: '{sharedPort}' }, { as: 'tenant' }),
    neutron('remove it', 'PUT', `${all}/{own}/remove_router_interface`, { port_id: '{sharedPort}' }, { as: 'tenant' }),
    neutron('add what is everybody’s, as an administrator', 'PUT', addOwn, { subnet_id: '{sharedSub}' }),
    neutron(
      'remove it again, as a tenant',
      'PUT',
      `${all}/{own}/remove_router_interface`,
      { subnet_id: '{sharedSub}' },
      { as: 'tenant' },
    ),
    neutron('delete the tenant’s router', 'DELETE', `${all}/{own}`, undefined, { as: 'tenant' }),
    neutron('delete the network for everybody', 'DELETE', '/v2.0/networks/{shared}'),
    neutron(
      'create with a gateway',
      'POST',
      all,
      { router: { name: 'c-full', external_gateway_info: fixedGateway } },
      {
        save: { full: 'router.id' },
      },
    ),
    neutron('delete with a gateway', 'DELETE', `${all}/{full}`),
    neutron('create with an unknown gateway', 'POST', all, {
      router: { name: 'c-bad', external_gateway_info: { network_id: UNKNOWN } },
    }),
    neutron('a wrong type', 'POST', all, { router: { name: 'c-bad', admin_state_up: 'x' } }),
    neutron('highly available, as a tenant', 'POST', all, { router: { name: 'c-bad', ha: true } }, { as: 'tenant' }),
    neutron('the status extension is not there', 'PUT', '/v2.0/dhrouterstatus/{tenantRouter}', {
      routerstatus: { status: 'ACTIVE' },
    }),
    neutron('delete as its tenant', 'DELETE', `${all}/{tenantRouter}`, undefined, { as: 'tenant' }),
    ...levelled,
  ],
}

const fips = '/v2.0/floatingips'
const fip = (given: Record<string, unknown>) => ({ floatingip: { floating_network_id: '{ext}', ...given } })

export const floatingIps: Script = {
  name: 'floating IPs',
  steps: [
    ...ground,
    neutron(
      'a router',
      'POST',
      all,
      { router: { name: 'c-router', external_gateway_info: fixedGateway } },
      {
        save: { router: 'router.id' },
      },
    ),
    neutron('its interface', 'PUT', add, { subnet_id: '{sub}' }),
    neutron(
      'a port',
      'POST',
      '/v2.0/ports',
      {
        port: { network_id: '{net}', name: 'c-vm', fixed_ips: [{ ip_address: '10.81.0.50' }] },
      },
      { save: { port: 'port.id' } },
    ),
    neutron(
      'a port behind no router',
      'POST',
      '/v2.0/ports',
      {
        port: { network_id: '{net2}', name: 'c-alone', fixed_ips: [{ ip_address: '10.82.0.50' }] },
      },
      { save: { alone: 'port.id' } },
    ),
    neutron('create', 'POST', fips, fip({ floating_ip_address: '198.51.100.25' }), { save: { fip: 'floatingip.id' } }),
    neutron('show', 'GET', `${fips}/{fip}`),
    neutron('associate', 'PUT', `${fips}/{fip}`, { floatingip: { port_id: '{port}' } }),
    neutron('list by port', 'GET', `${fips}?port_id={port}`),
    neutron('list by router', 'GET', `${fips}?router_id={router}&fields=floating_ip_address`),
    neutron(
      'associate another one with the same port',
      'POST',
      fips,
      fip({ port_id: '{port}', floating_ip_address: '198.51.100.27' }),
    ),
    neutron('an address that is taken', 'POST', fips, fip({ floating_ip_address: '198.51.100.25' })),
    neutron('an address outside', 'POST', fips, fip({ floating_ip_address: '192.0.2.25' })),
    neutron('of a network that is not external', 'POST', fips, { floatingip: { floating_network_id: '{net}' } }),
    neutron('of an unknown network', 'POST', fips, { floatingip: { floating_network_id: UNKNOWN } }),
    neutron('of no network', 'POST', fips, { floatingip: {} }),
    neutron('for an unknown port', 'POST', fips, fip({ port_id: UNKNOWN })),
    neutron('for a port behind no router', 'POST', fips, fip({ port_id: '{alone}' })),
    neutron('a chosen address, as a tenant', 'POST', fips, fip({ floating_ip_address: '198.51.100.26' }), {
      as: 'tenant',
    }),
    neutron('for another address of the port', 'PUT', `${fips}/{fip}`, {
      floatingip: { port_id: '{port}', fixed_ip_address: '10.81.0.51' },
    }),
    neutron('the gateway cannot go', 'PUT', one, { router: { external_gateway_info: {} } }),
    neutron('the interface cannot go', 'PUT', remove, { subnet_id: '{sub}' }),
    neutron('the router cannot go', 'DELETE', one),
    neutron('describe', 'PUT', `${fips}/{fip}`, { floatingip: { description: 'new' } }),
    neutron('disassociate', 'PUT', `${fips}/{fip}`, { floatingip: { port_id: null } }),
    neutron('associate again', 'PUT', `${fips}/{fip}`, {
      floatingip: { port_id: '{port}', fixed_ip_address: '10.81.0.50' },
    }),
    neutron('its port goes', 'DELETE', '/v2.0/ports/{port}'),
    neutron('it is nobody’s then', 'GET', `${fips}/{fip}`),
    neutron('delete', 'DELETE', `${fips}/{fip}`),
    neutron('delete again', 'DELETE', `${fips}/{fip}`),
    neutron('show it when it is gone', 'GET', `${fips}/{fip}`),
    neutron('the lonely port goes', 'DELETE', '/v2.0/ports/{alone}'),
    neutron('the interface goes', 'PUT', remove, { subnet_id: '{sub}' }),
    neutron('the router goes', 'DELETE', one),
    ...levelled,
  ],
}
