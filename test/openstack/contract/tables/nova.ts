import { type Answer, neutron, nova, type Script } from '../engine/step.ts'
import { makeNetwork, UNKNOWN } from './ground.ts'

const all = '/v2.1/servers'
const server = (given: Record<string, unknown>) => ({
  server: { name: 'c-server', imageRef: '{image}', flavorRef: '511', networks: [{ port: '{port}' }], ...given },
})
const refused = (name: string, given: Record<string, unknown>) => nova(name, 'POST', all, server(given))
const isActive = ({ body }: Answer): boolean => body.server?.status === 'ACTIVE' || body.server?.status === 'ERROR'
const isWired = ({ body }: Answer): boolean =>
  body.interfaceAttachments.length > 0 &&
  body.interfaceAttachments.every((one: { port_state: string }) => one.port_state === 'ACTIVE')
const isGone = ({ status }: Answer): boolean => status === 404
const port = (name: string, given: Record<string, unknown> = {}) =>
  neutron(
    `a port: ${name}`,
    'POST',
    '/v2.0/ports',
    { port: { network_id: '{net}', name: `c-${name}`, ...given } },
    {
      save: { [name]: 'port.id' },
    },
  )

/** Not the status: that is the L2 agent's, in its own time. */
const OWNERSHIP =
  '?fields=device_id&fields=device_owner&fields=binding:host_id&fields=binding:vif_type&fields=fixed_ips'

export const servers: Script = {
  name: 'servers',
  isLoose: true,
  steps: [
    nova('the versions', 'GET', '/', undefined, { as: 'nobody' }),
    nova('the version', 'GET', '/v2.1/'),
    makeNetwork('a network to be on', 'net', { name: 'c-net' }),
    neutron('its subnet', 'POST', '/v2.0/subnets', {
      subnet: { network_id: '{net}', ip_version: 4, cidr: '10.86.0.0/24' },
    }),
    port('port', { fixed_ips: [{ ip_address: '10.86.0.10' }] }),
    port('second', { fixed_ips: [{ ip_address: '10.86.0.11' }] }),
    port('bare', { fixed_ips: [], port_security_enabled: false }),
    refused('an unknown image', { imageRef: UNKNOWN }),
    refused('an image that is none', { imageRef: 'x' }),
    refused('an unknown flavor', { flavorRef: '999999' }),
    refused('an unknown port', { networks: [{ port: UNKNOWN }] }),
    refused('an unknown network', { networks: [{ uuid: UNKNOWN }] }),
    refused('no name', { name: '' }),
    refused('an unknown attribute', { colour: 'red' }),
    refused('an address next to a port', { networks: [{ port: '{port}', fixed_ip: '' }] }),
    nova('no server', 'POST', all, {}),
    nova('create', 'POST', all, server({ name: 'c-server', user_data: 'I2Nsb3VkLWNvbmZpZw==', metadata: { a: 'b' } }), {
      save: { server: 'server.id' },
    }),
    nova('until it is active', 'GET', `${all}/{server}`, undefined, { until: isActive }),
    nova('its port', 'GET', '/v2.1/servers/{server}/os-interface', undefined, { until: isWired }),
    neutron('its port, in Neutron', 'GET', '/v2.0/ports/{port}?fields=device_id&fields=device_owner&fields=name'),
    refused('a port that is in use', {}),
    nova('list by name', 'GET', `${all}?name=%5Ec-server%24`),
    nova('list by a name that nothing has', 'GET', `${all}?name=%5Ec-serve%24`),
    nova('list by a pattern', 'GET', `${all}?name=c-s.rv`),
    nova('list by a pattern with an alternative, which is not one', 'GET', `${all}?name=%5E(c-server%7Cc-other)`),
    nova('list by a pattern with sets of characters', 'GET', `${all}?name=%5Ec-%5Bos%5D%5Bet%5Drver%24`),
    nova('list by a wrong pattern', 'GET', `${all}?name=%5B`),
    nova('list in detail', 'GET', `${all}/detail?name=%5Ec-server%24`),
    nova('list of all tenants', 'GET', `${all}?all_tenants=1&name=%5Ec-server%24`),
    nova('list of all tenants, as a tenant', 'GET', `${all}?all_tenants=1`, undefined, { as: 'tenant' }),
    nova('list those of others', 'GET', `${all}?name=c-server`, undefined, { as: 'tenant' }),
    nova('list by status', 'GET', `${all}?status=ACTIVE&name=%5Ec-server%24`),
    nova('show one of others', 'GET', `${all}/{server}`, undefined, { as: 'tenant' }),
    nova('show an unknown one', 'GET', `${all}/${UNKNOWN}`),
    nova('rename', 'PUT', `${all}/{server}`, { server: { name: 'c-renamed' } }),
    nova('attach a port', 'POST', `${all}/{server}/os-interface`, { interfaceAttachment: { port_id: '{second}' } }),
    nova('attach a port without addresses', 'POST', `${all}/{server}/os-interface`, {
      interfaceAttachment: { port_id: '{bare}' },
    }),
    nova('attach it again', 'POST', `${all}/{server}/os-interface`, { interfaceAttachment: { port_id: '{second}' } }),
    nova('attach an unknown port', 'POST', `${all}/{server}/os-interface`, {
      interfaceAttachment: { port_id: UNKNOWN },
    }),
    nova('attach to an unknown server', 'POST', `${all}/${UNKNOWN}/os-interface`, {
      interfaceAttachment: { port_id: '{second}' },
    }),
    nova('attach nonsense', 'POST', `${all}/{server}/os-interface`, { interfaceAttachment: { colour: 'red' } }),
    nova('all its ports', 'GET', `${all}/{server}/os-interface`, undefined, { until: isWired }),
    nova('one of its ports', 'GET', `${all}/{server}/os-interface/{second}`),
    nova('a port that is not its', 'GET', `${all}/{server}/os-interface/${UNKNOWN}`),
    nova('detach', 'DELETE', `${all}/{server}/os-interface/{second}`),
    nova('until it is detached', 'GET', `${all}/{server}/os-interface/{second}`, undefined, { until: isGone }),
    nova('detach what is not attached', 'DELETE', `${all}/{server}/os-interface/${UNKNOWN}`),
    nova('detach from an unknown server', 'DELETE', `${all}/${UNKNOWN}/os-interface/{second}`),
    nova('delete', 'DELETE', `${all}/{server}`),
    nova('until it is gone', 'GET', `${all}/{server}`, undefined, { until: isGone }),
    nova('delete again', 'DELETE', `${all}/{server}`),
    neutron('its port stays', 'GET', `/v2.0/ports/{port}${OWNERSHIP}`),
    neutron('the second port stays', 'GET', `/v2.0/ports/{second}${OWNERSHIP}`),
    nova('without a token', 'GET', all, undefined, { as: 'nobody' }),
    nova('with a worthless token', 'GET', all, undefined, { as: 'stranger' }),
    nova('an unknown path', 'GET', '/v2.1/c-nothing'),
    nova('a microversion', 'GET', `${all}?name=c-none`, undefined, {
      headers: { 'OpenStack-API-Version': 'compute 2.79' },
    }),
    nova('the latest microversion', 'GET', `${all}?name=c-none`, undefined, {
      headers: { 'OpenStack-API-Version': 'compute latest' },
    }),
    nova('a microversion that is not there', 'GET', all, undefined, {
      headers: { 'OpenStack-API-Version': 'compute 9.9' },
    }),
    nova('a microversion that is none', 'GET', all, undefined, { headers: { 'OpenStack-API-Version': 'compute x' } }),
    nova('the flavor', 'GET', '/v2.1/flavors/511'),
    nova('an unknown flavor to show', 'GET', '/v2.1/flavors/999999'),
    ...['port', 'second', 'bare'].map((name) => neutron(`delete ${name}`, 'DELETE', `/v2.0/ports/{${name}}`)),
    neutron('delete the network', 'DELETE', '/v2.0/networks/{net}'),
  ],
}
