import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { DEVICE } from './device.ts'

/** An address of this machine inside a prefix: that of our own device first, else the lowest. null: it has none there. */
export function ownAddressIn(
  prefix: string,
  interfaces: NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address'>[]> = networkInterfaces(),
): string | null {
  const range = ipaddr.parseCIDR(prefix)
  const found = Object.entries(interfaces).flatMap(([name, infos]) =>
    (infos ?? []).flatMap(({ address: text }) => {
      if (text.includes('%') || !ipaddr.isValid(text)) return []
      const address = ipaddr.parse(text)
      if (address.kind() !== range[0].kind() || !address.match(range)) return []
      return [{ ours: name === DEVICE, text: address.toString(), bytes: address.toByteArray() }]
    }),
  )
  found.sort((a, b) => Number(b.ours) - Number(a.ours) || compareBytes(a.bytes, b.bytes))
  return found[0]?.text ?? null
}

function compareBytes(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}
