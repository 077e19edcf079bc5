import ipaddr from 'ipaddr.js'

/** An address as a number with its family. */
export interface Address {
  readonly version: 4 | 6
  readonly value: bigint
}

/** An address range. */
export interface Cidr {
  readonly version: 4 | 6
  readonly first: bigint
  readonly last: bigint
  readonly prefix: number
  readonly text: string
}

/** Parses an address; null when it is none. */
export function parseAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return { version: 4, value: BigInt(`0x${Buffer.from(ipaddr.IPv4.parse(text).toByteArray()).toString('hex')}`) }
  }
  if (ipaddr.IPv6.isValid(text) && text.includes(':')) {
    return { version: 6, value: BigInt(`0x${Buffer.from(ipaddr.IPv6.parse(text).toByteArray()).toString('hex')}`) }
  }
  return null
}

/** Writes an address in its canonical form (RFC 5952 for IPv6). */
export function formatAddress(version: 4 | 6, value: bigint): string {
  const bytes = [...Buffer.from(value.toString(16).padStart(version === 4 ? 8 : 32, '0'), 'hex')]
  return version === 4 ? bytes.join('.') : new ipaddr.IPv6(bytes).toRFC5952String()
}

/** Parses `address/length`; host bits are cleared, as Neutron's client form does. null when it is none. */
export function parseCidr(text: string): Cidr | null {
  const [left = '', right, ...rest] = text.split('/')
  const address = parseAddress(left)
  if (!address || right === undefined || rest.length > 0 || !/^\d{1,3}$/.test(right)) return null
  const width = address.version === 4 ? 32 : 128
  const prefix = Number(right)
  if (prefix > width) return null
  const size = 1n << BigInt(width - prefix)
  const first = (address.value / size) * size
  return {
    version: address.version,
    first,
    last: first + size - 1n,
    prefix,
    text: `${formatAddress(address.version, first)}/${prefix}`,
  }
}

export function contains(cidr: Cidr, address: Address): boolean {
  return address.version === cidr.version && address.value >= cidr.first && address.value <= cidr.last
}

export function overlap(a: Cidr, b: Cidr): boolean {
  return a.version === b.version && a.first <= b.last && b.first <= a.last
}

/** The modified EUI-64 address of a MAC in a /64: how SLAAC addresses come about. */
export function eui64(cidr: Cidr, mac: string): string {
  const bytes = mac.split(':').map((byte) => Number.parseInt(byte, 16))
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes
  const host = Buffer.from([a ^ 2, b, c, 0xff, 0xfe, d, e, f]).toString('hex')
  return formatAddress(6, cidr.first + BigInt(`0x${host}`))
}
