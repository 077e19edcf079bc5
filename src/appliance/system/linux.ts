import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { Clock, Logger } from '../../shared/index.ts'
import { messageOf } from '../../shared/index.ts'
import type { Family } from '../net/ip.ts'
import { ACCOUNTING_TABLE } from '../render/accounting.ts'
import { findTool, must, run } from './commands.ts'
import { canonicalRules, parseLinks, parseNeighbours, parseNft, parseRoutes } from './ip-json.ts'
import { IpSession } from './ip-session.ts'
import { type IpChange, type Kernel, type LiveAccounting, ROUTE_PROTOCOL } from './live.ts'
import { RulesWatch } from './rules-watch.ts'

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
const OF_INTERFACE = /^net\/ipv[46]\/conf\/(?!all\/)/

const sysctlPath = (name: string): string => `/proc/sys/${name}`

async function readAccounting(): Promise<LiveAccounting | null> {
  if (findTool('nft') === null) return null
  const result = await run('nft', ['-j', 'list', 'table', 'inet', ACCOUNTING_TABLE])
  if (result.code !== 0) return null
  const { counters, rules } = parseNft(result.stdout)
  return { counters: new Set(counters.keys()), rules }
}

async function firewallOf(family: Family): Promise<string> {
  return canonicalRules(await must(`ip${PREFIX[family]}tables-save`, []))
}

const problem = (result: { code: number; stdout: string; stderr: string }): string | null =>
  result.code === 0 ? null : result.stderr.trim() || result.stdout.trim() || `exit ${result.code}`

interface Rules {
  readonly firewall: Readonly<Record<Family, string>>
  readonly accounting: LiveAccounting | null
}

async function readRules(withAccounting: boolean): Promise<Rules> {
  const [v4, v6, accounting] = await Promise.all([
    firewallOf(4),
    firewallOf(6),
    withAccounting ? readAccounting() : null,
  ])
  return { firewall: { 4: v4, 6: v6 }, accounting }
}

/** The same text means the same: what did not change is not parsed again, and is the same object. */
function remembering<T>(parse: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly value: T } | null = null
  return (text) => {
    if (last?.text !== text) last = { text, value: parse(text) }
    return last.value
  }
}

/** A process that somebody ended is replaced, and the look made again. */
const ask = (session: IpSession, questions: readonly string[]): Promise<readonly string[]> =>
  session.ask(questions).catch(() => session.ask(questions))

/** Names of the links by their numbers: `ip` remembers them, so a process that stays must not outlive them. */
const linkNames = (addresses: string): string =>
  [...addresses.matchAll(/"ifindex":\d+,(?:"link[^,]*,)?"ifname":"[^"]*"/g)].join()

/**
 * The machine that we run on: its own network namespace, through iproute2, iptables, nft, conntrack and /proc/sys. What is looked at
 * again and again is asked of processes that stay, because starting one costs more than what it reads.
 */
export function linuxKernel(logger: Logger, clock: Clock): Kernel {
  const looks = new IpSession(['-j', '-d'])
  const looks6 = new IpSession(['-j', '-6'])
  const watch = new RulesWatch(clock)
  let known: (Rules & { readonly version: number; readonly withAccounting: boolean }) | null = null
  let names = ''
  const switches = new Map<string, string>()
  const linksOf = remembering(parseLinks)
  const neighboursOf = remembering(parseNeighbours)
  const routesOf4 = remembering((text) => parseRoutes(text, 4))
  const routesOf6 = remembering((text) => parseRoutes(text, 6))

  const ROUTES = 'route show table main'

  async function look(): Promise<readonly [addresses: string, neighbours: string, v4: string, v6: string]> {
    for (;;) {
      const [[addresses = '', neighbours = '', v4 = ''], [v6 = '']] = await Promise.all([
        ask(looks, ['address show', 'neighbour show', ROUTES]),
        ask(looks6, [ROUTES]),
      ])
      const now = linkNames(addresses)
      if (now === names) return [addresses, neighbours, v4, v6]
      names = now
      switches.clear()
      looks.renew()
      looks6.renew()
    }
  }

  async function rules(withAccounting: boolean, trust: boolean): Promise<Rules> {
    if (trust) watch.start()
    const { version } = watch
    if (trust && version !== null && known?.version === version && known.withAccounting === withAccounting) return known
    const read = await readRules(withAccounting)
    known = version === null ? null : { ...read, version, withAccounting }
    return read
  }

  async function announceOne({ device, ip }: { device: string; ip: string }): Promise<void> {
    if (ip.includes(':')) return // The kernel sends the advertisement itself (sysctl ndisc_notify).
    for (const kind of ['-U', '-A']) await run('arping', [kind, '-q', '-c', '1', '-w', '1', '-I', device, ip])
  }

  return {
    async readLinks() {
      return linksOf((await ask(looks, ['address show']))[0] ?? '')
    },

    async listRules() {
      const [v4, v6] = await Promise.all([
        must('iptables', [...XTABLES_WAIT, '-L', '-n']),
        must('ip6tables', [...XTABLES_WAIT, '-L', '-n']),
      ])
      return `${v4}${v6}`
    },

    async read(withAccounting, trust) {
      const [[links, neighbours, v4, v6], { firewall, accounting }] = await Promise.all([
        look(),
        rules(withAccounting, trust),
      ])
      return {
        links: linksOf(links),
        routes: [...routesOf4(v4), ...routesOf6(v6)],
        neighbours: neighboursOf(neighbours),
        firewall,
        accounting,
      }
    },

    close() {
      looks.renew()
      looks6.renew()
      watch.close()
    },

    async readSysctls(names, trust) {
      for (const name of trust ? names.filter((one) => !OF_INTERFACE.test(one)) : names) switches.delete(name)
      for (const name of names) {
        if (switches.has(name)) continue
        try {
          // Hundreds of them, each some microseconds: a round through the thread pool costs more.
          switches.set(name, readFileSync(sysctlPath(name), 'utf8').trim())
        } catch {
          // This kernel has no such switch.
        }
      }
      return new Map(switches)
    },

    async writeSysctl(name, value) {
      switches.clear()
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
      known = null
      await must(`ip${PREFIX[family]}tables-restore`, XTABLES_WAIT, { input: rules, timeoutMs: 30_000 })
    },

    async testAccounting(script) {
      return problem(await run('nft', ['-c', '-f', '-'], { input: script }))
    },

    async runAccounting(script) {
      known = null
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
