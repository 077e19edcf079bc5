import { neutron, type Script } from '../engine/step.ts'
import { makeNetwork } from './ground.ts'

const quotas_ = '/v2.0/quotas/{tenantProject}'

export const quotas: Script = {
  name: 'quotas',
  steps: [
    neutron('set', 'PUT', quotas_, {
      quota: { network: 1, subnet: 1, port: 1, router: 1, floatingip: 0, security_group: 10, security_group_rule: 100 },
    }),
    neutron('show', 'GET', quotas_),
    neutron('show as its tenant', 'GET', quotas_, undefined, { as: 'tenant' }),
    neutron('set as a tenant', 'PUT', quotas_, { quota: { network: 99 } }, { as: 'tenant' }),
    neutron('an unknown resource', 'PUT', quotas_, { quota: { colour: 1 } }),
    neutron('what is no number', 'PUT', quotas_, { quota: { network: 'many' } }),
    neutron(
      'a network',
      'POST',
      '/v2.0/networks',
      { network: { name: 'c-q' } },
      { as: 'tenant', save: { net: 'network.id' } },
    ),
    neutron('one network too many', 'POST', '/v2.0/networks', { network: { name: 'c-q2' } }, { as: 'tenant' }),
    neutron(
      'a subnet',
      'POST',
      '/v2.0/subnets',
      { subnet: { network_id: '{net}', ip_version: 4, cidr: '10.84.0.0/24' } },
      {
        as: 'tenant',
      },
    ),
    neutron(
      'one subnet too many',
      'POST',
      '/v2.0/subnets',
      {
        subnet: { network_id: '{net}', ip_version: 4, cidr: '10.85.0.0/24' },
      },
      { as: 'tenant' },
    ),
    neutron(
      'a port',
      'POST',
      '/v2.0/ports',
      { port: { network_id: '{net}', name: 'c-q', fixed_ips: [{ ip_address: '10.84.0.50' }] } },
      {
        as: 'tenant',
        save: { port: 'port.id' },
      },
    ),
    neutron(
      'one port too many',
      'POST',
      '/v2.0/ports',
      { port: { network_id: '{net}', name: 'c-q2' } },
      { as: 'tenant' },
    ),
    neutron(
      'a router',
      'POST',
      '/v2.0/routers',
      { router: { name: 'c-q' } },
      { as: 'tenant', save: { router: 'router.id' } },
    ),
    neutron('one router too many', 'POST', '/v2.0/routers', { router: { name: 'c-q2' } }, { as: 'tenant' }),
    neutron(
      'two too many at once',
      'POST',
      '/v2.0/networks',
      { networks: [{ name: 'c-q3' }, { name: 'c-q4' }] },
      {
        as: 'tenant',
      },
    ),
    neutron('what is used', 'GET', `${quotas_}/details.json`),
    neutron('delete the router', 'DELETE', '/v2.0/routers/{router}', undefined, { as: 'tenant' }),
    neutron('delete the port', 'DELETE', '/v2.0/ports/{port}', undefined, { as: 'tenant' }),
    neutron('delete the network', 'DELETE', '/v2.0/networks/{net}', undefined, { as: 'tenant' }),
    neutron('forget', 'DELETE', quotas_),
  ],
}

const groups = '/v2.0/security-groups'
const rules = '/v2.0/security-group-rules'

export const around: Script = {
  name: 'security groups, tags, extensions',
  steps: [
    neutron(
      'a group',
      'POST',
      groups,
      { security_group: { name: 'c-group' } },
      {
        as: 'tenant',
        save: { group: 'security_group.id' },
      },
    ),
    neutron(
      'a rule',
      'POST',
      rules,
      {
        security_group_rule: {
          security_group_id: '{group}',
          direction: 'ingress',
          ethertype: 'IPv4',
          protocol: 'tcp',
          port_range_min: 22,
          port_range_max: 22,
          remote_ip_prefix: '0.0.0.0/0',
        },
      },
      { as: 'tenant', save: { rule: 'security_group_rule.id' } },
    ),
    neutron(
      'the same rule',
      'POST',
      rules,
      {
        security_group_rule: {
          security_group_id: '{group}',
          direction: 'ingress',
          ethertype: 'IPv4',
          protocol: 'tcp',
          port_range_min: 22,
          port_range_max: 22,
          remote_ip_prefix: '0.0.0.0/0',
        },
      },
      { as: 'tenant' },
    ),
    neutron('show the group', 'GET', `${groups}/{group}`, undefined, { as: 'tenant' }),
    neutron('rename it', 'PUT', `${groups}/{group}`, { security_group: { name: 'c-group2' } }, { as: 'tenant' }),
    neutron('delete the rule', 'DELETE', `${rules}/{rule}`, undefined, { as: 'tenant' }),
    neutron('delete the group', 'DELETE', `${groups}/{group}`, undefined, { as: 'tenant' }),
    neutron('show it when it is gone', 'GET', `${groups}/{group}`, undefined, { as: 'tenant' }),
    makeNetwork('a network', 'net', { name: 'c-tags' }),
    neutron('tag it', 'PUT', '/v2.0/networks/{net}/tags/red'),
    neutron('its tags', 'GET', '/v2.0/networks/{net}/tags'),
    neutron('other tags', 'PUT', '/v2.0/networks/{net}/tags', { tags: ['blue', 'green'] }),
    neutron('by tag', 'GET', '/v2.0/networks?tags=blue&name=c-tags&fields=name'),
    neutron('has it a tag', 'GET', '/v2.0/networks/{net}/tags/blue'),
    neutron('has it not', 'GET', '/v2.0/networks/{net}/tags/red'),
    neutron('no tags', 'DELETE', '/v2.0/networks/{net}/tags'),
    neutron('delete the network', 'DELETE', '/v2.0/networks/{net}'),
    neutron('an extension', 'GET', '/v2.0/extensions/router'),
    neutron('an extension that is not there', 'GET', '/v2.0/extensions/c-nothing'),
    neutron('load balancers are not there', 'GET', '/v2.0/lbaas/loadbalancers'),
    neutron('VPNs are not there', 'GET', '/v2.0/vpn/vpnservices'),
    neutron('astara’s extension is not there', 'GET', '/v2.0/byonf'),
    neutron('agents, as a tenant', 'GET', '/v2.0/agents', undefined, { as: 'tenant' }),
    neutron('the L2 agent', 'GET', '/v2.0/agents?binary=neutron-linuxbridge-agent'),
    neutron('an unknown agent', 'GET', '/v2.0/agents/11111111-2222-4333-8444-555555555555'),
  ],
}
