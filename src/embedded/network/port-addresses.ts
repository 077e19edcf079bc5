import { ApiError } from '../http/api-error.ts'
import { parseAddress } from './addresses.ts'
import { badRequest, conflict, notFound } from './errors.ts'
import type { FixedIp } from './ipam.ts'
import type { Network, Subnet } from './model.ts'
import type { RequestedIp } from './port-attributes.ts'
import type { NetworkState } from './state.ts'

interface Wanted {
  readonly network: Network
  readonly macAddress: string
  readonly deviceOwner: string
}

const isRouterOwned = (owner: string): boolean => owner.startsWith('network:router')

function subnetsOf(state: NetworkState, network: Network): readonly Subnet[] {
  return network.subnetIds.flatMap((id) => state.subnets.get(id) ?? [])
}

function exhausted(network: Network): ApiError {
  return conflict('IpAddressGenerationFailure', `No more IP addresses available on network ${network.id}.`)
}

/** An automatic address: by the MAC on SLAAC subnets, the next of the pool on others. */
function automatic(state: NetworkState, subnet: Subnet, wanted: Wanted): FixedIp | null {
  const isSlaac = subnet.ipVersion === 6 && subnet.autoAddress
  if (isSlaac && !isRouterOwned(wanted.deviceOwner)) return state.ipam.takeEui64(subnet.id, wanted.macAddress)
  return state.ipam.takeNext(subnet.id)
}

function explicit(state: NetworkState, asked: RequestedIp, subnets: readonly Subnet[], wanted: Wanted): FixedIp {
  const { network } = wanted
  if (asked.subnet_id !== undefined) {
    const subnet = subnets.find((one) => one.id === asked.subnet_id)
    if (!subnet) {
      // One of another network is refused otherwise than one that is not there.
      if (!state.subnets.get(asked.subnet_id)) throw notFound('subnet', asked.subnet_id)
      throw new ApiError(
        400,
        'InvalidInput',
        `Invalid input for operation: Failed to create port on network ${network.id}, because fixed_ips included invalid subnet ${asked.subnet_id}.`,
      )
    }
    if (asked.ip_address === undefined) {
      const found = automatic(state, subnet, wanted)
      if (!found) throw exhausted(network)
      return found
    }
    refuseChosenOnAuto(subnet, asked.ip_address, wanted)
    return state.ipam.take(subnet.id, asked.ip_address)
  }
  const address = asked.ip_address
  if (address === undefined)
    throw badRequest('Invalid input for operation: IP allocation requires subnet_id or ip_address.')
  const subnet = subnets.find((one) => state.ipam.contains(one.id, address) && isForHosts(state, one, address))
  if (!subnet) {
    throw new ApiError(
      400,
      'InvalidIpForNetwork',
      `IP address ${address} is not a valid IP for any of the subnets on the specified network.`,
    )
  }
  refuseChosenOnAuto(subnet, address, wanted)
  return state.ipam.take(subnet.id, address)
}

/** An IPv4 subnet's first and last address are nobody's. */
function isForHosts(state: NetworkState, subnet: Subnet, text: string): boolean {
  const cidr = state.ipam.cidr(subnet.id)
  const value = parseAddress(text)?.value
  return subnet.ipVersion === 6 || (value !== cidr.first && value !== cidr.last)
}

function refuseChosenOnAuto(subnet: Subnet, address: string, wanted: Wanted): void {
  if (subnet.ipVersion === 6 && subnet.autoAddress && !isRouterOwned(wanted.deviceOwner)) {
    throw new ApiError(
      400,
      'AllocationOnAutoAddressSubnet',
      `IPv6 address ${address} cannot be directly assigned to a port on subnet ${subnet.id} as the subnet is configured for automatic addresses`,
    )
  }
}

/**
 * Gives a new port its addresses. Without `fixed_ips`: one IPv4 and one IPv6 address from the first subnets with room, and an address of
 * every subnet with automatic addresses. With `fixed_ips: []`: only the automatic ones. What was taken is given back when a later one
 * cannot be had.
 */
export function allocate(state: NetworkState, wanted: Wanted, asked: readonly RequestedIp[] | undefined): FixedIp[] {
  const subnets = subnetsOf(state, wanted.network)
  const taken: FixedIp[] = []
  try {
    for (const one of asked ?? []) taken.push(explicit(state, one, subnets, wanted))
    if (asked === undefined) {
      for (const version of [4, 6] as const) {
        const offering = subnets.filter((subnet) => subnet.ipVersion === version && !subnet.autoAddress)
        let found: FixedIp | null = null
        for (const subnet of offering) {
          found = state.ipam.takeNext(subnet.id)
          if (found) break
        }
        if (found) taken.push(found)
        else if (offering.length > 0) throw exhausted(wanted.network)
      }
    }
    if (!isRouterOwned(wanted.deviceOwner)) {
      for (const subnet of subnets) {
        if (!subnet.autoAddress || taken.some((ip) => ip.subnet_id === subnet.id)) continue
        const found = automatic(state, subnet, wanted)
        if (!found) throw exhausted(wanted.network)
        taken.push(found)
      }
    }
    return taken
  } catch (error) {
    for (const ip of taken) state.ipam.release(ip)
    throw error
  }
}

/** Changes a port's addresses to those asked for, keeping the ones it has already. */
export function reallocate(
  state: NetworkState,
  wanted: Wanted,
  held: readonly FixedIp[],
  asked: readonly RequestedIp[],
): FixedIp[] {
  const kept: FixedIp[] = []
  const fresh: RequestedIp[] = []
  const left = [...held]
  for (const one of asked) {
    const index = left.findIndex(
      (ip) =>
        (one.ip_address === undefined || ip.ip_address === one.ip_address) &&
        (one.subnet_id === undefined || ip.subnet_id === one.subnet_id),
    )
    const [found] = index < 0 ? [] : left.splice(index, 1)
    if (found) kept.push(found)
    else fresh.push(one)
  }
  // Automatic addresses stay unless their MAC goes.
  for (const ip of [...left]) {
    if (state.subnets.get(ip.subnet_id)?.autoAddress) kept.push(...left.splice(left.indexOf(ip), 1))
  }
  const subnets = subnetsOf(state, wanted.network)
  const taken: FixedIp[] = []
  try {
    for (const one of fresh) taken.push(explicit(state, one, subnets, wanted))
  } catch (error) {
    for (const ip of taken) state.ipam.release(ip)
    throw error
  }
  for (const ip of left) state.ipam.release(ip)
  return [...kept, ...taken]
}
