import ipaddr from 'ipaddr.js'
import type { CallOptions, NeutronClient } from '../../openstack/index.ts'
import { AstaraError, backoffMs, type Clock, type Logger, messageOf, type Random } from '../../shared/index.ts'
import { DEVICE, readDevice, type WantedDevice } from './device.ts'
import { hostTools, type RunTool } from './host-commands.ts'
import { plugLinuxbridge } from './linuxbridge.ts'
import { ensureOwnPort } from './neutron-port.ts'
import { plugOpenvswitch } from './openvswitch.ts'

/** How this host is plugged into the management network. */
export interface ManagementPortOptions {
  readonly driver: 'linuxbridge' | 'openvswitch'
  readonly neutron: Pick<
    NeutronClient,
    'listPorts' | 'createPort' | 'updatePort' | 'deletePort' | 'listNetworks' | 'listSubnets'
  >
  readonly host: string
  readonly networkId: string
  readonly subnetId: string
  /** Of Open vSwitch. */
  readonly integrationBridge: string
  readonly run?: RunTool
  readonly logger: Logger
}

/** The port as it is plugged in. */
export interface ManagementPort {
  readonly portId: string
  readonly device: string
  /** Without prefix length. */
  readonly address: string
}

/**
 * Sees to it that this host has its own port on the management network: in Neutron, and on the machine with its address, up. Idempotent: what
 * is right already is left alone. Throws OpenStackError and AstaraError.
 */
export async function ensureManagementPort(
  options: ManagementPortOptions,
  signal?: AbortSignal,
): Promise<ManagementPort> {
  const { driver, neutron, networkId, subnetId, integrationBridge, run = hostTools(), logger } = options
  const call: CallOptions = signal ? { signal } : {}
  const present = await readDevice(run, DEVICE, signal)
  const port = await ensureOwnPort(options, ({ mac_address: mac }) => mac.toLowerCase() === present?.macAddress, call)
  const [subnets, networks] = await Promise.all([
    neutron.listSubnets({ network_id: networkId }, call),
    neutron.listNetworks({ id: networkId }, call),
  ])
  const lengths = new Map(subnets.map(({ id, cidr }) => [id, ipaddr.parseCIDR(cidr)[1]]))
  const wanted: WantedDevice = {
    portId: port.id,
    macAddress: port.mac_address.toLowerCase(),
    mtu: networks[0]?.mtu ?? null,
    addresses: port.fixed_ips.flatMap(({ subnet_id, ip_address }) => {
      const length = lengths.get(subnet_id)
      return length === undefined ? [] : [`${ip_address}/${length}`]
    }),
  }
  if (driver === 'linuxbridge') await plugLinuxbridge(run, wanted, signal)
  else await plugOpenvswitch(run, integrationBridge, wanted, signal)
  const address = port.fixed_ips.find((ip) => ip.subnet_id === subnetId)?.ip_address ?? ''
  logger.info({ port_id: port.id, device: DEVICE, address }, 'plugged into the management network')
  return { portId: port.id, device: DEVICE, address }
}

const RETRY_BASE_MS = 1_000

/**
 * The same, as often as it takes: at a start after a power cut Neutron may not answer yet. While it does not, a port that an earlier run
 * plugged in will do. Ends early only when `signal` aborts (throws its reason).
 */
export async function managementPortWithPatience(
  options: ManagementPortOptions & { readonly clock: Clock; readonly random: Random; readonly maxSleepMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, maxSleepMs, logger, run = hostTools() } = options
  for (let tries = 1; ; tries += 1) {
    try {
      await ensureManagementPort(options, signal)
      return
    } catch (error) {
      signal.throwIfAborted()
      const suggestions = error instanceof AstaraError ? error.suggestions : []
      const device = await readDevice(run, DEVICE, signal).catch(() => null)
      if (device?.up && device.addresses.length > 0) {
        logger.warn(
          { error: messageOf(error), suggestions },
          'the management port cannot be looked at; it is used as it is',
        )
        return
      }
      logger.error({ error: messageOf(error), suggestions }, 'not plugged into the management network; trying again')
      await clock.sleep(backoffMs(tries, { baseMs: RETRY_BASE_MS, maxMs: maxSleepMs }, random), signal)
    }
  }
}
