import type { CallOptions, NeutronClient, NeutronPort } from '../../openstack/index.ts'
import { AstaraError } from '../../shared/index.ts'
import { deviceIdOf } from './device-id.ts'

/** Name of the port that each orchestrator host has for itself. */
const PORT_NAME = 'ASTARA:RUG:SERVICE'
/** Owner of a port that is the orchestrator's own. */
const OWNER = 'network:astara'
/** Only this owner may take an address of the pool of a SLAAC subnet; the port keeps it when the owner changes. */
const OWNER_AT_BIRTH = 'network:router_interface'

export interface OwnPortOptions {
  readonly neutron: Pick<NeutronClient, 'listPorts' | 'createPort' | 'updatePort' | 'deletePort'>
  /** `[DEFAULT] host`: the name under which the L2 agent of this machine reports. */
  readonly host: string
  readonly networkId: string
  readonly subnetId: string
}

/**
 * This host's own port on the management network, made when there is none. Of several, which only a crash could leave, the one in `plugged`
 * or else the first stays. Throws OpenStackError, and AstaraError when Neutron gave the port no address of the subnet.
 */
export async function ensureOwnPort(
  { neutron, host, networkId, subnetId }: OwnPortOptions,
  plugged: (port: NeutronPort) => boolean,
  call: CallOptions = {},
): Promise<NeutronPort> {
  const deviceId = deviceIdOf(host)
  const found = await neutron.listPorts({ device_id: deviceId, network_id: networkId, name: PORT_NAME }, call)
  const sorted = found.toSorted((a, b) => Number(plugged(b)) - Number(plugged(a)) || (a.id < b.id ? -1 : 1))
  const [known, ...surplus] = sorted
  for (const port of surplus) await neutron.deletePort(port.id, call)
  const made =
    known ??
    (await neutron.createPort(
      {
        network_id: networkId,
        name: PORT_NAME,
        admin_state_up: true,
        device_id: deviceId,
        device_owner: OWNER_AT_BIRTH,
        fixed_ips: [{ subnet_id: subnetId }],
        'binding:host_id': host,
      },
      call,
    ))
  const port = made.device_owner === OWNER ? made : await neutron.updatePort(made.id, { device_owner: OWNER }, call)
  if (!port.fixed_ips.some((ip) => ip.subnet_id === subnetId)) {
    throw new AstaraError('failed', `port ${port.id} (${PORT_NAME}) has no address in subnet ${subnetId}`, {
      suggestions: [
        `Delete it, and the next start makes another: openstack port delete ${port.id}`,
        'Check that management_subnet_id is a subnet of management_network_id.',
      ],
    })
  }
  return port
}
