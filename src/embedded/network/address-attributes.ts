import { z } from 'zod'
import { parseAddress, parseCidr } from './addresses.ts'
import { operation } from './attributes.ts'

type Issue = { readonly input?: unknown }
const quoted = (issue: Issue): string => `'${String(issue.input)}'`

/** An IP address, refused in Neutron's words otherwise. */
export const address = z.string().refine((text) => parseAddress(text) !== null, {
  error: (issue) => `${quoted(issue)} is not a valid IP address`,
})
/** The address of a name server. */
export const nameServer = z.string().refine((text) => parseAddress(text) !== null, {
  error: (issue) => `${quoted(issue)} is not a valid nameserver. ${quoted(issue)} is not a valid IP address`,
})
/** A CIDR, inside of something. */
export const cidr = z.string().refine((text) => parseCidr(text) !== null, {
  error: (issue) => `${quoted(issue)} is not a valid CIDR`,
})
/** The CIDR of a subnet. */
export const subnetCidr = z.string().refine((text) => parseCidr(text) !== null, {
  error: (issue) => operation(`${String(issue.input)} is not in a CIDR format`),
})
export const mac = z.string().regex(/^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/, {
  error: (issue) => `${quoted(issue)} is not a valid MAC address`,
})
