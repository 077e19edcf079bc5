import { readFileSync } from 'node:fs'
import { ApplianceAgent } from '../../../src/appliance/agent.ts'
import type { ApplianceSettings } from '../../../src/appliance/apply/index.ts'
import { parseConfiguration } from '../../../src/appliance/body/index.ts'
import { buildModel, type Machine, type Model } from '../../../src/appliance/model/index.ts'
import { type Ip, parseInterfaceAddress, parseIp } from '../../../src/appliance/net/ip.ts'
import { appliancePaths } from '../../../src/appliance/paths.ts'
import type { MetadataConfig } from '../../../src/appliance/render/metadata.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { FakeMachine, instantClock, MemoryFiles } from './fake-machine.ts'

/** A configuration, loosely typed: tests bend it. */
// biome-ignore lint/suspicious/noExplicitAny: tests bend configurations in ways their type forbids
export type Body = any

/** One of the golden configurations. */
export function golden(name: string): Body {
  return JSON.parse(goldenText(`${name}.config.json`))
}

/** Any golden file. */
export function goldenText(file: string): string {
  return readFileSync(new URL(`../../fixtures/golden/${file}`, import.meta.url), 'utf8')
}

export const networkOn = (body: Body, name: string): Body =>
  body.networks.find((network: Body) => network.interface.ifname === name)

export const MANAGEMENT_ADDRESS = 'fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b0'

export function ip(text: string): Ip {
  const parsed = parseIp(text)
  if (!parsed) throw new Error(text)
  return parsed
}

/** The machine of the golden files: eth0 is ge0, and so on; the API is on eth0. */
export function goldenMachine(listen = `${MANAGEMENT_ADDRESS}/64`): Machine {
  const address = parseInterfaceAddress(listen)
  return {
    devices: new Map(Array.from({ length: 10 }, (_, n) => [`ge${n}`, `eth${n}`])),
    serving: address && { device: 'eth0', addresses: [address] },
  }
}

export function modelOf(body: unknown, machine: Machine = goldenMachine()): Model {
  return buildModel(parseConfiguration(body), machine)
}

export const settings: ApplianceSettings = {
  paths: appliancePaths('/state', '/run'),
  apiPort: 5000,
  resolvConf: '/etc/resolv.conf',
  dnsmasqUser: 'nobody',
  ipsec: 'kernel',
  identity: null,
}

/** An agent on a machine in memory. */
export function fakeAppliance(
  options: { settings?: ApplianceSettings; files?: MemoryFiles; machine?: FakeMachine; address?: string } = {},
) {
  const address = options.address ?? MANAGEMENT_ADDRESS
  const files = options.files ?? new MemoryFiles()
  const machine = options.machine ?? new FakeMachine(files, ['eth0', 'eth1', 'eth2', 'eth3'])
  if (!options.machine) {
    const management = machine.links.get('eth0')
    management?.addresses.push(`${address}/64`)
    if (management) management.up = true
  }
  const metadata: MetadataConfig[] = []
  const agent = new ApplianceAgent({
    kernel: machine,
    services: machine,
    files,
    settings: options.settings ?? settings,
    listen: ip(address),
    clock: instantClock(),
    logger: silentLogger,
    onMetadata: (config) => metadata.push(config),
  })
  return { agent, machine, files, metadata }
}
