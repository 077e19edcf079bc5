import type { Configuration, Problem } from '../body/index.ts'
import { contains, type Ip, isHostAddress, isLinkLocal } from '../net/ip.ts'
import type { Balancing, Listener, LoadBalancer, Management, Network } from './types.ts'

type ConfiguredBalancer = NonNullable<NonNullable<Configuration['services']>['loadbalancer']>
type ConfiguredListener = ConfiguredBalancer['listeners'][number]
type ConfiguredPool = NonNullable<ConfiguredListener['default_pool']>

const PATH = 'services.loadbalancer'
const LINK_LOCAL_4 = 0xa9fen

/** Tenants choose the members: none may lead the balancer to itself, to its link or into the management network. */
function memberProblem(address: Ip, networks: readonly Network[], management: Management | null): string | null {
  if (
    !isHostAddress(address) ||
    isLinkLocal(address) ||
    (address.family === 4 && address.value >> 16n === LINK_LOCAL_4)
  )
    return `${address.text} cannot be the address of a member`
  const behind = [
    ...(management?.addresses ?? []),
    ...networks.filter(({ type }) => type === 'management').flatMap(({ addresses }) => addresses),
  ]
  if (behind.some(({ network }) => contains(network, address)))
    return `${address.text} is in the management network, which no tenant reaches`
  if (networks.some(({ addresses }) => addresses.some(({ ip }) => ip.text === address.text)))
    return `${address.text} is this appliance's own address`
  return null
}

function balancingOf(pool: ConfiguredPool): Balancing {
  if (pool.session_persistence) return 'source'
  if (pool.lb_algorithm === 'SOURCE_IP') return 'source'
  return pool.lb_algorithm === 'LEAST_CONNECTIONS' ? 'least-connections' : 'round-robin'
}

function poolWarnings(pool: ConfiguredPool): string[] {
  const cookie = pool.session_persistence?.type.endsWith('_COOKIE')
  return [
    ...(cookie ? [`pool ${pool.id}: sessions stay with a member by their source address, not by a cookie`] : []),
    ...(pool.healthmonitor?.admin_state_up
      ? [`pool ${pool.id}: members are not probed; one that fails real requests is left out for a while`]
      : []),
  ]
}

/** A listener that can serve, or null: switched off, without a pool, or without a member that takes connections. */
function bindListener({ id, protocol, protocol_port, default_pool: pool }: ConfiguredListener): Listener | null {
  if (!pool?.admin_state_up) return null
  const members = pool.members
    .filter((member) => member.admin_state_up)
    .map(({ address, protocol_port: port, weight }) => ({ address, port, weight }))
  if (!members.some(({ weight }) => weight > 0)) return null
  const monitor = pool.healthmonitor?.admin_state_up ? pool.healthmonitor : null
  return {
    id,
    port: protocol_port,
    // TLS ends at the members: its bytes are passed on as they are.
    mode: protocol === 'HTTP' ? 'http' : 'stream',
    balancing: balancingOf(pool),
    members,
    patience: monitor && { failures: monitor.max_retries, seconds: monitor.delay, connectSeconds: monitor.timeout },
  }
}

/** What the configured load balancer means here; problems and warnings are appended. Null when none is asked for. */
export function bindLoadBalancer(
  config: Configuration,
  networks: readonly Network[],
  management: Management | null,
  problems: Problem[],
  warnings: string[],
): LoadBalancer | null {
  const wanted = config.services?.loadbalancer
  if (!wanted) return null
  const carrier = networks.find(
    ({ type, addresses }) => type === 'loadbalancer' && addresses.some(({ ip }) => ip.text === wanted.vip_address.text),
  )
  if (!carrier) {
    problems.push({
      path: `${PATH}.vip_address`,
      message: `${wanted.vip_address.text} is on no network of type loadbalancer`,
    })
  }
  const ports = new Set<number>()
  const ids = new Set<string>()
  wanted.listeners.forEach((listener, l) => {
    const path = `${PATH}.listeners[${l}]`
    const { default_pool: pool } = listener
    if (ids.has(listener.id)) problems.push({ path: `${path}.id`, message: `${listener.id} is given twice` })
    if (ports.has(listener.protocol_port)) {
      problems.push({ path: `${path}.protocol_port`, message: `port ${listener.protocol_port} is given twice` })
    }
    ids.add(listener.id)
    ports.add(listener.protocol_port)
    if (pool && listener.protocol === 'HTTP' && pool.protocol !== 'HTTP') {
      problems.push({
        path: `${path}.default_pool.protocol`,
        message: `a listener of protocol HTTP cannot have a pool of protocol ${pool.protocol}`,
      })
    }
    pool?.members.forEach((member, m) => {
      const message = memberProblem(member.address, networks, management)
      if (message !== null) problems.push({ path: `${path}.default_pool.members[${m}].address`, message })
    })
  })
  if (!carrier) return null
  const up = wanted.admin_state_up ? wanted.listeners.filter((listener) => listener.admin_state_up) : []
  warnings.push(...up.flatMap(({ default_pool: pool }) => (pool?.admin_state_up ? poolWarnings(pool) : [])))
  return {
    vip: wanted.vip_address,
    device: carrier.device,
    listeners: up.flatMap((listener) => bindListener(listener) ?? []),
  }
}
