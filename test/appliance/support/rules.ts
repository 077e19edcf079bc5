import { contains, parseCidr, parseIp } from '../../../src/appliance/net/ip.ts'

/** A packet as netfilter sees it; `state` is what conntrack says of it. */
export interface Packet {
  readonly in?: string
  readonly out?: string
  readonly from?: string
  readonly to?: string
  readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'ipv6-icmp' | 'vrrp'
  readonly port?: number
  readonly state?: 'NEW' | 'ESTABLISHED'
  /** The destination before it was translated. */
  readonly originally?: string
  readonly mark?: boolean
}

interface Rule {
  readonly chain: string
  readonly words: readonly string[]
}

/** What a chain decided: a target and its argument. */
export interface Verdict {
  readonly target: string
  readonly to?: string
}

/** A ruleset in the language of iptables-save, as far as routers speak it: enough to ask what becomes of a packet. */
export class Ruleset {
  readonly #tables = new Map<string, { rules: Rule[]; policies: Map<string, string> }>()

  constructor(text: string) {
    let table = { rules: [] as Rule[], policies: new Map<string, string>() }
    for (const line of text.split('\n')) {
      if (line.startsWith('*')) {
        table = { rules: [], policies: new Map() }
        this.#tables.set(line.slice(1), table)
      } else if (line.startsWith(':')) {
        const [chain = '', policy = '-'] = line.slice(1).split(' ')
        table.policies.set(chain, policy)
      } else if (line.startsWith('-A ')) {
        const [, chain = '', ...words] = line.trim().split(' ')
        table.rules.push({ chain, words })
      }
    }
  }

  /** Runs a chain; built-in chains end with their policy, others with null. */
  decide(table: string, chain: string, packet: Packet): Verdict | null {
    const content = this.#tables.get(table)
    if (!content) return null
    for (const rule of content.rules) {
      if (rule.chain !== chain || !matches(rule.words, packet)) continue
      const at = rule.words.indexOf('-j')
      const target = rule.words[at + 1] ?? ''
      if (target === 'RETURN') return null
      if (content.policies.has(target)) {
        const inner = this.decide(table, target, packet)
        if (inner) return inner
        continue
      }
      if (at < 0 || ['MARK', 'CHECKSUM'].includes(target)) continue
      const to = rule.words[at + 3]
      return to === undefined ? { target } : { target, to }
    }
    const policy = content.policies.get(chain)
    return policy && policy !== '-' ? { target: policy } : null
  }

  /** True when a packet to the router itself is taken. */
  accepts(packet: Packet): boolean {
    return this.decide('filter', 'INPUT', packet)?.target === 'ACCEPT'
  }

  /** True when a packet may pass through. */
  forwards(packet: Packet): boolean {
    return this.decide('filter', 'FORWARD', packet)?.target === 'ACCEPT'
  }

  /** Where a new connection really goes. */
  destination(packet: Packet): string | null {
    const verdict = this.decide('nat', 'PREROUTING', packet)
    return verdict?.target === 'DNAT' ? (verdict.to ?? null) : null
  }

  /** As whom a new connection appears. */
  source(packet: Packet): string | null {
    const verdict = this.decide('nat', 'POSTROUTING', packet)
    if (verdict?.target === 'MASQUERADE') return 'MASQUERADE'
    return verdict?.target === 'SNAT' ? (verdict.to ?? null) : null
  }
}

function inNetwork(value: string | undefined, network: string): boolean {
  const address = parseIp(value ?? '')
  const cidr = parseCidr(network)
  return address !== null && cidr !== null && contains(cidr, address)
}

const PORTS = (list: string): number[] => list.split(',').map(Number)

function matches(words: readonly string[], packet: Packet): boolean {
  let negated = false
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? ''
    const value = words[i + 1] ?? ''
    if (word === '!') {
      negated = true
      continue
    }
    if (word === '-j') return true
    const fits = one(word, value, packet)
    if (fits === null) throw new Error(`what is ${word} ${value}?`)
    if (fits === negated) return false
    negated = false
    i += 1
  }
  return true
}

function one(word: string, value: string, packet: Packet): boolean | null {
  switch (word) {
    case '-i':
      return packet.in === value
    case '-o':
      return packet.out === value
    case '-s':
      return inNetwork(packet.from, value)
    case '-d':
      return inNetwork(packet.to, value)
    case '-p':
      return packet.protocol === value || (value === 'icmpv6' && packet.protocol === 'ipv6-icmp')
    case '-m':
      return true
    case '--dport':
      return packet.port === Number(value)
    case '--dports':
      return packet.port !== undefined && PORTS(value).includes(packet.port)
    case '--sport':
      return false
    case '--icmp-type':
      return ['8', 'echo-request'].includes(value)
    case '--mark':
      return packet.mark === true
    case '--ctstate':
    case '--state':
      return value.split(',').includes(packet.state ?? 'NEW') || (value === 'DNAT' && packet.originally !== undefined)
    case '--ctorigdst':
      return inNetwork(packet.originally, value)
    case '--dir':
    case '--pol':
      return false
    case '--comment':
      return true
    default:
      return null
  }
}
