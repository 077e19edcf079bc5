import { z } from 'zod'
import { type Cidr, type InterfaceAddress, type Ip, parseCidr, parseInterfaceAddress, parseIp } from '../net/ip.ts'

/** A string that `parse` turns into a value; the message says what was expected. */
function parsed<T>(parse: (text: string) => T | null, expected: string) {
  return z
    .string()
    .max(256)
    .transform((text, context) => {
      const value = parse(text)
      if (value !== null) return value
      context.addIssue({ code: 'custom', message: `expected ${expected}` })
      return z.NEVER
    })
}

export const ip = parsed<Ip>(parseIp, 'an IPv4 or IPv6 address')
export const cidr = parsed<Cidr>(parseCidr, 'a network such as 192.168.0.0/24')
export const interfaceAddress = parsed<InterfaceAddress>(parseInterfaceAddress, 'an address such as 192.168.0.1/24')

/** `''` and null mean none. */
export const optionalIp = z.union([z.literal('').transform(() => null), z.null(), ip]).default(null)

export const mac = parsed(
  (text) => (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text) ? text.toLowerCase() : null),
  'a MAC address such as fa:16:3e:00:00:01',
)

export const genericName = parsed(
  (text) => (/^ge(0|[1-9]\d{0,3})$/.test(text) ? text : null),
  'a generic interface name such as ge1',
)

/** Identifiers of Neutron, Nova and Keystone: what they name is never interpreted, but it must not break a line or an expression. */
export const identifier = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, 'expected an identifier ([A-Za-z0-9_.-])')

export const port = z.int().min(1).max(65535)
export const mtu = z
  .int()
  .min(68)
  .max(65535)
  .nullish()
  .transform((value) => value ?? null)
export const asn = z.int().min(1).max(4_294_967_295)

export const hostname = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/, 'expected a host name')

/** Names that people give: kept for showing only. */
export const label = z.string().max(255)
