import ipaddr from 'ipaddr.js'
import { type NeutronPort, type NeutronSubnet, OpenStackError } from '../../openstack/index.ts'
import { messageOf } from '../../shared/index.ts'
import { InstanceError } from './errors.ts'
import type { MemberPort } from './group.ts'
import { called, type Scope } from './scope.ts'
import type { PassContext } from './types.ts'

/*
 * Instance ports have no addresses of their own, but Nova plugs in a port without an address only when Neutron says that it is meant so:
 * `ip_allocation: none`, which it does with the service plugin `segments`. Without that plugin a port is lent an address of its network
 * until Nova has plugged it in; then the address goes back to the network, and neither the port nor the instance minds.
 */

/** True when Nova takes the port as it is. */
function pleasesNova(port: NeutronPort): boolean {
  return port.fixed_ips.length > 0 || port.ip_allocation === 'none' || port.ip_allocation === 'deferred'
}

/**
 * The port, with an address of its network when Nova would refuse it otherwise. Throws InstanceError `network_full` when no subnet of the
 * network has one to lend.
 */
export async function lendAddress(scope: Scope, context: PassContext, port: NeutronPort): Promise<NeutronPort> {
  if (pleasesNova(port)) return port
  const subnets = await called(scope, context, 'neutron', 'GET /v2.0/subnets', () =>
    scope.deps.view.subnetsOfNetwork(port.network_id, context.signal),
  )
  let refusal: unknown = null
  for (const subnet of roomiestFirst(subnets)) {
    try {
      return await called(scope, context, 'neutron', 'PUT /v2.0/ports/{id}', () =>
        scope.deps.openstack.neutron.updatePort(
          port.id,
          { fixed_ips: [{ subnet_id: subnet.id }] },
          { signal: context.signal },
        ),
      )
    } catch (error) {
      if (!isFull(error)) throw error
      refusal = error
    }
  }
  throw new InstanceError(
    'network_full',
    `Network ${port.network_id} has no free address, and Nova plugs in no port without one here`,
    {
      cause: refusal,
      suggestions: [
        'Free one address of the network, or enlarge its allocation pools: it is needed only until the instance is plugged in.',
        "Or enable Neutron's service plugin `segments`: then none is needed at all.",
      ],
    },
  )
}

/** IPv6 first: those subnets have addresses to spare. */
function roomiestFirst(subnets: readonly NeutronSubnet[]): readonly NeutronSubnet[] {
  return subnets.toSorted((a, b) => b.ip_version - a.ip_version)
}

function isFull(error: unknown): boolean {
  return error instanceof OpenStackError && error.status === 409 && error.type === 'IpAddressGenerationFailure'
}

/** True when the port holds an address that it was lent: any but those that follow from its MAC address, which Neutron gives and keeps. */
export function holdsLentAddress(port: NeutronPort): boolean {
  if (port.fixed_ips.length === 0) return false
  const identifier = eui64(port.mac_address)
  return port.fixed_ips.some(({ ip_address: address }) => {
    if (!ipaddr.IPv6.isValid(address)) return true
    const bytes = ipaddr.IPv6.parse(address).toByteArray().slice(8)
    return bytes.some((byte, i) => byte !== identifier[i])
  })
}

/** The last 64 bits of a SLAAC address of this MAC; empty when that cannot be read. */
function eui64(mac: string): readonly number[] {
  const bytes = mac.split(':').map((byte) => Number.parseInt(byte, 16))
  const [first] = bytes
  if (bytes.length !== 6 || first === undefined) return []
  return [first ^ 2, ...bytes.slice(1, 3), 0xff, 0xfe, ...bytes.slice(3)]
}

/**
 * Gives back the addresses that ports of running instances still hold. Only of instances that Nova has finished building: until then it may
 * look at them once more. Never fails: what is not given back now is given back by the next look.
 */
export async function giveBackAddresses(scope: Scope, context: PassContext): Promise<void> {
  const members = scope.group.present.filter((member) => member.status === 'ACTIVE')
  await Promise.all(
    members.flatMap((member) =>
      [...member.ports, ...member.attaching]
        .filter((port) => port.lent)
        .map(async (port) => {
          if (!(await giveBack(scope, context, port))) return
          const returned = ({ id }: MemberPort): boolean => id === port.id
          member.ports = member.ports.map((one) => (returned(one) ? { ...one, lent: false } : one))
          member.attaching = member.attaching.map((one) => (returned(one) ? { ...one, lent: false } : one))
        }),
    ),
  )
}

async function giveBack(scope: Scope, context: PassContext, port: MemberPort): Promise<boolean> {
  try {
    await called(scope, context, 'neutron', 'PUT /v2.0/ports/{id}', () =>
      scope.deps.openstack.neutron.updatePort(port.id, { fixed_ips: [] }, { signal: context.signal }),
    )
    return true
  } catch (error) {
    context.signal.throwIfAborted()
    scope.log.warn({ port_id: port.id, error: messageOf(error) }, 'a lent address could not be given back yet')
    return false
  }
}
