import type { Problem } from '../body/index.ts'
import { isHostAddress, isNexthop, overlaps } from '../net/ip.ts'
import type { Machine } from './machine.ts'
import type { Network } from './types.ts'

function duplicates<T>(items: readonly T[], key: (item: T) => string): { index: number; key: string; first: number }[] {
  const seen = new Map<string, number>()
  return items.flatMap((item, index) => {
    const text = key(item)
    const first = seen.get(text)
    if (first !== undefined) return [{ index, key: text, first }]
    seen.set(text, index)
    return []
  })
}

/** Each address once; none that no machine can have. */
function addressProblems(networks: readonly Network[]): Problem[] {
  const problems: Problem[] = []
  const owner = new Map<string, string>()
  networks.forEach((network, n) => {
    network.addresses.forEach((address, a) => {
      const path = `networks[${n}].interface.addresses[${a}]`
      if (!isHostAddress(address.ip)) problems.push({ path, message: `${address.text} cannot be an interface address` })
      const other = owner.get(address.ip.text)
      if (other === undefined) owner.set(address.ip.text, network.generic)
      else problems.push({ path, message: `${address.ip.text} is also on ${other}` })
    })
  })
  return problems
}

/**
 * Tenants choose their own subnets. One that overlaps the management network would let a tenant take over the orchestrator's
 * addresses, and two that overlap cannot be routed.
 */
function overlapProblems(networks: readonly Network[], machine: Machine): Problem[] {
  const problems: Problem[] = []
  const serving = (machine.serving?.addresses ?? []).map((address) => ({
    generic: 'management',
    cidr: address.network,
  }))
  const taken = networks.flatMap((network, n) =>
    network.addresses.map((address, a) => ({
      network,
      cidr: address.network,
      path: `networks[${n}].interface.addresses[${a}]`,
    })),
  )
  taken.forEach((mine, i) => {
    for (const other of taken.slice(0, i)) {
      if (other.network === mine.network || !overlaps(mine.cidr, other.cidr)) continue
      problems.push({
        path: mine.path,
        message: `${mine.cidr.text} overlaps ${other.cidr.text} of ${other.network.generic}`,
      })
    }
    if (mine.network.type === 'management') return
    for (const other of serving) {
      if (mine.network.device !== machine.serving?.device && overlaps(mine.cidr, other.cidr)) {
        problems.push({
          path: mine.path,
          message: `${mine.cidr.text} overlaps the management network ${other.cidr.text}`,
        })
      }
    }
  })
  return problems
}

/** What the networks of a configuration say about each other and about this machine. */
export function crossCheck(networks: readonly Network[], machine: Machine): Problem[] {
  const problems: Problem[] = []
  for (const { index, key, first } of duplicates(networks, (network) => network.generic)) {
    problems.push({
      path: `networks[${index}].interface.ifname`,
      message: `${key} is already used by networks[${first}]`,
    })
  }
  for (const { index, key, first } of duplicates(networks, (network) => network.id)) {
    problems.push({ path: `networks[${index}].network_id`, message: `${key} is already used by networks[${first}]` })
  }
  for (const type of ['external', 'management'] as const) {
    networks
      .map((network, index) => ({ network, index }))
      .filter(({ network }) => network.type === type)
      .slice(1)
      .forEach(({ index }) => {
        problems.push({
          path: `networks[${index}].network_type`,
          message: `there is already a network of type ${type}`,
        })
      })
  }
  networks.forEach((network, index) => {
    if (network.type !== 'management' && network.device === machine.serving?.device) {
      problems.push({
        path: `networks[${index}].interface.ifname`,
        message: `${network.generic} carries the address of this API: it can only be the management network`,
      })
    }
  })
  networks.forEach((network, index) => {
    if (network.type !== 'external') return
    network.subnets.forEach(({ gateway }, s) => {
      if (!gateway || isNexthop(gateway, network.addresses)) return
      problems.push({
        path: `networks[${index}].subnets[${s}].gateway_ip`,
        message: `${gateway.text} cannot be a gateway`,
      })
    })
  })
  return [...problems, ...addressProblems(networks), ...overlapProblems(networks, machine)]
}
