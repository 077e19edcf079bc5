import type { NeutronPort, OpenStack, PortCreate } from '../../openstack/index.ts'
import { legacyPortName, portName } from '../drivers/index.ts'
import type { PortKind } from '../drivers/names.ts'
import { allDone } from './all-done.ts'
import type { ManagementPort, MemberPort } from './group.ts'
import { holdsLentAddress, lendAddress } from './lent-address.ts'
import { PortProtection } from './port-protection.ts'
import { called, type Scope } from './scope.ts'
import type { PassContext } from './types.ts'

/** Names under which this resource's ports may be found. */
function ownPortNames(scope: Scope): readonly string[] {
  const kinds: readonly PortKind[] = ['MGT', scope.driver.portKind]
  return kinds.flatMap((kind) =>
    scope.deps.settings.legacyFallback
      ? [portName(kind, scope.resourceId), legacyPortName(kind, scope.resourceId)]
      : [portName(kind, scope.resourceId)],
  )
}

/** All ports made for this resource's instances, attached or not. */
export async function findOwnPorts(scope: Scope, context: PassContext): Promise<readonly NeutronPort[]> {
  const lists = await called(scope, context, 'neutron', 'GET /v2.0/ports', () =>
    Promise.all(ownPortNames(scope).map((name) => scope.deps.view.portsNamed(name, context.signal))),
  )
  return lists.flat()
}

/** Body of a port's creation. `addressless`: Neutron must not allocate an address (a SLAAC subnet still gives its EUI-64 one). */
export function portBody(
  kind: PortKind,
  resourceId: string,
  networkId: string,
  options: { readonly addressless: boolean },
): PortCreate {
  return {
    admin_state_up: true,
    network_id: networkId,
    name: portName(kind, resourceId),
    security_groups: [],
    ...(options.addressless ? { fixed_ips: [] } : {}),
  }
}

/**
 * An instance port that Nova will plug in: `free` when there is one, else a new one. It has no address of its own, the appliance carries
 * those of the resource's ports; but it may be lent one.
 */
export async function instancePort(
  scope: Scope,
  context: PassContext,
  networkId: string,
  free: NeutronPort | undefined,
): Promise<NeutronPort> {
  const body = portBody(scope.driver.portKind, scope.resourceId, networkId, { addressless: true })
  return lendAddress(scope, context, free ?? (await createPort(scope, context, body)))
}

/**
 * Makes a management port. On a SLAAC subnet its address follows from the MAC; on any other Neutron must allocate one, so an empty list of
 * addresses would leave the instance unreachable.
 */
export async function createManagementPort(scope: Scope, context: PassContext): Promise<NeutronPort> {
  const { settings, view } = scope.deps
  const subnets = await called(scope, context, 'neutron', 'GET /v2.0/subnets', () =>
    view.subnetsOfNetwork(settings.managementNetworkId, context.signal),
  )
  const chosen = subnets.find((subnet) => subnet.id === settings.managementSubnetId)
  const slaac = (chosen ? [chosen] : subnets).some(
    (subnet) => subnet.ip_version === 6 && isSlaac(subnet.ipv6_address_mode, subnet.ipv6_ra_mode),
  )
  const body = portBody('MGT', scope.resourceId, settings.managementNetworkId, {
    addressless: slaac,
  })
  return createPort(scope, context, chosen && !slaac ? { ...body, fixed_ips: [{ subnet_id: chosen.id }] } : body)
}

function isSlaac(addressMode: string | null, raMode: string | null): boolean {
  return (addressMode ?? raMode) === 'slaac'
}

/** What Neutron refused is remembered by all resources that ask the same one. */
const protections = new WeakMap<OpenStack, PortProtection>()

function protectionOf({ deps: { openstack, settings } }: Scope): PortProtection {
  let protection = protections.get(openstack)
  if (!protection) {
    protection = new PortProtection(settings.portSecurity)
    protections.set(openstack, protection)
  }
  return protection
}

function createPort(scope: Scope, context: PassContext, body: PortCreate): Promise<NeutronPort> {
  return protectionOf(scope).create(body, (complete) =>
    called(scope, context, 'neutron', 'POST /v2.0/ports', () =>
      scope.deps.openstack.neutron.createPort(complete, { signal: context.signal }),
    ),
  )
}

export async function deletePorts(scope: Scope, context: PassContext, ids: readonly string[]): Promise<void> {
  await allDone(
    ids.map((id) =>
      called(scope, context, 'neutron', 'DELETE /v2.0/ports/{id}', () =>
        scope.deps.openstack.neutron.deletePort(id, { signal: context.signal }),
      ),
    ),
  )
}

/** What Neutron says of a port until the L2 agent has found its interface and wired it. */
const UNWIRED: ReadonlySet<string> = new Set(['DOWN', 'BUILD'])

export function memberPort(port: NeutronPort): MemberPort {
  return {
    id: port.id,
    networkId: port.network_id,
    macAddress: port.mac_address.toLowerCase(),
    lent: holdsLentAddress(port),
    unwired: UNWIRED.has(port.status),
  }
}

/** The management port with the address we may use. An address outside management_prefix is refused: it would be somebody else's. */
export function managementPort(scope: Scope, port: NeutronPort): ManagementPort {
  const addresses = port.fixed_ips.map((ip) => ip.ip_address)
  const address = addresses.find((candidate) => scope.deps.appliance.permits(candidate)) ?? null
  if (address === null && addresses.length > 0) {
    scope.log.error({ port_id: port.id, addresses }, 'management port has no address inside management_prefix: refused')
  }
  return { ...memberPort(port), lent: false, fixedIps: port.fixed_ips, address }
}
