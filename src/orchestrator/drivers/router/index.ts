import type { InstanceState } from '../../../contract/index.ts'
import { AstaraError, type Clock, type Logger } from '../../../shared/index.ts'
import type { ApplianceSettings, Driver, DriverSources } from '../driver.ts'
import { buildRouterConfig, type RouterConfigSettings } from './config.ts'
import type { RouterDetail } from './detail.ts'
import { fetchRoutersByRest, routerExists } from './rest-routers.ts'
import { SyncRouters } from './sync-routers.ts'
import { buildVpn, type VpnSource } from './vpn.ts'

export type { RouterConfigSettings } from './config.ts'
export type { RouterDetail } from './detail.ts'
export type { VpnDocuments, VpnSource } from './vpn.ts'

const STATUS: Readonly<Partial<Record<InstanceState, string>>> = {
  down: 'DOWN',
  booting: 'BUILD',
  up: 'BUILD',
  degraded: 'BUILD',
  configured: 'ACTIVE',
  error: 'ERROR',
}

export interface RouterDriverOptions extends DriverSources {
  readonly appliance: ApplianceSettings
  readonly config: RouterConfigSettings
  /** `[router] ipsec_vpn`: null when off. */
  readonly vpn: VpnSource | null
  readonly clock: Clock
  readonly logger: Logger
  /** Time-out of one `sync_routers`, milliseconds. */
  readonly rpcTimeoutMs?: number
  /** Whether we report to Neutron as an L3 agent. */
  readonly isAgent?: boolean
}

/** Neutron routers. */
export function createRouterDriver(options: RouterDriverOptions): Driver<RouterDetail> {
  const { openstack, l3, clock, logger, appliance } = options
  if (appliance.imageUuid === '') {
    throw new AstaraError('bad_config', 'No image for routers is configured', {
      suggestions: ['Set image_uuid in section [router] to the id of an appliance image in Glance.'],
    })
  }
  const bus =
    l3 &&
    new SyncRouters({ l3, clock, logger, timeoutMs: options.rpcTimeoutMs ?? 20_000, isAgent: options.isAgent === true })
  return {
    name: 'router',
    appliance,
    portKind: 'VRRP',
    listAll: async (call = {}) => {
      const routers = await openstack.neutron.listRouters({}, call)
      return routers.map((router) => ({
        id: router.id,
        tenantId: router.tenant_id,
        name: router.name,
        status: router.status,
      }))
    },
    fetch: async (ids, { signal } = {}) => {
      const found = new Map<string, RouterDetail | Error>(bus ? await bus.ask(ids, signal) : [])
      const rest = ids.filter((id) => !found.has(id))
      if (rest.length === 0) return found
      for (const [id, detail] of await fetchRoutersByRest(openstack, rest, signal)) found.set(id, detail)
      return found
    },
    exists: (id, { signal } = {}) => routerExists(openstack, id, signal),
    requiredInstances: (router) => (router.ha ? 2 : 1),
    allocationNetworks: (router) => [...new Set(router.interfaces.map((port) => port.networkId))],
    vpn: async (router, call = {}) => {
      if (!options.vpn) return null
      return buildVpn(await options.vpn.documentsOf(router.id, call), ({ kind, id, why }) =>
        logger.warn({ resource_id: router.id, [`vpn_${kind}`]: id }, `VPN ${kind} left out: ${why}`),
      )
    },
    buildConfig: (router, inputs) => buildRouterConfig(router, inputs, options.config),
    neutronStatus: (state) => STATUS[state] ?? null,
    sendStatus: (id, status, call = {}) => openstack.neutron.updateRouterStatus(id, status, call),
  }
}
