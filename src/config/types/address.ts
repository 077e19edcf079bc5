import { isIP } from 'node:net'
import { BadValue, type ValueType } from './value-type.ts'

// Node takes `fe80::1%eth0` for an address; a zone means something on one machine only.
const family = (address: string): number => (address.includes('%') ? 0 : isIP(address))

/** An IPv4 or IPv6 address. */
export const ip: ValueType<string> = {
  kind: 'IP address',
  allowed: 'an IPv4 or IPv6 address',
  parse(value) {
    const address = value.trim()
    if (family(address) === 0) throw new BadValue(this.allowed)
    return address
  },
  format: (value) => value,
}

/** A network: address, slash, prefix length. The text is kept as written. */
export const cidr: ValueType<string> = {
  kind: 'CIDR',
  allowed: 'a network such as fdca:3ba5:a17a:acda::/64 or 10.10.0.0/16',
  parse(value) {
    const network = value.trim()
    const [address = '', length = '', ...rest] = network.split('/')
    const bits = { 0: -1, 4: 32, 6: 128 }[family(address)] ?? -1
    if (rest.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > bits) throw new BadValue(this.allowed)
    return network
  },
  format: (value) => value,
}

const LABEL = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/

/** An address or a host name. A name of only digits and dots is a mistyped address, not a name. */
export const host: ValueType<string> = {
  kind: 'host',
  allowed: 'an IPv4 or IPv6 address or a host name',
  parse(value) {
    const name = value.trim()
    const isName = name.length <= 253 && !/^[\d.]+$/.test(name) && name.split('.').every((label) => LABEL.test(label))
    if (family(name) === 0 && !isName) throw new BadValue(this.allowed)
    return name
  },
  format: (value) => value,
}
