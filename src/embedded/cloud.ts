import type { Subscription } from '../messaging/index.ts'
import { silentLogger, systemClock, systemRandom } from '../shared/index.ts'
import type { Hypervisor } from './compute/hypervisor.ts'
import { FLAVORS, type Server } from './compute/model.ts'
import { Nova } from './compute/nova.ts'
import { createComputeService } from './compute/service.ts'
import { addControlRoutes } from './control-routes.ts'
import { addDataplaneRoutes, type Dataplane, prepareDataplane } from './dataplane/index.ts'
import { Faults } from './faults/faults.ts'
import { type ApiServer, startApiServer } from './http/server.ts'
import type { ApiService } from './http/service.ts'
import { buildCatalog, type Endpoints } from './identity/catalog.ts'
import { Identity } from './identity/identity.ts'
import { createIdentityService } from './identity/service.ts'
import { createIds } from './ids.ts'
import { createImageService, ImageState } from './image/service.ts'
import { Journal } from './journal.ts'
import { ExternalHypervisor } from './machines/external-hypervisor.ts'
import { claimLoopback, type LoopbackClaim } from './machines/loopback.ts'
import type { SimulatedAppliance } from './machines/simulated-appliance.ts'
import { SimulatedHypervisor } from './machines/simulated-hypervisor.ts'
import { addBuiltInAgent, reportsEndpoint } from './network/agents.ts'
import { createEmitter } from './network/emitter.ts'
import { journaled, l3Endpoint } from './network/l3-rpc.ts'
import { L3Scheduler } from './network/l3-scheduler.ts'
import type { Net } from './network/net.ts'
import { createNetworkService } from './network/service.ts'
import { NetworkState } from './network/state.ts'
import { type EmbeddedCloudOptions, type EmbeddedPorts, USUAL_PORTS } from './options.ts'
import { PASSWORD, seedAccounts, type Tenant } from './seed/accounts.ts'
import { cloudsYaml } from './seed/clouds-yaml.ts'
import { type ManagementRange, type SeededRouter, seedNetworks } from './seed/networks.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const ROUTER_ID_IN_NAME = /^ak-router-([0-9a-f-]{36})/

/** A running cloud. */
export interface EmbeddedCloud {
  /** `http://127.0.0.1:35357` */
  readonly keystoneUrl: string
  readonly endpoints: Endpoints
  /** Text of a `clouds.yaml`: `astara-embedded` (administrator) and one cloud per tenant. */
  readonly cloudsYaml: string
  /** What an orchestrator must be configured with to run against this cloud, by group and option. */
  readonly configOverrides: Readonly<Record<string, Readonly<Record<string, string | number>>>>
  readonly tenants: readonly Tenant[]
  readonly seededRouters: readonly SeededRouter[]
  readonly externalNetworkId: string
  readonly managementNetworkId: string
  readonly imageId: string
  readonly faults: Faults
  readonly journal: Journal
  readonly nova: {
    /** The servers there are, deleted ones that are still shown included. */
    servers(): readonly Server[]
    /** Deletes a server as an administrator would, behind the orchestrator's back. */
    deleteServer(id: string): void
    /** The simulated appliance of a server; null before it has booted, or when appliances are external. */
    appliance(serverId: string): SimulatedAppliance | null
  }
  /** Makes every token given out so far worthless. */
  revokeTokens(): void
  /** Resolves when everything Neutron had to say on the bus has been said. */
  flushed(): Promise<void>
  stop(): Promise<void>
}

function rangeOf(claim: LoopbackClaim | null): ManagementRange {
  if (!claim) return { cidr: '127.0.0.0/8', pool: { start: '127.1.0.0', end: '127.254.255.254' } }
  const [a, b] = claim.cidr.split('.')
  return { cidr: claim.cidr, pool: { start: `${a}.${b}.0.2`, end: `${a}.${b}.255.254` } }
}

/**
 * Starts Keystone, Neutron, Nova and Glance on the loopback, with tenants, networks and routers to begin with, and Neutron's side of the
 * bus. Everything is in memory, but for the packets where those are real. Throws AstaraError when a port given is taken, the loopback has
 * one address only, or this machine cannot do real packets.
 */
export async function startEmbeddedCloud(options: EmbeddedCloudOptions): Promise<EmbeddedCloud> {
  const {
    transport,
    host = '127.0.0.1',
    routers = 6,
    tenants = 3,
    clock = systemClock,
    logger = silentLogger,
    bootTimeMs = 2_000,
    appliancePort = 5_000,
    appliances = 'simulated',
    hostName = 'embedded',
    autoSchedule = true,
    routerStatusExtension = true,
    segments = true,
    tokenLifetimeMs = DAY_MS,
  } = options
  const external = typeof appliances === 'object' && appliances.kind === 'external' ? appliances : null
  const netns = typeof appliances === 'object' && appliances.kind === 'netns' ? appliances : null
  const ids = createIds(options.random ?? null)
  const journal = new Journal()
  const undo: (() => Promise<unknown> | unknown)[] = []
  const unwind = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }

  try {
    const prepared = netns ? await prepareDataplane({ clock, logger }) : null
    if (prepared) undo.push(() => prepared.close())
    const claim = external || prepared ? null : await claimLoopback(appliancePort)
    if (claim) undo.push(() => claim.release())
    const identity = new Identity({ clock, ids, tokenLifetimeMs })
    const accounts = seedAccounts(identity, tenants)

    const state = new NetworkState({ clock, ids, logger, addressPlan: external?.addressPlan ?? null })
    const emitter = createEmitter({ transport, host: hostName, clock, logger })
    undo.push(() => emitter.close())
    const urls: Record<keyof EmbeddedPorts, string> = { keystone: '', neutron: '', nova: '', glance: '' }
    const l3 = new L3Scheduler({ state, emitter, autoSchedule })
    const net: Net = { state, emitter, l3, url: () => urls.neutron, host: hostName, segments }
    addBuiltInAgent(net)
    const managed = prepared ? { cidr: prepared.ranges.management.cidr, pool: null } : rangeOf(claim)
    const seeded = seedNetworks(net, accounts, routers, managed, prepared?.ranges.external ?? null)

    const images = new ImageState({ clock, ids })
    const image = images.create(
      { name: 'astara', disk_format: 'raw', container_format: 'bare', visibility: 'public' },
      accounts.admin.project.id,
    )
    images.upload(image, Buffer.from('a simulated astara appliance\n'))

    const routerIndexOf = (server: Server): number | null =>
      state.routerIndex.get(ROUTER_ID_IN_NAME.exec(server.name)?.[1] ?? '') ?? null
    let simulated: SimulatedHypervisor | null = null
    const faults = new Faults(() => simulated?.faultsChanged())
    let dataplane: Dataplane | null = null
    if (prepared && netns) {
      dataplane = await prepared.open({
        net,
        identity,
        ids,
        faults: faults.appliances,
        managementNetworkId: seeded.management.networkId,
        externalNetworkId: seeded.external.networkId,
        server: (id) => nova.servers.get(id),
        port: appliancePort,
        program: netns.program,
      })
    } else if (!external) {
      simulated = new SimulatedHypervisor({
        network: state,
        faults: faults.appliances,
        bootTimeMs,
        port: appliancePort,
        clock,
        random: options.random ?? systemRandom,
        logger,
      })
    }
    const hypervisor: Hypervisor =
      dataplane?.hypervisor ??
      simulated ??
      new ExternalHypervisor({ hooks: external ?? {}, routerIndexOf, clock, activeMs: bootTimeMs / 2 })
    const nova = new Nova({ net, identity, hypervisor, clock, ids, logger })
    undo.push(() => nova.stop())

    let catalog: ReturnType<typeof buildCatalog> = []
    const keystoneUrl = (): string => urls.keystone
    const keystone = createIdentityService({ identity, ids, clock, url: keystoneUrl, catalog: () => catalog })
    addControlRoutes(keystone.routes, { faults, journal, revokeTokens: () => identity.revokeAll() })
    if (dataplane) {
      addDataplaneRoutes(keystone.routes, { dataplane, network: state, servers: () => nova.servers.values() })
    }
    const services: Readonly<Record<keyof EmbeddedPorts, ApiService>> = {
      keystone,
      neutron: createNetworkService(net, { routerStatus: routerStatusExtension, segments, keystoneUrl }),
      nova: createComputeService({
        nova,
        net,
        images,
        url: () => urls.nova,
        keystoneUrl,
        password: () => ids.hex().slice(0, 12),
      }),
      glance: createImageService({ state: images, url: () => urls.glance, keystoneUrl }),
    }

    const serve = async (name: keyof EmbeddedPorts): Promise<ApiServer> => {
      const chosen = options.ports?.[name]
      const server = await startApiServer(
        services[name],
        { host, port: chosen ?? USUAL_PORTS[name], fallback: chosen === undefined },
        { identity, journal, faults: faults.apis, clock, ids, logger },
      )
      urls[name] = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`
      undo.push(() => server.close())
      return server
    }
    for (const name of ['keystone', 'neutron', 'nova', 'glance'] as const) await serve(name)
    const endpoints: Endpoints = { ...urls }
    dataplane?.announce(endpoints.keystone)
    catalog = buildCatalog(endpoints, ids)

    const listen = async (
      topic: string,
      endpoint: ReturnType<typeof l3Endpoint>,
      version: string,
    ): Promise<Subscription> =>
      transport.serve({
        exchange: 'neutron',
        topic,
        server: hostName,
        endpoint: journaled(endpoint, topic, journal, clock.now),
        version,
      })
    const l3Subscription = await listen('q-l3-plugin', l3Endpoint(net), '1.12')
    undo.push(() => l3Subscription.close())
    const reports = await listen('q-reports-plugin', reportsEndpoint(net), '1.3')
    undo.push(() => reports.close())

    const [flavor] = FLAVORS
    return {
      keystoneUrl: endpoints.keystone,
      endpoints,
      cloudsYaml: cloudsYaml(endpoints.keystone, accounts.tenants),
      configOverrides: {
        DEFAULT: {
          management_network_id: seeded.management.networkId,
          management_subnet_id: seeded.management.subnetId,
          management_prefix: seeded.management.cidr,
          astara_mgt_service_port: appliancePort,
          ...dataplane?.overrides,
        },
        router: {
          image_uuid: image.id,
          instance_flavor: flavor?.id ?? '1',
          mgt_service_port: appliancePort,
        },
        keystone_authtoken: {
          auth_type: 'password',
          auth_url: `${endpoints.keystone}/v3`,
          username: accounts.orchestrator.user.name,
          password: PASSWORD,
          user_domain_name: 'Default',
          project_name: accounts.orchestrator.project.name,
          project_domain_name: 'Default',
        },
      },
      tenants: accounts.tenants,
      seededRouters: seeded.routers,
      externalNetworkId: seeded.external.networkId,
      managementNetworkId: seeded.management.networkId,
      imageId: image.id,
      faults,
      journal,
      nova: {
        servers: () => [...nova.servers.values()],
        deleteServer(id) {
          const server = nova.servers.get(id)
          if (server) nova.delete(server)
        },
        appliance: (serverId) => simulated?.applianceOf(serverId) ?? null,
      },
      revokeTokens: () => identity.revokeAll(),
      flushed: () => emitter.flushed(),
      stop: unwind,
    }
  } catch (error) {
    await unwind()
    throw error
  }
}
