import { createHash } from 'node:crypto'
import type { NetworkState } from '../network/state.ts'
import { isoSeconds } from '../times.ts'
import type { Flavor, Server } from './model.ts'

export interface ViewContext {
  readonly url: string
  readonly network: NetworkState
  readonly flavor: (id: string) => Flavor | undefined
  readonly isAdmin: boolean
  /** Minor of the microversion asked for. */
  readonly minor: number
}

const micros = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}.000000`

export function serverLinks(url: string, id: string): readonly { rel: string; href: string }[] {
  return [
    { rel: 'self', href: `${url}/v2.1/servers/${id}` },
    { rel: 'bookmark', href: `${url}/servers/${id}` },
  ]
}

/** Addresses by network name. A port without addresses still shows its network, empty. */
interface ShownAddress {
  readonly version: 4 | 6
  readonly addr: string
  readonly 'OS-EXT-IPS:type': string
  readonly 'OS-EXT-IPS-MAC:mac_addr': string
}

function addresses(server: Server, network: NetworkState): Record<string, ShownAddress[]> {
  const byName: Record<string, ShownAddress[]> = {}
  if (server.status === 'DELETED' || server.host === null) return byName
  for (const id of server.portIds) {
    const port = network.ports.get(id)
    const name = port ? network.networks.get(port.networkId)?.name : undefined
    if (!port || name === undefined) continue
    const list = byName[name] ?? []
    byName[name] = list
    for (const ip of port.fixedIps) {
      list.push({
        version: ip.ip_address.includes(':') ? 6 : 4,
        addr: ip.ip_address,
        'OS-EXT-IPS:type': 'fixed',
        'OS-EXT-IPS-MAC:mac_addr': port.macAddress,
      })
      for (const fip of network.floatingIps.by('port_id', id)) {
        if (fip.fixedIp !== ip.ip_address) continue
        list.push({
          version: 4,
          addr: fip.address,
          'OS-EXT-IPS:type': 'floating',
          'OS-EXT-IPS-MAC:mac_addr': port.macAddress,
        })
      }
    }
  }
  return byName
}

function flavorView(server: Server, context: ViewContext): Record<string, unknown> {
  const flavor = context.flavor(server.flavorId)
  if (context.minor < 47 || !flavor) {
    return { id: server.flavorId, links: [{ rel: 'bookmark', href: `${context.url}/flavors/${server.flavorId}` }] }
  }
  const { vcpus, ram, disk, ephemeral, swap, name } = flavor
  return { vcpus, ram, disk, ephemeral, swap, original_name: name, extra_specs: {} }
}

/** Groups of a server's ports; absent when there are none, as Nova leaves it out. */
function groups(server: Server, network: NetworkState): Record<string, unknown> {
  const names = new Set(
    server.portIds.flatMap((id) =>
      (network.ports.get(id)?.securityGroups ?? []).flatMap((group) => network.securityGroups.get(group)?.name ?? []),
    ),
  )
  return names.size > 0 ? { security_groups: [...names].map((name) => ({ name })) } : {}
}

/** What the later microversions add. */
function later(server: Server, { minor, isAdmin }: ViewContext, isShow: boolean): Record<string, unknown> {
  const view: Record<string, unknown> = {}
  if (minor >= 3 && isAdmin) {
    view['OS-EXT-SRV-ATTR:reservation_id'] = server.reservationId
    view['OS-EXT-SRV-ATTR:launch_index'] = 0
    view['OS-EXT-SRV-ATTR:kernel_id'] = ''
    view['OS-EXT-SRV-ATTR:ramdisk_id'] = ''
    view['OS-EXT-SRV-ATTR:root_device_name'] = '/dev/sda'
    view['OS-EXT-SRV-ATTR:user_data'] = server.userData
  }
  if (minor >= 90 || (minor >= 3 && isAdmin)) view['OS-EXT-SRV-ATTR:hostname'] = server.name
  if (minor >= 9) view.locked = server.locked
  if (minor >= 16 && isAdmin) view.host_status = server.host === null ? '' : 'UP'
  if (minor >= 19) view.description = server.description ?? server.name
  if (minor >= 26) view.tags = []
  if (minor >= 63) view.trusted_image_certificates = null
  if (minor >= 71 && isShow) view.server_groups = []
  if (minor >= 73) view.locked_reason = null
  return view
}

/** A server as the answer to a change shows it: without what extensions add. */
export function viewChanged(server: Server, context: ViewContext): Record<string, unknown> {
  const full = viewServer(server, context, true)
  const plain = Object.entries(full).filter(
    ([key]) => !(key.startsWith('OS-') && key !== 'OS-DCF:diskConfig') && !ADDED.has(key),
  )
  const bare = Object.entries(addresses(server, context.network)).map(([name, list]) => [
    name,
    list.map(({ addr, version }) => ({ addr, version })),
  ])
  return { ...Object.fromEntries(plain), addresses: Object.fromEntries(bare) }
}

const ADDED = new Set(['config_drive', 'key_name', 'os-extended-volumes:volumes_attached', 'security_groups'])

/** A server in full. */
export function viewServer(server: Server, context: ViewContext, isShow: boolean): Record<string, unknown> {
  const isGone = server.status === 'DELETED'
  const admin = context.isAdmin
    ? {
        'OS-EXT-SRV-ATTR:host': server.host,
        'OS-EXT-SRV-ATTR:instance_name': server.host === null ? '' : instanceName(server),
        'OS-EXT-SRV-ATTR:hypervisor_hostname': server.host,
      }
    : {}
  return {
    id: server.id,
    name: server.name,
    status: server.status,
    tenant_id: server.projectId,
    user_id: server.userId,
    metadata: server.metadata,
    hostId:
      server.host === null
        ? ''
        : createHash('sha224')
            .update(server.projectId + server.host)
            .digest('hex'),
    image:
      server.imageId === null
        ? ''
        : { id: server.imageId, links: [{ rel: 'bookmark', href: `${context.url}/images/${server.imageId}` }] },
    flavor: flavorView(server, context),
    created: isoSeconds(server.createdAt),
    updated: isoSeconds(server.updatedAt),
    addresses: addresses(server, context.network),
    accessIPv4: '',
    accessIPv6: '',
    links: serverLinks(context.url, server.id),
    'OS-DCF:diskConfig': 'MANUAL',
    ...(isGone || server.status === 'ERROR' ? {} : { progress: 0 }),
    'OS-EXT-AZ:availability_zone': server.host === null ? '' : 'nova',
    config_drive: server.configDrive ? 'True' : '',
    key_name: server.keyName,
    'OS-SRV-USG:launched_at': server.launchedAt === null ? null : micros(server.launchedAt),
    'OS-SRV-USG:terminated_at': server.terminatedAt === null ? null : micros(server.terminatedAt),
    ...admin,
    'OS-EXT-STS:task_state': server.taskState,
    'OS-EXT-STS:vm_state': server.vmState,
    'OS-EXT-STS:power_state': server.powerState,
    'os-extended-volumes:volumes_attached': [],
    ...groups(server, context.network),
    ...(server.fault
      ? { fault: { code: server.fault.code, created: isoSeconds(server.fault.created), message: server.fault.message } }
      : {}),
    ...later(server, context, isShow),
  }
}

const instanceName = (server: Server): string => `instance-${(server.index + 1).toString(16).padStart(8, '0')}`
