import ipaddr from 'ipaddr.js'
import { AstaraError } from '../../../shared/index.ts'

/** Decides whether an address that Neutron gave us may be talked to. Throws bad_config on a prefix that cannot be read. */
export function managementPrefix(prefix: string): (address: string) => boolean {
  if (!ipaddr.isValidCIDR(prefix)) {
    throw new AstaraError('bad_config', `management_prefix ${JSON.stringify(prefix)} is not a CIDR`)
  }
  const range = ipaddr.parseCIDR(prefix)
  return (address) => {
    const parsed = parse(address)
    // Kinds must agree: an IPv4-mapped IPv6 address is not inside an IPv4 prefix.
    return parsed !== null && parsed.kind() === range[0].kind() && parsed.match(range)
  }
}

/** Strict: four-part decimal IPv4 or IPv6, no zone. */
function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address)
  if (address.includes('%') || !ipaddr.IPv6.isValid(address)) return null
  return ipaddr.IPv6.parse(address)
}

/** Base URL of an appliance's REST API. */
export function applianceOrigin(address: string, port: number): string {
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}
