import type { NeutronPort, NeutronSubnet } from '../../openstack/index.ts'
import type { ConfigInputs, ResourceDetail } from '../drivers/index.ts'
import { InstanceError } from './errors.ts'
import { wantedNetworks } from './plug.ts'
import { called, type Scope } from './scope.ts'
import type { PassContext } from './types.ts'

/** What all members' configurations of one resource have in common. */
export type SharedInputs = Pick<ConfigInputs, 'mtus' | 'subnets' | 'ports' | 'vpn'>

/** Asks Neutron for everything a configuration needs, all at once. Throws when Neutron contradicts itself: better late than without addresses. */
export async function gatherInputs(scope: Scope, context: PassContext, detail: ResourceDetail): Promise<SharedInputs> {
  const { view, settings } = scope.deps
  const { signal } = context
  const management = settings.managementNetworkId
  const networks = wantedNetworks(detail)
  const knownMtus = new Map(detail.ports.flatMap((port) => (port.mtu === null ? [] : [[port.networkId, port.mtu]])))
  const [subnets, ports, mtus, vpn] = await Promise.all([
    called(scope, context, 'neutron', 'GET /v2.0/subnets', () =>
      each([management, ...networks], (id) => view.subnetsOfNetwork(id, signal)),
    ),
    called(scope, context, 'neutron', 'GET /v2.0/ports', () =>
      each(scope.driver.allocationNetworks(detail), (id) => view.portsOfNetwork(id, signal)),
    ),
    called(scope, context, 'neutron', 'GET /v2.0/networks', () =>
      each([management, ...networks], async (id) => {
        const known = knownMtus.get(id)
        return known ?? (await view.network(id, signal))?.mtu ?? null
      }),
    ),
    called(scope, context, 'neutron', 'GET /v2.0/vpn', () => scope.driver.vpn(detail, { signal })),
  ])
  refuseContradictions(detail, subnets, ports)
  return { subnets, ports, mtus, vpn }
}

function refuseContradictions(
  detail: ResourceDetail,
  subnets: ReadonlyMap<string, readonly NeutronSubnet[]>,
  allocations: ReadonlyMap<string, readonly NeutronPort[]>,
): void {
  for (const port of detail.ports) {
    const known = new Set(subnets.get(port.networkId)?.map((subnet) => subnet.id))
    const unknown = port.fixedIps.find((ip) => !known.has(ip.subnet_id))
    if (unknown) {
      throw new InstanceError(
        'neutron_inconsistent',
        `Neutron's list of subnets lacks ${unknown.subnet_id}, on which port ${port.id} has an address`,
      )
    }
    const ports = allocations.get(port.networkId)
    // The resource's own port is on that network: a list without it is not the whole list.
    if (ports && !ports.some(({ id }) => id === port.id)) {
      throw new InstanceError(
        'neutron_inconsistent',
        `Neutron's list of ports of network ${port.networkId} lacks port ${port.id}`,
      )
    }
  }
}

async function each<T>(keys: readonly string[], ask: (key: string) => Promise<T>): Promise<ReadonlyMap<string, T>> {
  return new Map(await Promise.all(keys.map(async (key) => [key, await ask(key)] as const)))
}
