import { bool, int, option, secret } from '../option.ts'
import { host } from '../types/address.ts'
import { listenPort, port } from '../types/numbers.ts'

/** [DEFAULT]: what the orchestrator listens on itself. */
export const API_OPTIONS = {
  api_listen: option(host, {
    default: '127.0.0.1',
    help:
      'Address of the HTTP API. The original listened on 0.0.0.0; without authentication the API may only listen on ' +
      'loopback, and `astara run` refuses to start with any other address here.',
  }),
  api_port: option(listenPort, {
    default: 44_250,
    help: 'Port of the HTTP API. 0 takes a free one; the log says which.',
    deprecated: [{ name: 'rug_api_port' }],
  }),
  nova_metadata_ip: option(host, {
    default: '127.0.0.1',
    help: "Address of Nova's metadata service.",
    deprecated: [{ name: 'nova_metadata_host' }],
  }),
  nova_metadata_port: option(port, { default: 8775, help: "Port of Nova's metadata service." }),
  astara_metadata_port: option(port, {
    default: 9697,
    help: 'Port, on the management address, of the metadata proxy for appliances.',
  }),
  metadata_proxy: bool({
    default: true,
    help:
      'Serve metadata to the machines of tenants, through their appliances. Needs neutron_metadata_proxy_shared_secret: ' +
      'without it none is served, and the log says so; an empty one is refused.',
  }),
  metadata_listen: option(host, {
    help:
      'Address on which appliances ask for metadata. Unset: the address they are told (see management_address) when ' +
      "it is this machine's, else that of api_listen.",
  }),
  metadata_rate_limit: int({
    default: 100,
    min: 0,
    help: 'Metadata requests a second that one router may make on average (four times as many at once); 0 for no limit.',
  }),
  neutron_metadata_proxy_shared_secret: secret({
    help: 'Secret shared with Nova that signs the instance id of a metadata request.',
    deprecated: [{ name: 'quantum_metadata_proxy_shared_secret' }],
  }),
}
