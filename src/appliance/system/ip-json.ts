import { z } from 'zod'
import { isLinkLocal, parseCidr, parseInterfaceAddress, parseIp } from '../net/ip.ts'
import type { LiveAddress, LiveLink, LiveNeighbour, LiveRoute } from './live.ts'

const addrInfo = z.object({
  family: z.string(),
  local: z.string().optional(),
  prefixlen: z.number(),
  dadfailed: z.boolean().optional(),
})

const links = z.array(
  z.object({
    ifname: z.string().optional(),
    flags: z.array(z.string()).default([]),
    mtu: z.number().optional(),
    link_type: z.string().optional(),
    address: z.string().optional(),
    master: z.string().optional(),
    linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
    addr_info: z.array(addrInfo.partial()).default([]),
  }),
)

const routes = z.array(
  z.object({
    dst: z.string(),
    gateway: z.string().optional(),
    via: z.object({ host: z.string() }).optional(),
    dev: z.string().optional(),
    protocol: z.string().default('boot'),
    flags: z.array(z.string()).default([]),
  }),
)

const neighbours = z.array(z.object({ dst: z.string(), dev: z.string().optional(), lladdr: z.string().optional() }))

/** `ip -j` prints nothing at all for an empty list. */
const json = (text: string): unknown => JSON.parse(text.trim() === '' ? '[]' : text)

/** Kinds of virtual interface that stand for a cable; a physical or paravirtual NIC has no kind. */
const NIC_KINDS = new Set(['veth', 'macvlan', 'bridge', 'dummy', 'netdevsim'])

function addressOf(info: z.output<typeof links>[number]['addr_info'][number]): LiveAddress | null {
  if (info.local === undefined || info.prefixlen === undefined) return null
  const address = parseInterfaceAddress(`${info.local}/${info.prefixlen}`)
  if (!address) return null
  return {
    text: address.text,
    family: address.ip.family,
    linkLocal: isLinkLocal(address.ip),
    duplicate: info.dadfailed ?? false,
  }
}

/** Parses `ip -j -d addr show`. */
export function parseLinks(text: string): LiveLink[] {
  return links.parse(json(text)).flatMap((link) => {
    if (link.ifname === undefined) return []
    const kind = link.linkinfo?.info_kind
    return [
      {
        device: link.ifname,
        mac: (link.address ?? '').toLowerCase(),
        mtu: link.mtu ?? 0,
        up: link.flags.includes('UP'),
        nic: link.link_type === 'ether' && link.master === undefined && (kind === undefined || NIC_KINDS.has(kind)),
        addresses: link.addr_info.flatMap((info) => addressOf(info) ?? []),
      },
    ]
  })
}

/** Parses `ip -j -4|-6 route show table main`; only routes through a gateway. */
export function parseRoutes(text: string, family: 4 | 6): LiveRoute[] {
  return routes.parse(json(text)).flatMap((route) => {
    const gateway = route.gateway ?? route.via?.host
    const destination = route.dst === 'default' ? (family === 4 ? '0.0.0.0/0' : '::/0') : parseCidr(route.dst)?.text
    if (gateway === undefined || route.dev === undefined || destination === undefined) return []
    return [
      {
        destination,
        gateway: parseIp(gateway)?.text ?? gateway,
        device: route.dev,
        protocol: route.protocol,
        onlink: route.flags.includes('onlink'),
      },
    ]
  })
}

/** Parses `ip -j neigh show`. */
export function parseNeighbours(text: string): LiveNeighbour[] {
  return neighbours.parse(json(text)).flatMap((entry) => {
    if (entry.dev === undefined || entry.lladdr === undefined) return []
    return [{ device: entry.dev, ip: parseIp(entry.dst)?.text ?? entry.dst, mac: entry.lladdr.toLowerCase() }]
  })
}

/** The rules without what changes by itself: counters and comment lines. */
export function canonicalRules(saved: string): string {
  return saved
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/ \[\d+:\d+\]$/, ''))
    .join('\n')
}

const nftTable = z.object({
  nftables: z.array(
    z.object({
      counter: z.object({ name: z.string(), packets: z.number(), bytes: z.number() }).optional(),
      rule: z.object({ chain: z.string() }).optional(),
    }),
  ),
})

/** Parses `nft -j list table` or `nft -j reset counters table`. */
export function parseNft(text: string): { counters: Map<string, { packets: number; bytes: number }>; rules: number } {
  const items = nftTable.parse(JSON.parse(text)).nftables
  const counters = new Map(
    items.flatMap(({ counter }) =>
      counter ? [[counter.name, { packets: counter.packets, bytes: counter.bytes }] as const] : [],
    ),
  )
  return { counters, rules: items.filter((item) => item.rule !== undefined).length }
}
