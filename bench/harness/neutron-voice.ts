import { randomUUID } from 'node:crypto'
import { createRabbitTransport, type OutgoingNotification, type Transport } from '../../src/messaging/index.ts'
import type { CloudRouter } from './cloud-protocol.ts'
import { now } from './wait.ts'

/** Speaks on the bus as Neutron does. */
export interface NeutronVoice {
  /** `router.interface.create` of this router; answers the wall-clock milliseconds at which it was handed to the bus. */
  interfaceCreated(router: CloudRouter): { readonly at: number; readonly sent: Promise<void> }
  /** `port.create.end`: a VM's port on the internal network of this router. */
  portCreated(router: CloudRouter): Promise<void>
  close(): Promise<void>
}

export async function startVoice(transportUrl: string): Promise<NeutronVoice> {
  const transport: Transport = createRabbitTransport({ url: transportUrl, connectionName: 'bench: neutron' })
  await transport.connect()
  const notification = (eventType: string, tenantId: string, payload: unknown): OutgoingNotification => ({
    exchange: 'neutron',
    topic: 'notifications',
    publisherId: 'network.bench',
    eventType,
    payload,
    // As long as the context that Neutron sends.
    context: {
      ...Object.fromEntries(
        ['user', 'project', 'user_id', 'request_id', 'user_identity', 'domain', 'global_request_id'].map((key) => [
          key,
          'a71c8b348da34081ac0b2c34efc834e7',
        ]),
      ),
      is_admin: false,
      roles: ['member', 'reader'],
      tenant_id: tenantId,
      project_id: tenantId,
      timestamp: '2026-01-01 00:00:00.000000',
    },
  })
  return {
    interfaceCreated({ id, tenantId, networkId, subnetId }) {
      const at = now()
      const body = {
        id,
        tenant_id: tenantId,
        port_id: randomUUID(),
        network_id: networkId,
        subnet_id: subnetId,
        subnet_ids: [subnetId],
      }
      return {
        at,
        sent: transport.notify(notification('router.interface.create', tenantId, { router_interface: body })),
      }
    },
    portCreated: ({ tenantId, networkId, subnetId }) =>
      transport.notify(notification('port.create.end', tenantId, { port: port(tenantId, networkId, subnetId) })),
    close: () => transport.close(),
  }
}

/** A port as Neutron notifies it, whole. */
function port(tenantId: string, networkId: string, subnetId: string): Record<string, unknown> {
  return {
    id: randomUUID(),
    name: '',
    network_id: networkId,
    tenant_id: tenantId,
    project_id: tenantId,
    mac_address: 'fa:16:3e:fc:f2:d1',
    admin_state_up: true,
    status: 'DOWN',
    device_id: randomUUID(),
    device_owner: 'compute:nova',
    fixed_ips: [{ subnet_id: subnetId, ip_address: '10.0.0.7' }],
    port_security_enabled: true,
    security_groups: [randomUUID()],
    'binding:vnic_type': 'normal',
    'binding:profile': {},
    'binding:host_id': 'compute-1',
    'binding:vif_type': 'ovs',
    'binding:vif_details': { port_filter: true, connectivity: 'l2', bridge_name: 'br-int' },
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    description: '',
    ip_allocation: 'immediate',
    tags: [],
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    revision_number: 1,
  }
}
