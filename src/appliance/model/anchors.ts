import type { Configuration, ConfiguredAnchorRule, Problem } from '../body/index.ts'
import type { Cidr } from '../net/ip.ts'
import type { Machine } from './machine.ts'
import type { AnchorRule, Network } from './types.ts'

interface Context {
  readonly config: Configuration
  readonly machine: Machine
  readonly networks: readonly Network[]
  readonly problems: Problem[]
}

function device(context: Context, generic: string | null | undefined, path: string): string | null {
  if (generic === null || generic === undefined) return null
  const network = context.networks.find((candidate) => candidate.generic === generic)
  if (!network) {
    context.problems.push({ path, message: `${generic} does not exist` })
    return null
  }
  if (network.type === 'management') context.problems.push({ path, message: `${generic} is the management network` })
  return network.device
}

function cidrs(context: Context, value: Cidr | string | null | undefined, path: string): readonly Cidr[] | null {
  if (value === null || value === undefined) return null
  if (typeof value !== 'string') return [value]
  const found = Object.hasOwn(context.config.address_book, value) ? context.config.address_book[value] : undefined
  if (found) return found
  context.problems.push({ path, message: `${value} is not in the address book` })
  return null
}

function ruleOf(context: Context, raw: ConfiguredAnchorRule, path: string): AnchorRule {
  const protocol = raw.protocol === 'imcp' ? 'icmp' : (raw.protocol ?? null)
  const ports = raw.source_port ?? raw.destination_port ?? raw.redirect_port
  if (ports !== null && ports !== undefined && protocol !== 'tcp' && protocol !== 'udp') {
    context.problems.push({ path, message: 'a port needs protocol tcp or udp' })
  }
  if (raw.redirect && raw.action === 'block')
    context.problems.push({ path, message: 'a blocked packet cannot be redirected' })
  const named = device(context, raw.interface, `${path}.interface`)
  return {
    action: raw.action,
    family: raw.family === 'inet' ? 4 : raw.family === 'inet6' ? 6 : null,
    protocol,
    inDevice: raw.direction === 'out' ? null : named,
    outDevice:
      raw.direction === 'out' ? named : device(context, raw.destination_interface, `${path}.destination_interface`),
    sources: cidrs(context, raw.source, `${path}.source`),
    destinations: cidrs(context, raw.destination, `${path}.destination`),
    sourcePort: raw.source_port ?? null,
    destinationPort: raw.destination_port ?? null,
    redirect: raw.redirect ? { to: raw.redirect, port: raw.redirect_port ?? null } : null,
  }
}

/** The provider's rules with their names resolved; what cannot be resolved is added to `problems`. */
export function resolveAnchors(
  config: Configuration,
  networks: readonly Network[],
  machine: Machine,
  problems: Problem[],
): AnchorRule[] {
  const context: Context = { config, machine, networks, problems }
  return config.anchors.flatMap((anchor, a) =>
    anchor.rules.map((rule, r) => ruleOf(context, rule, `anchors[${a}].rules[${r}]`)),
  )
}
