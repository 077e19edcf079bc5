import { neutron, type Script } from '../engine/step.ts'
import { makeNetwork, makeSubnet } from './ground.ts'

const subs = '/v2.0/subnets'
const subnet = (given: Record<string, unknown>) => ({ subnet: { network_id: '{net}', ip_version: 4, ...given } })
const refused = (name: string, given: Record<string, unknown>) => neutron(name, 'POST', subs, subnet(given))

export const subnets: Script = {
  name: 'subnets',
  steps: [
    makeNetwork('a network', 'net', { name: 'c-net' }),
    neutron('create', 'POST', subs, subnet({ cidr: '10.61.0.0/24' }), { save: { sub: 'subnet.id' } }),
    neutron(
      'create everything given',
      'POST',
      subs,
      subnet({
        name: 'c-all',
        description: 'all',
        cidr: '10.62.0.0/24',
        gateway_ip: '10.62.0.254',
        enable_dhcp: false,
        allocation_pools: [{ start: '10.62.0.10', end: '10.62.0.20' }],
        dns_nameservers: ['9.9.9.9', '1.1.1.1'],
        host_routes: [{ destination: '10.99.0.0/16', nexthop: '10.62.0.2' }],
      }),
      { save: { all: 'subnet.id' } },
    ),
    neutron('without a gateway', 'POST', subs, subnet({ cidr: '10.63.0.0/24', gateway_ip: null }), {
      save: { bare: 'subnet.id' },
    }),
    neutron('host bits are cut off', 'POST', subs, subnet({ cidr: '10.64.0.77/24' }), { save: { cut: 'subnet.id' } }),
    makeSubnet('slaac', 'slaac', {
      network_id: '{net}',
      ip_version: 6,
      cidr: 'fdca:61::/64',
      ipv6_ra_mode: 'slaac',
      ipv6_address_mode: 'slaac',
    }),
    makeSubnet('IPv6 without modes', 'six', { network_id: '{net}', ip_version: 6, cidr: 'fdca:62::/64' }),
    neutron('show', 'GET', `${subs}/{sub}`),
    neutron('the network shows them', 'GET', '/v2.0/networks/{net}'),
    neutron('list by network and version', 'GET', `${subs}?network_id={net}&ip_version=6`),
    neutron('list by cidr', 'GET', `${subs}?cidr=10.61.0.0/24&network_id={net}`),
    refused('overlapping', { cidr: '10.61.0.0/25' }),
    refused('no cidr', {}),
    refused('a cidr that is none', { cidr: '10.61.0.0/99' }),
    refused('another version', { cidr: 'fdca::/64' }),
    refused('a version that is none', { cidr: '10.65.0.0/24', ip_version: 5 }),
    refused('a gateway that is none', { cidr: '10.65.0.0/24', gateway_ip: 'here' }),
    refused('a gateway inside the pool', {
      cidr: '10.65.0.0/24',
      gateway_ip: '10.65.0.5',
      allocation_pools: [{ start: '10.65.0.2', end: '10.65.0.9' }],
    }),
    refused('a pool outside', { cidr: '10.65.0.0/24', allocation_pools: [{ start: '10.66.0.2', end: '10.66.0.9' }] }),
    refused('a pool upside down', {
      cidr: '10.65.0.0/24',
      allocation_pools: [{ start: '10.65.0.9', end: '10.65.0.2' }],
    }),
    refused('overlapping pools', {
      cidr: '10.65.0.0/24',
      allocation_pools: [
        { start: '10.65.0.2', end: '10.65.0.9' },
        { start: '10.65.0.5', end: '10.65.0.19' },
      ],
    }),
    refused('a name server that is none', { cidr: '10.65.0.0/24', dns_nameservers: ['dns'] }),
    refused('a host route that is none', { cidr: '10.65.0.0/24', host_routes: [{ destination: 'x', nexthop: 'y' }] }),
    refused('modes on IPv4', { cidr: '10.65.0.0/24', ipv6_ra_mode: 'slaac' }),
    neutron('modes that do not go together', 'POST', subs, {
      subnet: {
        network_id: '{net}',
        ip_version: 6,
        cidr: 'fdca:65::/64',
        ipv6_ra_mode: 'slaac',
        ipv6_address_mode: 'dhcpv6-stateful',
      },
    }),
    neutron('an unknown network', 'POST', subs, {
      subnet: { network_id: '11111111-2222-4333-8444-555555555555', ip_version: 4, cidr: '10.65.0.0/24' },
    }),
    neutron('no network', 'POST', subs, { subnet: { ip_version: 4, cidr: '10.65.0.0/24' } }),
    neutron('on a network of others', 'POST', subs, subnet({ cidr: '10.65.0.0/24' }), { as: 'tenant' }),
    neutron('rename', 'PUT', `${subs}/{sub}`, { subnet: { name: 'c-sub' } }),
    neutron('DHCP off', 'PUT', `${subs}/{sub}`, { subnet: { enable_dhcp: false } }),
    neutron('name servers and host routes', 'PUT', `${subs}/{sub}`, {
      subnet: { dns_nameservers: ['8.8.8.8'], host_routes: [{ destination: '10.98.0.0/16', nexthop: '10.61.0.9' }] },
    }),
    neutron('none of them again', 'PUT', `${subs}/{sub}`, { subnet: { dns_nameservers: [], host_routes: [] } }),
    neutron('another gateway, in the pool', 'PUT', `${subs}/{sub}`, { subnet: { gateway_ip: '10.61.0.200' } }),
    neutron('no gateway', 'PUT', `${subs}/{sub}`, { subnet: { gateway_ip: null } }),
    neutron('smaller pools', 'PUT', `${subs}/{sub}`, {
      subnet: { allocation_pools: [{ start: '10.61.0.100', end: '10.61.0.110' }] },
    }),
    neutron('another cidr', 'PUT', `${subs}/{sub}`, { subnet: { cidr: '10.67.0.0/24' } }),
    neutron(
      'a port on it',
      'POST',
      '/v2.0/ports',
      { port: { network_id: '{net}', fixed_ips: [{ ip_address: '10.61.0.105' }] } },
      {
        save: { port: 'port.id' },
      },
    ),
    neutron('delete while a port is on it', 'DELETE', `${subs}/{sub}`),
    neutron('delete the port', 'DELETE', '/v2.0/ports/{port}'),
    neutron('delete', 'DELETE', `${subs}/{sub}`),
    neutron('show it when it is gone', 'GET', `${subs}/{sub}`),
    neutron('delete it again', 'DELETE', `${subs}/{sub}`),
    neutron('the network takes the others along', 'DELETE', '/v2.0/networks/{net}'),
  ],
}
