import ipaddr from 'ipaddr.js'
import { type NeutronPort, type NovaServer, OpenStackError, type ServerCreate } from '../../openstack/index.ts'
import { instanceName, nextInstanceIndex, type ResourceDetail } from '../drivers/index.ts'
import { allDone } from './all-done.ts'
import { InstanceError } from './errors.ts'
import type { ManagementPort, Member } from './group.ts'
import { wantedNetworks } from './plug.ts'
import { createManagementPort, instancePort, managementPort, memberPort } from './ports.ts'
import { refuseElsewhere } from './schedule-check.ts'
import { called, type Scope } from './scope.ts'
import type { PassContext } from './types.ts'
import { buildUserData } from './user-data.ts'

/** Ports made earlier for this resource that no server has; each is handed out once. */
export class FreePorts {
  readonly #ports: NeutronPort[]

  /** `known`: ports of members; while Nova builds a server its ports look free and are not. */
  constructor(ports: readonly NeutronPort[], known: ReadonlySet<string>) {
    this.#ports = ports.filter((port) => port.device_id === '' && !known.has(port.id))
  }

  readonly take = (networkId: string): NeutronPort | undefined => {
    const at = this.#ports.findIndex((port) => port.network_id === networkId)
    return at < 0 ? undefined : this.#ports.splice(at, 1)[0]
  }

  get left(): readonly NeutronPort[] {
    return this.#ports
  }
}

/** Nova may have made the server although we have no answer that says so. */
export function isAmbiguous(error: unknown): boolean {
  if (!(error instanceof OpenStackError)) return false
  const { status } = error
  return status === null || status === 408 || status === 500 || status === 502 || status === 503 || status === 504
}

/** Boots one more instance. Ports come first; if that fails they stay, and are found by name and used by whoever tries next. */
export async function createInstance(
  scope: Scope,
  context: PassContext,
  detail: ResourceDetail,
  imageUuid: string,
  free: FreePorts,
): Promise<Member> {
  const { deps, group } = scope
  const { settings, openstack, view, clock } = deps
  // All at once: each is a call of its own to Neutron.
  const [managed, ...ports] = await allDone([
    Promise.resolve(free.take(settings.managementNetworkId) ?? createManagementPort(scope, context)),
    ...wantedNetworks(detail).map((id) => instancePort(scope, context, id, free.take(id))),
  ])
  const management = managementPort(scope, managed)
  if (management.address === null) {
    throw new InstanceError('boot_no_address', 'The management port got no address inside management_prefix', {
      suggestions: ['Check management_network_id, its subnet and management_prefix.'],
    })
  }
  const name = instanceName(group.name, nextInstanceIndex(group.name, group.names()))
  const body: ServerCreate = {
    name,
    imageRef: imageUuid,
    flavorRef: await called(scope, context, 'nova', 'GET /v2.1/flavors', () =>
      view.flavorId(scope.driver.appliance.flavor),
    ),
    networks: [management, ...ports].map((port) => ({ port: port.id })),
    user_data: encodeUserData(scope, management),
    config_drive: true,
  }
  scope.log.info({ instance: name, image_uuid: imageUuid, ports: body.networks.length }, 'booting instance')
  const release = await deps.boots?.acquire(Symbol(name), context.signal)
  const { id } = await refuseElsewhere(scope, context)
    .then(() =>
      called(scope, context, 'nova', 'POST /v2.1/servers', () =>
        openstack.nova.createServer(body, { signal: context.signal }),
      ),
    )
    .finally(release)
  const member = group.admit(freshServer(id, name, imageUuid, clock.now()))
  if (!member) throw new Error(`instance name ${name} is not of group ${group.name}`)
  member.management = management
  member.ports = ports.map(memberPort)
  member.deadline = clock.monotonic() + settings.bootTimeoutMs
  return member
}

function encodeUserData(scope: Scope, management: ManagementPort): string {
  const { settings } = scope.deps
  const text = buildUserData({
    bootCommand: settings.bootCommand,
    macAddress: management.macAddress,
    address: management.address ?? '',
    prefixLength: ipaddr.parseCIDR(settings.managementPrefix)[1],
    sshPublicKey: settings.sshPublicKey,
  })
  return Buffer.from(text, 'utf8').toString('base64')
}

function freshServer(id: string, name: string, imageUuid: string, now: number): NovaServer {
  return {
    id,
    name,
    status: 'BUILD',
    created: new Date(now).toISOString(),
    image_id: imageUuid,
    tenant_id: '',
    fault: null,
    task_state: null,
  }
}
