import { chmod, mkdir } from 'node:fs/promises'
import { AstaraError, type Clock, type Logger, messageOf } from '../shared/index.ts'
import { ApplianceAgent } from './agent.ts'
import { buildApi } from './api/server.ts'
import type { ApplianceSettings } from './apply/index.ts'
import { MetadataProxy } from './metadata/proxy.ts'
import { parseInterfaceAddress, parseIp } from './net/ip.ts'
import { appliancePaths } from './paths.ts'
import { OutsideProbe, type ProbeTargets } from './probe.ts'
import type { IpsecMode } from './render/vpn/index.ts'
import { watchRole } from './role-watcher.ts'
import { diskFiles, removeDrafts } from './system/files.ts'
import { linuxKernel } from './system/linux.ts'
import type { Services } from './system/services.ts'
import { Supervisor } from './system/supervisor.ts'
import { systemdServices } from './system/systemd.ts'

/** Where an agent keeps its things and how far it reaches. */
export interface AgentPlace {
  readonly stateDir: string
  readonly runDir: string
  readonly listen: string
  readonly port: number
  /** Daemons are our children instead of units of systemd. */
  readonly supervise: boolean
  /** Set the host name and /etc/hosts. */
  readonly identity: boolean
  readonly resolvConf: string
  readonly dnsmasqUser: string
  /** Who makes ESP for VPN connections. */
  readonly ipsec: IpsecMode
}

/** How an agent serves. */
export interface ServeOptions extends AgentPlace {
  readonly probe: ProbeTargets
  /** Whether the metadata proxy is part of this process. */
  readonly metadataProxy: boolean
  /** Milliseconds between two looks at whether everything is still as it should be; 0 for none. */
  readonly reconcileMs: number
  readonly clock: Clock
  readonly logger: Logger
}

/** A serving agent. */
export interface ServingAppliance {
  readonly agent: ApplianceAgent
  readonly url: string
  stop(): Promise<void>
}

const MAX_SOCKET_PATH = 100

function settingsOf(place: AgentPlace): ApplianceSettings {
  const paths = appliancePaths(place.stateDir, place.runDir)
  if (paths.conntrackd.socket.length > MAX_SOCKET_PATH) {
    throw new AstaraError('usage', `the run folder's path is too long for a socket: ${place.runDir}`)
  }
  return {
    paths,
    apiPort: place.port,
    resolvConf: place.resolvConf,
    dnsmasqUser: place.dnsmasqUser,
    ipsec: place.ipsec,
    identity: place.identity ? { hostname: '/etc/hostname', hosts: '/etc/hosts' } : null,
  }
}

function listenAddress(place: AgentPlace) {
  const ip = parseIp(place.listen)
  if (!ip) throw new AstaraError('usage', `${place.listen} is not an IPv4 or IPv6 address`)
  return ip
}

/** Builds an agent that only looks: for `astara appliance plan`. */
export function previewAgent(place: AgentPlace, clock: Clock, logger: Logger): ApplianceAgent {
  const settings = settingsOf(place)
  const files = { runDir: place.runDir, conntrackdConf: settings.paths.conntrackd.main, ipsec: place.ipsec }
  const services: Services = place.supervise
    ? new Supervisor(files, clock, logger)
    : systemdServices(files, clock, logger)
  const kernel = linuxKernel(logger, clock)
  // A look changes nothing, so it keeps no names either.
  const lookOnly = { ...diskFiles, write: () => Promise.resolve() }
  return new ApplianceAgent({
    kernel,
    services,
    files: lookOnly,
    settings,
    listen: listenAddress(place),
    clock,
    logger,
  })
}

/**
 * Starts an agent: raises the firewall, puts the last good configuration into force, then answers on the management address.
 *
 * @throws AstaraError when the address is not on an interface of this machine, or is taken.
 */
export async function serveAppliance(options: ServeOptions): Promise<ServingAppliance> {
  const { clock, logger, stateDir, runDir } = options
  const settings = settingsOf(options)
  const listen = listenAddress(options)
  const kernel = linuxKernel(logger, clock)
  const links = await kernel.readLinks()
  const carrier = links.find((link) =>
    link.addresses.some((address) => parseInterfaceAddress(address.text)?.ip.text === listen.text),
  )
  if (!carrier?.nic) {
    throw new AstaraError('usage', `${listen.text} is not on a network interface of this machine`, {
      suggestions: ['Give the management address with --listen; everything else is closed by the firewall.'],
    })
  }
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  await mkdir(runDir, { recursive: true })
  // dnsmasq reads its files again after it has dropped its privileges.
  await chmod(runDir, 0o755)
  for (const folder of [stateDir, runDir]) await removeDrafts(folder)

  const daemonFiles = { runDir, conntrackdConf: settings.paths.conntrackd.main, ipsec: options.ipsec }
  const supervisor = options.supervise ? new Supervisor(daemonFiles, clock, logger) : null
  await supervisor?.endLeftovers()
  const metadata = options.metadataProxy ? new MetadataProxy(clock, logger) : null
  const agent = new ApplianceAgent({
    kernel,
    services: supervisor ?? systemdServices(daemonFiles, clock, logger),
    files: diskFiles,
    settings,
    listen,
    clock,
    logger,
    onMetadata: (config) => metadata?.apply(config),
    watchRole: (onChange) => watchRole(onChange, clock, logger),
  })
  const stopAll = async (): Promise<void> => {
    await agent.stop()
    metadata?.stop()
    await supervisor?.stopAll()
    kernel.close()
  }
  const probe = new OutsideProbe(options.probe, clock)
  const app = buildApi({ agent, probe, logger })
  try {
    await agent.start()
    await app.listen({ host: listen.text, port: options.port })
  } catch (error) {
    await stopAll()
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new AstaraError('address_in_use', `port ${options.port} of ${listen.text} is taken`, { cause: error })
    }
    throw error
  }
  void probe.refresh()
  let stopped = false
  const lookAgain = (): void => {
    if (stopped || options.reconcileMs === 0) return
    clock.after(options.reconcileMs, () => void agent.reconcile().finally(lookAgain), { unref: true })
  }
  lookAgain()
  return {
    agent,
    url: `http://${listen.family === 6 ? `[${listen.text}]` : listen.text}:${options.port}`,
    async stop() {
      stopped = true
      await app.close().catch((error: unknown) => logger.warn({ reason: messageOf(error) }, 'closing the API'))
      await stopAll()
    },
  }
}
