import ipaddr from 'ipaddr.js'

/** An IP version. */
export type Family = 4 | 6

/** One address in its canonical text, with its number for comparing and for arithmetic. */
export interface Ip {
  readonly family: Family
  readonly text: string
  readonly value: bigint
}

/** A network: `address` is the lowest address (host bits cleared). */
export interface Cidr {
  readonly address: Ip
  readonly prefix: number
  readonly text: string
}

/** An address on an interface: the host part is kept, `network` is what it is connected to. */
export interface InterfaceAddress {
  readonly ip: Ip
  readonly prefix: number
  readonly text: string
  readonly network: Cidr
}

/** Number of bits of an address. */
const bitsOf = (family: Family): number => (family === 4 ? 32 : 128)

function bytesToValue(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function ipOf(family: Family, value: bigint): Ip {
  const bytes: number[] = []
  for (let shift = bitsOf(family) - 8; shift >= 0; shift -= 8) bytes.push(Number((value >> BigInt(shift)) & 0xffn))
  return {
    family,
    value,
    text: family === 4 ? bytes.join('.') : new ipaddr.IPv6(bytes).toRFC5952String(),
  }
}

/** Parses one address; null for anything else, for zones (`%eth0`), short forms (`1.2`) and IPv4-mapped IPv6. */
export function parseIp(text: string): Ip | null {
  if (text.includes(':')) {
    if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return null
    const parsed = ipaddr.IPv6.parse(text)
    if (parsed.isIPv4MappedAddress()) return null
    return { family: 6, value: bytesToValue(parsed.toByteArray()), text: parsed.toRFC5952String() }
  }
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return null
  const octets = text.split('.').map(Number)
  return { family: 4, value: bytesToValue(octets), text: octets.join('.') }
}

/** The network of `prefix` bits in which `ip` lies. */
function networkOf(ip: Ip, prefix: number): Cidr {
  const host = BigInt(bitsOf(ip.family) - prefix)
  const address = ipOf(ip.family, (ip.value >> host) << host)
  return { address, prefix, text: `${address.text}/${prefix}` }
}

function splitPrefix(text: string): { ip: Ip; prefix: number } | null {
  const slash = text.indexOf('/')
  const ip = parseIp(slash < 0 ? text : text.slice(0, slash))
  if (!ip) return null
  if (slash < 0) return { ip, prefix: bitsOf(ip.family) }
  const digits = text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(digits)) return null
  const prefix = Number(digits)
  return prefix <= bitsOf(ip.family) ? { ip, prefix } : null
}

/** Parses `address/prefix` (a bare address is a single host) as an address on an interface. */
export function parseInterfaceAddress(text: string): InterfaceAddress | null {
  const parts = splitPrefix(text)
  if (!parts) return null
  return {
    ...parts,
    text: `${parts.ip.text}/${parts.prefix}`,
    network: networkOf(parts.ip, parts.prefix),
  }
}

/** Parses a network; host bits are cleared, as Neutron does. */
export function parseCidr(text: string): Cidr | null {
  const parts = splitPrefix(text)
  return parts && networkOf(parts.ip, parts.prefix)
}

/** True when `ip` lies in `cidr`. */
export function contains(cidr: Cidr, ip: Ip): boolean {
  if (cidr.address.family !== ip.family) return false
  const host = BigInt(bitsOf(ip.family) - cidr.prefix)
  return ip.value >> host === cidr.address.value >> host
}

/** True when the two networks share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.prefix <= b.prefix ? contains(a, b.address) : contains(b, a.address)
}

/** The network mask of an IPv4 prefix, dotted. */
export function netmask(prefix: number): string {
  return ipOf(4, prefix === 0 ? 0n : (0xffffffffn << BigInt(32 - prefix)) & 0xffffffffn).text
}

/** Broadcast address of an IPv4 network, null where there is none (/31, /32). */
export function broadcastOf(address: InterfaceAddress): Ip | null {
  if (address.ip.family !== 4 || address.prefix > 30) return null
  return ipOf(4, address.network.address.value | ((1n << BigInt(32 - address.prefix)) - 1n))
}

/** True for an address that can be a next hop: a host's, and not the lowest or the broadcast address of a network it lies in. */
export function isNexthop(ip: Ip, own: readonly InterfaceAddress[]): boolean {
  if (!isHostAddress(ip)) return false
  return !own.some(
    (address) =>
      address.ip.text === ip.text ||
      (contains(address.network, ip) &&
        ((ip.family === 4 && address.prefix <= 30 && ip.value === address.network.address.value) ||
          broadcastOf(address)?.text === ip.text)),
  )
}

/** True for fe80::/10. */
export function isLinkLocal(ip: Ip): boolean {
  return ip.family === 6 && ip.value >> 118n === 0x3fan
}

/** True for an address a machine can have: not unspecified, loopback, multicast or reserved. */
export function isHostAddress(ip: Ip): boolean {
  if (ip.family === 4) {
    const first = ip.value >> 24n
    return first !== 0n && first !== 127n && first < 224n
  }
  return ip.value > 1n && ip.value >> 120n !== 0xffn
}

/** Orders IPv4 before IPv6, then by number: "the lowest address" everywhere. */
export function compareIps(a: Ip, b: Ip): number {
  if (a.family !== b.family) return a.family - b.family
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0
}
