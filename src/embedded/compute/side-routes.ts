import { ApiError } from '../http/api-error.ts'
import type { RouteTable } from '../http/route-table.ts'
import type { ApiRequest } from '../http/types.ts'
import { callerOf } from '../network/resource.ts'
import { minorOf } from './microversion.ts'
import { FLAVORS, type Flavor } from './model.ts'
import type { ComputeServiceDeps } from './service.ts'

/** This Nova limits nobody. */
const quotaSet = (id: string | undefined): Record<string, unknown> => ({
  id,
  instances: -1,
  cores: -1,
  ram: -1,
  metadata_items: 128,
  key_pairs: 100,
  server_groups: 10,
  server_group_members: 10,
  injected_files: 5,
  injected_file_content_bytes: 10_240,
  injected_file_path_bytes: 255,
  floating_ips: -1,
  fixed_ips: -1,
  security_groups: -1,
  security_group_rules: -1,
})

function requireAdmin(request: ApiRequest, rule: string): void {
  if (callerOf(request).isAdmin) return
  throw new ApiError(403, 'forbidden', `Policy doesn't allow os_compute_api:${rule} to be performed.`)
}

/** Flavors, limits, key pairs, zones, services: what the `openstack` client asks next to servers. */
export function addSideRoutes(routes: RouteTable, deps: ComputeServiceDeps): void {
  const { nova, url, net } = deps

  const links = (flavor: Flavor) => [
    { rel: 'self', href: `${url()}/v2.1/flavors/${flavor.id}` },
    { rel: 'bookmark', href: `${url()}/flavors/${flavor.id}` },
  ]
  const view = (flavor: Flavor, minor: number): Record<string, unknown> => ({
    id: flavor.id,
    name: flavor.name,
    ram: flavor.ram,
    disk: flavor.disk,
    swap: minor >= 75 ? flavor.swap : flavor.swap || '',
    'OS-FLV-EXT-DATA:ephemeral': flavor.ephemeral,
    'OS-FLV-DISABLED:disabled': false,
    vcpus: flavor.vcpus,
    'os-flavor-access:is_public': flavor.isPublic,
    rxtx_factor: 1.0,
    links: links(flavor),
    ...(minor >= 55 ? { description: null } : {}),
    ...(minor >= 61 ? { extra_specs: {} } : {}),
  })

  const after = (marker: string | null): readonly Flavor[] =>
    marker === null ? FLAVORS : FLAVORS.slice(FLAVORS.findIndex((flavor) => flavor.id === marker) + 1)
  const flavorOf = (id: string): Flavor => {
    const flavor = FLAVORS.find((one) => one.id === id)
    if (!flavor) throw new ApiError(404, 'itemNotFound', `Flavor ${id} could not be found.`)
    return flavor
  }

  routes
    .on('GET', '/v2.1/flavors', (request) => ({
      status: 200,
      body: {
        flavors: after(request.query.get('marker')).map((flavor) => ({
          id: flavor.id,
          name: flavor.name,
          links: links(flavor),
          ...(minorOf(request.headers) >= 55 ? { description: null } : {}),
        })),
      },
    }))
    .on('GET', '/v2.1/flavors/detail', (request) => ({
      status: 200,
      body: { flavors: after(request.query.get('marker')).map((flavor) => view(flavor, minorOf(request.headers))) },
    }))
    .on('GET', '/v2.1/flavors/{id}', (request) => ({
      status: 200,
      body: { flavor: view(flavorOf(request.params.id ?? ''), minorOf(request.headers)) },
    }))
    .on('GET', '/v2.1/flavors/{id}/os-extra_specs', (request) => {
      flavorOf(request.params.id ?? '')
      return { status: 200, body: { extra_specs: {} } }
    })
    .on('GET', '/v2.1/limits', (request) => {
      const used = nova.servers.by('project_id', callerOf(request).projectId ?? '')
      const sum = (pick: (flavor: Flavor) => number): number =>
        used.reduce((total, server) => total + pick(flavorOf(server.flavorId)), 0)
      const absolute = {
        maxTotalInstances: -1,
        maxTotalCores: -1,
        maxTotalRAMSize: -1,
        maxServerMeta: 128,
        maxTotalKeypairs: 100,
        maxServerGroups: 10,
        maxServerGroupMembers: 10,
        totalInstancesUsed: used.length,
        totalCoresUsed: sum((flavor) => flavor.vcpus),
        totalRAMUsed: sum((flavor) => flavor.ram),
        totalServerGroupsUsed: 0,
      }
      return { status: 200, body: { limits: { rate: [], absolute } } }
    })
    .on('GET', '/v2.1/os-quota-sets/{id}', (request) => ({
      status: 200,
      body: { quota_set: quotaSet(request.params.id) },
    }))
    .on('GET', '/v2.1/os-quota-sets/{id}/defaults', (request) => ({
      status: 200,
      body: { quota_set: quotaSet(request.params.id) },
    }))
    .on('GET', '/v2.1/os-keypairs', () => ({ status: 200, body: { keypairs: [] } }))
    .on('GET', '/v2.1/os-availability-zone', () => ({
      status: 200,
      body: { availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true }, hosts: null }] },
    }))
    .on('GET', '/v2.1/os-availability-zone/detail', (request) => {
      requireAdmin(request, 'os-availability-zone:detail')
      const services = { 'nova-compute': { available: true, active: true, updated_at: null } }
      const zone = { zoneName: 'nova', zoneState: { available: true }, hosts: { [net.host]: services } }
      return { status: 200, body: { availabilityZoneInfo: [zone] } }
    })
    .on('GET', '/v2.1/os-server-groups', () => ({ status: 200, body: { server_groups: [] } }))
    .on('GET', '/v2.1/extensions', () => ({ status: 200, body: { extensions: [] } }))
    .on('GET', '/v2.1/os-services', (request) => {
      requireAdmin(request, 'os-services:list')
      const row = { id: 1, binary: 'nova-compute', host: net.host, zone: 'nova', status: 'enabled', state: 'up' }
      return { status: 200, body: { services: [{ ...row, updated_at: null, disabled_reason: null }] } }
    })
}
