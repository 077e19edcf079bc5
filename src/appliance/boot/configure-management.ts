import { AstaraError, type Logger } from '../../shared/index.ts'
import { parseInterfaceAddress } from '../net/ip.ts'
import type { Files } from '../system/files.ts'
import type { Kernel } from '../system/live.ts'

/** What first boot is told by cloud-init. */
export interface ManagementSettings {
  readonly mac: string
  readonly address: string
  readonly mtu: number
  /** sshd's configuration, to be bound to the address; null leaves it alone. */
  readonly sshdConfig: string | null
  /** Environment file of the agent's unit, which tells it where to listen; null leaves it alone. */
  readonly environmentFile: string | null
}

const SSHD_KEYS = /^\s*(ListenAddress|AddressFamily|UseDNS)\b/i

/** sshd listens where the orchestrator is, and nowhere else. */
export function sshdText(before: string, ip: string, family: 4 | 6): string {
  const kept = before.split('\n').filter((line) => !SSHD_KEYS.test(line))
  while (kept.at(-1)?.trim() === '') kept.pop()
  // The three must stand before any Match block, where they would not count.
  const block = [`AddressFamily ${family === 6 ? 'inet6' : 'inet'}`, `ListenAddress ${ip}`, 'UseDNS no']
  return `${[...block, ...kept].join('\n')}\n`
}

/**
 * Finds the NIC with this MAC among all, gives it its address, and tells sshd and the agent's unit about it. Done again it changes
 * nothing.
 *
 * @throws AstaraError when the address is none or no NIC has the MAC.
 */
export async function configureManagement(
  settings: ManagementSettings,
  machine: { readonly kernel: Kernel; readonly files: Files; readonly logger: Logger },
): Promise<{ readonly device: string; readonly address: string }> {
  const { kernel, files, logger } = machine
  const address = parseInterfaceAddress(settings.address)
  if (!address) throw new AstaraError('bad_request', `${settings.address} is not an address with a prefix length`)
  const links = await kernel.readLinks()
  const link = links.find((candidate) => candidate.nic && candidate.mac === settings.mac.toLowerCase())
  if (!link) {
    const present = links.filter((candidate) => candidate.nic).map((candidate) => candidate.mac)
    throw new AstaraError('not_found', `no interface has the address ${settings.mac}`, { details: { present } })
  }
  const { device } = link
  if (address.ip.family === 6) await kernel.writeSysctl(`net/ipv6/conf/${device}/accept_dad`, '0')
  await kernel.change([
    { op: 'link', device, mtu: settings.mtu, up: true },
    ...(link.addresses.some((present) => present.text === address.text)
      ? []
      : [
          {
            op: 'address-add',
            device,
            address: address.text,
            ...(address.ip.family === 6 ? { nodad: true } : {}),
          } as const,
        ]),
  ])
  if (settings.sshdConfig !== null) {
    const before = await files.read(settings.sshdConfig)
    const after = before === null ? null : sshdText(before, address.ip.text, address.ip.family)
    if (after !== null && after !== before) await files.write(settings.sshdConfig, after, 0o644)
  }
  if (settings.environmentFile !== null) {
    const text = `ASTARA_APPLIANCE_LISTEN=${address.ip.text}\n`
    if ((await files.read(settings.environmentFile)) !== text) await files.write(settings.environmentFile, text, 0o644)
  }
  logger.info({ device, address: address.text }, 'management interface is configured')
  return { device, address: address.text }
}
