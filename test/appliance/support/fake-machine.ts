import { parseInterfaceAddress } from '../../../src/appliance/net/ip.ts'
import type { Draft, Files } from '../../../src/appliance/system/files.ts'
import { canonicalRules } from '../../../src/appliance/system/ip-json.ts'
import {
  type Counter,
  type IpChange,
  type Kernel,
  type LiveAddress,
  type LiveLink,
  type LiveNeighbour,
  type LiveRoute,
  ROUTE_PROTOCOL,
} from '../../../src/appliance/system/live.ts'
import type { ServiceName, ServiceSpec, Services } from '../../../src/appliance/system/services.ts'
import type { Clock } from '../../../src/shared/index.ts'

/** A clock on which waiting takes no time. */
export function instantClock(): Clock {
  let now = 0
  return {
    now: () => now,
    monotonic: () => now,
    after: () => ({ cancel: () => undefined }),
    async sleep(ms) {
      now += ms
    },
  }
}

/** Files in memory. */
export class MemoryFiles implements Files {
  readonly texts = new Map<string, string>()
  readonly modes = new Map<string, number>()
  /** Folders whose disk is full. */
  readonly full = new Set<string>()

  async read(path: string): Promise<string | null> {
    return this.texts.get(path) ?? null
  }

  async write(path: string, text: string, mode: number): Promise<void> {
    await (await this.draft(path, text, mode)).keep()
  }

  async draft(path: string, text: string, mode: number): Promise<Draft> {
    if ([...this.full].some((folder) => path.startsWith(`${folder}/`)))
      throw new Error('ENOSPC: no space left on device')
    return {
      keep: async () => {
        this.modes.set(path, mode)
        this.texts.set(path, text)
      },
      drop: async () => undefined,
    }
  }

  async remove(path: string): Promise<void> {
    this.texts.delete(path)
  }
}

interface FakeLink {
  device: string
  mac: string
  mtu: number
  up: boolean
  addresses: string[]
}

function liveAddress(text: string): LiveAddress {
  const address = parseInterfaceAddress(text)
  if (!address) throw new Error(`the kernel does not take ${text}`)
  return {
    text: address.text,
    family: address.ip.family,
    linkLocal: address.ip.family === 6 && address.ip.text.startsWith('fe80'),
    duplicate: false,
  }
}

/**
 * A machine that behaves as Linux does where it matters: changes are refused that Linux refuses (an address twice, a route whose
 * next hop is not there), an interface that loses its last address of a family loses the routes over it. `failAt` makes the
 * n-th change from now fail, for ever after or once.
 */
export class FakeMachine implements Kernel, Services {
  readonly links = new Map<string, FakeLink>()
  routes: LiveRoute[] = []
  neighbours: LiveNeighbour[] = []
  readonly sysctls = new Map<string, string>()
  readonly rules: Record<4 | 6, string> = { 4: '', 6: '' }
  readonly daemons = new Map<ServiceName, string>()
  readonly files: MemoryFiles
  counters: Map<string, Counter> | null = null
  accountingRules = 0
  forgotten: string[] = []
  announced: string[] = []
  /** Every change, in order. */
  readonly journal: string[] = []
  failIn: number | null = null
  failOnce = true
  /** What a checker says of a text. */
  complaint: (name: string, text: string) => string | null = () => null

  constructor(files: MemoryFiles, devices: readonly string[]) {
    this.files = files
    this.links.set('lo', { device: 'lo', mac: '00:00:00:00:00:00', mtu: 65_536, up: true, addresses: ['127.0.0.1/8'] })
    devices.forEach((device, i) => {
      this.plug(device, `fa:16:3e:aa:00:${i.toString(16).padStart(2, '0')}`)
    })
  }

  plug(device: string, mac: string): void {
    this.links.set(device, { device, mac, mtu: 1500, up: false, addresses: [] })
  }

  /** A change about to happen. */
  #step(text: string): void {
    if (this.failIn !== null) {
      if (this.failIn === 0) {
        if (this.failOnce) this.failIn = null
        throw new Error(`injected failure at ${text}`)
      }
      this.failIn -= 1
    }
    this.journal.push(text)
  }

  /** Everything that a configuration is about, for comparing. */
  state(): unknown {
    return {
      // The size and the switches of an interface that is down are nobody's business.
      links: [...this.links.values()].map(({ mtu, ...link }) => ({
        ...link,
        ...(link.up ? { mtu } : {}),
        addresses: [...link.addresses].sort(),
      })),
      routes: [...this.routes].sort((a, b) => a.destination.localeCompare(b.destination)),
      sysctls: [...this.sysctls].filter(([name]) => this.links.get(name.split('/')[3] ?? '')?.up !== false).sort(),
      rules: { 4: canonicalRules(this.rules[4]), 6: canonicalRules(this.rules[6]) },
      daemons: [...this.daemons].sort(),
      counters: this.counters === null ? null : [...this.counters.keys()].sort(),
    }
  }

  close(): void {}

  async readLinks(): Promise<LiveLink[]> {
    return [...this.links.values()].map((link) => ({
      device: link.device,
      mac: link.mac,
      mtu: link.mtu,
      up: link.up,
      nic: link.device !== 'lo',
      addresses: link.addresses.map(liveAddress),
    }))
  }

  async read(withAccounting: boolean, _trust: boolean) {
    return {
      links: await this.readLinks(),
      routes: [...this.routes],
      neighbours: [...this.neighbours],
      firewall: { 4: canonicalRules(this.rules[4]), 6: canonicalRules(this.rules[6]) },
      accounting:
        this.counters && withAccounting
          ? { counters: new Set(this.counters.keys()), rules: this.accountingRules }
          : null,
    }
  }

  async listRules(): Promise<string> {
    return `${this.rules[4]}${this.rules[6]}`
  }

  async readSysctls(names: readonly string[]): Promise<Map<string, string>> {
    return new Map(names.map((name) => [name, this.sysctls.get(name) ?? '0']))
  }

  async writeSysctl(name: string, value: string): Promise<void> {
    this.#step(`sysctl ${name}=${value}`)
    this.sysctls.set(name, value)
  }

  async change(changes: readonly IpChange[]): Promise<void> {
    for (const change of changes) {
      this.#step(`ip ${change.op} ${JSON.stringify(change)}`)
      this.#apply(change)
    }
  }

  #link(device: string): FakeLink {
    const link = this.links.get(device)
    if (!link) throw new Error(`Cannot find device "${device}"`)
    return link
  }

  #apply(change: IpChange): void {
    switch (change.op) {
      case 'link': {
        const link = this.#link(change.device)
        if (change.mtu !== undefined) link.mtu = change.mtu
        if (change.up !== undefined) link.up = change.up
        if (change.up === false) this.routes = this.routes.filter((route) => route.device !== change.device)
        return
      }
      case 'address-add': {
        const link = this.#link(change.device)
        if (link.addresses.includes(change.address)) throw new Error('RTNETLINK answers: File exists')
        link.addresses.push(liveAddress(change.address).text)
        return
      }
      case 'address-delete': {
        const link = this.#link(change.device)
        if (!link.addresses.includes(change.address))
          throw new Error('RTNETLINK answers: Cannot assign requested address')
        link.addresses = link.addresses.filter((text) => text !== change.address)
        const v6 = change.address.includes(':')
        if (!link.addresses.some((text) => text.includes(':') === v6)) {
          this.routes = this.routes.filter(
            (route) => route.device !== change.device || route.destination.includes(':') !== v6,
          )
        }
        return
      }
      case 'route-replace': {
        const link = this.#link(change.device)
        const v6 = change.destination.includes(':')
        const reachable = link.up && link.addresses.some((text) => text.includes(':') === v6)
        if (!reachable) throw new Error('Error: Nexthop has invalid gateway.')
        this.routes = this.routes.filter((route) => route.destination !== change.destination)
        const { destination, gateway, device, onlink } = change
        this.routes.push({ destination, gateway, device, onlink, protocol: ROUTE_PROTOCOL })
        return
      }
      case 'route-delete': {
        const before = this.routes.length
        this.routes = this.routes.filter(
          (route) => route.destination !== change.destination || route.gateway !== change.gateway,
        )
        if (this.routes.length === before) throw new Error('RTNETLINK answers: No such process')
        return
      }
      case 'neighbour-delete':
        this.neighbours = this.neighbours.filter((entry) => entry.ip !== change.ip || entry.device !== change.device)
    }
  }

  async testFirewall(family: 4 | 6, rules: string): Promise<string | null> {
    return this.complaint(`firewall.v${family}`, rules)
  }

  async restoreFirewall(family: 4 | 6, rules: string): Promise<void> {
    this.#step(`firewall ${family}`)
    this.rules[family] = rules
  }

  async testAccounting(script: string): Promise<string | null> {
    return this.complaint('labels', script)
  }

  async runAccounting(script: string): Promise<void> {
    this.#step('labels')
    if (script.startsWith('delete table')) {
      this.counters = null
      return
    }
    this.counters ??= new Map()
    for (const [, name] of script.matchAll(/^add counter inet \S+ (\S+)$/gm)) {
      if (name !== undefined && !this.counters.has(name)) this.counters.set(name, { packets: 0, bytes: 0 })
    }
    for (const [, name] of script.matchAll(/^delete counter inet \S+ (\S+)$/gm)) this.counters.delete(name ?? '')
    this.accountingRules = [...script.matchAll(/^add rule /gm)].length
  }

  async readCounters(reset: boolean): Promise<Map<string, Counter>> {
    const before = new Map(this.counters ?? [])
    if (reset) for (const name of before.keys()) this.counters?.set(name, { packets: 0, bytes: 0 })
    return before
  }

  async forgetConnections(addresses: readonly string[]): Promise<void> {
    this.#step(`forget ${addresses.join(' ')}`)
    this.forgotten.push(...addresses)
  }

  async announce(addresses: readonly { ip: string }[]): Promise<void> {
    this.announced.push(...addresses.map(({ ip }) => ip))
  }

  async running(name: ServiceName): Promise<boolean> {
    return this.daemons.has(name)
  }

  async #daemon(verb: string, spec: ServiceSpec): Promise<void> {
    this.#step(`${verb} ${spec.name}`)
    this.daemons.set(spec.name, spec.files.map((file) => this.files.texts.get(file.path) ?? '').join('\0'))
  }

  start(spec: ServiceSpec): Promise<void> {
    return this.#daemon('start', spec)
  }

  reload(spec: ServiceSpec): Promise<void> {
    return this.#daemon('reload', spec)
  }

  restart(spec: ServiceSpec): Promise<void> {
    return this.#daemon('restart', spec)
  }

  async stop(name: ServiceName): Promise<void> {
    this.#step(`stop ${name}`)
    this.daemons.delete(name)
  }

  async check(name: ServiceName, text: string): Promise<string | null> {
    return this.complaint(name, text)
  }

  async syncConnections(becomes: string): Promise<void> {
    this.journal.push(`sync ${becomes}`)
  }
}
