import { neutron, type Script } from '../engine/step.ts'

const UNKNOWN = '11111111-2222-4333-8444-555555555555'
const nets = '/v2.0/networks'

export const networks: Script = {
  name: 'networks',
  steps: [
    neutron('the versions', 'GET', '/', undefined, { as: 'nobody' }),
    neutron('create', 'POST', nets, { network: { name: 'c-net' } }, { save: { net: 'network.id' } }),
    neutron(
      'create as a tenant',
      'POST',
      nets,
      { network: { name: 'c-tenant' } },
      {
        as: 'tenant',
        save: { tenantNet: 'network.id' },
      },
    ),
    neutron(
      'create everything given',
      'POST',
      nets,
      {
        network: {
          name: 'c-all',
          description: 'all of it',
          admin_state_up: false,
          mtu: 1400,
          port_security_enabled: false,
          'router:external': true,
          shared: true,
        },
      },
      { save: { all: 'network.id' } },
    ),
    neutron(
      'create for another project',
      'POST',
      nets,
      {
        network: { name: 'c-other', tenant_id: '{tenantProject}' },
      },
      { save: { other: 'network.id' } },
    ),
    neutron('show', 'GET', `${nets}/{net}`),
    neutron('show as its tenant', 'GET', `${nets}/{tenantNet}`, undefined, { as: 'tenant' }),
    neutron('show one of others', 'GET', `${nets}/{net}`, undefined, { as: 'tenant' }),
    neutron('show an unknown one', 'GET', `${nets}/${UNKNOWN}`),
    neutron('show what is no id', 'GET', `${nets}/c-net`),
    neutron('list by name', 'GET', `${nets}?name=c-net`),
    neutron('some fields', 'GET', `${nets}/{net}?fields=id&fields=name`),
    neutron('rename', 'PUT', `${nets}/{net}`, { network: { name: 'c-net2', description: 'new' } }),
    neutron('take it down', 'PUT', `${nets}/{net}`, { network: { admin_state_up: false } }),
    neutron('change the MTU', 'PUT', `${nets}/{net}`, { network: { mtu: 1300 } }),
    neutron('change nothing', 'PUT', `${nets}/{net}`, { network: {} }),
    neutron('change what is read-only', 'PUT', `${nets}/{net}`, { network: { status: 'DOWN' } }),
    neutron('change what does not exist', 'PUT', `${nets}/{net}`, { network: { colour: 'red' } }),
    neutron('change one of others', 'PUT', `${nets}/{net}`, { network: { name: 'mine' } }, { as: 'tenant' }),
    neutron('change an unknown one', 'PUT', `${nets}/${UNKNOWN}`, { network: { name: 'x' } }),
    neutron('a wrong type', 'POST', nets, { network: { name: 'c-bad', admin_state_up: 'perhaps' } }),
    neutron('a name that is too long', 'POST', nets, { network: { name: 'c'.repeat(256) } }),
    neutron('a number for a name', 'POST', nets, { network: { name: 5 } }),
    neutron('an unknown attribute', 'POST', nets, { network: { name: 'c-bad', colour: 'red' } }),
    neutron('a read-only attribute', 'POST', nets, { network: { name: 'c-bad', status: 'DOWN' } }),
    neutron('another body', 'POST', nets, { subnet: {} }),
    neutron('a list as body', 'POST', nets, []),
    neutron('an empty body', 'POST', nets, {}),
    neutron('no JSON', 'POST', nets, undefined, { raw: '{"network":' }),
    neutron('shared, as a tenant', 'POST', nets, { network: { name: 'c-bad', shared: true } }, { as: 'tenant' }),
    neutron(
      'external, as a tenant',
      'POST',
      nets,
      { network: { name: 'c-bad', 'router:external': true } },
      {
        as: 'tenant',
      },
    ),
    neutron(
      'for another project, as a tenant',
      'POST',
      nets,
      {
        network: { name: 'c-bad', project_id: '{serviceProject}' },
      },
      { as: 'tenant' },
    ),
    neutron(
      'many at once',
      'POST',
      nets,
      {
        networks: [{ name: 'c-bulk-1' }, { name: 'c-bulk-2' }],
      },
      { save: { bulk1: 'networks.0.id', bulk2: 'networks.1.id' }, isOrdered: true },
    ),
    neutron('many at once, one of them wrong', 'POST', nets, {
      networks: [{ name: 'c-bulk-3' }, { name: 'c-bulk-4', admin_state_up: 'x' }],
    }),
    neutron('none of those was made', 'GET', `${nets}?name=c-bulk-3`),
    neutron('delete', 'DELETE', `${nets}/{net}`),
    neutron('delete again', 'DELETE', `${nets}/{net}`),
    neutron('delete one of others', 'DELETE', `${nets}/{bulk1}`, undefined, { as: 'tenant' }),
    neutron('delete as its tenant', 'DELETE', `${nets}/{tenantNet}`, undefined, { as: 'tenant' }),
    neutron('without a token', 'GET', nets, undefined, { as: 'nobody' }),
    neutron('with a worthless token', 'GET', nets, undefined, { as: 'stranger' }),
    neutron('an unknown path', 'GET', '/v2.0/c-nothing'),
    neutron('an unknown version', 'GET', '/v9/networks'),
    neutron('an unknown method', 'PATCH', `${nets}/{bulk1}`, { network: {} }),
    neutron('delete the first of many', 'DELETE', `${nets}/{bulk1}`),
    neutron('delete the second of many', 'DELETE', `${nets}/{bulk2}`),
    neutron('delete the one with everything', 'DELETE', `${nets}/{all}`),
    neutron('delete the one of another project', 'DELETE', `${nets}/{other}`),
  ],
}

export const lists: Script = {
  name: 'lists',
  steps: [
    neutron(
      'make five',
      'POST',
      nets,
      {
        networks: ['e', 'd', 'c', 'b', 'a'].map((letter) => ({ name: `c-${letter}`, description: 'c-list' })),
      },
      { save: { e: 'networks.0.id', d: 'networks.1.id', c: 'networks.2.id', b: 'networks.3.id', a: 'networks.4.id' } },
    ),
    neutron('sorted', 'GET', `${nets}?description=c-list&sort_key=name&sort_dir=asc&fields=name`, undefined, {
      isOrdered: true,
    }),
    neutron('sorted down', 'GET', `${nets}?description=c-list&sort_key=name&sort_dir=desc&fields=name`, undefined, {
      isOrdered: true,
    }),
    neutron(
      'the first page',
      'GET',
      `${nets}?description=c-list&sort_key=name&sort_dir=asc&limit=2&fields=name`,
      undefined,
      {
        isOrdered: true,
      },
    ),
    neutron(
      'the next page',
      'GET',
      `${nets}?description=c-list&sort_key=name&sort_dir=asc&limit=2&marker={b}&fields=name`,
      undefined,
      { isOrdered: true },
    ),
    neutron(
      'the last page',
      'GET',
      `${nets}?description=c-list&sort_key=name&sort_dir=asc&limit=2&marker={d}&fields=name`,
      undefined,
      { isOrdered: true },
    ),
    neutron(
      'backwards',
      'GET',
      `${nets}?description=c-list&sort_key=name&sort_dir=asc&limit=2&marker={d}&page_reverse=True&fields=name`,
      undefined,
      { isOrdered: true },
    ),
    neutron('by several ids', 'GET', `${nets}?id={a}&id={b}&fields=name`),
    neutron('by several names', 'GET', `${nets}?name=c-a&name=c-b&name=c-none&fields=name`),
    neutron('by several attributes', 'GET', `${nets}?name=c-a&description=c-list&admin_state_up=True&fields=name`),
    neutron('by one that nothing has', 'GET', `${nets}?name=c-a&description=other`),
    neutron('by an unknown attribute', 'GET', `${nets}?colour=red`),
    neutron('an unknown sort key', 'GET', `${nets}?sort_key=colour`),
    neutron('a wrong sort direction', 'GET', `${nets}?sort_key=name&sort_dir=sideways`),
    neutron('an unknown marker', 'GET', `${nets}?limit=2&marker=${UNKNOWN}`),
    neutron('a limit that is no number', 'GET', `${nets}?limit=some`),
    neutron('a negative limit', 'GET', `${nets}?limit=-1`),
    neutron('a limit of nothing', 'GET', `${nets}?description=c-list&limit=0&sort_key=name&fields=name`, undefined, {
      isOrdered: true,
    }),
    neutron('an unknown field', 'GET', `${nets}?name=c-a&fields=colour`),
    neutron('an empty filter', 'GET', `${nets}?name=&description=c-list`),
    ...['a', 'b', 'c', 'd', 'e'].map((letter) => neutron(`delete ${letter}`, 'DELETE', `${nets}/{${letter}}`)),
  ],
}
