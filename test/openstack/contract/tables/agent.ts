import { call, neutron, type Script } from '../engine/step.ts'
import { makeNetwork, makeOutside, makeSubnet, UNKNOWN } from './ground.ts'

const HOST = 'c-l3-host'
const L3 = 'q-l3-plugin'
const report = (name: string, isStart: boolean) =>
  call(name, 'q-reports-plugin', 'report_state', {
    agent_state: {
      agent_state: {
        binary: 'contract-agent',
        host: HOST,
        availability_zone: 'nova',
        topic: 'l3_agent',
        agent_type: 'L3 agent',
        configurations: {
          agent_mode: 'legacy',
          handle_internal_only_routers: true,
          interface_driver: 'astara',
          log_agent_heartbeats: false,
          routers: 0,
          ex_gw_ports: 0,
          interfaces: 0,
          floating_ips: 0,
        },
        ...(isStart ? { start_flag: true } : {}),
      },
    },
    time: new Date().toISOString().replace('Z', ''),
  })
const sync = (name: string, ids: readonly string[] | null, host = HOST) =>
  call(name, L3, 'sync_routers', { host, router_ids: ids })
const router = '/v2.0/routers/{router}'

export const agent: Script = {
  name: 'the L3 agent',
  agentHost: HOST,
  steps: [
    sync('routers of a host without agent', null),
    report('the first report', true),
    report('the next report', false),
    neutron('it is listed', 'GET', `/v2.0/agents?host=${HOST}`, undefined, { save: { agent: 'agents.0.id' } }),
    neutron('it is shown', 'GET', '/v2.0/agents/{agent}'),
    call('which plugins', L3, 'get_service_plugin_list', {}, { version: '1.3' }),
    sync('no routers yet', null),
    ...makeOutside(),
    makeNetwork('a network', 'net', { name: 'c-net' }),
    makeSubnet('a subnet', 'sub', {
      network_id: '{net}',
      ip_version: 4,
      cidr: '10.87.0.0/24',
      dns_nameservers: ['9.9.9.9'],
      host_routes: [{ destination: '10.99.0.0/16', nexthop: '10.87.0.9' }],
    }),
    neutron(
      'a bare router',
      'POST',
      '/v2.0/routers',
      { router: { name: 'c-router' } },
      { save: { router: 'router.id' } },
    ),
    sync('a bare router is nobody’s', ['{router}']),
    call('all its ids', L3, 'get_router_ids', { host: HOST }),
    sync('a bare router that was asked for', ['{router}']),
    neutron('its agents', 'GET', `${router}/l3-agents`),
    neutron('set the gateway', 'PUT', router, {
      router: {
        external_gateway_info: {
          network_id: '{ext}',
          external_fixed_ips: [{ subnet_id: '{extSub}', ip_address: '198.51.100.20' }],
        },
      },
    }),
    neutron(
      'add an interface',
      'PUT',
      `${router}/add_router_interface`,
      { subnet_id: '{sub}' },
      {
        save: { interface: 'port_id' },
      },
    ),
    neutron(
      'a port',
      'POST',
      '/v2.0/ports',
      {
        port: { network_id: '{net}', name: 'c-vm', fixed_ips: [{ ip_address: '10.87.0.50' }] },
      },
      { save: { port: 'port.id' } },
    ),
    neutron(
      'a floating IP',
      'POST',
      '/v2.0/floatingips',
      {
        floatingip: { floating_network_id: '{ext}', floating_ip_address: '198.51.100.25', port_id: '{port}' },
      },
      { save: { fip: 'floatingip.id' } },
    ),
    report('a report in between', false),
    sync('all of it', ['{router}']),
    sync('all routers', null),
    sync('an unknown one', [UNKNOWN]),
    sync('of an unknown host', null, 'c-nowhere'),
    call(
      'statuses of floating IPs',
      L3,
      'update_floatingip_statuses',
      {
        router_id: '{router}',
        fip_statuses: { '{fip}': 'ACTIVE' },
      },
      { version: '1.1' },
    ),
    neutron('it is active', 'GET', '/v2.0/floatingips/{fip}'),
    call(
      'statuses of what is no object',
      L3,
      'update_floatingip_statuses',
      { router_id: '{router}', fip_statuses: [1] },
      {
        version: '1.1',
      },
    ),
    call('an unknown method', L3, 'no_such_method', {}),
    call('an unsupported version', L3, 'sync_routers', { host: HOST }, { version: '9.0' }),
    report('a report before changes', false),
    neutron('rename', 'PUT', router, { router: { name: 'c-router2' } }),
    neutron('describe', 'PUT', router, { router: { description: 'x' } }),
    neutron('take it down', 'PUT', router, { router: { admin_state_up: false } }),
    sync('a router that is down', ['{router}']),
    neutron('take it up', 'PUT', router, { router: { admin_state_up: true } }),
    report('a report among changes', false),
    neutron('routes', 'PUT', router, { router: { routes: [{ destination: '10.98.0.0/16', nexthop: '10.87.0.77' }] } }),
    neutron('no routes', 'PUT', router, { router: { routes: [] } }),
    neutron('another name server', 'PUT', '/v2.0/subnets/{sub}', { subnet: { dns_nameservers: ['8.8.8.8'] } }),
    neutron('DHCP off', 'PUT', '/v2.0/subnets/{sub}', { subnet: { enable_dhcp: false } }),
    neutron('another MTU', 'PUT', '/v2.0/networks/{net}', { network: { mtu: 1400 } }),
    neutron('rename the port', 'PUT', '/v2.0/ports/{port}', { port: { name: 'c-vm2' } }),
    report('a report before the floating IP moves', false),
    neutron('take the floating IP away', 'PUT', '/v2.0/floatingips/{fip}', { floatingip: { port_id: null } }),
    neutron('give it back', 'PUT', '/v2.0/floatingips/{fip}', { floatingip: { port_id: '{port}' } }),
    neutron('the port goes', 'DELETE', '/v2.0/ports/{port}'),
    neutron('the floating IP goes', 'DELETE', '/v2.0/floatingips/{fip}'),
    report('a report meanwhile', false),
    neutron('take the router from the agent', 'DELETE', '/v2.0/agents/{agent}/l3-routers/{router}'),
    neutron('take it again', 'DELETE', '/v2.0/agents/{agent}/l3-routers/{router}'),
    sync('a router that is not ours', ['{router}']),
    neutron('the agent’s routers', 'GET', '/v2.0/agents/{agent}/l3-routers'),
    neutron('give it to the agent', 'POST', '/v2.0/agents/{agent}/l3-routers', { router_id: '{router}' }),
    neutron('give it again', 'POST', '/v2.0/agents/{agent}/l3-routers', { router_id: '{router}' }),
    neutron('give an unknown one', 'POST', '/v2.0/agents/{agent}/l3-routers', { router_id: UNKNOWN }),
    neutron('the agent’s routers again', 'GET', '/v2.0/agents/{agent}/l3-routers'),
    report('one more report', false),
    neutron('disable the agent', 'PUT', '/v2.0/agents/{agent}', { agent: { admin_state_up: false } }),
    neutron('a change meanwhile', 'PUT', router, { router: { name: 'c-router3' } }),
    neutron('enable the agent', 'PUT', '/v2.0/agents/{agent}', { agent: { admin_state_up: true } }),
    report('yet another report', false),
    neutron('remove the interface', 'PUT', `${router}/remove_router_interface`, { subnet_id: '{sub}' }),
    neutron('clear the gateway', 'PUT', router, { router: { external_gateway_info: {} } }),
    neutron('the router goes', 'DELETE', router),
    report('a last report', false),
    neutron(
      'a router with a gateway',
      'POST',
      '/v2.0/routers',
      {
        router: {
          name: 'c-second',
          external_gateway_info: { network_id: '{ext}', external_fixed_ips: [{ ip_address: '198.51.100.30' }] },
        },
      },
      { save: { second: 'router.id' } },
    ),
    neutron('it has an agent', 'GET', '/v2.0/routers/{second}/l3-agents'),
    neutron('it goes too', 'DELETE', '/v2.0/routers/{second}'),
    neutron('the agent goes', 'DELETE', '/v2.0/agents/{agent}'),
    neutron('it goes again', 'DELETE', '/v2.0/agents/{agent}'),
    neutron('the network goes', 'DELETE', '/v2.0/networks/{net}'),
    neutron('the external network goes', 'DELETE', '/v2.0/networks/{ext}'),
  ],
}
