import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '../../shared/index.ts'
import type { Port } from '../network/model.ts'
import type { NetworkState } from '../network/state.ts'
import { type Lease, readLease, writeLeaseScript } from './lease.ts'
import { ip, ipBatch } from './run.ts'
import { ETC_NETNS } from './sweep.ts'

/** A NIC of a tenant's machine. */
export interface GuestNic {
  readonly space: string
  readonly device: string
  /** Folder of the machine. */
  readonly dir: string
  readonly port: Port
}

const leaseFile = (dir: string, device: string): string => join(dir, `lease-${device}`)

/** The lease that a machine's NIC holds; null: none. */
export const leaseOf = (dir: string, device: string): Lease | null => readLease(leaseFile(dir, device))

/** Gives a namespace name servers of its own, none so far. To be done before anything is run in it. */
export function ownResolvConf(space: string): void {
  mkdirSync(`${ETC_NETNS}/${space}`, { recursive: true })
  writeFileSync(`${ETC_NETNS}/${space}/resolv.conf`, '')
}

/** Whether a network has somebody who answers DHCP: external ones have not, whatever their subnets say. */
export function hasDhcp(network: Pick<NetworkState, 'networks' | 'subnets'>, networkId: string): boolean {
  const found = network.networks.get(networkId)
  if (!found || found.external) return false
  const subnets = found.subnetIds.flatMap((id) => network.subnets.get(id) ?? [])
  return subnets.some((subnet) => subnet.ipVersion === 4 && subnet.enableDhcp)
}

/**
 * Brings a NIC up as a machine's operating system does: asks for a lease for as long as the machine runs, or, where nobody answers, sets what
 * Neutron says. IPv6 comes by itself.
 */
export async function bringUp(nic: GuestNic, network: NetworkState, logger: Logger): Promise<void> {
  const { space, device, port } = nic
  await ip(space, 'link', 'set', 'dev', device, 'up')
  if (hasDhcp(network, port.networkId)) startDhcp(nic, logger)
  else await configure(nic, network)
}

function startDhcp({ space, device, dir }: GuestNic, logger: Logger): void {
  const script = join(dir, `dhcp-${device}`)
  writeLeaseScript(script, { lease: leaseFile(dir, device), resolvConf: `${ETC_NETNS}/${space}/resolv.conf` })
  const asked = ['mtu', 'staticroutes', 'hostname', 'dns', 'router'].flatMap((option) => ['-O', option])
  const client = spawn(
    'ip',
    [
      ...['netns', 'exec', space, 'busybox', 'udhcpc', '-i', device, '-f'],
      // The router may not know this machine yet: asks again soon, and for ever.
      ...['-t', '3', '-T', '1', '-A', '1', '-s', script, ...asked],
    ],
    { detached: true, stdio: 'ignore' },
  )
  client.on('error', (error) => logger.error({ space, reason: error.message }, 'a DHCP client could not be started'))
}

async function configure({ space, device, port }: GuestNic, network: NetworkState): Promise<void> {
  const lines = port.fixedIps.flatMap(({ subnet_id: id, ip_address: address }) => {
    const subnet = network.subnets.get(id)
    if (!subnet || subnet.ipv6AddressMode !== null) return []
    const nodad = subnet.ipVersion === 6 ? ' nodad' : ''
    return [
      `address add ${address}/${subnet.cidr.split('/')[1]} dev ${device}${nodad}`,
      ...(subnet.gatewayIp === null ? [] : [`route replace default via ${subnet.gatewayIp} dev ${device}`]),
    ]
  })
  if (lines.length > 0) await ipBatch(space, lines)
}
