import type { AnchorRule, Model } from '../../model/index.ts'
import type { Cidr, Family } from '../../net/ip.ts'

const fits = (rule: AnchorRule, family: Family): boolean =>
  (rule.family === null || rule.family === family) && (rule.redirect === null || rule.redirect.to.family === family)

/** The networks of this family, `[null]` for any; none when the rule names only networks of the other family. */
function sides(cidrs: readonly Cidr[] | null, family: Family): (string | null)[] {
  if (cidrs === null) return [null]
  return cidrs.filter((cidr) => cidr.address.family === family).map((cidr) => cidr.text)
}

function protocolMatch(rule: AnchorRule, family: Family): string {
  if (rule.protocol === null) return ''
  if (rule.protocol === 'icmp') return family === 4 ? ' -p icmp' : ' -p ipv6-icmp'
  return ` -p ${rule.protocol}`
}

function ports(rule: AnchorRule, destinationPort: number | null): string {
  const source = rule.sourcePort === null ? '' : ` --sport ${rule.sourcePort}`
  const destination = destinationPort === null ? '' : ` --dport ${destinationPort}`
  return source + destination === '' ? '' : ` -m ${rule.protocol}${source}${destination}`
}

const option = (flag: string, value: string | null): string => (value === null ? '' : ` ${flag} ${value}`)

/**
 * The provider's rules in chain PROVIDER, first match wins: `block` drops (also what is established), `pass` accepts. A redirected
 * rule is matched after the destination was changed, so it names the new one.
 */
export function anchorFilterRules(model: Model, family: Family): string[] {
  return model.anchors
    .filter((rule) => fits(rule, family))
    .flatMap((rule) => {
      const target = rule.action === 'block' ? 'DROP' : 'ACCEPT'
      const destinations = rule.redirect ? [rule.redirect.to.text] : sides(rule.destinations, family)
      const port = rule.redirect ? (rule.redirect.port ?? rule.destinationPort) : rule.destinationPort
      return sides(rule.sources, family).flatMap((source) =>
        destinations.map(
          (destination) =>
            `-A PROVIDER${option('-i', rule.inDevice)}${option('-o', rule.outDevice)}${option('-s', source)}${option('-d', destination)}` +
            `${protocolMatch(rule, family)}${ports(rule, port)} -j ${target}`,
        ),
      )
    })
}

/** The redirections, for the nat table's chain PROVIDER. */
export function anchorNatRules(model: Model, family: Family): string[] {
  return model.anchors
    .filter((rule) => fits(rule, family))
    .flatMap((rule) => {
      const { redirect } = rule
      if (!redirect) return []
      const host = family === 6 && redirect.port !== null ? `[${redirect.to.text}]` : redirect.to.text
      const to = redirect.port === null ? host : `${host}:${redirect.port}`
      return sides(rule.sources, family).flatMap((source) =>
        sides(rule.destinations, family).map(
          (destination) =>
            `-A PROVIDER${option('-i', rule.inDevice)}${option('-s', source)}${option('-d', destination)}` +
            `${protocolMatch(rule, family)}${ports(rule, rule.destinationPort)} -j DNAT --to-destination ${to}`,
        ),
      )
    })
}
