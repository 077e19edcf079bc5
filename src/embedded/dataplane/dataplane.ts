import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { AstaraError, type Clock, type Logger, messageOf } from '../../shared/index.ts'
import type { Server } from '../compute/model.ts'
import type { ApplianceFaults } from '../faults/appliance-faults.ts'
import type { Identity } from '../identity/identity.ts'
import type { Ids } from '../ids.ts'
import type { Net } from '../network/net.ts'
import { TestHosts } from './hosts.ts'
import { Internet } from './internet.ts'
import { type KnownInstance, type MetadataService, startMetadataService } from './metadata-service.ts'
import { spaceName, uplinkName } from './names.ts'
import { NetnsHypervisor } from './netns-hypervisor.ts'
import { claim, forget, livingOwners, ownerDir } from './owner.ts'
import { pickRanges, type Ranges } from './ranges.ts'
import { requireDataplane } from './requirements.ts'
import { ip, ipBatch } from './run.ts'
import { sweep } from './sweep.ts'
import { Switch } from './switch.ts'

/** What of the data plane must be known before there is a network. */
export interface PreparedDataplane {
  readonly ranges: Ranges
  /** Builds what carries the packets of a cloud whose management and external networks are there. */
  open(deps: OpenDeps): Promise<Dataplane>
  /** Removes everything. */
  close(): Promise<void>
}

export interface OpenDeps {
  readonly net: Net
  readonly identity: Identity
  readonly ids: Ids
  readonly faults: ApplianceFaults
  readonly managementNetworkId: string
  readonly externalNetworkId: string
  /** A server of Nova's. */
  readonly server: (id: string) => Server | undefined
  readonly port: number
  readonly program: readonly string[]
}

/** Real packets for an embedded cloud. */
export interface Dataplane {
  readonly hypervisor: NetnsHypervisor
  readonly hosts: TestHosts
  readonly metadata: MetadataService
  /** Namespace of the outside. */
  readonly internetSpace: string
  /** Options of an orchestrator, by name in [DEFAULT]. */
  readonly overrides: Readonly<Record<string, string | number>>
  /** Says where the control API is, for commands on this machine. */
  announce(control: string): void
}

/**
 * Makes sure that this machine can do it, removes what dead ones left, and picks address ranges. Throws AstaraError `unavailable` that names
 * what is missing.
 */
export async function prepareDataplane(deps: {
  readonly clock: Clock
  readonly logger: Logger
}): Promise<PreparedDataplane> {
  const { clock, logger } = deps
  await requireDataplane()
  await sweep(logger)
  const { pid } = process
  claim({ control: null, ranges: [] })
  const undo: (() => Promise<unknown>)[] = [async () => forget(pid)]
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) {
      await step().catch((error: unknown) =>
        logger.warn({ reason: messageOf(error) }, 'not removed; the next start does it'),
      )
    }
  }
  try {
    const others = livingOwners().filter((owner) => owner.pid !== pid)
    const ranges = await pickRanges(others.flatMap((owner) => owner.ranges))
    claim({ control: null, ranges: cidrsOf(ranges) })
    return { ranges, close, open: (more) => open(more, ranges) }
  } catch (error) {
    await close()
    throw error
  }

  async function open(more: OpenDeps, ranges: Ranges): Promise<Dataplane> {
    const { net, identity, ids } = more
    const dir = ownerDir(pid)
    const fabric = new Switch(spaceName(pid, 'switch'), (id) => net.state.networks.get(id) !== undefined)
    undo.push(() => fabric.close())
    await fabric.open()
    await openUplinks(fabric, more, ranges)
    const internet = new Internet({ space: spaceName(pid, 'internet'), fabric, network: net.state, clock, logger })
    undo.push(() => internet.close())
    await internet.open(more.externalNetworkId, ranges.external)
    const hosts = new TestHosts({ pid, dir, net, fabric, identity, ids, logger })
    undo.push(() => hosts.close())
    const secret = randomBytes(24).toString('hex')
    const metadata = await startMetadataService({ secret, clock, find: (id) => findInstance(id, hosts, more) })
    undo.push(() => metadata.close())
    return {
      hypervisor: new NetnsHypervisor({
        pid,
        dir,
        program: more.program,
        port: more.port,
        network: net.state,
        fabric,
        faults: more.faults,
        clock,
        logger,
      }),
      hosts,
      metadata,
      internetSpace: internet.space,
      overrides: {
        nova_metadata_ip: metadata.host,
        nova_metadata_port: metadata.port,
        neutron_metadata_proxy_shared_secret: secret,
      },
      announce: (control) => claim({ control, ranges: cidrsOf(ranges) }),
    }
  }

  /** This machine's own ends: it manages the appliances, and reaches floating IPs. */
  async function openUplinks(fabric: Switch, more: OpenDeps, ranges: Ranges): Promise<void> {
    const management = uplinkName(pid, 'm')
    const external = uplinkName(pid, 'x')
    for (const device of [management, external]) undo.push(() => ip(null, 'link', 'delete', device))
    await fabric.plugMachine(more.managementNetworkId, management)
    await fabric.plugMachine(more.externalNetworkId, external)
    allowIpv6(management)
    await ipBatch(null, [
      `link set dev ${management} up`,
      `address add ${ranges.management.address}/64 dev ${management} nodad`,
      `link set dev ${external} up`,
      `address add ${ranges.external.address}/${ranges.external.cidr.split('/')[1]} dev ${external}`,
    ])
  }
}

const cidrsOf = ({ management, external }: Ranges): readonly string[] => [
  management.cidr,
  external.cidr,
  external.cidr6,
]

function findInstance(id: string, hosts: TestHosts, { server, net }: OpenDeps): KnownInstance | null {
  const found = hosts.byInstance(id) ?? server(id)
  if (!found) return null
  const addresses = net.state.ports.by('device_id', id).flatMap((port) => port.fixedIps.map((ip) => ip.ip_address))
  return { instanceId: id, name: found.name, projectId: found.projectId, addresses }
}

/** Containers often have IPv6 switched off; this one device needs it. */
function allowIpv6(device: string): void {
  const set = (name: string, value: string): void => writeFileSync(`/proc/sys/net/ipv6/conf/${device}/${name}`, value)
  try {
    set('disable_ipv6', '0')
    set('accept_ra', '0')
  } catch (cause) {
    throw new AstaraError('unavailable', 'appliances are managed over IPv6, which cannot be switched on here', {
      cause,
      suggestions: ['See: sysctl net.ipv6.conf.all.disable_ipv6'],
    })
  }
}
