import type { ApplianceInterface } from '../../contract/index.ts'
import type { NeutronPort } from '../../openstack/index.ts'
import { messageOf } from '../../shared/index.ts'
import type { ResourceDetail } from '../drivers/index.ts'
import type { Member, MemberPort } from './group.ts'
import { giveBackAddresses } from './lent-address.ts'
import { deletePorts, instancePort, memberPort } from './ports.ts'
import { called, type Scope } from './scope.ts'
import type { PassContext } from './types.ts'

/** Networks an instance of this resource must be plugged into, in order. */
export function wantedNetworks(detail: ResourceDetail): readonly string[] {
  return [...new Set(detail.ports.map((port) => port.networkId))]
}

/** What a member lacks and what it has too much; two ports on one network are one too many. */
export function plugDifference(
  member: Pick<Member, 'ports' | 'attaching'>,
  wanted: readonly string[],
): { readonly missing: readonly string[]; readonly extra: readonly MemberPort[] } {
  const missing = new Set(wanted)
  const extra: MemberPort[] = []
  for (const port of [...member.ports, ...member.attaching]) {
    if (!missing.delete(port.networkId)) extra.push(port)
  }
  return { missing: [...missing], extra }
}

/** Which interface of the appliance stands on which network, by MAC address; and which of its ports the appliance does not show yet. */
export function interfaceMap(
  member: Pick<Member, 'ports' | 'attaching' | 'management'>,
  reported: readonly ApplianceInterface[],
): { readonly interfaces: ReadonlyMap<string, string>; readonly lagging: readonly MemberPort[] } {
  const byMac = new Map(reported.flatMap(({ lladdr, ifname }) => (lladdr ? [[lladdr.toLowerCase(), ifname]] : [])))
  const interfaces = new Map<string, string>()
  const lagging: MemberPort[] = []
  const ports = [...(member.management ? [member.management] : []), ...member.ports, ...member.attaching]
  for (const port of ports) {
    const ifname = byMac.get(port.macAddress)
    if (ifname === undefined) lagging.push(port)
    else interfaces.set(port.networkId, ifname)
  }
  return { interfaces, lagging }
}

/**
 * Brings a running member's ports in line with the resource's networks: attaches what it lacks, detaches and deletes each port it has too
 * many. Returns at once; the appliance shows the change later. Throws on the first failure.
 */
export async function replugMember(
  scope: Scope,
  context: PassContext,
  member: Member,
  wanted: readonly string[],
  takeFree: (networkId: string) => NeutronPort | undefined,
): Promise<void> {
  const { nova } = scope.deps.openstack
  const { missing, extra } = plugDifference(member, wanted)
  for (const port of extra) {
    scope.log.info({ instance_id: member.id, port_id: port.id, network_id: port.networkId }, 'unplugging')
    await called(scope, context, 'nova', 'DELETE /v2.1/servers/{id}/os-interface/{id}', () =>
      nova.detachInterface(member.id, port.id, { signal: context.signal }),
    )
    await deletePorts(scope, context, [port.id])
    member.ports = member.ports.filter(({ id }) => id !== port.id)
    member.attaching = member.attaching.filter(({ id }) => id !== port.id)
  }
  for (const networkId of missing) {
    const port = await instancePort(scope, context, networkId, takeFree(networkId))
    scope.log.info({ instance_id: member.id, port_id: port.id, network_id: networkId }, 'plugging')
    try {
      await called(scope, context, 'nova', 'POST /v2.1/servers/{id}/os-interface', () =>
        nova.attachInterface(member.id, port.id, { signal: context.signal }),
      )
    } catch (error) {
      // Left unattached, the port is found by its name and used by the next try.
      scope.log.warn({ instance_id: member.id, port_id: port.id, error: messageOf(error) }, 'could not plug a port in')
      throw error
    }
    member.attaching = [...member.attaching, memberPort(port)]
  }
  // Nova has plugged a port in when it answers.
  await giveBackAddresses(scope, context)
}
