import { normalizeUuid } from '../../shared/index.ts'
import type { Scope } from './scope.ts'
import type { InstanceSnapshot } from './types.ts'

/** What the resource looks like from outside. Cheap: taken after every step of a machine. */
export function takeSnapshot(scope: Scope, tenantId: string): InstanceSnapshot {
  const { record, group, driver } = scope
  const { detail } = record
  const wantedImage = record.imageUuid ?? driver.appliance.imageUuid
  const members = [...group.members.values()].sort((a, b) => a.index - b.index)
  const images = members.map((member) => member.imageUuid)
  const tenant = detail?.tenantId ?? tenantId
  const ports = detail?.ports ?? []
  return {
    name: detail?.name ?? '',
    tenantId: normalizeUuid(tenant) ?? tenant,
    status: detail?.status ?? null,
    instanceState: record.state,
    attempts: record.bootAttempts,
    imageUuid: wantedImage,
    imageCurrent:
      images.length === 0 || images.includes(null) ? null : images.every((imageUuid) => imageUuid === wantedImage),
    instances: members.map((member) => ({
      id: member.id,
      name: member.name,
      status: member.status,
      management_address: member.management?.address ?? null,
      image_uuid: member.imageUuid,
      booted_at: member.createdAt === null ? null : new Date(member.createdAt).toISOString(),
      alive: member.alive,
    })),
    requiredInstances: detail ? driver.requiredInstances(detail) : 1,
    attachedAsOf: record.detailAsOf,
    networkIds: [...new Set(ports.map((port) => port.networkId))],
    externalNetworkIds: detail?.externalNetworkIds ?? [],
    subnetIds: [...new Set(ports.flatMap((port) => port.fixedIps.map((ip) => ip.subnet_id)))],
    portIds: ports.map((port) => port.id),
    l3: detail?.l3 ?? null,
    carriedFloatingIps: record.carriedFloatingIps,
    configFingerprint: record.configFingerprint,
    configuredAt: record.configuredAt,
    lastAliveAt: record.lastAliveAt,
    lastError: record.lastError,
  }
}
