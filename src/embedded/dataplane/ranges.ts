import ipaddr from 'ipaddr.js'
import { AstaraError } from '../../shared/index.ts'
import { ip } from './run.ts'

/** Address ranges of the networks that this machine itself takes part in. */
export interface Ranges {
  readonly management: { readonly cidr: string; readonly address: string }
  readonly external: {
    readonly cidr: string
    readonly gateway: string
    /** This machine's own. */
    readonly address: string
    readonly pool: { readonly start: string; readonly end: string }
    readonly cidr6: string
    readonly gateway6: string
  }
}

/** Destinations of the routes of this machine, but for the default one. */
async function routed(): Promise<readonly string[]> {
  const found: string[] = []
  for (const family of ['-4', '-6']) {
    const routes: unknown = JSON.parse((await ip(null, family, '-json', 'route', 'show', 'table', 'all')) || '[]')
    for (const route of Array.isArray(routes) ? routes : []) {
      if (typeof route?.dst === 'string' && route.dst !== 'default') found.push(route.dst)
    }
  }
  return found
}

const range = (text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | null => {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  if (!ipaddr.isValid(text)) return null
  const address = ipaddr.parse(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/** True when two ranges have addresses in common. */
export function overlaps(a: string, b: string): boolean {
  const first = range(a)
  const second = range(b)
  if (!first || !second || first[0].kind() !== second[0].kind()) return false
  const bits = Math.min(first[1], second[1])
  return first[0].match(second[0], bits)
}

/** The first candidate that overlaps nothing; throws when each does. */
export function firstFree(candidates: readonly string[], taken: readonly string[], what: string): string {
  const free = candidates.find((candidate) => !taken.some((other) => overlaps(candidate, other)))
  if (free !== undefined) return free
  throw new AstaraError(
    'unavailable',
    `no address range is free for the ${what}: this machine has routes to all of them`,
    {
      details: { candidates },
      suggestions: ['See them: ip route show table all; ip -6 route show table all'],
    },
  )
}

const COUNT = 8
const MANAGEMENT = Array.from({ length: COUNT }, (_, i) => `fdca:3ba5:a17a:${(0xacda + i).toString(16)}::/64`)
const EXTERNAL = Array.from({ length: COUNT }, (_, i) => `172.${24 + i}.0.0/16`)
/** Addresses that are for documents: nobody has them. */
const EXTERNAL6 = Array.from({ length: COUNT }, (_, i) => `2001:db8:${(0xe0 + i).toString(16)}::/64`)

/** Picks ranges that this machine does not use yet, and that nobody has spoken for (`reserved`). */
export async function pickRanges(reserved: readonly string[]): Promise<Ranges> {
  const taken = [...(await routed()), ...reserved]
  const management = firstFree(MANAGEMENT, taken, 'management network')
  const external = firstFree(EXTERNAL, taken, 'external network')
  const external6 = firstFree(EXTERNAL6, taken, 'external network')
  const [a, b] = external.split('.')
  return {
    management: { cidr: management, address: management.replace('/64', '1') },
    external: {
      cidr: external,
      gateway: `${a}.${b}.0.1`,
      address: `${a}.${b}.0.2`,
      pool: { start: `${a}.${b}.0.10`, end: `${a}.${b}.255.254` },
      cidr6: external6,
      gateway6: external6.replace('/64', '1'),
    },
  }
}
