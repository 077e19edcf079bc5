import type { NeutronPort, NovaServer } from '../../openstack/index.ts'
import { allDone } from './all-done.ts'
import type { Member } from './group.ts'
import { managementPort, memberPort } from './ports.ts'
import { called, type Scope } from './scope.ts'
import type { PassContext } from './types.ts'

const GONE_STATUSES: ReadonlySet<string> = new Set(['DELETED', 'SOFT_DELETED'])

/** Brings the group up to date with Nova. A member that the list lacks is asked for directly before it is believed lost. */
export async function lookAtServers(scope: Scope, context: PassContext): Promise<void> {
  const { deps, group } = scope
  const servers = await called(scope, context, 'nova', 'GET /v2.1/servers/detail', () =>
    deps.view.servers(group.name, context.signal),
  )
  const listed = new Set(servers.map((server) => server.id))
  for (const server of servers) takeIn(scope, server)
  const unlisted = [...group.members.keys(), ...group.leaving.keys()].filter((id) => !listed.has(id))
  await allDone(
    unlisted.map(async (id) => {
      const leaving = group.leaving.get(id)
      if (leaving?.forgotten) return
      const server = await called(scope, context, 'nova', 'GET /v2.1/servers/{id}', () =>
        deps.view.server(id, context.signal),
      )
      if (server) takeIn(scope, server)
      else forgotten(scope, id)
    }),
  )
}

/** Takes a server into the group, or notes that it is on its way out. */
function takeIn(scope: Scope, server: NovaServer): void {
  const { group, deps } = scope
  const leaving = group.leaving.get(server.id)
  if (leaving) {
    if (GONE_STATUSES.has(server.status)) leaving.forgotten = true
    return
  }
  const member = group.admit(server)
  if (!member) return
  if (GONE_STATUSES.has(server.status)) {
    group.dismiss(member, 'deleted in Nova', deps.clock.monotonic())
    forgotten(scope, server.id)
  } else if (server.task_state === 'deleting') {
    group.dismiss(member, 'being deleted in Nova', deps.clock.monotonic())
    const entry = group.leaving.get(server.id)
    if (entry) entry.accepted = true
    // Its ports may not be known to us.
    scope.record.swept = false
  } else if (server.status === 'ERROR') {
    member.condemned = `in ERROR${server.fault ? `: ${server.fault}` : ''}`
  }
}

function forgotten(scope: Scope, id: string): void {
  const { group, deps } = scope
  const member = group.members.get(id)
  if (member) {
    scope.log.warn({ instance_id: id, instance: member.name }, 'instance has vanished from Nova')
    group.dismiss(member, 'vanished from Nova', deps.clock.monotonic())
  }
  const leaving = group.leaving.get(id)
  if (leaving) {
    leaving.accepted = true
    leaving.forgotten = true
  }
}

/** A port of ours that a server has leads to that server, even when Nova's list does not name it. Returns ports whose server is gone. */
export async function adoptByPorts(
  scope: Scope,
  context: PassContext,
  own: readonly NeutronPort[],
): Promise<readonly NeutronPort[]> {
  const { group, deps } = scope
  const strangers = own.filter(({ device_id }) => {
    return device_id !== '' && !group.members.has(device_id) && !group.leaving.has(device_id)
  })
  const leaked: NeutronPort[] = []
  for (const [id, ports] of Map.groupBy(strangers, (port) => port.device_id)) {
    const server = await called(scope, context, 'nova', 'GET /v2.1/servers/{id}', () =>
      deps.view.server(id, context.signal),
    )
    if (server) takeIn(scope, server)
    else leaked.push(...ports)
  }
  return leaked
}

/** Brings the ports of all members up to date with Neutron. */
export async function lookAtPorts(scope: Scope, context: PassContext): Promise<void> {
  const members = [...scope.group.members.values()].filter(
    // While Nova builds it, Neutron does not list the ports under it yet; we know them from having made them.
    (member) => !(member.status === 'BUILD' && member.management !== null),
  )
  if (members.length === 0) return
  await called(scope, context, 'neutron', 'GET /v2.0/ports', () =>
    allDone(members.map((member) => lookAtMemberPorts(scope, context, member))),
  )
}

async function lookAtMemberPorts(scope: Scope, context: PassContext, member: Member): Promise<void> {
  const { view, settings } = scope.deps
  const ports = await view.portsOfDevice(member.id, context.signal)
  const management = ports.find((port) => port.network_id === settings.managementNetworkId)
  if (!management && member.management) {
    // Never lose a way to an instance because a list was empty: the port itself is asked.
    const port = await view.port(member.management.id, context.signal)
    if (port && (port.device_id === '' || port.device_id === member.id)) return
  }
  member.management = management ? managementPort(scope, management) : null
  member.ports = ports.filter((port) => port.network_id !== settings.managementNetworkId).map(memberPort)
  const known = new Set(member.ports.map((port) => port.id))
  member.attaching = member.attaching.filter((port) => !known.has(port.id))
}
