import ipaddr from 'ipaddr.js'

/**
 * One way of writing an address: lower case, shortest, an IPv4 address that arrived on an IPv6 socket as IPv4. null: no address, or one
 * with a zone, which means something on one machine only.
 */
export function plainAddress(text: string): string | null {
  if (text.includes('%')) return null
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return null
  return ipaddr.process(text).toString()
}
