import { neutron, type Script } from '../engine/step.ts'
import { makeNetwork, makeSubnet } from './ground.ts'

const ports_ = '/v2.0/ports'
const port = (given: Record<string, unknown>) => ({ port: { network_id: '{net}', name: 'c-port', ...given } })
const refused = (name: string, given: Record<string, unknown>) => neutron(name, 'POST', ports_, port(given))

export const ports: Script = {
  name: 'ports',
  steps: [
    makeNetwork('a network', 'net', { name: 'c-net' }),
    neutron('on a network without subnets', 'POST', ports_, port({}), { save: { early: 'port.id' } }),
    makeSubnet('a subnet', 'sub', { network_id: '{net}', ip_version: 4, cidr: '10.71.0.0/28' }),
    makeSubnet('another subnet', 'second', { network_id: '{net}', ip_version: 4, cidr: '10.72.0.0/28' }),
    neutron('with a chosen address', 'POST', ports_, port({ fixed_ips: [{ ip_address: '10.71.0.5' }] }), {
      save: { chosen: 'port.id' },
    }),
    neutron(
      'with addresses of two subnets',
      'POST',
      ports_,
      port({
        fixed_ips: [
          { subnet_id: '{sub}', ip_address: '10.71.0.6' },
          { subnet_id: '{second}', ip_address: '10.72.0.6' },
        ],
      }),
      { save: { two: 'port.id' } },
    ),
    neutron('without addresses', 'POST', ports_, port({ fixed_ips: [], port_security_enabled: false }), {
      save: { none: 'port.id' },
    }),
    neutron(
      'as astara makes them',
      'POST',
      ports_,
      {
        port: {
          network_id: '{net}',
          name: 'ASTARA:VRRP:11111111-2222-4333-8444-555555555555',
          admin_state_up: true,
          fixed_ips: [],
          security_groups: [],
          port_security_enabled: false,
        },
      },
      { save: { vrrp: 'port.id' } },
    ),
    neutron(
      'with a chosen MAC',
      'POST',
      ports_,
      port({
        mac_address: 'fa:16:3e:0c:0c:0c',
        fixed_ips: [{ ip_address: '10.71.0.7' }],
      }),
      { save: { mac: 'port.id' } },
    ),
    neutron(
      'of a device',
      'POST',
      ports_,
      port({
        device_id: 'c-device',
        device_owner: 'network:astara',
        fixed_ips: [{ ip_address: '10.71.0.8' }],
      }),
      { save: { owned: 'port.id' } },
    ),
    neutron(
      'bound to a host without L2 agent',
      'POST',
      ports_,
      port({
        'binding:host_id': 'c-host',
        fixed_ips: [{ ip_address: '10.71.0.9' }],
      }),
      { save: { bound: 'port.id' } },
    ),
    neutron(
      'with allowed pairs',
      'POST',
      ports_,
      port({
        fixed_ips: [{ ip_address: '10.71.0.10' }],
        allowed_address_pairs: [{ ip_address: '10.71.0.100' }],
      }),
      { save: { pairs: 'port.id' } },
    ),
    refused('an address that is taken', { fixed_ips: [{ ip_address: '10.71.0.5' }] }),
    refused('a MAC that is taken', { mac_address: 'fa:16:3e:0c:0c:0c' }),
    refused('an address of no subnet', { fixed_ips: [{ ip_address: '192.0.2.1' }] }),
    refused('an address of another subnet', { fixed_ips: [{ subnet_id: '{sub}', ip_address: '10.72.0.9' }] }),
    refused('an unknown subnet', { fixed_ips: [{ subnet_id: '11111111-2222-4333-8444-555555555555' }] }),
    refused('an address that is none', { fixed_ips: [{ ip_address: 'here' }] }),
    refused('a MAC that is none', { mac_address: 'soft' }),
    refused('the network’s address', { fixed_ips: [{ ip_address: '10.71.0.0' }] }),
    refused('security groups without port security', {
      port_security_enabled: false,
      security_groups: ['11111111-2222-4333-8444-555555555555'],
    }),
    refused('an unknown security group', { security_groups: ['11111111-2222-4333-8444-555555555555'] }),
    refused('an unknown attribute', { colour: 'red' }),
    neutron('an unknown network', 'POST', ports_, { port: { network_id: '11111111-2222-4333-8444-555555555555' } }),
    neutron('no network', 'POST', ports_, { port: { name: 'c-x' } }),
    neutron('on a network of others', 'POST', ports_, port({}), { as: 'tenant' }),
    neutron('show', 'GET', `${ports_}/{chosen}`),
    neutron('list by device', 'GET', `${ports_}?device_id=c-device`),
    neutron('list by owner', 'GET', `${ports_}?network_id={net}&device_owner=network:astara&fields=name`),
    neutron('list by address', 'GET', `${ports_}?fixed_ips=ip_address%3D10.71.0.5&network_id={net}&fields=id`),
    neutron('list by subnet', 'GET', `${ports_}?fixed_ips=subnet_id%3D{second}&fields=id`),
    neutron('list by MAC', 'GET', `${ports_}?mac_address=fa:16:3e:0c:0c:0c&fields=id`),
    neutron('list by status', 'GET', `${ports_}?network_id={net}&status=ACTIVE`),
    neutron('list by port security', 'GET', `${ports_}?network_id={net}&port_security_enabled=False&fields=id`),
    neutron('list those of others', 'GET', `${ports_}?network_id={net}`, undefined, { as: 'tenant' }),
    neutron('rename', 'PUT', `${ports_}/{chosen}`, { port: { name: 'c-renamed' } }),
    neutron('another address', 'PUT', `${ports_}/{chosen}`, { port: { fixed_ips: [{ ip_address: '10.71.0.11' }] } }),
    neutron('no address', 'PUT', `${ports_}/{chosen}`, { port: { fixed_ips: [] } }),
    neutron('port security off, with groups', 'PUT', `${ports_}/{chosen}`, { port: { port_security_enabled: false } }),
    neutron('port security off', 'PUT', `${ports_}/{chosen}`, {
      port: { port_security_enabled: false, security_groups: [] },
    }),
    neutron('a device', 'PUT', `${ports_}/{chosen}`, { port: { device_id: 'c-d2', device_owner: 'compute:nova' } }),
    neutron('admin state', 'PUT', `${ports_}/{chosen}`, { port: { admin_state_up: false } }),
    neutron('bind', 'PUT', `${ports_}/{chosen}`, { port: { 'binding:host_id': 'c-host' } }),
    neutron('unbind', 'PUT', `${ports_}/{chosen}`, { port: { 'binding:host_id': '' } }),
    neutron('another network', 'PUT', `${ports_}/{chosen}`, {
      port: { network_id: '11111111-2222-4333-8444-555555555555' },
    }),
    neutron('its status', 'PUT', `${ports_}/{chosen}`, { port: { status: 'ACTIVE' } }),
    neutron('delete the network under them', 'DELETE', '/v2.0/networks/{net}'),
    ...['early', 'chosen', 'two', 'none', 'vrrp', 'mac', 'owned', 'bound', 'pairs'].map((name) =>
      neutron(`delete ${name}`, 'DELETE', `${ports_}/{${name}}`),
    ),
    neutron('delete again', 'DELETE', `${ports_}/{chosen}`),
    neutron('show it when it is gone', 'GET', `${ports_}/{chosen}`),
    neutron('delete the network', 'DELETE', '/v2.0/networks/{net}'),
  ],
}

export const managementPorts: Script = {
  name: 'management ports',
  steps: [
    makeNetwork('a network', 'net', { name: 'c-mgt' }),
    makeSubnet('a slaac subnet', 'sub', {
      network_id: '{net}',
      ip_version: 6,
      cidr: 'fdca:71::/64',
      ipv6_ra_mode: 'slaac',
      ipv6_address_mode: 'slaac',
    }),
    neutron(
      'no addresses asked for',
      'POST',
      ports_,
      {
        port: { network_id: '{net}', name: 'c-mgt', fixed_ips: [], port_security_enabled: false },
      },
      { save: { plain: 'port.id' } },
    ),
    neutron(
      'nothing said of addresses',
      'POST',
      ports_,
      { port: { network_id: '{net}', name: 'c-mgt' } },
      {
        save: { silent: 'port.id' },
      },
    ),
    neutron('a chosen address', 'POST', ports_, {
      port: { network_id: '{net}', fixed_ips: [{ subnet_id: '{sub}', ip_address: 'fdca:71::77' }] },
    }),
    neutron(
      'as a router interface',
      'POST',
      ports_,
      {
        port: {
          network_id: '{net}',
          name: 'c-host',
          device_owner: 'network:router_interface',
          device_id: 'c-device',
          fixed_ips: [{ subnet_id: '{sub}', ip_address: 'fdca:71::5' }],
        },
      },
      { save: { host: 'port.id' } },
    ),
    neutron('become astara’s', 'PUT', `${ports_}/{host}`, { port: { device_owner: 'network:astara' } }),
    ...['plain', 'silent', 'host'].map((name) => neutron(`delete ${name}`, 'DELETE', `${ports_}/{${name}}`)),
    neutron('delete the network', 'DELETE', '/v2.0/networks/{net}'),
  ],
}
