import type { Model, Network } from '../model/index.ts'
import { broadcastOf } from '../net/ip.ts'
import { virtualAddresses } from '../render/keepalived.ts'
import type { IpChange, LiveLink, LiveState } from '../system/live.ts'

/** What changes on the links, apart from routes. */
export interface AddressPlan {
  /** Links up, sizes, new addresses. */
  readonly add: readonly IpChange[]
  /** Addresses that left the configuration. */
  readonly remove: readonly IpChange[]
  /** Addresses that are gone or go: their connections are cut. */
  readonly forget: readonly string[]
  /** New addresses, to be announced. */
  readonly announce: readonly { readonly device: string; readonly ip: string }[]
}

const ipOf = (text: string): string => text.slice(0, text.indexOf('/'))

/** Addresses that this node itself puts on a network's interface. In a pair the moving ones are keepalived's. */
function ownAddresses(model: Model, network: Network): Map<string, IpChange> {
  const wanted = new Map<string, IpChange>()
  if (model.ha && network.type !== 'management') return wanted
  const { device } = network
  for (const address of network.addresses) {
    const broadcast = broadcastOf(address)
    wanted.set(address.text, {
      op: 'address-add',
      device,
      address: address.text,
      ...(broadcast ? { broadcast: broadcast.text } : {}),
      ...(network.type === 'management' && address.ip.family === 6 ? { nodad: true } : {}),
    })
  }
  if (network.type === 'external') {
    // A floating address is a host of its own: with the subnet's length, removing the first address would take the others along.
    // IPv6 ones go through duplicate detection: only an address that did announces itself to its neighbours.
    for (const { floating } of model.floatingIps) {
      const address = `${floating.text}/${floating.family === 4 ? 32 : 128}`
      wanted.set(address, { op: 'address-add', device, address })
    }
  }
  return wanted
}

function planLink(model: Model, network: Network, link: LiveLink, moving: ReadonlySet<string>): AddressPlan {
  const { device } = network
  const wanted = ownAddresses(model, network)
  const present = new Set(link.addresses.map((address) => address.text))
  const add: IpChange[] = []
  const resize = network.mtu !== null && network.mtu !== link.mtu
  if (resize || !link.up) {
    add.push({
      op: 'link',
      device,
      ...(resize && network.mtu !== null ? { mtu: network.mtu } : {}),
      ...(link.up ? {} : { up: true }),
    })
  }
  const missing = [...wanted].filter(([text]) => !present.has(text))
  add.push(...missing.map(([, change]) => change))
  // Never the address on which we are being asked.
  const kept = new Set(
    model.management?.device === device ? model.management.addresses.map((address) => address.text) : [],
  )
  const gone = link.addresses.filter(({ text, linkLocal }) => {
    if (wanted.has(text) || kept.has(text) || moving.has(`${device} ${text}`)) return false
    return !linkLocal || text.startsWith('fe80::a57a:')
  })
  return {
    add,
    remove: gone.map(({ text }) => ({ op: 'address-delete', device, address: text })),
    forget: gone.filter(({ linkLocal }) => !linkLocal).map(({ text }) => ipOf(text)),
    announce: missing.map(([text]) => ({ device, ip: ipOf(text) })),
  }
}

/** An interface without a network: it keeps nothing and goes down. */
function planUnused(link: LiveLink, moving: ReadonlySet<string>): AddressPlan {
  const { device } = link
  const gone = link.addresses.filter(({ text, linkLocal }) => !linkLocal && !moving.has(`${device} ${text}`))
  return {
    add: [],
    remove: [
      ...gone.map(({ text }) => ({ op: 'address-delete', device, address: text }) as const),
      ...(link.up ? [{ op: 'link', device, up: false } as const] : []),
    ],
    forget: gone.map(({ text }) => ipOf(text)),
    announce: [],
  }
}

/** The addresses that keepalived moves, as `device address`. */
export function movingAddresses(model: Model | null): Set<string> {
  return new Set(model?.ha ? virtualAddresses(model).map(({ device, address }) => `${device} ${address}`) : [])
}

/**
 * Difference between the addresses that are and those that are wanted, on every NIC. What is right already is not touched, so its
 * connections live on. `unused` are the NICs with a generic name and no network. Addresses in `held` are keepalived's to remove: one
 * that somebody else takes from it makes it give up mastership.
 */
export function planAddresses(
  model: Model,
  live: LiveState,
  unused: ReadonlySet<string>,
  held: ReadonlySet<string> = new Set(),
): AddressPlan {
  const moving = new Set([...movingAddresses(model), ...held])
  const plans = live.links.flatMap((link) => {
    const network = model.networks.find((candidate) => candidate.device === link.device)
    if (network) return [planLink(model, network, link, moving)]
    if (unused.has(link.device) && link.device !== model.management?.device) return [planUnused(link, moving)]
    return []
  })
  return {
    add: plans.flatMap((plan) => plan.add),
    remove: plans.flatMap((plan) => plan.remove),
    forget: plans.flatMap((plan) => plan.forget),
    announce: plans.flatMap((plan) => plan.announce),
  }
}
