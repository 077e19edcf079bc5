import { readFile, writeFile } from 'node:fs/promises'
import type { Logger } from '../../shared/index.ts'
import { messageOf } from '../../shared/index.ts'
import type { Family } from '../net/ip.ts'
import { ACCOUNTING_TABLE } from '../render/accounting.ts'
import { CommandFailed, findTool, must, run } from './commands.ts'
import { canonicalRules, parseLinks, parseNeighbours, parseNft, parseRoutes } from './ip-json.ts'
import { type IpChange, type Kernel, type LiveAccounting, ROUTE_PROTOCOL } from './live.ts'

const PREFIX: Readonly<Record<Family, '' | '6'>> = { 4: '', 6: '6' }
const XTABLES_WAIT = ['-w', '5']
const ANNOUNCERS = 8

/** One line of `ip -batch`. */
function batchLine(change: IpChange): string {
  switch (change.op) {
    case 'link': {
      const mtu = change.mtu === undefined ? '' : ` mtu ${change.mtu}`
      const state = change.up === undefined ? '' : change.up ? ' up' : ' down'
      return `link set dev ${change.device}${mtu}${state}`
    }
    case 'address-add': {
      const broadcast = change.broadcast === undefined ? '' : ` broadcast ${change.broadcast}`
      return `address add ${change.address}${broadcast} dev ${change.device}${change.nodad ? ' nodad' : ''}`
    }
    case 'address-delete':
      return `address del ${change.address} dev ${change.device}`
    case 'route-replace':
      return `route replace ${change.destination} via ${change.gateway} dev ${change.device} proto ${ROUTE_PROTOCOL}${change.onlink ? ' onlink' : ''}`
    case 'route-delete':
      return `route del ${change.destination} via ${change.gateway} dev ${change.device} proto ${ROUTE_PROTOCOL}`
    case 'neighbour-delete':
      return `neighbour del ${change.ip} dev ${change.device}`
  }
}

const batch = (changes: readonly IpChange[]): string => `${changes.map(batchLine).join('\n')}\n`

const removes = (change: IpChange): boolean =>
  change.op.endsWith('-delete') || (change.op === 'link' && change.up === false && change.mtu === undefined)

/** A sysctl's file. Names are given with slashes: a device's name may hold a dot. */
const sysctlPath = (name: string): string => `/proc/sys/${name}`

async function readAccounting(): Promise<LiveAccounting | null> {
  if (findTool('nft') === null) return null
  const result = await run('nft', ['-j', 'list', 'table', 'inet', ACCOUNTING_TABLE])
  if (result.code !== 0) return null
  const { counters, rules } = parseNft(result.stdout)
  return { counters: new Set(counters.keys()), rules }
}

/** Three looks in one process: a push without a change is nothing but looks, and each process costs more than what it reads. */
const LOOKS = ['address show', 'neighbour show', 'route show table main']

async function readIp(): Promise<[addresses: string, neighbours: string, routes: string]> {
  const lines = (await must('ip', ['-j', '-d', '-batch', '-'], { input: `${LOOKS.join('\n')}\n` })).split('\n')
  const [addresses, neighbours, routes, ...more] = lines.filter((line) => line.trim() !== '')
  if (addresses === undefined || neighbours === undefined || routes === undefined || more.length > 0) {
    throw new CommandFailed('ip', `${lines.length} lines in answer to ${LOOKS.length} questions`)
  }
  return [addresses, neighbours, routes]
}

async function firewallOf(family: Family): Promise<string> {
  return canonicalRules(await must(`ip${PREFIX[family]}tables-save`, []))
}

const problem = (result: { code: number; stdout: string; stderr: string }): string | null =>
  result.code === 0 ? null : result.stderr.trim() || result.stdout.trim() || `exit ${result.code}`

/** The machine that we run on: its own network namespace, through iproute2, iptables, nft, conntrack and /proc/sys. */
export function linuxKernel(logger: Logger): Kernel {
  async function announceOne({ device, ip }: { device: string; ip: string }): Promise<void> {
    if (ip.includes(':')) return // The kernel sends the advertisement itself (sysctl ndisc_notify).
    for (const kind of ['-U', '-A']) await run('arping', [kind, '-q', '-c', '1', '-w', '1', '-I', device, ip])
  }

  return {
    async readLinks() {
      return parseLinks(await must('ip', ['-j', '-d', 'address', 'show']))
    },

    async listRules() {
      const [v4, v6] = await Promise.all([
        must('iptables', [...XTABLES_WAIT, '-L', '-n']),
        must('ip6tables', [...XTABLES_WAIT, '-L', '-n']),
      ])
      return `${v4}${v6}`
    },

    async read(withAccounting) {
      const [[links, neighbours, v4], v6, rules4, rules6, accounting] = await Promise.all([
        readIp(),
        must('ip', ['-j', '-6', 'route', 'show', 'table', 'main']),
        firewallOf(4),
        firewallOf(6),
        withAccounting ? readAccounting() : null,
      ])
      return {
        links: parseLinks(links),
        routes: [...parseRoutes(v4, 4), ...parseRoutes(v6, 6)],
        neighbours: parseNeighbours(neighbours),
        firewall: { 4: rules4, 6: rules6 },
        accounting,
      }
    },

    async readSysctls(names) {
      const entries = await Promise.all(
        names.map(async (name) => {
          const text = await readFile(sysctlPath(name), 'utf8').catch(() => null)
          return text === null ? [] : [[name, text.trim()] as const]
        }),
      )
      return new Map(entries.flat())
    },

    async writeSysctl(name, value) {
      await writeFile(sysctlPath(name), value)
    },

    async change(changes) {
      if (changes.length === 0) return
      // What is to go may be gone already, by the hand of keepalived or with its interface; what stays is found by the look that follows.
      if (changes.every(removes)) {
        await run('ip', ['-force', '-batch', '-'], { input: batch(changes), timeoutMs: 30_000 })
        return
      }
      await must('ip', ['-batch', '-'], { input: batch(changes), timeoutMs: 30_000 })
    },

    async testFirewall(family, rules) {
      return problem(await run(`ip${PREFIX[family]}tables-restore`, [...XTABLES_WAIT, '--test'], { input: rules }))
    },

    async restoreFirewall(family, rules) {
      await must(`ip${PREFIX[family]}tables-restore`, XTABLES_WAIT, { input: rules, timeoutMs: 30_000 })
    },

    async testAccounting(script) {
      return problem(await run('nft', ['-c', '-f', '-'], { input: script }))
    },

    async runAccounting(script) {
      await must('nft', ['-f', '-'], { input: script })
    },

    async readCounters(reset) {
      const verb = reset ? 'reset' : 'list'
      const result = await run('nft', ['-j', verb, 'counters', 'table', 'inet', ACCOUNTING_TABLE])
      return result.code === 0 ? parseNft(result.stdout).counters : new Map()
    },

    async forgetConnections(addresses) {
      for (const address of addresses) {
        const family = address.includes(':') ? 'ipv6' : 'ipv4'
        // Exit 1 only says that there were none.
        const sides = address.includes('/') ? ['-d', '-s'] : ['-d', '-q']
        for (const side of sides) await run('conntrack', ['-D', '-f', family, side, address])
      }
    },

    async announce(addresses) {
      const queue = [...addresses]
      const worker = async (): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) await announceOne(next)
      }
      try {
        await Promise.all(Array.from({ length: ANNOUNCERS }, worker))
      } catch (error) {
        logger.warn({ reason: messageOf(error) }, 'could not announce addresses')
      }
    },
  }
}
