import { ApiError } from '../http/api-error.ts'
import { type Cidr, contains, eui64, formatAddress, parseAddress, parseCidr } from './addresses.ts'
import type { Subnet } from './model.ts'

export interface FixedIp {
  readonly subnet_id: string
  readonly ip_address: string
}

interface Space {
  readonly subnet: Subnet
  readonly cidr: Cidr
  readonly taken: Map<string, number>
  /** Where the next search starts: addresses are handed out upwards and reused only after a full round. */
  cursor: bigint | null
}

/** Which addresses of which subnets are taken. */
export class Ipam {
  readonly #spaces = new Map<string, Space>()

  add(subnet: Subnet): void {
    const cidr = parseCidr(subnet.cidr)
    if (cidr) this.#spaces.set(subnet.id, { subnet, cidr, taken: new Map(), cursor: null })
  }

  remove(subnetId: string): void {
    this.#spaces.delete(subnetId)
  }

  cidr(subnetId: string): Cidr {
    const space = this.#space(subnetId)
    return space.cidr
  }

  contains(subnetId: string, text: string): boolean {
    const address = parseAddress(text)
    return address !== null && contains(this.#space(subnetId).cidr, address)
  }

  isTaken(subnetId: string, text: string): boolean {
    return this.#space(subnetId).taken.has(text)
  }

  takenCount(subnetId: string): number {
    return this.#spaces.get(subnetId)?.taken.size ?? 0
  }

  /** Takes a particular address. Refuses one that lies outside, or is taken. */
  take(subnetId: string, text: string): FixedIp {
    const space = this.#space(subnetId)
    const address = parseAddress(text)
    if (!address || !contains(space.cidr, address)) {
      throw new ApiError(400, 'InvalidIpForSubnet', `IP address ${text} is not a valid IP for the specified subnet.`)
    }
    const canonical = formatAddress(address.version, address.value)
    if (space.taken.has(canonical)) {
      // Neutron's IPAM driver words it so, rather than as IpAddressInUse.
      throw new ApiError(
        409,
        'IpAddressAlreadyAllocated',
        `IP address ${canonical} already allocated in subnet ${subnetId}`,
      )
    }
    space.taken.set(canonical, 1)
    return { subnet_id: subnetId, ip_address: canonical }
  }

  /** Takes the address that SLAAC gives the MAC. */
  takeEui64(subnetId: string, mac: string): FixedIp {
    return this.take(subnetId, eui64(this.#space(subnetId).cidr, mac))
  }

  /** Takes the next free address of the allocation pools; null when there is none. */
  takeNext(subnetId: string): FixedIp | null {
    const space = this.#space(subnetId)
    const pools = space.subnet.allocationPools.flatMap(({ start, end }) => {
      const first = parseAddress(start)
      const last = parseAddress(end)
      return first && last ? [{ first: first.value, last: last.value }] : []
    })
    const from = space.cursor
    const later = from === null ? pools : pools.filter((pool) => pool.last >= from)
    const rounds = [
      ...later.map((pool) => ({ ...pool, first: from !== null && from > pool.first ? from : pool.first })),
      ...(from === null ? [] : pools),
    ]
    for (const pool of rounds) {
      for (let value = pool.first; value <= pool.last; value += 1n) {
        const text = formatAddress(space.cidr.version, value)
        if (space.taken.has(text) || text === space.subnet.gatewayIp) continue
        space.taken.set(text, 1)
        space.cursor = value + 1n
        return { subnet_id: subnetId, ip_address: text }
      }
    }
    return null
  }

  release(fixedIp: FixedIp): void {
    this.#spaces.get(fixedIp.subnet_id)?.taken.delete(fixedIp.ip_address)
  }

  #space(subnetId: string): Space {
    const space = this.#spaces.get(subnetId)
    if (!space) throw new ApiError(404, 'SubnetNotFound', `Subnet ${subnetId} could not be found.`)
    return space
  }
}
